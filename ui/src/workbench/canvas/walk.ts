// Which component an arrow key leads to: the linked one that lies most in that direction. Pure.
import type { Sketch } from '../../rpc/contract';

export type Arrow = 'ArrowLeft' | 'ArrowRight' | 'ArrowUp' | 'ArrowDown';

export const ARROWS: Record<Arrow, readonly [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

export function isArrow(key: string): key is Arrow {
  return key in ARROWS;
}

/** The component at the other end of a link of `id` that lies most in the arrow's direction; null when none lies there. */
export function walk(sketch: Sketch, id: string, arrow: Arrow): string | null {
  const here = sketch.components.find((component) => component.id === id);
  if (here === undefined) return null;
  const [dx, dy] = ARROWS[arrow];
  let best: { id: string; cost: number } | null = null;
  for (const link of sketch.links) {
    const other = link.from === id ? link.to : link.to === id ? link.from : null;
    const there = other === null ? undefined : sketch.components.find((component) => component.id === other);
    if (there === undefined) continue;
    const [x, y] = [there.at[0] - here.at[0], there.at[1] - here.at[1]];
    const along = x * dx + y * dy;
    const across = Math.abs(x * dy) + Math.abs(y * dx);
    if (along <= 0) continue;
    const cost = along + across * 2;
    if (best === null || cost < best.cost) best = { id: there.id, cost };
  }
  return best?.id ?? null;
}
