// Latency against utilisation, one mark a step of the load: measured as filled dots, the closed form as an outline. It shows where waiting begins to grow.
import { count, ms, number, rate, share } from '../format';
import type { Step } from '../rpc/contract';
import { ChartFrame } from './ChartFrame';
import css from './charts.module.css';
import { linear, logarithmic, logRange, logTicks, spread } from './scale';

const height = 300;
const bottom = 256;
const top = 8;
const left = 44;

interface Mark {
  x: number;
  y: number;
}

export function StepsChart({ steps }: { steps: readonly Step[] }) {
  const mark = (x: number | null, y: number | null): Mark[] => (x === null || y === null || y <= 0 ? [] : [{ x: Math.min(1, x), y }]);
  const mean = steps.flatMap((step) => mark(step.utilisation, step.mean_ms));
  const p99 = steps.flatMap((step) => mark(step.utilisation, step.p99_ms));
  // Past 100% there is no steady state, so the closed form ends before it.
  const model = steps.flatMap((step) =>
    step.utilisation_modelled !== null && step.utilisation_modelled >= 1 ? [] : mark(step.utilisation_modelled, step.mean_ms_modelled),
  );
  const range = logRange([...mean, ...p99, ...model].map((each) => each.y));
  if (range === null) return null;
  const y = logarithmic(range.from, range.to, bottom, top);
  const series = [
    { key: 'p99', label: 'p99, measured', marks: p99 },
    { key: 'mean', label: 'mean, measured', marks: mean },
    { key: 'model', label: 'mean, closed form', marks: model },
  ].filter((each) => each.marks.length > 0);
  const labels = spread(
    series.map((each) => y(each.marks.at(-1)?.y ?? range.from)),
    14,
    top + 4,
    bottom - 4,
  );
  const last = steps.at(-1);

  return (
    <ChartFrame
      title="Response time against utilisation"
      unit="ms of life, log scale; utilisation of the busiest component, %"
      height={height}
      sentence={`Response time by step of the load. ${
        last === undefined
          ? ''
          : `At ${share(last.utilisation)} the mean is ${ms(last.mean_ms)}, by the closed form ${ms(last.mean_ms_modelled)}, and p99 is ${ms(last.p99_ms)}.`
      }`}
      plot={(width) => {
        const right = width - 124;
        const x = linear(0, 1, left, right);
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
            {[0, 0.2, 0.4, 0.6, 0.8, 1].map((tick) => (
              <g key={tick}>
                <line className={css.axis} x1={x(tick)} x2={x(tick)} y1={bottom} y2={bottom + 4} />
                <text x={x(tick)} y={bottom + 18} textAnchor="middle">
                  {share(tick)}
                </text>
              </g>
            ))}
            <text x={(left + right) / 2} y={bottom + 36} textAnchor="middle">
              utilisation
            </text>
            <polyline className={css.model} points={model.map((each) => `${x(each.x).toFixed(1)},${y(each.y).toFixed(1)}`).join(' ')} />
            {model.map((each, index) => (
              <circle key={index} className={css.modelDot} cx={x(each.x)} cy={y(each.y)} r={5.5} />
            ))}
            {p99.map((each, index) => (
              <circle key={index} className={css.dotP99} cx={x(each.x)} cy={y(each.y)} r={4} />
            ))}
            {mean.map((each, index) => (
              <circle key={index} className={css.dotP95} cx={x(each.x)} cy={y(each.y)} r={4} />
            ))}
            {series.map((each, index) => (
              <text key={each.key} className={each.key === 'model' ? undefined : css.strong} x={right + 10} y={(labels[index] ?? 0) + 4}>
                {each.label}
              </text>
            ))}
          </>
        );
      }}
      table={stepsTable(steps)}
    />
  );
}

function stepsTable(steps: readonly Step[]) {
  return {
    head: ['Offered', 'Utilisation', 'Modelled', 'Mean', 'Closed form', 'p99', 'Answers', 'Failed'],
    rows: steps.map((step) => [
      rate(step.rate_per_s),
      share(step.utilisation),
      share(step.utilisation_modelled),
      ms(step.mean_ms),
      step.mean_ms_modelled === null && (step.utilisation_modelled ?? 0) >= 1 ? 'no finite answer' : ms(step.mean_ms_modelled),
      ms(step.p99_ms),
      count(step.count),
      count(step.failed),
    ]),
  };
}
