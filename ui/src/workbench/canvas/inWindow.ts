// Where a box that opens at a point stands: there, or as near as the window has room for it. It chooses no point.
import { useLayoutEffect, useRef, useState, type RefObject } from 'react';
import type { Point } from './stage';

/** Left free at the edges of the window, pixels. */
const MARGIN = 8;

const within = (wanted: number, size: number, room: number): number => Math.max(MARGIN, Math.min(wanted, room - size - MARGIN));

/** The place of a box that is fixed in the window, once it is drawn and has its size. */
export function useInWindow<T extends HTMLElement>({ x, y }: Point): { box: RefObject<T | null>; place: { left: number; top: number } } {
  const box = useRef<T>(null);
  const [place, setPlace] = useState({ left: x, top: y });
  useLayoutEffect(() => {
    setPlace({
      left: within(x, box.current?.offsetWidth ?? 0, window.innerWidth),
      top: within(y, box.current?.offsetHeight ?? 0, window.innerHeight),
    });
  }, [x, y]);
  return { box, place };
}
