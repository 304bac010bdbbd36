// The routes of the designs that ship, kept in a file that the exports' router (crates/export) is held to as well: canvas and exports draw the same
// lanes. LOADLINE_WRITE_ROUTES=1 writes the file anew.
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { palette } from '../../host/fixture/roles';
import type { Sketch } from '../../rpc/contract';
import { rolesById } from '../sketch/ports';
import { wire } from './wiring';
import { routeAll, type Box, type Wire } from './route';

const top = join(import.meta.dirname, '../../../..');
const kept = join(top, 'crates/export/tests/routes.json');

type Points = [number, number][];

interface Case {
  name: string;
  /** Only for cases that are no design: what is routed. */
  boxes?: Box[];
  wires?: Wire[];
  routes: Record<string, Points>;
  dots: Points;
}

const sorted = (dots: readonly [number, number][]): Points => [...dots].sort((a, b) => a[1] - b[1] || a[0] - b[0]);

function designs(): Case[] {
  const core = join(top, 'content/core');
  const roles = rolesById(palette);
  return readdirSync(core)
    .map((exercise) => join(exercise, 'designs'))
    .filter((folder) => existsSync(join(core, folder)))
    .flatMap((folder) => readdirSync(join(core, folder)).map((file) => join(folder, file)))
    .filter((path) => path.endsWith('.json'))
    .sort()
    .map((name) => {
      const sketch = JSON.parse(readFileSync(join(core, name), 'utf8')) as Sketch;
      const { links, dots } = wire(sketch, roles, new Map());
      return { name, routes: Object.fromEntries(links.map(({ id, route }) => [id, route.points])), dots: sorted(dots) };
    });
}

/** Components in rows, shifted a little, and links between any two, by lot. */
function byLot(round: number): Case {
  let seed = 7 + round;
  const draw = (below: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((seed / 2_147_483_648) * below);
  };
  const boxes = Array.from({ length: 9 }, (_, n): Box => {
    const [right, down] = [draw(4) * 12, draw(3) * 12];
    return { id: `n${n}`, x: (n % 3) * 192 + right, y: Math.floor(n / 3) * 132 + down };
  });
  const wires = Array.from({ length: 12 }, (_, n): Wire => {
    const [from, to] = [draw(9), draw(9)];
    return { id: `w${n}`, from: `n${from}`, to: `n${to}`, trunk: `n${from}:${n % 2}` };
  }).filter(({ from, to }) => from !== to);
  const { routes, dots } = routeAll(boxes, wires);
  return {
    name: `lot ${round}`,
    boxes,
    wires,
    routes: Object.fromEntries([...routes].map(([id, { points }]) => [id, points])),
    dots: sorted(dots),
  };
}

it('routes as the file says that the exports are held to', () => {
  const cases = [...designs(), ...Array.from({ length: 8 }, (_, round) => byLot(round))];
  // One case a line: a change shows which drawing it is about.
  if (process.env.LOADLINE_WRITE_ROUTES === '1') writeFileSync(kept, `[\n${cases.map((one) => JSON.stringify(one)).join(',\n')}\n]\n`);
  expect(cases.length).toBeGreaterThan(10);
  expect(cases).toEqual(JSON.parse(readFileSync(kept, 'utf8')));
});
