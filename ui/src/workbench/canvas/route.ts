// Routes of links: right angles, own lanes, trunks for the links of one port, round corners. Pure: boxes and links in, paths out.
// It searches a lattice of GRID pixels (a* over point and direction) and never lets two links share a line unless one port owns both.
import { BOX } from '../sketch/edit';
import { Heap } from './heap';
import { COLUMNS, COST, Lattice, ROWS, pinsOf, type Box, type Frame } from './lattice';
import { ARROW, OUT_SIDE, SIDE_OUT, corners, headAt, pathThrough, type End, type Side } from './path';

export type { Box, Frame } from './lattice';
export type { End, Side } from './path';

export interface Wire {
  id: string;
  from: string;
  to: string;
  /** Links of one trunk have one word here: they may share lines. */
  trunk: string;
}

export interface Route {
  id: string;
  /** Corners, from tail to head. */
  points: [number, number][];
  /** SVG path without the length of the arrowhead. */
  path: string;
  /** SVG path of the arrowhead. */
  head: string;
  tail: End;
  tip: End;
  /** True when no lane was free or it was not searched: a plain line. */
  plain: boolean;
}

export interface Routes {
  routes: Map<string, Route>;
  /** Where the links of a trunk part. */
  dots: [number, number][];
}

interface Found {
  way: number[];
  tail: Side;
  tip: Side;
}

function search(lattice: Lattice, wire: Wire, trunk: number, trunkIsShared: boolean): (Found & { looked: number }) | null {
  const source = lattice.box(wire.from);
  const target = lattice.box(wire.to);
  if (source === undefined || target === undefined) return null;
  const goals = new Map<number, { cost: number; side: Side }>();
  // Rows above each other are joined through tops and bottoms.
  const upright = Math.abs(target.j - source.j) > ROWS;
  const aside = (side: Side): number => (upright && (side === 'left' || side === 'right') ? COST.aside : 0);
  for (const pin of pinsOf(target.i, target.j)) {
    const cost = lattice.pinCost(pin, trunk, false);
    if (cost !== null) goals.set(lattice.at(pin.i, pin.j), { cost: cost + aside(pin.side), side: pin.side });
  }
  const { best, parent, touched } = lattice.search();
  const heap = new Heap();
  // Only a line that is laid already can be shared.
  const pull = trunkIsShared && lattice.hasWay(trunk) ? COST.shared : COST.step;
  const distance = (at: number): number => {
    const [i, j] = [at % lattice.width, Math.floor(at / lattice.width)];
    const dx = Math.max(target.i - i, 0, i - target.i - COLUMNS);
    const dy = Math.max(target.j - j, 0, j - target.j - ROWS);
    return (dx + dy) * pull;
  };
  const reach = (state: number, cost: number, from: number): void => {
    if (cost >= (best[state] ?? Infinity)) return;
    if (best[state] === Infinity) touched.push(state);
    best[state] = cost;
    parent[state] = from;
    heap.push(state, cost + distance(state >> 2));
  };
  for (const pin of pinsOf(source.i, source.j)) {
    const cost = lattice.pinCost(pin, trunk, true);
    if (cost !== null) reach(lattice.at(pin.i, pin.j) * 4 + SIDE_OUT[pin.side], cost + aside(pin.side), -1);
  }
  // The last step ends on a pin; its cost is added to a virtual final state.
  let goal = -1;
  let goalCost = Infinity;
  for (let state = heap.pop(); state !== undefined; state = heap.pop()) {
    const cost = best[state] ?? Infinity;
    const at = state >> 2;
    if (cost + distance(at) >= goalCost) break;
    const came = state & 3;
    const start = parent[state] === -1;
    for (let direction = 0; direction < 4; direction += 1) {
      if (direction === (came + 2) % 4 || (start && direction !== came)) continue;
      const next = lattice.next(at, direction);
      if (next === null) continue;
      const pin = goals.get(next);
      const enters = pin !== undefined && SIDE_OUT[pin.side] === (direction + 2) % 4;
      const step = lattice.stepCost(at, came, direction, next, trunk, enters);
      if (step === null) continue;
      reach(next * 4 + direction, cost + step, state);
      if (enters && cost + step + pin.cost < goalCost && best[next * 4 + direction] === cost + step) {
        goalCost = cost + step + pin.cost;
        goal = next * 4 + direction;
      }
    }
  }
  if (goal < 0) return null;
  const way: number[] = [];
  let tail: Side = 'right';
  for (let state = goal; state >= 0; state = parent[state] ?? -1) {
    way.unshift(state >> 2);
    tail = OUT_SIDE[state & 3] ?? 'right';
  }
  return { way, tail, tip: OUT_SIDE[((goal & 3) + 2) % 4] ?? 'left', looked: touched.length };
}

function build(lattice: Lattice, id: string, found: Found): Route | null {
  const points = corners(found.way.map((at) => lattice.pixel(at)));
  const first = points[0];
  const last = points.at(-1);
  if (first === undefined || last === undefined) return null;
  return {
    id,
    points,
    path: pathThrough(points, ARROW - 1),
    head: headAt(last, found.tip),
    tail: { x: first[0], y: first[1], side: found.tail },
    tip: { x: last[0], y: last[1], side: found.tip },
    plain: false,
  };
}

/** A straight line for a link that has no free lane (boxes on top of each other): seen, so that it can be chosen and deleted. */
function straight(id: string, from: Box, to: Box): Route {
  const a: [number, number] = [from.x + BOX.width / 2, from.y + BOX.height];
  const b: [number, number] = [to.x + BOX.width / 2, to.y];
  const points: [number, number][] = [a, [a[0], (a[1] + b[1]) / 2], [b[0], (a[1] + b[1]) / 2], b];
  const [tail, tip]: [End, End] = [
    { x: a[0], y: a[1], side: 'bottom' },
    { x: b[0], y: b[1], side: 'top' },
  ];
  return { id, points, path: pathThrough(points, ARROW - 1), head: headAt(b, 'top'), tail, tip, plain: true };
}

/** Routes links one at a time, short ones first: what can go straight does. It yields after each search how many states that looked at, so that a large drawing can be routed in
 * pieces. Routes in `kept` stay as they are, and the others go round them; past `most` searches the rest is drawn plainly. The same input gives the
 * same output. */
export function* routing(
  boxes: readonly Box[],
  wires: readonly Wire[],
  frames: readonly Frame[] = [],
  kept: ReadonlyMap<string, Route> = NONE_KEPT,
  most = Infinity,
): Generator<number, Routes> {
  const routes = new Map<string, Route>();
  if (boxes.length === 0) return { routes, dots: [] };
  const byId = new Map(boxes.map((box) => [box.id, box]));
  const lattice = new Lattice(boxes, frames);
  const trunks = new Map<string, { number: number; wires: number }>();
  for (const wire of wires) {
    const trunk = trunks.get(wire.trunk) ?? { number: trunks.size + 1, wires: 0 };
    trunk.wires += 1;
    trunks.set(wire.trunk, trunk);
  }
  const length = (wire: Wire): number => {
    const [a, b] = [byId.get(wire.from), byId.get(wire.to)];
    if (a === undefined || b === undefined) return Infinity;
    const [dx, dy] = [Math.abs(a.x - b.x), Math.abs(a.y - b.y)];
    return dx + dy + (dx > 0 && dy > 0 ? BOX.width : 0);
  };
  for (const wire of wires) {
    const route = kept.get(wire.id);
    const trunk = trunks.get(wire.trunk);
    if (route === undefined || trunk === undefined) continue;
    const way = lattice.tooLarge || route.plain ? null : lattice.wayThrough(route.points);
    if (way === null) continue;
    lattice.lay(way, trunk.number);
    routes.set(wire.id, route);
  }
  const ordered = wires.map((wire, n) => ({ wire, n, length: length(wire) })).sort((a, b) => a.length - b.length || a.n - b.n);
  let searches = 0;
  for (const { wire } of ordered) {
    const [from, to] = [byId.get(wire.from), byId.get(wire.to)];
    if (from === undefined || to === undefined || routes.has(wire.id)) continue;
    const trunk = trunks.get(wire.trunk);
    searches += 1;
    const mayNot = trunk === undefined || lattice.tooLarge || searches > most;
    const found = mayNot ? null : search(lattice, wire, trunk.number, trunk.wires > 1);
    const route = found === null ? null : build(lattice, wire.id, found);
    if (found !== null && route !== null && trunk !== undefined) {
      lattice.lay(found.way, trunk.number);
      routes.set(wire.id, route);
    } else routes.set(wire.id, straight(wire.id, from, to));
    yield found?.looked ?? 0;
  }
  return { routes, dots: lattice.tooLarge ? [] : lattice.joins() };
}

const NONE_KEPT: ReadonlyMap<string, Route> = new Map();

/** Runs something that works in pieces to its end. */
export function toTheEnd<T>(work: Generator<unknown, T>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done === true) return value;
  }
}

/** Routes all links at once. */
export function routeAll(boxes: readonly Box[], wires: readonly Wire[], frames: readonly Frame[] = []): Routes {
  return toTheEnd(routing(boxes, wires, frames));
}
