// From values to places on a chart, and round ticks. Pure arithmetic; it draws nothing.

/** Maps a value to a place along an axis, in px. */
export type Scale = (value: number) => number;

export function linear(from: number, to: number, start: number, end: number): Scale {
  const span = to - from;
  return (value) => (span === 0 ? start : start + ((value - from) / span) * (end - start));
}

/** Values must be above 0; what is at or below `from` sits at the start. */
export function logarithmic(from: number, to: number, start: number, end: number): Scale {
  const place = linear(Math.log(from), Math.log(to), start, end);
  return (value) => place(Math.log(Math.max(value, Number.MIN_VALUE)));
}

/** Percentiles by how many are slower: 90 is one in ten, 99 one in a hundred, each the same step further. */
export function percentileScale(from: number, to: number, start: number, end: number): Scale {
  const nines = (percentile: number): number => -Math.log10(Math.max(1e-9, 1 - percentile / 100));
  const place = linear(nines(from), nines(to), start, end);
  return (value) => place(nines(value));
}

export interface Range {
  from: number;
  to: number;
}

/** A decade or more that holds all values (those above 0), with whole decades or halves of them at the ends. Null when there is none. */
export function logRange(values: readonly number[]): Range | null {
  const above = values.filter((value) => value > 0 && Number.isFinite(value));
  if (above.length === 0) return null;
  const low = Math.min(...above);
  const high = Math.max(...above);
  const from = floorTo125(low);
  const to = ceilTo125(high);
  return to / from < 10 ? { from: floorTo125(Math.min(from, to / 10)), to } : { from, to };
}

const steps125 = [1, 2, 5, 10];

function floorTo125(value: number): number {
  const decade = 10 ** Math.floor(Math.log10(value) + 1e-9);
  const step = [...steps125].reverse().find((each) => each * decade <= value * (1 + 1e-9)) ?? 1;
  return step * decade;
}

function ceilTo125(value: number): number {
  const decade = 10 ** Math.floor(Math.log10(value) + 1e-9);
  const step = steps125.find((each) => each * decade >= value * (1 - 1e-9)) ?? 10;
  return step * decade;
}

/** Whole decades inside the range; with fewer than three of them, also their doubles and fives. */
export function logTicks({ from, to }: Range): number[] {
  const all: number[] = [];
  for (let power = Math.floor(Math.log10(from)); power <= Math.ceil(Math.log10(to)); power += 1) {
    for (const step of [1, 2, 5]) all.push(Number((step * 10 ** power).toPrecision(3)));
  }
  const inside = all.filter((tick) => tick >= from * 0.999 && tick <= to * 1.001);
  const decades = inside.filter((tick) => Number.isInteger(Math.round(Math.log10(tick) * 1e6) / 1e6));
  return decades.length >= 3 ? decades : inside;
}

/** From 0 to a round number at or above `most`, in four to six round steps. */
export function linearTicks(most: number): number[] {
  if (!(most > 0)) return [0, 1];
  const rough = most / 5;
  const decade = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5, 10].find((each) => each * decade >= rough * 0.999) ?? 10) * decade;
  const count = Math.ceil((most / step) * 0.9999);
  return Array.from({ length: count + 1 }, (_, index) => Number((index * step).toPrecision(12)));
}

const timeSteps_s = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800];

/** Evenly spaced moments from 0 up to `end_s`, in whole seconds and at most six of them. */
export function timeTicks(end_s: number): number[] {
  const step = timeSteps_s.find((each) => end_s / each <= 5) ?? 3600;
  return Array.from({ length: Math.floor(end_s / step) + 1 }, (_, index) => index * step);
}

/** Powers of two for measured ÷ predicted: ⅛ to 8 at least, further where the ratios need it, never past 64. */
export function ratioRange(ratios: readonly number[]): { least: number; most: number; ticks: number[] } {
  const farthest = ratios.filter((each) => each > 0 && Number.isFinite(each)).map((each) => Math.abs(Math.log2(each)));
  const reach = Math.min(6, Math.max(3, Math.ceil(Math.max(0, ...farthest) + 0.1)));
  const ticks = Array.from({ length: 2 * reach + 1 }, (_, index) => 2 ** (index - reach));
  return { least: 2 ** -reach, most: 2 ** reach, ticks };
}

/** `⅛`, `½`, `1`, `8`. */
export function ratioTick(value: number): string {
  const fractions: Record<number, string> = { 0.5: '½', 0.25: '¼', 0.125: '⅛' };
  return value >= 1 ? String(value) : (fractions[value] ?? `1/${Math.round(1 / value)}`);
}

/** Moves labels apart so that none is nearer than `gap`, keeping their order and staying within `least` and `most`. */
export function spread(places: readonly number[], gap: number, least: number, most: number): number[] {
  const order = places.map((place, index) => ({ place, index })).sort((a, b) => a.place - b.place);
  let previous = Number.NEGATIVE_INFINITY;
  for (const each of order) {
    each.place = Math.max(each.place, previous + gap, least);
    previous = each.place;
  }
  let next = Number.POSITIVE_INFINITY;
  for (const each of [...order].reverse()) {
    each.place = Math.min(each.place, next - gap, most);
    next = each.place;
  }
  const moved = new Array<number>(places.length).fill(0);
  for (const each of order) moved[each.index] = each.place;
  return moved;
}
