// The two charts of a run, with uPlot: axes, lines, direct labels at the line's end. They draw what is measured and never ease.
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useEffect, useRef } from 'react';
import { timeTicks } from '../../charts/scale';
import { moment, number, short } from '../../format';
import type { Points } from './metrics';
import css from './Run.module.css';

const ink = (token: string): string => getComputedStyle(document.documentElement).getPropertyValue(token).trim();
const FONT = '11px';
const font = (weight = 400): string => `${weight} ${FONT} ${ink('--font-ui')}`;

type Drawn = (plot: uPlot) => void;

// The library names its distributions in an ambient enum, which no built code can reach.
// eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment
const LOGARITHMIC = 3 as uPlot.Scale.Distr.Logarithmic;

/** Room at the right for the labels at the line's end. */
const LABELS = 76;

function axes(left: (value: number) => string, wanted?: uPlot.Axis.Splits): uPlot.Axis[] {
  const common: Partial<uPlot.Axis> = { stroke: () => ink('--ink-3'), font: font(), ticks: { show: false } };
  return [
    {
      ...common,
      size: 20,
      gap: 4,
      grid: { show: false },
      border: { show: true, stroke: () => ink('--axis'), width: 1 },
      values: (_, at) => at.map(moment),
    },
    {
      ...common,
      size: 44,
      gap: 6,
      grid: { stroke: () => ink('--grid'), width: 1 },
      values: (_, at) => at.map((value) => left(value)),
      ...(wanted === undefined ? {} : { splits: wanted }),
    },
  ];
}

interface PlotProps {
  label: string;
  data: uPlot.AlignedData;
  options: Omit<uPlot.Options, 'width' | 'height'>;
  /** Changes when the options do: the plot is built anew. */
  version: string;
}

/** Keeps one uPlot in step with its place, its data and the theme. */
function Plot({ label, data, options, version }: PlotProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef({ data, options });
  useEffect(() => {
    latest.current = { data, options };
    plot.current?.setData(data);
  }, [data, options]);
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const made = new uPlot(
      { ...latest.current.options, width: element.clientWidth, height: element.clientHeight },
      latest.current.data,
      element,
    );
    plot.current = made;
    const sized = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: element.clientHeight }));
    sized.observe(element);
    const themed = new MutationObserver(() => made.redraw(false, true));
    themed.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
    return () => {
      sized.disconnect();
      themed.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [version]);
  return <div ref={place} className={css.plot} role="img" aria-label={label} />;
}

const BASE = {
  cursor: { show: false },
  legend: { show: false },
  padding: [6, LABELS, 0, 0] as uPlot.Padding,
} as const;

interface EndLabel {
  text: string;
  value: number | null;
  token: string;
  weight?: number;
}

/** Writes labels one under the other, beside a place in time; gives the heights that they took. */
function writeLabels(plot: uPlot, t_s: number, lines: readonly EndLabel[], taken: readonly number[]): number[] {
  const { ctx } = plot;
  const ratio = uPlot.pxRatio;
  const x = plot.valToPos(t_s, 'x', true) + 6 * ratio;
  const placed = [...taken];
  ctx.save();
  ctx.textBaseline = 'middle';
  ctx.textAlign = 'left';
  for (const { text, value, token, weight = 400 } of lines) {
    if (value === null) continue;
    const y = clear(plot.valToPos(value, 'y', true), placed, 14 * ratio);
    placed.push(y);
    ctx.font = scaled(font(weight), ratio);
    // On a ground of its own: a line that goes on behind it does not strike it through.
    ctx.fillStyle = ink('--bg-panel');
    ctx.fillRect(x - 2 * ratio, y - 7 * ratio, ctx.measureText(text).width + 4 * ratio, 14 * ratio);
    ctx.fillStyle = ink(token);
    ctx.fillText(text, x, y);
  }
  ctx.restore();
  return placed;
}

/** The nearest height at or below the wanted one that is free of other labels. */
function clear(wanted: number, placed: readonly number[], gap: number): number {
  let y = wanted;
  for (const other of [...placed].sort((a, b) => a - b)) if (Math.abs(other - y) < gap) y = other + gap;
  return y;
}

function scaled(face: string, ratio: number): string {
  return face.replace(FONT, `${11 * ratio}px`);
}

/** Where the lines end on the axis: answers may still come in when the load is over. */
function endOf(plot: uPlot, duration_s: number): number {
  return Math.min(plot.data[0].at(-1) ?? 0, duration_s);
}

/** A moment with a name: something broke or came back. */
export interface Mark {
  t_s: number;
  text: string;
}

/** Full-height lines with their names, each name left of its line where there is no room at the right. */
function writeMarks(plot: uPlot, marks: readonly Mark[]): void {
  const { ctx, bbox } = plot;
  const ratio = uPlot.pxRatio;
  ctx.save();
  ctx.strokeStyle = ink('--ink');
  ctx.lineWidth = 1.5 * ratio;
  ctx.font = scaled(font(), ratio);
  ctx.textBaseline = 'top';
  ctx.textAlign = 'left';
  let free = -Infinity;
  let row = 0;
  for (const { t_s, text } of marks) {
    const x = Math.round(plot.valToPos(t_s, 'x', true));
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    const width = ctx.measureText(text).width;
    const fits = x + 4 * ratio + width <= bbox.left + bbox.width;
    const left = fits ? x + 4 * ratio : x - 4 * ratio - width;
    row = left < free ? row + 1 : 0;
    const top = bbox.top + 2 * ratio + row * 13 * ratio;
    ctx.lineJoin = 'round';
    const line = ctx.lineWidth;
    ctx.lineWidth = 3 * ratio;
    ctx.strokeStyle = ink('--bg-panel');
    ctx.strokeText(text, left, top);
    ctx.fillStyle = ink('--ink-2');
    ctx.fillText(text, left, top);
    ctx.lineWidth = line;
    ctx.strokeStyle = ink('--ink');
    free = Math.max(free, left + width + 6 * ratio);
  }
  ctx.restore();
}

/** Marks in the plot's version: one more is drawn at once. */
const marked = (marks: readonly Mark[]): string => marks.map(({ t_s, text }) => `${t_s} ${text}`).join(', ');

interface RequestsProps {
  points: Points;
  marks: readonly Mark[];
  duration_s: number;
  /** Requests a second that are planned: the axis reaches at least that far. */
  planned_per_s: number;
  label: string;
}

export function RequestsChart({ points, marks, duration_s, planned_per_s, label }: RequestsProps) {
  const total = points.ok_per_s.map((ok, n) => ok + (points.failed_per_s[n] ?? 0));
  const draw: Drawn = (plot) => {
    const ok = plot.data[1]?.at(-1) ?? null;
    const all = plot.data[2]?.at(-1) ?? null;
    const failed = ok === null || all === null ? 0 : all - ok;
    const lines = [{ text: `${short(ok ?? 0)} ok`, value: ok, token: '--ink-2' }];
    if (failed > 0) lines.unshift({ text: `${short(failed)} failed`, value: all, token: '--over' });
    writeMarks(plot, marks);
    writeLabels(plot, endOf(plot, duration_s), lines, []);
  };
  const options: PlotProps['options'] = {
    ...BASE,
    scales: { x: { time: false, range: [0, duration_s] }, y: { range: (_, _least, most) => [0, Math.max(most, planned_per_s, 1) * 1.15] } },
    axes: withTimes(
      axes((value) => short(value)),
      duration_s,
    ),
    series: [
      {},
      { stroke: () => ink('--steady'), width: 1.5, fill: () => ink('--steady-soft'), points: { show: false } },
      { stroke: () => ink('--over-fill'), width: 0, points: { show: false } },
    ],
    bands: [{ series: [2, 1], fill: () => ink('--over-fill') }],
    hooks: { draw: [draw] },
  };
  return (
    <Plot
      label={label}
      data={[points.t_s, points.ok_per_s, total]}
      options={options}
      version={`${duration_s} ${planned_per_s} ${marked(marks)}`}
    />
  );
}

function withTimes(all: uPlot.Axis[], duration_s: number): uPlot.Axis[] {
  const [time, ...rest] = all;
  return time === undefined ? all : [{ ...time, splits: () => timeTicks(duration_s) }, ...rest];
}

interface LatencyProps {
  points: Points;
  marks: readonly Mark[];
  duration_s: number;
  target_ms: number | null;
  predicted_ms: number | null;
  /** From when the prediction applies. */
  predictedFrom_s: number;
  label: string;
}

/** Whole decades around what is shown, at least two. */
export function decades(values: readonly (number | null)[]): [number, number] {
  let [least, most] = [Infinity, 0];
  for (const value of values) {
    if (value === null || value <= 0) continue;
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  if (most === 0) return [1, 1000];
  const low = Math.floor(Math.log10(least));
  const high = Math.max(Math.ceil(Math.log10(most * 1.01)), low + 2);
  return [10 ** low, 10 ** high];
}

export function LatencyChart({ points, marks, duration_s, target_ms, predicted_ms, predictedFrom_s, label }: LatencyProps) {
  const range: uPlot.Range.Function = (plot) =>
    decades([...plot.data.slice(1).flatMap((series) => [...series].map((value) => value ?? null)), target_ms, predicted_ms]);
  const draw: Drawn = (plot) => {
    const { ctx, bbox } = plot;
    const ratio = uPlot.pxRatio;
    const level = (value: number, from_s: number, token: string, dash: number[], width: number): void => {
      const y = Math.round(plot.valToPos(value, 'y', true));
      ctx.save();
      ctx.beginPath();
      ctx.strokeStyle = ink(token);
      ctx.lineWidth = width * ratio;
      ctx.setLineDash(dash.map((part) => part * ratio));
      ctx.moveTo(plot.valToPos(from_s, 'x', true), y);
      ctx.lineTo(bbox.left + bbox.width, y);
      ctx.stroke();
      ctx.restore();
    };
    writeMarks(plot, marks);
    if (target_ms !== null) level(target_ms, 0, '--ink-2', [4, 3], 1);
    if (predicted_ms !== null) level(predicted_ms, predictedFrom_s, '--pred', [], 2);
    const beside = writeLabels(
      plot,
      duration_s,
      [
        { text: `target ${number(target_ms ?? 0)}`, value: target_ms, token: '--ink-2' },
        { text: `you: ${number(predicted_ms ?? 0)}`, value: predicted_ms, token: '--pred', weight: 500 },
      ],
      [],
    );
    const t = endOf(plot, duration_s);
    // Near the end of the run the labels of the lines stand in the same column.
    const taken = plot.valToPos(duration_s, 'x') - plot.valToPos(t, 'x') < LABELS ? beside : [];
    const last = (series: number): number | null => plot.data[series]?.at(-1) ?? null;
    const named = [
      ['p99', 3, '--ink', 600],
      ['p95', 2, '--ink-2', 400],
      ['p50', 1, '--ink-2', 400],
    ] as const;
    writeLabels(
      plot,
      t,
      named.map(([name, series, token, weight]) => ({ text: `${name} ${number(last(series) ?? 0)}`, value: last(series), token, weight })),
      taken,
    );
  };
  const line = (token: string): uPlot.Series => ({ stroke: () => ink(token), width: 1.75, points: { show: false }, spanGaps: false });
  const options: PlotProps['options'] = {
    ...BASE,
    scales: { x: { time: false, range: [0, duration_s] }, y: { distr: LOGARITHMIC, range } },
    axes: withTimes(
      axes(
        (value) => number(value, 6),
        (_, __, low, high) => {
          const splits: number[] = [];
          for (let at = low; at <= high * 1.001; at *= 10) splits.push(at);
          return splits;
        },
      ),
      duration_s,
    ),
    series: [{}, line('--p50'), line('--p95'), line('--p99')],
    hooks: { draw: [draw] },
  };
  return (
    <Plot
      label={label}
      data={[points.t_s, points.p50_ms, points.p95_ms, points.p99_ms]}
      options={options}
      version={`${duration_s} ${target_ms ?? ''} ${predicted_ms ?? ''} ${predictedFrom_s} ${marked(marks)}`}
    />
  );
}
