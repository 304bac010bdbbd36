// Figures as people read them: `262 ms`, `6.7K/s`, `36%`, `1.7 ×`, `≤ 200 ms`. It decides digits and spaces, never what a figure means.

/** A figure in two parts, so that the unit can be set in a quieter ink. `gap` is true where a space stands between them. */
export interface FigureText {
  number: string;
  unit: string;
  gap: boolean;
}

const UNKNOWN = 'unknown';

const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** A whole number with thousands separated: `944,435`. */
export function count(value: number): string {
  return grouped.format(value).replace('-', '−');
}

/** Significant digits of a figure, unless more are asked for. */
const DIGITS = 3;

/** At most `digits` significant digits, no trailing zeros, thousands separated; a true minus sign. */
export function number(value: number, digits = DIGITS): string {
  if (!Number.isFinite(value)) return UNKNOWN;
  const size = Math.abs(value);
  if (size >= 10 ** (digits - 1)) return count(Math.round(value));
  if (size === 0) return '0';
  const places = Math.min(6, Math.max(0, digits - 1 - Math.floor(Math.log10(size))));
  const [whole = '0', part = ''] = value.toFixed(places).split('.');
  const decimals = part.replace(/0+$/, '');
  return `${whole.replace(/\B(?=(\d{3})+$)/g, ',')}${decimals === '' ? '' : `.${decimals}`}`.replace('-', '−');
}

/** Thousands and millions shortened: `889`, `6.7K`, `16.8K`, `1.3M`; `more` digits than usual. */
export function short(value: number, more = 0): string {
  const size = Math.abs(value);
  if (size >= 999_950) return `${number(Number((value / 1e6).toFixed(1 + more)), 4 + more)}M`;
  if (size >= 999.5) return `${number(Number((value / 1e3).toFixed(1 + more)), 4 + more)}K`;
  return number(value, DIGITS + more);
}

/** Percent from a figure that is already in percent: `36%`, `4.9%`. Too little to be shown is not nothing: `<0.1%`. */
function percentNumber(value: number, more: number): string {
  const places = (Math.abs(value) >= 9.95 ? 0 : 1) + more;
  const step = 10 ** -places;
  return value > 0 && value < step / 2 ? `<${number(step)}` : number(Number(value.toFixed(places)), DIGITS + more);
}

/** A figure with the unit that the app gave it, with so many digits more than usual. Percent is in percent (36, not 0.36). */
export function figure(value: number | null, unit: string, more = 0): FigureText {
  if (value === null || !Number.isFinite(value)) return { number: UNKNOWN, unit: '', gap: false };
  switch (unit) {
    case '%':
      return { number: percentNumber(value, more), unit: '%', gap: false };
    case 'share':
      return { number: percentNumber(value * 100, more), unit: '%', gap: false };
    case '/s':
    case 'per s':
    case 'requests/s':
      return { number: short(value, more), unit: '/s', gap: false };
    case 'ms':
      return Math.abs(value) >= 999.5
        ? { number: number(value / 1000, DIGITS + more), unit: 's', gap: true }
        : { number: number(value, DIGITS + more), unit: 'ms', gap: true };
    case '×':
    case 'x':
      return { number: ratioNumber(value), unit: '×', gap: true };
    default:
      return { number: Math.abs(value) >= 100_000 ? short(value, more) : number(value, DIGITS + more), unit, gap: unit !== '' };
  }
}

/** The same in one string. */
export function text(value: number | null, unit: string, more = 0): string {
  const parts = figure(value, unit, more);
  return `${parts.number}${parts.gap ? ' ' : ''}${parts.unit}`;
}

/** The most digits that are written beyond the usual ones. */
const MOST_MORE = 4;

/** A target, as exact as it was written: `≤ 200 ms`; a target of nothing at all is `0`. */
export function target(atMost: number, unit: string): string {
  return atMost === 0 ? text(0, unit) : `≤ ${text(atMost, unit, MOST_MORE)}`;
}

/** A figure beside its limit: one that passed it has the digits that tell the two apart, as `1.04%` past 1%. */
export function besideLimit(value: number | null, limit: number, unit: string): FigureText {
  let more = 0;
  if (value !== null && value > limit) {
    while (more < MOST_MORE && text(value, unit, more) === text(limit, unit, more)) more += 1;
  }
  return figure(value, unit, more);
}

function ratioNumber(value: number): string {
  const size = Math.abs(value);
  if (size >= 9.95) return count(Math.round(value));
  return number(Number(value.toFixed(size >= 1 ? 1 : 2)));
}

/** measured ÷ predicted and the like: `3.3 ×`, `0.78 ×`. */
export function ratio(value: number | null): string {
  return text(value, '×');
}

/** How fast a run goes: `8 × slower than life`, `at life speed`. */
export function pace(dilation: number): string {
  return dilation === 1 ? 'at life speed' : `${ratio(dilation)} slower than life`;
}

/** A share from 0 to 1 as percent: `36%`. */
export function share(value: number | null): string {
  return text(value === null ? null : value * 100, '%');
}

/** Milliseconds: `262 ms`, `1.25 ms`; from a second on, `4.1 s`. */
export function ms(value: number | null): string {
  return text(value, 'ms');
}

/** Seconds: `0.9 s`, `60 s`; below a tenth, in ms. */
export function seconds(value: number | null): string {
  if (value !== null && value > 0 && value < 0.1) return text(value * 1000, 'ms');
  return text(value, 's');
}

/** A rate in requests a second: `6.7K/s`. */
export function rate(value: number | null): string {
  return text(value, '/s');
}

/** A moment of a run: `0:31`; before the load begins, `−0:02`. */
export function moment(t_s: number): string {
  const whole = Math.round(Math.abs(t_s));
  return `${t_s < 0 && whole > 0 ? '−' : ''}${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

/** When something happened in a run: `0:31`, or `before` there was load. */
export function happened(t_s: number): string {
  return t_s < 0 ? 'before' : moment(t_s);
}

/** A time of day: `14:04`. */
export function clock(at_ms: number): string {
  return new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' }).format(at_ms);
}

/** `14:04` today, else `12 Nov, 14:04`. */
export function when(at_ms: number, now_ms: number): string {
  const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
  return new Date(at_ms).toDateString() === new Date(now_ms).toDateString() ? clock(at_ms) : `${day.format(at_ms)}, ${clock(at_ms)}`;
}

const words = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'];

/** Small counts as words: `two of four targets`. */
export function countWord(value: number): string {
  return words[value] ?? count(value);
}

/** `1 design`, `3 designs`. */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}
