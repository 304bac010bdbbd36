// The lattice of GRID pixels that links are routed on: boxes, lines that trunks have taken, and what a step costs. It searches nothing.
import { BOX, GRID } from '../sketch/edit';
import { DX, DY, type Side } from './path';

export interface Box {
  id: string;
  /** Top left corner, a multiple of GRID. */
  x: number;
  y: number;
}

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
