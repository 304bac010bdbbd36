// The state of a component during a run, from its figures: shape, word and reason. It draws nothing.
import { BUSY, SATURATED } from '../../parts/load';
import type { ComponentTick } from '../../rpc/contract';

/** An instance this busy, in a component that is not, makes it uneven. */
export const HOT_INSTANCE = 0.9;
/** How far the hot instance must be above the mean. */
const UNEVEN = 0.25;
/** Figures older than this are not shown any more, ms. */
export const STALE_MS = 3000;

export type LoadState = 'steady' | 'busy' | 'uneven' | 'saturated' | 'failed' | 'down' | 'unknown';

export interface Condition {
  state: LoadState;
  /** The state for people. */
  word: string;
  /** Text of the strip under the box; null: nothing to say. */
  reason: string | null;
}

/** A rate for people: `1.1K/s`. */
export type RateText = (perSecond: number) => string;

/** Too little to be shown is not nothing. */
const percent = (share: number): string => (share > 0 && share < 0.005 ? '<1%' : `${Math.round(share * 100)}%`);

/** Worst first: down, saturated, failed, busy, uneven, steady. Without figures it is unknown. */
export function conditionOf(tick: ComponentTick | undefined, rate: RateText): Condition {
  if (tick === undefined) return { state: 'unknown', word: 'Unknown', reason: null };
  const gone = tick.each.filter((share) => share === null).length;
  if (gone > 0) {
    const all = tick.each.length;
    return { state: 'down', word: gone === all ? 'Down' : 'Part down', reason: all === 1 ? 'down' : `${gone} of ${all} down` };
  }
  if (tick.refused_per_s > 0) return { state: 'saturated', word: 'Saturated', reason: `Refuses ${rate(tick.refused_per_s)}` };
  if (tick.utilisation >= SATURATED) return { state: 'saturated', word: 'Saturated', reason: 'All workers busy' };
  if (tick.failed_per_s > 0) return { state: 'failed', word: 'Failing', reason: `Fails ${rate(tick.failed_per_s)}` };
  if (tick.utilisation >= BUSY) return { state: 'busy', word: 'Busy', reason: null };
  const shares = tick.each.filter((share) => share !== null);
  const hottest = Math.max(0, ...shares);
  if (shares.length > 1 && hottest >= HOT_INSTANCE && hottest - tick.utilisation >= UNEVEN) {
    return { state: 'uneven', word: 'Uneven', reason: `instance ${shares.indexOf(hottest) + 1} at ${percent(hottest)}` };
  }
  return { state: 'steady', word: 'Steady', reason: null };
}

export type Metric = 'load' | 'cpu' | 'memory' | 'errors';

export interface Reading {
  /** Fill of the meter, 0 to 1. */
  share: number;
  /** The figure beside it. */
  text: string;
}

/** What the second line of a box shows. CPU and memory are filled by their share of the whole cluster, since neither has a full mark. */
export function readingOf(metric: Metric, tick: ComponentTick, all: readonly ComponentTick[]): Reading {
  const bounded = (share: number): number => (Number.isFinite(share) ? Math.min(Math.max(share, 0), 1) : 0);
  switch (metric) {
    case 'load':
      return { share: bounded(tick.utilisation), text: percent(tick.utilisation) };
    case 'cpu': {
      const total = all.reduce((sum, one) => sum + one.cpu, 0);
      return { share: bounded(tick.cpu / total), text: `${tick.cpu.toFixed(2)} core` };
    }
    case 'memory': {
      const total = all.reduce((sum, one) => sum + one.rss_mb, 0);
      return { share: bounded(tick.rss_mb / total), text: `${Math.round(tick.rss_mb)} MB` };
    }
    case 'errors': {
      const bad = tick.refused_per_s + tick.failed_per_s;
      const share = bounded(bad / (tick.per_s + bad));
      if (bad === 0) return { share: 0, text: '0%' };
      return { share, text: share < 0.001 ? '<0.1%' : `${(share * 100).toFixed(share < 0.1 ? 1 : 0)}%` };
    }
  }
}

/** Width of a link by its share of the load that enters, three steps only. */
export function linkWidth(perSecond: number | null, entering: number): 1 | 2 | 3 {
  if (perSecond === null || entering <= 0) return 1;
  const share = perSecond / entering;
  return share >= 0.5 ? 3 : share >= 0.15 ? 2 : 1;
}
