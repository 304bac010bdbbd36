// What the routes of links promise: right angles, no shared lines, no box crossed. It draws nothing.
import { describe, expect, it } from 'vitest';
import { BOX } from '../sketch/edit';
import { routeAll, type Box, type Route, type Wire } from './route';

const place = (id: string, x: number, y: number): Box => ({ id, x, y });
const wire = (from: string, to: string, port = to): Wire => ({ id: `${from}>${to}`, from, to, trunk: `${from}:${port}` });

/** The worked case: thirteen components, eighteen links. */
const BOXES = [
  place('client', 0, 0),
  place('lb', 192, 0),
  place('gateway', 576, 0),
  place('user', 0, 108),
  place('feed', 192, 108),
  place('tweet', 384, 108),
  place('search', 576, 108),
  place('replica', 0, 264),
  place('kv', 192, 264),
  place('primary', 384, 264),
  place('log', 576, 264),
  place('fanout', 384, 396),
];
const WIRES = [
  wire('client', 'lb'),
  wire('lb', 'gateway'),
  wire('gateway', 'user', 'routes'),
  wire('gateway', 'feed', 'routes'),
  wire('gateway', 'tweet', 'routes'),
  wire('user', 'replica'),
  wire('user', 'primary'),
  wire('feed', 'replica'),
  wire('feed', 'kv'),
  wire('tweet', 'primary'),
  wire('tweet', 'kv'),
  wire('tweet', 'log'),
  wire('log', 'search'),
  wire('log', 'fanout'),
  wire('primary', 'replica'),
  wire('fanout', 'kv'),
  wire('fanout', 'replica'),
];

type Segment = { trunk: string; level: boolean; at: number; from: number; to: number };

function segments(route: Route, trunk: string): Segment[] {
  return route.points.slice(1).map((b, n) => {
    const a = route.points[n] ?? b;
    const level = a[1] === b[1];
    expect(level || a[0] === b[0], `${route.id} has a slanted line`).toBe(true);
    const [from, to] = level ? [a[0], b[0]] : [a[1], b[1]];
    return { trunk, level, at: level ? a[1] : a[0], from: Math.min(from, to), to: Math.max(from, to) };
  });
}

function overlaps(boxes: readonly Box[], wires: readonly Wire[]): string[] {
  const { routes } = routeAll(boxes, wires);
  const trunks = new Map(wires.map((one) => [one.id, one.trunk]));
  const all = [...routes.values()].flatMap((route) => segments(route, trunks.get(route.id) ?? ''));
  const bad: string[] = [];
  for (const [n, a] of all.entries()) {
    for (const b of all.slice(n + 1)) {
      if (a.trunk === b.trunk || a.level !== b.level || a.at !== b.at) continue;
      if (Math.min(a.to, b.to) > Math.max(a.from, b.from)) bad.push(`${a.trunk} and ${b.trunk} share ${a.level ? 'y' : 'x'} = ${a.at}`);
    }
  }
  return bad;
}

describe('routes', () => {
  it('lets no two links share a line unless one port owns both', () => {
    expect(overlaps(BOXES, WIRES)).toEqual([]);
  });

  it('lets no link run through a box', () => {
    const { routes } = routeAll(BOXES, WIRES);
    expect(routes.size).toBe(WIRES.length);
    for (const route of routes.values()) {
      for (const line of segments(route, '')) {
        for (const box of BOXES) {
          const [low, high] = line.level ? [box.y, box.y + BOX.height] : [box.x, box.x + BOX.width];
          const [start, end] = line.level ? [box.x, box.x + BOX.width] : [box.y, box.y + BOX.height];
          const through = line.at > low && line.at < high && line.from < end && line.to > start;
          expect(through, `${route.id} runs through ${box.id}`).toBe(false);
        }
      }
    }
  });

  it('keeps its promises on drawings drawn by lot', () => {
    let seed = 7;
    const draw = (below: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((seed / 2_147_483_648) * below);
    };
    for (let round = 0; round < 20; round += 1) {
      const boxes = Array.from({ length: 9 }, (_, n) =>
        place(`n${n}`, (n % 3) * 192 + draw(4) * 12, Math.floor(n / 3) * 132 + draw(3) * 12),
      );
      const wires = Array.from({ length: 12 }, (_, n) => {
        const [from, to] = [draw(9), draw(9)];
        return { ...wire(`n${from}`, `n${to}`), id: `w${n}`, trunk: `w${n}` };
      }).filter(({ from, to }) => from !== to);
      expect(overlaps(boxes, wires), `round ${round}`).toEqual([]);
    }
  });

  it('goes straight between neighbours', () => {
    const { routes } = routeAll(BOXES, WIRES);
    expect(routes.get('client>lb')?.points).toEqual([
      [144, 36],
      [192, 36],
    ]);
  });

  it('marks where the links of one port part, and nowhere else', () => {
    expect(routeAll(BOXES, WIRES).dots.length).toBe(2);
    expect(routeAll(BOXES, [wire('client', 'lb'), wire('feed', 'kv')]).dots).toEqual([]);
  });

  it('draws a link between boxes that lie on each other', () => {
    const { routes } = routeAll([place('a', 0, 0), place('b', 12, 12)], [wire('a', 'b')]);
    expect(routes.get('a>b')?.path).toMatch(/^M/);
  });

  it('is the same for the same drawing', () => {
    expect([...routeAll(BOXES, WIRES).routes.values()]).toEqual([...routeAll(BOXES, WIRES).routes.values()]);
  });
});
