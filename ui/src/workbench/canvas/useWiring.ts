// When links are routed: a small drawing at once, a large one in pieces between frames, and while something is dragged only the links that it
// drags along. What is not routed yet keeps its old lane, so nothing waits. The routes themselves are in `route.ts`.
import { useEffect, useMemo, useState } from 'react';
import type { Sketch } from '../../rpc/contract';
import type { Roles } from '../sketch/ports';
import { wire, wiring, type Wiring } from './wiring';

type Places = ReadonlyMap<string, { x: number; y: number }>;

/** So many links are routed within a frame or two on a slow laptop. */
const AT_ONCE = 48;
/** A piece of routing between two frames, ms. */
const PIECE_MS = 8;

const NONE: Places = new Map();

interface Settled {
  sketch: Sketch;
  roles: Roles;
  wiring: Wiring;
}

/** Routes of the drawing as it is, and of what is being dragged. */
export function useWiring(sketch: Sketch, roles: Roles, live: Places): Wiring {
  const [settled, setSettled] = useState<Settled | null>(null);
  const small = sketch.links.length <= AT_ONCE;
  const full = useMemo(() => (small ? wire(sketch, roles, NONE) : null), [small, sketch, roles]);
  const known = full ?? settled?.wiring ?? null;
  const isSettled = full !== null || (settled !== null && settled.sketch === sketch && settled.roles === roles);

  useEffect(() => {
    if (small || isSettled) return;
    const work = wiring(sketch, roles, NONE, null);
    let timer: ReturnType<typeof setTimeout>;
    const piece = (): void => {
      const until = performance.now() + PIECE_MS;
      while (performance.now() < until) {
        const { done, value } = work.next();
        if (done === true) {
          setSettled({ sketch, roles, wiring: value });
          return;
        }
      }
      timer = setTimeout(piece, 0);
    };
    timer = setTimeout(piece, 0);
    return () => clearTimeout(timer);
  }, [small, isSettled, sketch, roles]);

  // Until all is settled, and while something moves: old lanes stay, and new and moved links are routed round them, as many as there is time for.
  return useMemo(() => {
    if (known !== null && isSettled && live.size === 0) return known;
    return wire(sketch, roles, live, known, known === null ? 0 : AT_ONCE);
  }, [known, isSettled, sketch, roles, live]);
}
