// Undo across restarts: the history as text within bounds, and text from the store as a history again. A step is written as what it changes in the
// drawing that is next to it on the way from now, so that thousands of steps of a large drawing fit. What cannot be used is refused with a
// reason, never trusted. It keeps nothing itself.
import type { Sketch } from '../../rpc/contract';
import type { Entry, History } from './history';

/** Longest text that is kept, in characters: some ten thousand steps of one component each. */
const MAX_TEXT = 1_500_000;
/** Of that, for what stands around the steps. */
const FRAME = 64;

const LISTS = ['components', 'links', 'groups', 'comments'] as const;
type List = (typeof LISTS)[number];

/** What becomes of a list: some of its places are other things now; or it is `put` between its first `first` and its last `last`. */
type Change = { at: [number, unknown][] } | { first: number; last: number; put: unknown[] };

/** A step from a neighbour of it: its words and time, and what its drawing has that the neighbour's has not. */
interface Difference {
  did: string;
  at_ms: number;
  title?: string;
  /** Null: it has no such list. */
  lists: Partial<Record<List, Change | null>>;
}

export interface Written {
  text: string;
  /** How far undo goes back in it, steps. */
  kept: number;
  /** Steps that had no room, the farthest from now: before it, and after it. */
  left: { past: number; future: number };
}

/** The history as text. Of a long one the steps nearest to now are kept. */
export function writeHistory({ past, now, future }: History): Written {
  const last = JSON.stringify(now);
  let room = MAX_TEXT - FRAME - last.length;
  const written = (nearest: readonly Entry[]): string[] => {
    const steps: string[] = [];
    let beside = now.sketch;
    for (const entry of nearest) {
      const step = JSON.stringify(difference(beside, entry));
      room -= step.length + 1;
      if (room < 0) break;
      steps.push(step);
      beside = entry.sketch;
    }
    return steps;
  };
  const before = written(past.toReversed());
  const after = written(future);
  const text = `{"format":2,"now":${last},"past":[${before.join(',')}],"future":[${after.join(',')}]}`;
  return { text, kept: before.length, left: { past: past.length - before.length, future: future.length - after.length } };
}

/** A history for the drawing `now`, or why the text is none. */
export function readHistory(text: string, now: Sketch): History | { refused: string } {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch (thrown) {
    return { refused: `the kept history is not JSON: ${String(thrown)}` };
  }
  if (!isRecord(read) || (read.format !== 1 && read.format !== 2))
    return { refused: 'the kept history has a format that is not known here' };
  const { now: at, past, future } = read;
  if (!Array.isArray(past) || !Array.isArray(future) || !isEntry(at)) return { refused: 'the kept history lacks its steps' };
  const whole = read.format === 1;
  // Whole drawings stand in the order of time, differences in that of their distance from now.
  const before = whole ? past : follow(at.sketch, past);
  const after = whole ? future : follow(at.sketch, future);
  if (before === null || after === null) return { refused: 'a step of the kept history does not fit the one beside it' };
  if (![...(before as unknown[]), ...(after as unknown[])].every(isEntry))
    return { refused: 'a step of the kept history is not a drawing' };
  const [older, newer] = [before as Entry[], after as Entry[]];
  return { format: 1, past: whole ? older : older.toReversed(), now: { ...at, sketch: now }, future: newer };
}

function difference(beside: Sketch, { did, at_ms, sketch }: Entry): Difference {
  const lists: Difference['lists'] = {};
  for (const list of LISTS) {
    const [from, to] = [beside[list], sketch[list]];
    if (to === undefined) {
      if (from !== undefined) lists[list] = null;
      continue;
    }
    const change = from === undefined ? { first: 0, last: 0, put: to } : changeOf(from, to);
    if (change !== null) lists[list] = change;
  }
  return { did, at_ms, ...(beside.title === sketch.title ? {} : { title: sketch.title }), lists };
}

/** Parts that no step touched are the same objects, so most are compared at a glance. */
const same = (a: unknown, b: unknown): boolean => a === b || JSON.stringify(a) === JSON.stringify(b);

function changeOf(from: readonly unknown[], to: readonly unknown[]): Change | null {
  if (from === to) return null;
  if (from.length === to.length) {
    const at = to.flatMap((each, n): [number, unknown][] => (same(from[n], each) ? [] : [[n, each]]));
    return at.length === 0 ? null : { at };
  }
  const shorter = Math.min(from.length, to.length);
  let first = 0;
  while (first < shorter && same(from[first], to[first])) first += 1;
  let last = 0;
  while (last < shorter - first && same(from[from.length - 1 - last], to[to.length - 1 - last])) last += 1;
  return { first, last, put: to.slice(first, to.length - last) };
}

/** The entries that the differences lead to, one from the other; null where one does not fit. */
function follow(from: Sketch, differences: readonly unknown[]): unknown[] | null {
  const entries: unknown[] = [];
  let beside: Sketch = from;
  for (const step of differences) {
    if (!isRecord(step) || !isRecord(step.lists)) return null;
    let sketch: Record<string, unknown> = { ...beside, ...(step.title === undefined ? {} : { title: step.title }) };
    for (const list of LISTS) {
      const change = step.lists[list];
      if (change === undefined) continue;
      if (change === null) {
        sketch = Object.fromEntries(Object.entries(sketch).filter(([name]) => name !== list));
        continue;
      }
      const changed = changedBy(beside[list] ?? [], change);
      if (changed === null) return null;
      sketch[list] = changed;
    }
    entries.push({ did: step.did, at_ms: step.at_ms, sketch });
    // Whether it is a drawing is looked at once all are there.
    beside = sketch as unknown as Sketch;
  }
  return entries;
}

function changedBy(list: readonly unknown[], change: unknown): unknown[] | null {
  if (!isRecord(change)) return null;
  const { at, first, last, put } = change;
  if (Array.isArray(at)) {
    const changed = [...list];
    for (const pair of at as unknown[]) {
      if (!Array.isArray(pair) || !isPlace(pair[0], list.length - 1)) return null;
      changed[pair[0]] = pair[1];
    }
    return changed;
  }
  if (!isPlace(first, list.length) || !isPlace(last, list.length - first) || !Array.isArray(put)) return null;
  return [...list.slice(0, first), ...(put as unknown[]), ...list.slice(list.length - last)];
}

const isPlace = (value: unknown, most: number): value is number =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= most;
const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const texts = (value: Record<string, unknown>, ...keys: string[]): boolean => keys.every((key) => typeof value[key] === 'string');
const isPair = (value: unknown): boolean => Array.isArray(value) && value.length === 2 && value.every((each) => Number.isFinite(each));
const every = (value: unknown, is: (each: Record<string, unknown>) => boolean): boolean =>
  Array.isArray(value) && value.every((each: unknown) => isRecord(each) && is(each));

function isEntry(value: unknown): value is Entry {
  return isRecord(value) && typeof value.did === 'string' && Number.isFinite(value.at_ms) && isSketch(value.sketch);
}

function isSketch(value: unknown): value is Sketch {
  if (!isRecord(value) || value.format !== 1 || typeof value.title !== 'string') return false;
  const { components, links, groups = [], comments = [] } = value;
  return (
    every(
      components,
      (each) =>
        texts(each, 'id', 'role', 'name') &&
        Number.isFinite(each.instances) &&
        isPair(each.at) &&
        (each.settings === undefined || isRecord(each.settings)),
    ) &&
    every(links, (each) => texts(each, 'from', 'to', 'port')) &&
    every(groups, (each) => texts(each, 'id', 'name') && isPair(each.at) && isPair(each.size)) &&
    every(comments, (each) => texts(each, 'id', 'text') && isPair(each.at) && isPair(each.size))
  );
}
