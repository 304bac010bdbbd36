// Figures of the run under way, in a store of their own: at most 4 updates a second, texts and widths only. They never enter the drawing.
import { create } from 'zustand';
import type { RunTick } from '../../rpc/contract';
import { STALE_MS, type Metric } from './state';

/** Points over time for the charts; one array a line. */
export interface Points {
  t_s: number[];
  ok_per_s: number[];
  failed_per_s: number[];
  p50_ms: (number | null)[];
  p95_ms: (number | null)[];
  p99_ms: (number | null)[];
}

export interface Metrics {
  tick: RunTick | null;
  /** When it came, ms of `performance.now`. */
  atMs: number;
  /** Now, as the boxes see it: moves on when ticks do not come, so that old figures turn unknown. */
  nowMs: number;
  points: Points;
  metric: Metric;
  /** Operation that the latency chart shows. */
  operation: string | null;
  /** The learner looks at one moment: figures and charts stay as they are, the run goes on and loses nothing. */
  held: boolean;
}

const noPoints = (): Points => ({ t_s: [], ok_per_s: [], failed_per_s: [], p50_ms: [], p95_ms: [], p99_ms: [] });

export const useMetrics = create<Metrics>(() => ({
  tick: null,
  atMs: 0,
  nowMs: 0,
  points: noPoints(),
  metric: 'load',
  operation: null,
  held: false,
}));

/** The newest tick while it is fresh. Without it figures are unknown, never the last ones. */
export const freshTick = ({ tick, atMs, nowMs }: Metrics): RunTick | null => (nowMs - atMs > STALE_MS ? null : tick);

/** Shortest time between two updates of the screen, ms. */
export const UPDATE_MS = 250;

let waiting: RunTick[] = [];
let timer: ReturnType<typeof setTimeout> | null = null;

function show(): void {
  timer = null;
  if (useMetrics.getState().held) return;
  const ticks = waiting;
  waiting = [];
  const last = ticks.at(-1);
  if (last === undefined) return;
  useMetrics.setState(({ points, operation }) => {
    const next: Points = { ...points };
    const add = <K extends keyof Points>(key: K, values: Points[K]): void => {
      next[key] = [...next[key], ...values] as Points[K];
    };
    const of = (tick: RunTick): RunTick['operations'][string] | undefined => (operation === null ? undefined : tick.operations[operation]);
    add(
      't_s',
      ticks.map((tick) => tick.t_s),
    );
    add(
      'ok_per_s',
      ticks.map((tick) => tick.ok_per_s),
    );
    add(
      'failed_per_s',
      ticks.map((tick) => tick.failed_per_s),
    );
    add(
      'p50_ms',
      ticks.map((tick) => of(tick)?.p50_ms ?? null),
    );
    add(
      'p95_ms',
      ticks.map((tick) => of(tick)?.p95_ms ?? null),
    );
    add(
      'p99_ms',
      ticks.map((tick) => of(tick)?.p99_ms ?? null),
    );
    return { tick: last, atMs: performance.now(), nowMs: performance.now(), points: next };
  });
}

export const metrics = {
  tick: (tick: RunTick): void => {
    waiting.push(tick);
    if (timer !== null) return;
    const { atMs } = useMetrics.getState();
    const since = performance.now() - atMs;
    if (since >= UPDATE_MS) show();
    else timer = setTimeout(show, UPDATE_MS - since);
  },
  /** Lets figures grow old; called once a second by the screen of the run. */
  age: (): void => {
    if (!useMetrics.getState().held) useMetrics.setState({ nowMs: performance.now() });
  },
  /** Holds the view, or lets it go on: what came meanwhile is shown at once. */
  hold: (held: boolean): void => {
    useMetrics.setState({ held });
    if (!held) show();
  },
  choose: (metric: Metric): void => {
    useMetrics.setState({ metric });
  },
  watch: (operation: string | null): void => {
    useMetrics.setState({ operation });
  },
  clear: (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    waiting = [];
    useMetrics.setState({ tick: null, atMs: 0, nowMs: 0, points: noPoints(), held: false });
  },
};
