// What the learner said of a component's load, also where it stands in by its role for the component that the scenario names.
import { useSession } from '../session';
import { useMetrics } from './metrics';

const LOAD = '.utilisation';

/** The figure that speaks of `id`: its own, or one that it stands in for. */
export function figureOf(id: string, standIns: Readonly<Record<string, string>>): string {
  const other = Object.entries(standIns).find(([figure, component]) => component === id && figure.endsWith(LOAD));
  return other?.[0] ?? `${id}${LOAD}`;
}

/** In percent; null where nothing was said. */
export function usePredictedLoad(id: string): number | null {
  const figure = useMetrics(({ tick }) => figureOf(id, tick?.stand_ins ?? {}));
  return useSession(({ predictions }) => predictions.values[figure] ?? null);
}
