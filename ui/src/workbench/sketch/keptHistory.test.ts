// A history survives as text, within bounds; text that is none is refused with a reason.
import { expect, it } from 'vitest';
import type { Sketch } from '../../rpc/contract';
import type { Entry, History } from './history';
import { readHistory, writeHistory } from './keptHistory';

const sketch = (title: string): Sketch => ({
  format: 1,
  title,
  components: [{ id: 'kv', role: 'kv', name: 'KV', instances: 1, settings: {}, at: [0, 0] }],
  links: [],
});
const history = (steps: number, words = ''): History => ({
  format: 1,
  past: Array.from({ length: steps }, (_, n) => ({ did: `step ${n}`, at_ms: n, sketch: sketch(`${n}${words}`) })),
  now: { did: 'last', at_ms: steps, sketch: sketch('now') },
  future: [{ did: 'next', at_ms: steps + 1, sketch: sketch('next') }],
});

it('comes back as it was', () => {
  expect(readHistory(writeHistory(history(3)).text, sketch('now'))).toEqual(history(3));
});

/** A drawing of `count` services, each called by the one before. */
const chain = (count: number): Sketch => ({
  format: 1,
  title: 'Chain',
  components: Array.from({ length: count }, (_, n) => ({ id: `w${n}`, role: 'work', name: `Service ${n}`, instances: 1, at: [n, 0] })),
  links: Array.from({ length: count - 1 }, (_, n) => ({ from: `w${n}`, to: `w${n + 1}`, port: 'next' })),
});

/** Edits of every sort, one after the other: the same numbers each time. */
function edited(steps: number, from: Sketch): Entry[] {
  let sketch = from;
  return Array.from({ length: steps }, (_, n) => {
    const { components, links, comments = [], groups = [] } = sketch;
    const at = (n * 7) % components.length;
    const moved = components.map((each, k) =>
      k === at || k === (at * 3) % components.length ? { ...each, at: [n, n] as [number, number] } : each,
    );
    const note = { id: `c${n}`, text: `note ${n}`, at: [n, 1] as [number, number], size: [90, 40] as [number, number] };
    sketch = [
      { ...sketch, components: moved },
      { ...sketch, title: `Title ${n}` },
      { ...sketch, components: [...components, ...components.slice(at, at + 1).map((each) => ({ ...each, id: `new${n}` }))] },
      { ...sketch, links: links.filter((_, k) => k !== at % links.length) },
      { ...sketch, comments: [...comments, note], groups: [...groups, { id: `g${n}`, name: 'G', at: [0, 0], size: [9, 9] }] },
      { ...sketch, components: [...components.slice(0, at), ...components.slice(at + 1)], comments: comments.slice(1) },
    ][n % 6] as Sketch;
    return { did: `step ${n}`, at_ms: n, sketch };
  });
}

it('comes back after edits of every sort, on both sides of now', () => {
  const all = edited(60, chain(12));
  const [now] = all.slice(40);
  if (now === undefined) throw new Error('no step');
  const kept: History = { format: 1, past: all.slice(0, 40), now, future: all.slice(41) };
  expect(readHistory(writeHistory(kept).text, now.sketch)).toEqual(kept);
});

it('brings back what an older version kept', () => {
  const kept = history(3);
  expect(readHistory(JSON.stringify(kept), sketch('now'))).toEqual(kept);
});

it('keeps thousands of steps of a large drawing', () => {
  let drawing = chain(200);
  const past = Array.from({ length: 3000 }, (_, n): Entry => {
    const components = drawing.components.map((each, k) => (k === n % 200 ? { ...each, at: [n, n] as [number, number] } : each));
    drawing = { ...drawing, components };
    return { did: `Moved Service ${n % 200}`, at_ms: n, sketch: drawing };
  });
  const { text, left } = writeHistory({ format: 1, past, now: { did: 'last', at_ms: 9000, sketch: drawing }, future: [] });
  expect(left).toEqual({ past: 0, future: 0 });
  expect(text.length).toBeLessThan(1_500_000);
  const read = readHistory(text, drawing);
  if ('refused' in read) throw new Error(read.refused);
  expect(read.past.length).toBe(3000);
  expect(read.past[0]).toEqual(past[0]);
});

it('keeps the steps nearest to now where not all have room, and says how many have none', () => {
  const { text: long, kept, left } = writeHistory(history(500, 'x'.repeat(20_000)));
  expect(long.length).toBeLessThan(1_500_000);
  expect(writeHistory(history(20_000)).text.length).toBeLessThan(1_500_000);
  const some = readHistory(long, sketch('now'));
  if ('refused' in some) throw new Error(some.refused);
  expect(some.past.length).toBeGreaterThan(50);
  expect(some.past.at(-1)?.did).toBe('step 499');
  expect(kept).toBe(some.past.length);
  expect(left).toEqual({ past: 500 - some.past.length, future: 1 - some.future.length });
});

const step = (lists: unknown): string =>
  JSON.stringify({ format: 2, now: history(0).now, past: [{ did: 'x', at_ms: 1, lists }], future: [] });

it.each([
  ['{', 'the kept history is not JSON'],
  ['[]', 'a format that is not known'],
  ['{"format":3}', 'a format that is not known'],
  ['{"format":2}', 'lacks its steps'],
  [step(null), 'does not fit'],
  [step({ components: 7 }), 'does not fit'],
  [step({ components: { at: [[1, {}]] } }), 'does not fit'],
  [step({ components: { at: [[-1, {}]] } }), 'does not fit'],
  [step({ links: { first: 0, last: 1, put: [] } }), 'does not fit'],
  [step({ links: { first: 0, last: 0, put: 'x' } }), 'does not fit'],
  [step({ components: { at: [[0, { id: 3 }]] } }), 'is not a drawing'],
  ['{"format":1,"past":[],"future":[]}', 'lacks its steps'],
  [
    JSON.stringify({ ...history(0), past: [{ did: 'x', at_ms: 1, sketch: { format: 1, title: '', components: [{ id: 3 }], links: [] } }] }),
    'is not a drawing',
  ],
  [JSON.stringify({ ...history(0), past: [null] }), 'is not a drawing'],
])('refuses %s', (text, reason) => {
  const read = readHistory(text, sketch('now'));
  expect('refused' in read ? read.refused : 'taken').toContain(reason);
});
