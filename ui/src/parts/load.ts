// What a component's load means, by its busy share: the two thresholds, here and nowhere else. What is below them is well, and well is quiet.

/** Busy share from which it is busy. */
export const BUSY = 0.7;
/** Busy share from which it is saturated, whether it refuses or not. */
export const SATURATED = 0.99;

/** Refusing, or all workers busy, is over. */
export function loadState(utilisation: number, refusing = false): 'busy' | 'over' | null {
  if (refusing || utilisation >= SATURATED) return 'over';
  return utilisation >= BUSY ? 'busy' : null;
}
