// The lattice of GRID pixels that links are routed on: boxes, lines that trunks have taken, and what a step costs. It searches nothing.
import { BOX, GRID } from '../sketch/edit';
import { DX, DY, type Side } from './path';

export interface Box {
  id: string;
  /** Top left corner, a multiple of GRID. */
  x: number;
  y: number;
}

/** A group: links keep off its name and do not run along its frame, where they can. */
export interface Frame {
  x: number;
  y: number;
  width: number;
  height: number;
  /** How far the name reaches from the left, canvas pixels. */
  name: number;
}

/** More points than this are not searched: links of a drawing spread that far are drawn straight. */
const MOST_POINTS = 1_500_000;

export const COLUMNS = BOX.width / GRID;
export const ROWS = BOX.height / GRID;
const MARGIN = 5;
export const COST = {
  step: 1,
  shared: 0.4,
  bend: 3,
  crossing: 5,
  touch: 40,
  hug: 1.5,
  pinNear: 5,
  pinOff: 0.35,
  secondPin: 14,
  aside: 5,
  /** On a group's name, and along its frame. */
  words: 3,
  frame: 2,
} as const;

/** Pins that are near another; between tails there is room for the names of ports. */
const NEAR = [-5, -4, -3, -2, -1, 1, 2, 3, 4, 5];

export interface Pin {
  i: number;
  j: number;
  side: Side;
  off: number;
}

export function pinsOf(i: number, j: number): Pin[] {
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
export class Lattice {
  readonly width: number;
  readonly height: number;
  private readonly i0: number;
  private readonly j0: number;
  private readonly boxes = new Map<string, { i: number; j: number }>();
  /** 1: inside or on the border of a box; 2: right beside one. */
  private readonly ground: Uint8Array;
  /** What a step onto a point costs more, because words or a frame are there. */
  private readonly dear: Uint8Array;
  /** True when it is too large to search. */
  readonly tooLarge: boolean;
  /** Trunk number on the line to the right of, and below, each point; 0: free. */
  private readonly across: Uint16Array;
  private readonly down: Uint16Array;
  /** Trunk that passes a point level, upright; and one that bends there. */
  private readonly level: Uint16Array;
  private readonly upright: Uint16Array;
  private readonly corner: Uint16Array;
  private readonly searched: { best: Float64Array; parent: Int32Array; touched: number[] };
  private readonly pinned = new Map<number, number>();
  private readonly ways = new Map<number, Map<number, Set<number>>>();

  constructor(boxes: readonly Box[], frames: readonly Frame[] = []) {
    const cells = boxes.map((box) => ({ id: box.id, i: Math.round(box.x / GRID), j: Math.round(box.y / GRID) }));
    this.i0 = Math.min(...cells.map((cell) => cell.i)) - MARGIN;
    this.j0 = Math.min(...cells.map((cell) => cell.j)) - MARGIN;
    this.width = Math.max(...cells.map((cell) => cell.i)) + COLUMNS + MARGIN - this.i0 + 1;
    this.height = Math.max(...cells.map((cell) => cell.j)) + ROWS + MARGIN - this.j0 + 1;
    this.tooLarge = this.width * this.height > MOST_POINTS;
    const size = this.tooLarge ? 0 : this.width * this.height;
    this.ground = new Uint8Array(size);
    this.across = new Uint16Array(size);
    this.down = new Uint16Array(size);
    this.level = new Uint16Array(size);
    this.upright = new Uint16Array(size);
    this.corner = new Uint16Array(size);
    this.dear = new Uint8Array(size);
    this.searched = { best: new Float64Array(size * 4).fill(Infinity), parent: new Int32Array(size * 4).fill(-1), touched: [] };
    if (this.tooLarge) return;
    for (const frame of frames) this.frame(frame);
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

  private frame({ x, y, width, height, name }: Frame): void {
    const [i0, j0] = [Math.round(x / GRID) - this.i0, Math.round(y / GRID) - this.j0];
    const [i1, j1] = [i0 + Math.round(width / GRID), j0 + Math.round(height / GRID)];
    const mark = (i: number, j: number, cost: number): void => {
      if (i >= 0 && j >= 0 && i < this.width && j < this.height) this.dear[this.at(i, j)] = cost;
    };
    for (let i = i0; i <= i1; i += 1) {
      mark(i, j0, COST.frame);
      mark(i, j1, COST.frame);
    }
    for (let j = j0; j <= j1; j += 1) {
      mark(i0, j, COST.frame);
      mark(i1, j, COST.frame);
    }
    for (let i = i0; i <= i0 + Math.ceil(name / GRID); i += 1) mark(i, j0 + 1, COST.words);
  }

  /** Cost and way back of each point and direction, as good as new: what the last search touched is wiped, not the whole lattice. */
  search(): { best: Float64Array; parent: Int32Array; touched: number[] } {
    const { best, parent, touched } = this.searched;
    for (const state of touched) {
      best[state] = Infinity;
      parent[state] = -1;
    }
    touched.length = 0;
    return this.searched;
  }

  at(i: number, j: number): number {
    return j * this.width + i;
  }

  /** The neighbour in a direction; null past the border. */
  next(at: number, direction: number): number | null {
    const i = (at % this.width) + (DX[direction] ?? 0);
    const j = Math.floor(at / this.width) + (DY[direction] ?? 0);
    return i < 0 || j < 0 || i >= this.width || j >= this.height ? null : this.at(i, j);
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
    let cost = pin.off * COST.pinOff;
    // The links of one port leave together, unless that is a long way round.
    if (tail && holder === undefined && this.ways.has(trunk)) cost += COST.secondPin;
    for (const step of NEAR) {
      const beside = this.pinned.get(level ? this.at(pin.i + step, pin.j) : this.at(pin.i, pin.j + step));
      if (beside !== undefined && beside !== trunk && (tail || Math.abs(step) <= 2)) cost += COST.pinNear / Math.abs(step);
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
    cost += this.dear[next] ?? 0;
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

  /** Whether the links of a trunk have something to share. */
  hasWay(trunk: number): boolean {
    return this.ways.has(trunk);
  }

  /** The points of a way, from its corners in canvas pixels; null when it leaves the lattice. */
  wayThrough(corners: readonly (readonly [number, number])[]): number[] | null {
    const cells = corners.map(([x, y]) => [Math.round(x / GRID) - this.i0, Math.round(y / GRID) - this.j0] as const);
    if (cells.some(([i, j]) => i < 0 || j < 0 || i >= this.width || j >= this.height)) return null;
    const way: number[] = [];
    let [a, b] = cells[0] ?? [0, 0];
    way.push(this.at(a, b));
    for (const [i, j] of cells.slice(1)) {
      if (a !== i && b !== j) return null;
      while (a !== i || b !== j) {
        a += Math.sign(i - a);
        b += Math.sign(j - b);
        way.push(this.at(a, b));
      }
    }
    return way;
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
