// Where the names of lines stand: beside each line's end, on no line and on no other words. Pure arithmetic; it draws nothing.
import { spread } from './scale';

type Point = readonly [x: number, y: number];

export interface Rect {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Named {
  name: string;
  /** Rising in x, px. */
  points: readonly Point[];
}

interface Place {
  /** Where the name begins, and its middle. */
  x: number;
  y: number;
}

/** A name is this high, and stands this far from its line's end, px. */
const HEIGHT = 14;
const GAP = 6;
/** A letter of an axis label, in a wide face. */
const LETTER = 6.5;
/** How far a name that is in the way may move. */
const STEPS = [0, -1, 1, -2, 2, -3, 3];

/** `right` is where the axis ends: names of lines that reach it stand one under the other. The others keep off the lines that go on, and off `taken`. */
export function placeNames(lines: readonly Named[], right: number, taken: readonly Rect[], least: number, most: number): Place[] {
  const ends = lines.map(({ points }): Point => points.at(-1) ?? [right, most]);
  const reaches = ends.map(([x]) => x >= right - 1);
  const level = spread(
    ends.flatMap(([, y], n) => (reaches[n] === true ? [y] : [])),
    HEIGHT,
    least,
    most,
  );
  const words: Rect[] = [...taken];
  return ends.map(([x, y], n): Place => {
    const place = (at: number): Place => ({ x: x + GAP, y: at });
    if (reaches[n] === true) return place(level.shift() ?? y);
    const rect = (at: number): Rect => ({ x: x + GAP, y: at - HEIGHT / 2, width: (lines[n]?.name.length ?? 0) * LETTER, height: HEIGHT });
    const free = STEPS.map((step) => y + step * HEIGHT)
      .filter((at) => at >= least && at <= most)
      .find((at) => lines.every((line) => !crosses(line.points, rect(at))) && words.every((other) => !overlaps(other, rect(at))));
    const chosen = free ?? y;
    words.push(rect(chosen));
    return place(chosen);
  });
}

function overlaps(a: Rect, b: Rect): boolean {
  return a.x < b.x + b.width && a.x + a.width > b.x && a.y < b.y + b.height && a.y + a.height > b.y;
}

/** Whether a line goes through a rectangle, looked at from the left to the right. */
function crosses(points: readonly Point[], { x, y, width, height }: Rect): boolean {
  return points.some((to, n) => {
    const from = points[n - 1];
    if (from === undefined || to[0] < x || from[0] > x + width) return false;
    const at = (place: number): number =>
      to[0] === from[0] ? to[1] : from[1] + ((place - from[0]) / (to[0] - from[0])) * (to[1] - from[1]);
    const [begins, leaves] = [at(Math.max(from[0], x)), at(Math.min(to[0], x + width))];
    return Math.max(begins, leaves) > y && Math.min(begins, leaves) < y + height;
  });
}
