// Undo across restarts: the history as text within bounds, and text from the store as a history again. What cannot be used is refused with a
// reason, never trusted. It keeps nothing itself.
import type { Sketch } from '../../rpc/contract';
import type { Entry, History } from './history';

/** Longest text that is kept, in characters. */
const MAX_TEXT = 1_500_000;
/** Steps that are kept on each side. */
const MAX_STEPS = 200;

/** The history as text. Of a long one the steps nearest to now are kept. */
export function writeHistory(history: History): string {
  let room = MAX_TEXT - JSON.stringify(history.now).length;
  const fitting = (nearest: Entry[]): Entry[] => {
    const kept: Entry[] = [];
    for (const entry of nearest.slice(0, MAX_STEPS)) {
      room -= JSON.stringify(entry).length + 1;
      if (room < 0) break;
      kept.push(entry);
    }
    return kept;
  };
  const past = fitting([...history.past].reverse()).reverse();
  return JSON.stringify({ ...history, past, future: fitting(history.future) });
}

/** A history for the drawing `now`, or why the text is none. */
export function readHistory(text: string, now: Sketch): History | { refused: string } {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch (thrown) {
    return { refused: `the kept history is not JSON: ${String(thrown)}` };
  }
  if (!isRecord(read) || read.format !== 1) return { refused: 'the kept history has a format that is not known here' };
  const { past, now: at, future } = read;
  if (!Array.isArray(past) || !Array.isArray(future) || !isEntry(at)) return { refused: 'the kept history lacks its steps' };
  if (![...(past as unknown[]), ...(future as unknown[])].every(isEntry)) return { refused: 'a step of the kept history is not a drawing' };
  return { format: 1, past: past as Entry[], now: { ...at, sketch: now }, future: future as Entry[] };
}

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
