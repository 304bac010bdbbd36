// Where things happen on the canvas: the view of the canvas library, the pointer, and which box is open over the drawing. Nothing here is part of
// the drawing, and nothing is undone.
import type { ReactFlowInstance } from '@xyflow/react';
import { create } from 'zustand';
import type { Rect } from '../sketch/marks';
import { BOX } from '../sketch/edit';

/** A point in the window or on the canvas, as the name says. */
export interface Point {
  x: number;
  y: number;
}

export type OpenBox =
  { kind: 'add' } | { kind: 'link'; from: string; port: string | null } | { kind: 'fixes'; component: string } | { kind: 'find' };

type Flow = Pick<
  ReactFlowInstance,
  'fitView' | 'fitBounds' | 'screenToFlowPosition' | 'flowToScreenPosition' | 'zoomIn' | 'zoomOut' | 'zoomTo' | 'setCenter' | 'getZoom'
>;

interface Stage {
  flow: Flow | null;
  /** Window pixels; null when the pointer is elsewhere or the keyboard has taken over. */
  pointer: Point | null;
  box: OpenBox | null;
  /** Group or comment whose words are being written. */
  writing: string | null;
  outline: boolean;
}

export const useStage = create<Stage>(() => ({ flow: null, pointer: null, box: null, writing: null, outline: false }));

/** The pointer moves too often for a state that is drawn. */
export function pointAt(pointer: Point | null): void {
  useStage.getState().pointer = pointer;
}

export const stage = {
  open: (box: OpenBox): void => useStage.setState({ box }),
  shut: (): void => useStage.setState({ box: null }),
  write: (writing: string | null): void => useStage.setState({ writing }),
  outline: (outline: boolean): void => useStage.setState({ outline }),
  leave: (): void => useStage.setState({ flow: null, pointer: null, box: null, writing: null }),
};

function frame(): DOMRect | null {
  return document.querySelector('[data-testid="canvas"]')?.getBoundingClientRect() ?? null;
}

/** Where the pointer is on the canvas; null when it is not over it. */
export function pointerOnCanvas(): Point | null {
  const { pointer, flow } = useStage.getState();
  return pointer === null || flow === null ? null : flow.screenToFlowPosition(pointer);
}

/** The upper middle of what is in view, on the canvas. */
export function middleOfView(): Point {
  const { flow } = useStage.getState();
  const box = frame();
  if (flow === null || box === null) return { x: 0, y: 0 };
  return flow.screenToFlowPosition({ x: box.left + box.width / 2, y: box.top + box.height / 3 });
}

/** Where a box about a part opens, window pixels: under it, else in the upper middle. */
export function openUnder(rect: Rect | null): Point {
  const { flow } = useStage.getState();
  if (rect !== null && flow !== null) return flow.flowToScreenPosition({ x: rect.x, y: rect.y + rect.height + 8 });
  const box = frame();
  return box === null ? { x: 0, y: 0 } : { x: box.left + box.width / 2 - 160, y: box.top + box.height / 4 };
}

/** Where a box about a place opens, window pixels: at the pointer, else under a part of the drawing. */
export function openAt(rect: Rect | null): Point {
  return useStage.getState().pointer ?? openUnder(rect);
}

let waiting = 0;

/** A part of a large drawing that comes into view is drawn within so many frames. */
const FRAMES = 10;

/** Puts the focus on a part of the canvas, once it is drawn. What is focused later wins: another part, or a field where somebody types by then. */
export function focusPart(key: string): void {
  const before = document.activeElement;
  const inSomeFrames = (frames: number): void => {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(() => {
      const now = document.activeElement;
      if (now !== before && (now instanceof HTMLInputElement || now instanceof HTMLTextAreaElement)) return;
      if (!focusDrawn(key) && frames > 1) inSomeFrames(frames - 1);
    });
  };
  inSomeFrames(FRAMES);
}

/** Puts the focus on a part that is drawn already, and says whether it was; a focus that still waits for its frame is given up. */
export function focusDrawn(key: string): boolean {
  cancelAnimationFrame(waiting);
  const part = document.querySelector<HTMLElement>(`.react-flow__node[data-id="${CSS.escape(key)}"]`);
  part?.focus();
  return part !== null;
}

/** Brings a part into view without changing the zoom, when it is not there already. */
export function reveal(rect: Rect): void {
  const { flow } = useStage.getState();
  const box = frame();
  if (flow === null || box === null) return;
  const from = flow.flowToScreenPosition({ x: rect.x, y: rect.y });
  const to = flow.flowToScreenPosition({ x: rect.x + rect.width, y: rect.y + rect.height });
  const seen = from.x >= box.left && from.y >= box.top && to.x <= box.right && to.y <= box.bottom;
  if (!seen) void flow.setCenter(rect.x + rect.width / 2, rect.y + rect.height / 2, { zoom: Math.max(flow.getZoom(), 0.5) });
}

/** The corner that puts a component's middle on a point. */
export function cornerFor({ x, y }: Point): [number, number] {
  return [x - BOX.width / 2, y - BOX.height / 2];
}
