// Predicted against measured: one log axis of measured ÷ predicted. The centre line is the prediction; shaded is within a factor of 2; dots are inside, red
// diamonds outside. It is the same chart on every page, and a table stands behind it.
import { ratio } from '../format';
import { DataTable } from './ChartFrame';
import css from './charts.module.css';
import { logarithmic, ratioRange, ratioTick } from './scale';
import { useWidth } from './useWidth';

export interface RatioRow {
  label: string;
  /** Texts with units. */
  predicted: string;
  measured: string;
  /** measured ÷ predicted; null when there is nothing to compare. */
  ratio: number | null;
}

const row_h = 32;
const top = 24;

/** Room for the longest text of a column at 13 px, with a gap; a wide face needs some 7.5 px a character. */
const columnWidth = (texts: readonly string[]): number => Math.max(72, Math.max(...texts.map((each) => each.length)) * 7.5 + 16);

/** Inside means from half to twice. */
export const isWithin = (value: number): boolean => value >= 0.5 && value <= 2;

export function RatioChart({ rows }: { rows: readonly RatioRow[] }) {
  const [place, width] = useWidth(960);
  const known = rows.flatMap((row) => (row.ratio === null ? [] : [row.ratio]));
  const { least, most, ticks } = ratioRange(known);
  const left = Math.min(260, Math.max(176, width * 0.225));
  const ratioAt = width;
  const measuredAt = width - 64;
  const saidAt = measuredAt - columnWidth(['measured', ...rows.map((row) => row.measured)]);
  const right = saidAt - columnWidth(['predicted', ...rows.map((row) => row.predicted)]);
  const x = logarithmic(least, most, left, right);
  const bottom = top + rows.length * row_h;
  const within = known.filter(isWithin).length;
  const sentence = `Measured divided by predicted on a logarithmic axis. ${within} of ${known.length} figures are within a factor of 2. ${rows
    .map((row) => `${row.label}: predicted ${row.predicted}, measured ${row.measured}.`)
    .join(' ')}`;

  return (
    <div ref={place}>
      <svg
        className={css.chart}
        width={width}
        height={bottom + 24}
        viewBox={`0 0 ${width} ${bottom + 24}`}
        role="img"
        aria-label={sentence}
      >
        <rect className={css.band} x={x(0.5)} y={top} width={x(2) - x(0.5)} height={bottom - top} />
        {ticks.map((tick) => (
          <g key={tick}>
            {tick === 1 ? null : <line className={css.grid} x1={x(tick)} x2={x(tick)} y1={top} y2={bottom} />}
            <text x={x(tick)} y={bottom + 18} textAnchor="middle">
              {ratioTick(tick)}
              {tick === most ? ' ×' : ''}
            </text>
          </g>
        ))}
        {rows.map((row, index) => (
          <line key={row.label} className={css.grid} x1={0} x2={width} y1={top + index * row_h} y2={top + index * row_h} />
        ))}
        <line className={css.said} x1={x(1)} x2={x(1)} y1={top - 4} y2={bottom} />
        <text className={css.saidText} x={x(1)} y={12} textAnchor="middle">
          as predicted
        </text>
        <text x={saidAt} y={12} textAnchor="end">
          predicted
        </text>
        <text x={measuredAt} y={12} textAnchor="end">
          measured
        </text>
        <text x={ratioAt} y={12} textAnchor="end">
          ratio
        </text>
        {rows.map((row, index) => {
          const y = top + index * row_h + row_h / 2;
          const out = row.ratio !== null && !isWithin(row.ratio);
          return (
            <g key={row.label}>
              <text className={css.body} x={0} y={y + 4}>
                {row.label}
              </text>
              {row.ratio === null ? (
                <text x={x(2) + 8} y={y + 4}>
                  not measured
                </text>
              ) : (
                <Mark
                  from={x(1)}
                  to={x(Math.min(most, Math.max(least, row.ratio)))}
                  y={y}
                  out={out}
                  beyond={row.ratio > most || row.ratio < least}
                />
              )}
              <text className={`${css.body ?? ''} ${css.saidText ?? ''}`} x={saidAt} y={y + 4} textAnchor="end">
                {row.predicted}
              </text>
              <text
                className={`${css.body ?? ''} ${row.ratio === null ? '' : (css.strong ?? '')}`}
                x={measuredAt}
                y={y + 4}
                textAnchor="end"
              >
                {row.measured}
              </text>
              <text className={`${css.body ?? ''} ${out ? (css.overText ?? '') : ''}`} x={ratioAt} y={y + 4} textAnchor="end">
                {row.ratio === null ? '–' : ratio(row.ratio)}
              </text>
            </g>
          );
        })}
      </svg>
      <div className="vh">
        <DataTable
          caption="Predicted and measured"
          head={['Figure', 'Predicted', 'Measured', 'Measured ÷ predicted']}
          rows={rows.map((row) => [row.label, row.predicted, row.measured, row.ratio === null ? 'unknown' : ratio(row.ratio)])}
        />
      </div>
    </div>
  );
}

/** A dot inside the band, a diamond outside; past the axis, two diamonds at its end. */
function Mark({ from, to, y, out, beyond }: { from: number; to: number; y: number; out: boolean; beyond: boolean }) {
  const diamond = (x: number): string => `M${x} ${y - 6}l6 6-6 6-6-6z`;
  return (
    <>
      <line className={out ? css.stemOut : css.stem} x1={from} x2={to} y1={y} y2={y} />
      {out ? <path className={css.diamond} d={diamond(to)} /> : <circle className={css.dot} cx={to} cy={y} r={5} />}
      {beyond ? <path className={css.diamond} d={diamond(to + (to > from ? -9 : 9))} /> : null}
    </>
  );
}
