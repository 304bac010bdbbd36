// What the routes of links promise: right angles, no shared lines, no box crossed. It draws nothing.
import { describe, expect, it } from 'vitest';
import { BOX } from '../sketch/edit';
import { routeAll, routing, toTheEnd, type Box, type Route, type Wire } from './route';

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
  return shared([...routeAll(boxes, wires).routes.values()], wires);
}

function shared(routes: readonly Route[], wires: readonly Wire[]): string[] {
  const trunks = new Map(wires.map((one) => [one.id, one.trunk]));
  const all = routes.flatMap((route) => segments(route, trunks.get(route.id) ?? ''));
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

/** Components in rows, links to neighbours and now and then farther, by lot. */
function large(count: number, columns: number): { boxes: Box[]; wires: Wire[] } {
  let seed = 11;
  const lot = (below: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((seed / 2_147_483_648) * below);
  };
  const boxes = Array.from({ length: count }, (_, n) => place(`n${n}`, (n % columns) * 204, Math.floor(n / columns) * 156));
  const steps = [1, -1, columns, columns + 1, columns - 1, 2 * columns, 3];
  const wires = Array.from({ length: Math.floor(count * 1.5) }, (_, n): Wire => {
    const from = lot(count);
    const to = (from + (steps[lot(steps.length)] ?? 1) + count) % count;
    return { id: `w${n}`, from: `n${from}`, to: `n${to}`, trunk: `w${n}` };
  });
  return { boxes, wires: wires.filter(({ from, to }) => from !== to) };
}

describe('large drawings', () => {
  it('keeps lanes apart with 40 components and 60 links', () => {
    const { boxes, wires } = large(40, 7);
    expect(wires.length).toBeGreaterThan(55);
    expect(overlaps(boxes, wires)).toEqual([]);
  });

  it('looks at a small part of the lattice for a link', () => {
    // A count, not a clock: a slow machine fails nobody. 40 components have some 47,000 states.
    const { boxes, wires } = large(40, 7);
    const looked = [...routing(boxes, wires)];
    expect(looked.length).toBe(wires.length);
    expect(looked.reduce((sum, each) => sum + each, 0) / looked.length).toBeLessThan(4000);
  });

  it('leaves lanes alone where nothing moved, and keeps the others off them', () => {
    const { boxes, wires } = large(40, 7);
    const all = routeAll(boxes, wires).routes;
    const moved = boxes.map((box) => (box.id === 'n9' ? { ...box, x: box.x + 24, y: box.y + 24 } : box));
    const kept = new Map([...all].filter(([id]) => wires.some((one) => one.id === id && one.from !== 'n9' && one.to !== 'n9')));
    const after = toTheEnd(routing(moved, wires, [], kept)).routes;
    for (const [id, route] of kept) expect(after.get(id)).toBe(route);
    expect(after.size).toBe(all.size);
    const apart = shared([...after.values()], wires);
    expect(apart).toEqual([]);
  });

  it('draws plainly what it has no time for, and what lies too far apart to search', () => {
    const { boxes, wires } = large(40, 7);
    const few = toTheEnd(routing(boxes, wires, [], new Map(), 5)).routes;
    expect([...few.values()].filter(({ plain }) => !plain).length).toBe(5);
    const far = routeAll([place('a', -60_000, -60_000), place('b', 60_000, 60_000)], [wire('a', 'b')]);
    expect(far.routes.get('a>b')?.plain).toBe(true);
    expect(far.dots).toEqual([]);
  });

  it('goes round the name of a group where there is room', () => {
    const boxes = [place('a', 0, 0), place('b', 0, 240)];
    const frame = { x: -24, y: 120, width: 192, height: 216, name: 120 };
    const points = routeAll(boxes, [wire('a', 'b')], [frame]).routes.get('a>b')?.points ?? [];
    const [top] = points;
    expect(top?.[0]).toBeGreaterThan(frame.x + frame.name);
  });
});
