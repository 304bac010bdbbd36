// The window onto the canvas: what fits into it, where a new component goes, and fitting again when the room changes. It draws nothing.
import { useNodesInitialized, useReactFlow } from '@xyflow/react';
import { useEffect, type RefObject } from 'react';
import { useSession } from '../session';
import { freePlace } from '../sketch/edit';
import { draw, useDrawing } from '../sketch/store';
import { select } from './selection';

export const FIT = { padding: '12px', maxZoom: 1.5, minZoom: 0.25 } as const;

/** Puts a component on the canvas, free of others, chosen. */
export function dropRole(roleId: string, at: [number, number]): string | null {
  const role = useSession.getState().roles.get(roleId);
  if (role === undefined) return null;
  const id = draw.add(role, freePlace(useDrawing.getState().sketch, at));
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
      void fitView(FIT);
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [frame, ready, fitView]);
}
