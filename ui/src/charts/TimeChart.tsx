// A few lines over the time of a run, with its events as full-height lines. A gap in the data is a gap in the line, never a zero.
import { moment, number, short } from '../format';
import { ChartFrame } from './ChartFrame';
import css from './charts.module.css';
import { linear, linearTicks, logarithmic, logRange, logTicks, spread, timeTicks } from './scale';

export interface TimeLine {
  label: string;
  tone: 'p50' | 'p95' | 'p99' | 'failed';
  values: readonly (number | null)[];
}

interface Props {
  title: string;
  unit: string;
  t_s: readonly number[];
  lines: readonly TimeLine[];
  log: boolean;
  /** Named moments. */
  events: readonly { t_s: number; text: string }[];
  /** A dashed line; its short name stands at its end. */
  target: { value: number; name: string } | null;
  /** What the learner said, from the moment it applies. */
  said: { value: number; from_s: number } | null;
}

const height = 176;
const bottom = 148;
const top = 8;
const left = 44;
const tones = { p50: css.p50, p95: css.p95, p99: css.p99, failed: css.failedLine };

export function TimeChart({ title, unit, t_s, lines, log, events, target, said }: Props) {
  const values = lines.flatMap((line) => line.values.filter((value): value is number => value !== null));
  const levels = [...(target === null ? [] : [target.value]), ...(said === null ? [] : [said.value])];
  const all = [...values, ...levels];
  const range = logRange(all);
  if (values.length === 0 || (log && range === null)) return null;
  const ticks = log && range !== null ? logTicks(range) : linearTicks(Math.max(...all));
  const y = log && range !== null ? logarithmic(range.from, range.to, bottom, top) : linear(0, ticks.at(-1) ?? 1, bottom, top);
  const end = t_s.at(-1) ?? 1;
  const lastOf = (line: TimeLine): number | null => line.values.findLast((value) => value !== null) ?? null;
  const places = lines.map((line) => y(lastOf(line) ?? 0));
  const labels = spread([...places, ...levels.map(y)], 14, top + 4, bottom - 4);

  return (
    <ChartFrame
      title={title}
      unit={unit}
      height={height}
      sentence={`${title}, ${unit}, over ${number(end)} seconds of wall time. ${lines
        .map(
          (line) =>
            `${line.label} ends at ${number(lastOf(line) ?? Number.NaN)}, at most ${number(Math.max(...line.values.map((value) => value ?? 0)))}.`,
        )
        .join(' ')}${said === null ? '' : ` You said ${number(said.value)}.`}`}
      plot={(width) => {
        const right = width - 56;
        const x = linear(0, end, left, right);
        return (
          <>
            {ticks.map((tick) => (
              <g key={tick}>
                <line className={css.grid} x1={left} x2={right} y1={y(tick)} y2={y(tick)} />
                <text x={left - 6} y={y(tick) + 4} textAnchor="end">
                  {short(tick)}
                </text>
              </g>
            ))}
            <line className={css.axis} x1={left} x2={right} y1={bottom} y2={bottom} />
            {timeTicks(end).map((tick) => (
              <text key={tick} x={x(tick)} y={bottom + 18} textAnchor="middle">
                {moment(tick)}
              </text>
            ))}
            {events.map((event, index) => (
              <g key={`${event.t_s} ${event.text}`}>
                <line className={css.event} x1={x(event.t_s)} x2={x(event.t_s)} y1={top} y2={bottom} />
                <text {...besideEvent(x(event.t_s), left, right)} className={css.quiet} y={top + 10 + (index % 3) * 12}>
                  {event.text}
                </text>
              </g>
            ))}
            {target === null ? null : (
              <>
                <line className={css.target} x1={left} x2={right} y1={y(target.value)} y2={y(target.value)} />
                <text className={css.quiet} x={right + 6} y={(labels[lines.length] ?? 0) + 4}>
                  {target.name}
                </text>
              </>
            )}
            {said === null ? null : (
              <>
                <line className={css.said} x1={x(Math.min(said.from_s, end))} x2={right} y1={y(said.value)} y2={y(said.value)} />
                <text className={css.saidText} x={right + 6} y={(labels.at(-1) ?? 0) + 4}>
                  you
                </text>
              </>
            )}
            {lines.map((line) => (
              <path key={line.label} className={`${css.line ?? ''} ${tones[line.tone] ?? ''}`} d={path(line.values, t_s, x, y)} />
            ))}
            {lines.map((line, index) => (
              <text
                key={line.label}
                className={line.tone === 'failed' ? css.overText : css.quiet}
                x={right + 6}
                y={(labels[index] ?? 0) + 4}
              >
                {line.label}
              </text>
            ))}
          </>
        );
      }}
      table={{
        head: ['Time', ...lines.map((line) => line.label)],
        rows: t_s.flatMap((t, index) =>
          index % Math.max(1, Math.ceil(t_s.length / 20)) === 0
            ? [[moment(t), ...lines.map((line) => number(line.values[index] ?? Number.NaN))]]
            : [],
        ),
      }}
    />
  );
}

/** The name of an event stands on the side of its line where there is more room. */
function besideEvent(x: number, least: number, most: number): { x: number; textAnchor: 'start' | 'end' } {
  return x > (least + most) / 2 ? { x: x - 4, textAnchor: 'end' } : { x: x + 4, textAnchor: 'start' };
}

function path(values: readonly (number | null)[], t_s: readonly number[], x: (t: number) => number, y: (value: number) => number): string {
  let open = false;
  let d = '';
  values.forEach((value, index) => {
    const t = t_s[index];
    if (value === null || t === undefined) {
      open = false;
      return;
    }
    d += `${open ? 'L' : 'M'}${x(t).toFixed(1)} ${y(value).toFixed(1)}`;
    open = true;
  });
  return d;
}
