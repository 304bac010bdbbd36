// What the history of a drawing is made of, as data: the shape that a store can keep, and that brings undo back after a restart. The steps
// themselves are kept by `store.ts`; here is no state.
import type { Sketch } from '../../rpc/contract';

/** How the drawing came to be what it is. */
export interface Step {
  /** What was done, in words: `Linked Feed service → KV cache (timeline)`. */
  did: string;
  /** When, Unix milliseconds. */
  at_ms: number;
}

/** One state of the drawing with the step that led to it. The sketch is whole: entries share nothing once written, and any one can be read alone. */
export interface Entry extends Step {
  sketch: Sketch;
}

/** A history as it can be kept: oldest first; `future` is what redo would bring, next first. */
export interface History {
  format: 1;
  past: Entry[];
  now: Entry;
  future: Entry[];
}

/** Steps of one sort that follow each other this fast are one: nudges, clicks on a stepper. */
export const MERGE_WITHIN_MS = 1500;

/** Whether a step continues the one before. `sort` names what they have in common, as in `nudge feed,kv`. */
export function continues(before: { sort: string | null; at_ms: number }, sort: string | null, at_ms: number): boolean {
  return sort !== null && before.sort === sort && at_ms - before.at_ms >= 0 && at_ms - before.at_ms < MERGE_WITHIN_MS;
}
