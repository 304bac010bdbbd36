// Undo without end, steps that merge, and a history that survives as data.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Role, Sketch } from '../../rpc/contract';
import { MERGE_WITHIN_MS, type History } from './history';
import { useNews } from './news';
import { draw, historyOf, openHistory, useDrawing } from './store';

const KV: Role = {
  id: 'kv',
  kind: 'kv',
  name: 'KV cache',
  summary: '',
  runs: true,
  max_instances: 16,
  ports: [],
  settings: [],
  operations: [],
  routes: [],
};
const EMPTY: Sketch = { format: 1, title: 'Test', components: [], links: [] };
const sketch = (): Sketch => useDrawing.getState().sketch;
const steps = (): number => useDrawing.temporal.getState().pastStates.length;
const nudge = (x: number): void => draw.move(new Map([['kv', [x, 0] as const]]), new Map(), null, 'nudge kv');

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
  draw.open(EMPTY);
});
afterEach(() => vi.useRealTimers());

describe('steps', () => {
  it('has no limit', () => {
    for (let n = 0; n < 1200; n += 1) draw.add(KV, [n * 12, 0]);
    for (let n = 0; n < 1200; n += 1) draw.undo();
    expect(sketch()).toBe(EMPTY);
    for (let n = 0; n < 1200; n += 1) draw.redo();
    expect(sketch().components.length).toBe(1200);
  });

  it('merges nudges that follow each other', () => {
    draw.add(KV, [0, 0]);
    const before = steps();
    for (const x of [12, 24, 36]) nudge(x);
    expect(steps()).toBe(before + 1);
    draw.undo();
    expect(sketch().components[0]?.at).toEqual([0, 0]);
    draw.redo();
    expect(sketch().components[0]?.at).toEqual([36, 0]);
  });

  it('begins a new step after a pause, after another action, and after undo', () => {
    draw.add(KV, [0, 0]);
    nudge(12);
    const before = steps();
    vi.setSystemTime(Date.now() + MERGE_WITHIN_MS + 1);
    nudge(24);
    expect(steps()).toBe(before + 1);
    draw.rename('kv', 'Cache');
    nudge(36);
    expect(steps()).toBe(before + 3);
    draw.undo();
    nudge(48);
    expect(sketch().components[0]?.at).toEqual([48, 0]);
    draw.undo();
    expect(sketch().components[0]?.at).toEqual([24, 0]);
  });

  it('does not merge when the clock was set back', () => {
    draw.add(KV, [0, 0]);
    nudge(12);
    const before = steps();
    vi.setSystemTime(Date.now() - 3_600_000);
    nudge(24);
    expect(steps()).toBe(before + 1);
  });

  it('leaves the title alone', () => {
    draw.add(KV, [0, 0]);
    draw.retitle('Renamed');
    draw.undo();
    expect(sketch()).toMatchObject({ title: 'Renamed', components: [] });
    draw.redo();
    expect(sketch().title).toBe('Renamed');
  });

  it('says what was done, undone and done again', () => {
    const said = (): string => useNews.getState().text;
    draw.add(KV, [0, 0]);
    expect(said()).toBe('Added KV cache.');
    draw.undo();
    expect(said()).toBe('Undone: Added KV cache.');
    draw.redo();
    expect(said()).toBe('Done again: Added KV cache.');
    draw.redo();
    expect(said()).toBe('There is nothing to redo.');
  });
});

it('adds no more than can be opened again, and says so', () => {
  const components = Array.from({ length: 2000 }, (_, n) => ({
    id: `kv-${n}`,
    role: 'kv',
    name: `KV ${n}`,
    instances: 1,
    at: [0, 0] as [number, number],
  }));
  draw.open({ ...EMPTY, components });
  draw.add(KV, [0, 0]);
  expect(sketch().components.length).toBe(2000);
  expect(useNews.getState().text).toBe('Not done. The drawing would have 2001 components, more than the 2000 that can be drawn.');
});

describe('the history as data', () => {
  it('comes back whole from text, and undo and redo go on from there', () => {
    draw.add(KV, [0, 0]);
    draw.rename('kv', 'Cache');
    draw.instances('kv', 3, 16);
    draw.undo();
    const kept = JSON.parse(JSON.stringify(historyOf())) as History;
    expect(kept.past.map(({ did }) => did)).toEqual(['Opened', 'Added KV cache']);
    expect(kept.now.did).toBe('Renamed KV cache to Cache');
    expect(kept.future.map(({ did }) => did)).toEqual(['Cache: 3 instances']);

    draw.open(EMPTY);
    openHistory(kept);
    expect(sketch().components[0]?.name).toBe('Cache');
    draw.redo();
    expect(sketch().components[0]?.instances).toBe(3);
    draw.undo();
    draw.undo();
    draw.undo();
    expect(sketch().components).toEqual([]);
  });
});
