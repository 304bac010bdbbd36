// Shapes of a routed link: round corners, arrowheads, sides and directions. Pure geometry; it finds no way.

export type Side = 'top' | 'right' | 'bottom' | 'left';

export interface End {
  x: number;
  y: number;
  side: Side;
}

export const ARROW = 7;
const CORNER = 6;

/** Directions: right, down, left, up. */
export const DX = [1, 0, -1, 0] as const;
export const DY = [0, 1, 0, -1] as const;
export const SIDE_OUT: Record<Side, 0 | 1 | 2 | 3> = { right: 0, bottom: 1, left: 2, top: 3 };
export const OUT_SIDE = ['right', 'bottom', 'left', 'top'] as const;

export function corners(points: readonly [number, number][]): [number, number][] {
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
