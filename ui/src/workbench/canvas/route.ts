// Routes of links: right angles, own lanes, trunks for the links of one port, round corners. Pure: boxes and links in, paths out.
// It searches a lattice of GRID pixels (a* over point and direction) and never lets two links share a line unless one port owns both.
import { BOX, GRID } from '../sketch/edit';
import { Heap } from './heap';

export interface Box {
  id: string;
  /** Top left corner, a multiple of GRID. */
  x: number;
  y: number;
}

export interface Wire {
  id: string;
  from: string;
  to: string;
  /** Links of one trunk have one word here: they may share lines. */
  trunk: string;
}

export type Side = 'top' | 'right' | 'bottom' | 'left';

export interface End {
  x: number;
  y: number;
  side: Side;
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
}

export interface Routes {
  routes: Map<string, Route>;
  /** Where the links of a trunk part. */
  dots: [number, number][];
}

const COLUMNS = BOX.width / GRID;
const ROWS = BOX.height / GRID;
const MARGIN = 5;
const ARROW = 7;
const CORNER = 6;

const COST = {
  step: 1,
  shared: 0.4,
  bend: 3,
  crossing: 5,
  touch: 40,
  hug: 1.5,
  pinNear: 5,
  pinOff: 0.35,
  underside: 1.5,
  secondPin: 14,
} as const;

/** Directions: right, down, left, up. */
const DX = [1, 0, -1, 0] as const;
const DY = [0, 1, 0, -1] as const;
const SIDE_OUT: Record<Side, 0 | 1 | 2 | 3> = { right: 0, bottom: 1, left: 2, top: 3 };
const OUT_SIDE = ['right', 'bottom', 'left', 'top'] as const;

interface Pin {
  i: number;
  j: number;
  side: Side;
  off: number;
}

function pinsOf(i: number, j: number): Pin[] {
  const pins: Pin[] = [];
  for (let k = 2; k <= COLUMNS - 2; k += 1) {
    const off = Math.abs(k - COLUMNS / 2);
    pins.push({ i: i + k, j, side: 'top', off }, { i: i + k, j: j + ROWS, side: 'bottom', off });
  }
  for (let k = 1; k <= ROWS - 1; k += 1) {
    const off = Math.abs(k - ROWS / 2) * 1.5;
    pins.push({ i, j: j + k, side: 'left', off }, { i: i + COLUMNS, j: j + k, side: 'right', off });
  }
  return pins;
}

/** The lattice with what lies on it so far. */
class Lattice {
  readonly width: number;
  readonly height: number;
  private readonly i0: number;
  private readonly j0: number;
  private readonly boxes = new Map<string, { i: number; j: number }>();
  /** 1: inside or on the border of a box; 2: right beside one. */
  private readonly ground: Uint8Array;
  /** Trunk number on the line to the right of, and below, each point; 0: free. */
  private readonly across: Uint16Array;
  private readonly down: Uint16Array;
  /** Trunk that passes a point level, upright; and one that bends there. */
  private readonly level: Uint16Array;
  private readonly upright: Uint16Array;
  private readonly corner: Uint16Array;
  private readonly pinned = new Map<number, number>();
  private readonly ways = new Map<number, Map<number, Set<number>>>();

  constructor(boxes: readonly Box[]) {
    const cells = boxes.map((box) => ({ id: box.id, i: Math.round(box.x / GRID), j: Math.round(box.y / GRID) }));
    this.i0 = Math.min(...cells.map((cell) => cell.i)) - MARGIN;
    this.j0 = Math.min(...cells.map((cell) => cell.j)) - MARGIN;
    this.width = Math.max(...cells.map((cell) => cell.i)) + COLUMNS + MARGIN - this.i0 + 1;
    this.height = Math.max(...cells.map((cell) => cell.j)) + ROWS + MARGIN - this.j0 + 1;
    const size = this.width * this.height;
    this.ground = new Uint8Array(size);
    this.across = new Uint16Array(size);
    this.down = new Uint16Array(size);
    this.level = new Uint16Array(size);
    this.upright = new Uint16Array(size);
    this.corner = new Uint16Array(size);
    for (const cell of cells) {
      const [i, j] = [cell.i - this.i0, cell.j - this.j0];
      this.boxes.set(cell.id, { i, j });
      for (let b = j - 1; b <= j + ROWS + 1; b += 1) {
        for (let a = i - 1; a <= i + COLUMNS + 1; a += 1) {
          const inside = a >= i && a <= i + COLUMNS && b >= j && b <= j + ROWS;
          const at = this.at(a, b);
          if (inside) this.ground[at] = 1;
          else if (this.ground[at] === 0) this.ground[at] = 2;
        }
      }
    }
  }

  at(i: number, j: number): number {
    return j * this.width + i;
  }

  pixel(at: number): [number, number] {
    return [((at % this.width) + this.i0) * GRID, (Math.floor(at / this.width) + this.j0) * GRID];
  }

  box(id: string): { i: number; j: number } | undefined {
    return this.boxes.get(id);
  }

  /** Cost of beginning or ending on a pin; null when another trunk has it. */
  pinCost(pin: Pin, trunk: number, tail: boolean): number | null {
    const holder = this.pinned.get(this.at(pin.i, pin.j));
    if (holder !== undefined && holder !== trunk) return null;
    const level = pin.side === 'top' || pin.side === 'bottom';
    let cost = pin.off * COST.pinOff + (pin.side === 'bottom' ? COST.underside : 0);
    // The links of one port leave together, unless that is a long way round.
    if (tail && holder === undefined && this.ways.has(trunk)) cost += COST.secondPin;
    for (const step of [-2, -1, 1, 2]) {
      const beside = this.pinned.get(level ? this.at(pin.i + step, pin.j) : this.at(pin.i, pin.j + step));
      if (beside !== undefined && beside !== trunk) cost += COST.pinNear / Math.abs(step);
    }
    return cost;
  }

  /** Trunk on the line between a point and its neighbour. */
  private line(at: number, direction: number): number {
    if (direction === 0) return this.across[at] ?? 0;
    if (direction === 2) return this.across[at - 1] ?? 0;
    if (direction === 1) return this.down[at] ?? 0;
    return this.down[at - this.width] ?? 0;
  }

  /** Cost of a step from a point that was reached by `came`; null when it is shut. */
  stepCost(at: number, came: number, direction: number, next: number, trunk: number, last: boolean): number | null {
    const ground = this.ground[next];
    if (ground === 1 && !last) return null;
    const user = this.line(at, direction);
    if (user !== 0 && user !== trunk) return null;
    let cost: number = user === trunk ? COST.shared : COST.step;
    if (ground === 2) cost += COST.hug;
    const turns = came !== direction;
    if (turns) {
      cost += COST.bend;
      const touched = [this.level[at], this.upright[at], this.corner[at]].some((other) => other !== 0 && other !== trunk);
      if (touched) cost += COST.touch;
    }
    const level = direction % 2 === 0;
    const crossed = level ? this.upright[next] : this.level[next];
    if (crossed !== undefined && crossed !== 0 && crossed !== trunk) cost += COST.crossing;
    const along = level ? this.level[next] : this.upright[next];
    const corner = this.corner[next];
    if (corner !== undefined && corner !== 0 && corner !== trunk) cost += COST.touch;
    if (along !== undefined && along !== 0 && along !== trunk) cost += COST.touch;
    return cost;
  }

  /** Lays a found way down, so that later links go around it. */
  lay(way: readonly number[], trunk: number): void {
    const first = way[0];
    const end = way.at(-1);
    if (first !== undefined) this.pinned.set(first, trunk);
    if (end !== undefined) this.pinned.set(end, trunk);
    const net = this.ways.get(trunk) ?? new Map<number, Set<number>>();
    this.ways.set(trunk, net);
    let before = -1;
    for (let n = 1; n < way.length; n += 1) {
      const [a, b] = [way[n - 1] ?? 0, way[n] ?? 0];
      const level = Math.abs(a - b) === 1;
      (level ? this.across : this.down)[Math.min(a, b)] = trunk;
      const kind = level ? 0 : 1;
      if (before >= 0 && before !== kind) this.corner[a] = trunk;
      (level ? this.level : this.upright)[a] = trunk;
      (level ? this.level : this.upright)[b] = trunk;
      before = kind;
      for (const [from, to] of [
        [a, b],
        [b, a],
      ] as const) {
        const neighbours = net.get(from) ?? new Set<number>();
        neighbours.add(to);
        net.set(from, neighbours);
      }
    }
  }

  /** Points where three or more lines of one trunk meet. */
  joins(): [number, number][] {
    const dots: [number, number][] = [];
    for (const net of this.ways.values()) {
      for (const [at, neighbours] of net) if (neighbours.size >= 3) dots.push(this.pixel(at));
    }
    return dots;
  }
}

function search(lattice: Lattice, wire: Wire, trunk: number, trunkIsShared: boolean): { way: number[]; tail: Side; tip: Side } | null {
  const source = lattice.box(wire.from);
  const target = lattice.box(wire.to);
  if (source === undefined || target === undefined) return null;
  const goals = new Map<number, { cost: number; side: Side }>();
  for (const pin of pinsOf(target.i, target.j)) {
    const cost = lattice.pinCost(pin, trunk, false);
    if (cost !== null) goals.set(lattice.at(pin.i, pin.j), { cost, side: pin.side });
  }
  const states = lattice.width * lattice.height * 4;
  const best = new Float64Array(states).fill(Infinity);
  const parent = new Int32Array(states).fill(-1);
  const heap = new Heap();
  const pull = trunkIsShared ? COST.shared : COST.step;
  const distance = (at: number): number => {
    const [i, j] = [at % lattice.width, Math.floor(at / lattice.width)];
    const dx = Math.max(target.i - i, 0, i - target.i - COLUMNS);
    const dy = Math.max(target.j - j, 0, j - target.j - ROWS);
    return (dx + dy) * pull;
  };
  const reach = (state: number, cost: number, from: number): void => {
    if (cost >= (best[state] ?? Infinity)) return;
    best[state] = cost;
    parent[state] = from;
    heap.push(state, cost + distance(state >> 2));
  };
  for (const pin of pinsOf(source.i, source.j)) {
    const cost = lattice.pinCost(pin, trunk, true);
    if (cost !== null) reach(lattice.at(pin.i, pin.j) * 4 + SIDE_OUT[pin.side], cost, -1);
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
      const next = at + (DX[direction] ?? 0) + (DY[direction] ?? 0) * lattice.width;
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
  return { way, tail, tip: OUT_SIDE[((goal & 3) + 2) % 4] ?? 'left' };
}

function corners(points: readonly [number, number][]): [number, number][] {
  return points.filter((point, n) => {
    const [before, after] = [points[n - 1], points[n + 1]];
    if (before === undefined || after === undefined) return true;
    return !((before[0] === point[0] && point[0] === after[0]) || (before[1] === point[1] && point[1] === after[1]));
  });
}

function toward(from: [number, number], to: [number, number], length: number): [number, number] {
  const span = Math.abs(to[0] - from[0]) + Math.abs(to[1] - from[1]);
  const share = span === 0 ? 0 : Math.min(length / span, 0.5);
  return [from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share];
}

/** SVG path through corners, rounded, that stops short of the arrowhead. */
export function pathThrough(points: readonly [number, number][], shorten: number): string {
  const first = points[0];
  const last = points.at(-1);
  const before = points.at(-2);
  if (first === undefined || last === undefined || before === undefined) return '';
  const span = Math.abs(last[0] - before[0]) + Math.abs(last[1] - before[1]);
  const share = span === 0 ? 0 : Math.min(shorten, span) / span;
  const end: [number, number] = [last[0] + (before[0] - last[0]) * share, last[1] + (before[1] - last[1]) * share];
  const line = [...points.slice(0, -1), end];
  let path = `M${first[0]} ${first[1]}`;
  for (let n = 1; n < line.length; n += 1) {
    const [here, after, previous] = [line[n], line[n + 1], line[n - 1]];
    if (here === undefined || previous === undefined) continue;
    if (after === undefined) {
      path += `L${here[0]} ${here[1]}`;
      continue;
    }
    const into = toward(here, previous, CORNER);
    const out = toward(here, after, CORNER);
    path += `L${into[0]} ${into[1]}Q${here[0]} ${here[1]} ${out[0]} ${out[1]}`;
  }
  return path;
}

/** Arrowhead that touches the box and points into it. */
export function headAt([x, y]: [number, number], side: Side): string {
  const out = SIDE_OUT[side];
  const [dx, dy] = [DX[out], DY[out]];
  const [bx, by] = [x + dx * ARROW, y + dy * ARROW];
  return `M${x} ${y}L${bx + dy * 3.5} ${by + dx * 3.5}L${bx - dy * 3.5} ${by - dx * 3.5}Z`;
}

function build(lattice: Lattice, id: string, found: { way: number[]; tail: Side; tip: Side }): Route | null {
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
  return { id, points, path: pathThrough(points, ARROW - 1), head: headAt(b, 'top'), tail, tip };
}

/** Routes all links. Short ones first: what can go straight does. The same input gives the same output. */
export function routeAll(boxes: readonly Box[], wires: readonly Wire[]): Routes {
  const routes = new Map<string, Route>();
  if (boxes.length === 0) return { routes, dots: [] };
  const byId = new Map(boxes.map((box) => [box.id, box]));
  const lattice = new Lattice(boxes);
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
  const ordered = wires.map((wire, n) => ({ wire, n, length: length(wire) })).sort((a, b) => a.length - b.length || a.n - b.n);
  for (const { wire } of ordered) {
    const [from, to] = [byId.get(wire.from), byId.get(wire.to)];
    if (from === undefined || to === undefined) continue;
    const trunk = trunks.get(wire.trunk);
    const found = trunk === undefined ? null : search(lattice, wire, trunk.number, trunk.wires > 1);
    const route = found === null ? null : build(lattice, wire.id, found);
    if (found !== null && route !== null && trunk !== undefined) {
      lattice.lay(found.way, trunk.number);
      routes.set(wire.id, route);
    } else routes.set(wire.id, straight(wire.id, from, to));
  }
  return { routes, dots: lattice.joins() };
}
