// Lining things up: align and distribute, as new places for what is chosen. Pure; boxes in, places out, nothing is snapped away.
import { snap } from './edit';
import type { Rect } from './marks';

export type Edge = 'left' | 'centre' | 'right' | 'top' | 'middle' | 'bottom';
export type Axis = 'across' | 'down';

type Places = Map<string, [number, number]>;

/** New top left corners that line all boxes up with the outermost one, or with the middle of them all. */
export function align(boxes: ReadonlyMap<string, Rect>, edge: Edge): Places {
  const all = [...boxes.values()];
  const left = Math.min(...all.map(({ x }) => x));
  const right = Math.max(...all.map(({ x, width }) => x + width));
  const top = Math.min(...all.map(({ y }) => y));
  const bottom = Math.max(...all.map(({ y, height }) => y + height));
  const places: Places = new Map();
  for (const [id, box] of boxes) {
    const to: Record<Edge, [number, number]> = {
      left: [left, box.y],
      centre: [(left + right - box.width) / 2, box.y],
      right: [right - box.width, box.y],
      top: [box.x, top],
      middle: [box.x, (top + bottom - box.height) / 2],
      bottom: [box.x, bottom - box.height],
    };
    const [x, y] = to[edge];
    places.set(id, [snap(x), snap(y)]);
  }
  return places;
}

/** New corners that leave the outermost boxes where they are and make the gaps between neighbours alike, to the grid. */
export function distribute(boxes: ReadonlyMap<string, Rect>, axis: Axis): Places {
  const start = (box: Rect): number => (axis === 'across' ? box.x : box.y);
  const length = (box: Rect): number => (axis === 'across' ? box.width : box.height);
  const ordered = [...boxes].sort(([, a], [, b]) => start(a) + length(a) / 2 - (start(b) + length(b) / 2));
  const [first, last] = [ordered[0]?.[1], ordered.at(-1)?.[1]];
  const places: Places = new Map();
  if (first === undefined || last === undefined || ordered.length < 3) return places;
  const room = start(last) + length(last) - start(first) - ordered.reduce((sum, [, box]) => sum + length(box), 0);
  const gap = room / (ordered.length - 1);
  let at = start(first);
  for (const [id, box] of ordered) {
    places.set(id, axis === 'across' ? [snap(at), box.y] : [box.x, snap(at)]);
    at += length(box) + gap;
  }
  return places;
}
