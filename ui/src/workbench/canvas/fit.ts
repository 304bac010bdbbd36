// The window onto the canvas: what fits into it, where a new component goes, and fitting again when the room changes. It draws nothing.
import { useNodesInitialized, useReactFlow, useStoreApi } from '@xyflow/react';
import { useEffect, useRef, type RefObject } from 'react';
import { useSession } from '../session';
import { BOX, freePlace } from '../sketch/edit';
import { draw, useDrawing } from '../sketch/store';
import { select } from './selection';

/** Boxes are shown at their own size at most; a wide window has room for half as much again. */
export function fitting(): { padding: '12px'; minZoom: number; maxZoom: number } {
  return { padding: '12px', minZoom: 0.25, maxZoom: window.innerWidth >= 1600 ? 1.5 : 1 };
}

/** Puts a component on the canvas, free of others by `gap` canvas pixels, chosen. */
export function dropRole(roleId: string, at: [number, number], gap?: number): string | null {
  const role = useSession.getState().roles.get(roleId);
  if (role === undefined) return null;
  const id = draw.add(role, freePlace(useDrawing.getState().sketch, at, gap));
  select.tool({ kind: 'choose' });
  select.component(id);
  return id;
}

/** Fits the drawing again when the panel changes its size. */
export function useFitOnResize(frame: RefObject<HTMLElement | null>): void {
  const { fitView } = useReactFlow();
  const ready = useNodesInitialized();
  useEffect(() => {
    const element = frame.current;
    if (element === null || !ready) return;
    let size = '';
    const observer = new ResizeObserver(() => {
      const now = `${element.clientWidth} ${element.clientHeight}`;
      if (now === size) return;
      size = now;
      void fitView(fitting());
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [frame, ready, fitView]);
}

/** Fits again when a component was added out of view. */
export function useAddedInView(): void {
  const count = useDrawing(({ sketch }) => sketch.components.length);
  const before = useRef(count);
  const { fitView } = useReactFlow();
  const store = useStoreApi();
  useEffect(() => {
    const added = count === before.current + 1;
    before.current = count;
    const at = useDrawing.getState().sketch.components.at(-1)?.at;
    if (!added || at === undefined) return;
    const { transform, width, height } = store.getState();
    const [x, y] = [at[0] * transform[2] + transform[0], at[1] * transform[2] + transform[1]];
    const inView = x >= 0 && y >= 0 && x + BOX.width * transform[2] <= width && y + BOX.height * transform[2] <= height;
    if (!inView) requestAnimationFrame(() => void fitView(fitting()));
  }, [count, fitView, store]);
}
