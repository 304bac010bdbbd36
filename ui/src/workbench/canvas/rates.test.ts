// Rates on links stand clear of the strips under boxes, in the designs that ship and where rows stand close.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { palette } from '../../host/fixture/roles';
import type { Sketch } from '../../rpc/contract';
import { rolesById } from '../sketch/ports';
import { meets, rateAt } from './rates';
import { placeOf, wire } from './wiring';

const core = join(import.meta.dirname, '../../../../content/core');
const designs = readdirSync(core, { recursive: true, encoding: 'utf8' }).filter((path) => /[/\\]designs[/\\][^/\\]*\.json$/.test(path));

it('finds the designs that ship', () => expect(designs.length).toBeGreaterThan(3));

it.each(designs)('lies on no strip in %s', (path) => {
  const sketch = JSON.parse(readFileSync(join(core, path), 'utf8')) as Sketch;
  const corners = sketch.components.map(({ at }) => placeOf(at));
  const { links } = wire(sketch, rolesById(palette), new Map());
  const hit = links.flatMap(({ id, route }) =>
    [route.tail, route.tip]
      .filter((end) => corners.some((corner) => meets(rateAt(end, corners), corner)))
      .map(({ side }) => `${id} ${side}`),
  );
  expect(hit).toEqual([]);
});

it('stands on its line past the arrowhead, and beside it under a box that is close above', () => {
  const end = { x: 72, y: 300, side: 'top' } as const;
  expect(rateAt(end, [{ x: 0, y: 300 }])).toEqual({ x: 72, y: 280, anchor: 'middle' });
  const above = { x: 0, y: 300 - 36 - 72 };
  expect(rateAt(end, [above])).toEqual({ x: 78, y: 292, anchor: 'start' });
  expect(meets(rateAt(end, [above]), above)).toBe(false);
});

it('stands over a level link, which may be no longer than itself', () => {
  const [tail, tip] = [
    { x: 144, y: 36, side: 'right' },
    { x: 192, y: 36, side: 'left' },
  ] as const;
  const corners = [
    { x: 0, y: 0 },
    { x: 192, y: 0 },
  ];
  expect([tail, tip].map((end) => rateAt(end, corners))).toEqual([tail, tip].map(() => ({ x: 168, y: 25, anchor: 'middle' })));
});

it('leaves room for a strip under its own box, and for the arrowhead into one that is close below', () => {
  const own = { x: 0, y: 0 };
  const end = { x: 72, y: 72, side: 'bottom' } as const;
  expect(rateAt(end, [own, { x: 0, y: 156 }])).toEqual({ x: 72, y: 100, anchor: 'middle' });
  expect(rateAt(end, [own, { x: 0, y: 108 }])).toEqual({ x: 78, y: 100, anchor: 'start' });
});
