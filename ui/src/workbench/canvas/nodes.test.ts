// Nodes are made again only for what changed: choosing, dragging or checking one component draws one component.
import { describe, expect, it } from 'vitest';
import type { Check, Sketch } from '../../rpc/contract';
import { boxOf, type Rect } from '../sketch/marks';
import { edgeOf, nodeMaker, type Inputs } from './nodes';
import { wire } from './wiring';

const COUNT = 40;
const SKETCH: Sketch = {
  format: 1,
  title: '',
  components: Array.from({ length: COUNT }, (_, n) => ({
    id: `kv-${n}`,
    role: 'kv',
    name: `KV ${n}`,
    instances: 1,
    at: [(n % 8) * 204, Math.floor(n / 8) * 156] as [number, number],
  })),
  links: [],
  groups: [{ id: 'g', name: 'All', at: [-24, -36], size: [480, 240] }],
  comments: [{ id: 'c', text: 'why?', at: [0, 900], size: [120, 48] }],
};
const NOTHING: ReadonlySet<string> = new Set();
const inputs = (over: Partial<Inputs> = {}): Inputs => ({
  sketch: SKETCH,
  check: null,
  live: new Map<string, Rect>(),
  wiring: wire(over.sketch ?? SKETCH, new Map(), new Map()),
  components: NOTHING,
  marks: NOTHING,
  ...over,
});
const finding: Check = {
  diagnostics: [{ severity: 'warning', code: 'x', component: 'kv-3', reason: '', remedy: '' }],
  abilities: {},
  plan: null,
};
const moved = SKETCH.components.map((component) =>
  component.id === 'kv-7' ? { ...component, at: [0, 1200] as [number, number] } : component,
);

describe('nodes', () => {
  it.each<[string, Partial<Inputs>, string[]]>([
    ['nothing', {}, []],
    ['a component is chosen', { components: new Set(['kv-5']) }, ['kv-5']],
    ['a comment is chosen', { marks: new Set(['comment:c']) }, ['comment:c']],
    ['a component is dragged', { live: new Map([['kv-1', { ...boxOf(SKETCH.components[1] ?? fail()), x: 36 }]]) }, ['kv-1']],
    ['a component has moved', { sketch: { ...SKETCH, components: moved } }, ['kv-7']],
    ['a finding came', { check: finding }, ['kv-3']],
    ['a note was written', { sketch: { ...SKETCH, groups: [{ id: 'g', name: 'Some', at: [-24, -36], size: [480, 240] }] } }, ['group:g']],
  ])('%s', (_, change, ids) => {
    const make = nodeMaker();
    const before = make(inputs());
    const after = make(inputs(change));
    expect(after.length).toBe(COUNT + 2);
    expect(after.filter((node) => !before.includes(node)).map(({ id }) => id)).toEqual(ids);
  });

  it('draws only the links again that a drag takes along', () => {
    const links = [
      { from: 'kv-0', to: 'kv-1', port: 'x' },
      { from: 'kv-8', to: 'kv-9', port: 'x' },
    ];
    const before = wire({ ...SKETCH, links }, new Map(), new Map());
    const after = wire({ ...SKETCH, links }, new Map(), new Map([['kv-1', { x: 216, y: 12 }]]), before);
    const edges = after.links.map((drawn) => edgeOf(drawn, false));
    expect(edges.map((edge, n) => edge === edgeOf(before.links[n] ?? fail(), false))).toEqual([false, true]);
    expect(edgeOf(after.links[1] ?? fail(), true)).not.toBe(edges[1]);
  });

  it('holds no figure of a run', () => {
    const keys = new Set(nodeMaker()(inputs()).flatMap(({ data }) => Object.keys(data)));
    expect([...keys].sort()).toEqual(['size', 'sockets']);
  });
});

function fail(): never {
  throw new Error('the drawing has no such component');
}
