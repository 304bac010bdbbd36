// Latency by percentile on log scales, one line an operation; the one of interest is dark, the rest light. Labels stand at the lines' ends.
import { ms, number } from '../format';
import { ChartFrame } from './ChartFrame';
import css from './charts.module.css';
import { placeNames } from './names';
import { logarithmic, logRange, logTicks, percentileScale } from './scale';

export interface Curve {
  id: string;
  label: string;
  /** `(percentile, ms)`, rising. */
  points: readonly (readonly [number, number])[];
}

interface Props {
  curves: readonly Curve[];
  /** Id of the one of interest. */
  chosen: string;
  /** A target on the chosen one's latency at a percentile. */
  target: { at_most_ms: number; percentile: number } | null;
  /** What the learner said of the chosen one's latency, by percentile. */
  said: readonly { percentile: number; ms: number }[];
}

const height = 216;
const bottom = 188;
const top = 8;
const left = 44;
const marks = [50, 90, 99, 99.9, 99.99];

/** Half the length of a prediction's line, px. */
const reach = 20;
/** Room for the name of a line, px. */
const nameWidth = 102;

export function CurveChart({ curves, chosen, target, said }: Props) {
  const from = 50;
  const shown = curves.map((curve) => ({
    ...curve,
    points: curve.points.filter(([percentile, value]) => percentile >= from && percentile < 100 && value > 0),
  }));
  const values = shown.flatMap((curve) => curve.points.map(([, value]) => value));
  const range = logRange([...values, ...(target === null ? [] : [target.at_most_ms]), ...said.map((each) => each.ms)]);
  if (values.length === 0 || range === null) return null;
  const to = Math.max(99, ...shown.flatMap((curve) => curve.points.map(([percentile]) => percentile)));
  const y = logarithmic(range.from, range.to, bottom, top);
  const at = (curve: Curve, percentile: number): number | null => curve.points.find(([p]) => p === percentile)?.[1] ?? null;
  const main = shown.find((curve) => curve.id === chosen);
  const p99 = main === undefined ? null : at(main, 99);
  const over = target !== null && p99 !== null && target.percentile === 99 && p99 > target.at_most_ms;

  return (
    <ChartFrame
      title="Latency by percentile"
      unit="ms of life, log scales"
      height={height}
      sentence={[
        'Latency by percentile.',
        ...shown.map((curve) => `${curve.label}: ${ms(at(curve, 50))} at the median, ${ms(at(curve, 99))} at the 99th percentile.`),
        ...(target === null ? [] : [`Target: ${ms(target.at_most_ms)} at p${target.percentile}.`]),
        ...said.map((each) => `You said ${ms(each.ms)} at p${each.percentile}.`),
      ].join(' ')}
      plot={(width) => {
        const right = width - nameWidth - 6;
        const x = percentileScale(from, to, left, right);
        const words = [
          ...(p99 === null ? [] : [{ x: x(99) - 56, y: y(p99) - 20, width: 62, height: 26 }]),
          ...said.map((each) => ({ x: x(each.percentile) - 30, y: y(each.ms) - 4, width: 60, height: 22 })),
          ...(target === null ? [] : [{ x: left, y: y(target.at_most_ms) - 16, width: 140, height: 32 }]),
        ];
        // A line of few answers ends early, and its name with it.
        const names = placeNames(
          shown.map(({ label, points }) => ({
            name: label,
            points: points.map(([percentile, value]) => [x(percentile), y(value)] as const),
          })),
          right,
          words,
          top + 4,
          bottom - 4,
        );
        return (
          <>
            {logTicks(range).map((tick) => (
              <g key={tick}>
                <line className={css.grid} x1={left} x2={right} y1={y(tick)} y2={y(tick)} />
                <text x={left - 6} y={y(tick) + 4} textAnchor="end">
                  {number(tick)}
                </text>
              </g>
            ))}
            <line className={css.axis} x1={left} x2={right} y1={bottom} y2={bottom} />
            {marks
              .filter((mark) => mark <= to)
              .map((mark, index, all) => (
                <g key={mark}>
                  <line className={css.axis} x1={x(mark)} x2={x(mark)} y1={bottom} y2={bottom + 4} />
                  <text x={x(mark)} y={bottom + 18} textAnchor="middle">
                    {mark}
                    {index === all.length - 1 ? '%' : ''}
                  </text>
                </g>
              ))}
            {shown.map((curve) => (
              <polyline
                key={curve.id}
                className={`${css.line ?? ''} ${(curve.id === chosen ? css.p99 : css.p50) ?? ''}`}
                points={curve.points.map(([percentile, value]) => `${x(percentile).toFixed(1)},${y(value).toFixed(1)}`).join(' ')}
              />
            ))}
            {shown.map((curve, index) => (
              <text
                key={curve.id}
                className={curve.id === chosen ? css.strong : css.quiet}
                x={names[index]?.x}
                y={(names[index]?.y ?? 0) + 4}
              >
                {curve.label}
              </text>
            ))}
            {target === null ? null : (
              <>
                <line className={css.target} x1={left} x2={right} y1={y(target.at_most_ms)} y2={y(target.at_most_ms)} />
                <text className={css.quiet} x={left + 6} y={y(target.at_most_ms) + (y(target.at_most_ms) < top + 12 ? 13 : -5)}>
                  {`target ${ms(target.at_most_ms)} at p${target.percentile}`}
                </text>
              </>
            )}
            {said
              .filter((each) => each.percentile >= from && each.percentile <= to && each.ms > 0)
              .map((each) => {
                const [place, level] = [x(each.percentile), y(each.ms)];
                return (
                  <g key={each.percentile}>
                    <line
                      className={css.said}
                      x1={Math.max(left, place - reach)}
                      x2={Math.min(right, place + reach)}
                      y1={level}
                      y2={level}
                    />
                    {/* Under the line, where that is not past the axis; a median's begins at the axis. */}
                    <text
                      className={css.saidText}
                      x={place < left + reach ? left + 4 : place}
                      y={level > bottom - 18 ? level - 6 : level + 14}
                      textAnchor={place < left + reach ? 'start' : 'middle'}
                    >
                      {`you: ${ms(each.ms)}`}
                    </text>
                  </g>
                );
              })}
            {p99 === null ? null : (
              <>
                <circle className={over ? css.diamond : css.dotP99} cx={x(99)} cy={y(p99)} r={4} />
                <text className={over ? css.overText : css.strong} x={x(99) - 6} y={y(p99) - 8} textAnchor="end">
                  {ms(p99)}
                </text>
              </>
            )}
          </>
        );
      }}
      table={{
        head: ['Percentile', ...shown.map((curve) => `${curve.label}, ms`)],
        rows:
          (main ?? shown[0])?.points.map(([percentile]) => [
            `${percentile}%`,
            ...shown.map((curve) => number(at(curve, percentile) ?? Number.NaN)),
          ]) ?? [],
      }}
    />
  );
}
