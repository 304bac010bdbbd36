// A history survives as text, within bounds; text that is none is refused with a reason.
import { expect, it } from 'vitest';
import type { Sketch } from '../../rpc/contract';
import type { History } from './history';
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
  expect(readHistory(writeHistory(history(3)), sketch('now'))).toEqual(history(3));
});

it('keeps the steps nearest to now', () => {
  const read = readHistory(writeHistory(history(500)), sketch('now'));
  if ('refused' in read) throw new Error(read.refused);
  expect([read.past.length, read.past[0]?.did, read.past.at(-1)?.did]).toEqual([200, 'step 300', 'step 499']);
  const long = writeHistory(history(500, 'x'.repeat(20_000)));
  expect(long.length).toBeLessThan(1_500_000);
  const some = readHistory(long, sketch('now'));
  if ('refused' in some) throw new Error(some.refused);
  expect(some.past.length).toBeGreaterThan(50);
  expect(some.past.at(-1)?.did).toBe('step 499');
});

it.each([
  ['{', 'the kept history is not JSON'],
  ['[]', 'a format that is not known'],
  ['{"format":2}', 'a format that is not known'],
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
