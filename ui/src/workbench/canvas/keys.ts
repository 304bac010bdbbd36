// Keys of the workbench: tools, undo, delete, arrows along links, moving, running and stopping. Keys typed into a field or a menu stay there.
import { useEffect } from 'react';
import { permissionOf, run, useSession } from '../session';
import { isLocked, useRun } from '../run/store';
import { GRID } from '../sketch/edit';
import { draw, useDrawing } from '../sketch/store';
import { join } from './linking';
import { onlyChosen, select, useSelection } from './selection';
import { ARROWS, isArrow, walk, type Arrow } from './walk';

interface Actions {
  add: () => void;
  fit: () => void;
}

function typing(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.closest('input, textarea, select, [contenteditable], [role="menu"], [role="listbox"], [role="dialog"]') !== null;
}

function focusedComponent(target: EventTarget | null): string | null {
  if (!(target instanceof HTMLElement) || !target.classList.contains('react-flow__node')) return null;
  return target.dataset.id ?? null;
}

function escape(): void {
  const { tool, linking, asking, said } = useSelection.getState();
  if (linking !== null || asking !== null || said !== null || tool.kind !== 'choose') select.tool({ kind: 'choose' });
  else select.nothing();
}

function arrow(key: Arrow, move: boolean): boolean {
  const { sketch } = useDrawing.getState();
  const state = useSelection.getState();
  if (move) {
    const [dx, dy] = ARROWS[key];
    const chosen = sketch.components.filter(({ id }) => state.components.has(id));
    draw.move(new Map(chosen.map(({ id, at }) => [id, [at[0] + dx * GRID, at[1] + dy * GRID] as const])));
    return chosen.length > 0;
  }
  const here = state.linking === null ? onlyChosen(state) : focusedComponent(document.activeElement);
  const from = here ?? sketch.components[0]?.id;
  if (from === undefined) return false;
  const to = here === null ? from : walk(sketch, from, key);
  if (to === null) return true;
  if (state.linking === null) select.component(to);
  document.querySelector<HTMLElement>(`.react-flow__node[data-id="${CSS.escape(to)}"]`)?.focus();
  return true;
}

/** Enter on a component: begins or ends a link when a link is meant, else goes to its inspector. */
function enter(id: string, element: HTMLElement): void {
  const { tool, linking } = useSelection.getState();
  const box = element.getBoundingClientRect();
  const at = { x: box.left + box.width / 2, y: box.bottom };
  if (linking !== null) join(linking.from, id, linking.port, at);
  else if (tool.kind === 'link') select.beginLink(id);
  else {
    select.component(id);
    requestAnimationFrame(() => document.querySelector<HTMLElement>('[data-testid="inspector"] input')?.focus());
  }
}

function drawingKey(event: KeyboardEvent, actions: Actions): boolean {
  const control = event.ctrlKey || event.metaKey;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (control) {
    if (key === 'z') (event.shiftKey ? draw.redo : draw.undo)();
    else if (key === 'y') draw.redo();
    else if (key === 'a') select.set(new Set(useDrawing.getState().sketch.components.map(({ id }) => id)), new Set());
    else return false;
    return true;
  }
  if (event.altKey) return false;
  switch (key) {
    case 'v':
      select.tool({ kind: 'choose' });
      return true;
    case 'l':
      select.tool({ kind: 'link' });
      return true;
    case 'a':
      actions.add();
      return true;
    case 'Delete':
    case 'Backspace': {
      const { components, links } = useSelection.getState();
      draw.remove(components, links);
      select.nothing();
      return true;
    }
    case 'Enter': {
      const id = focusedComponent(event.target);
      if (id === null || !(event.target instanceof HTMLElement)) return false;
      enter(id, event.target);
      return true;
    }
    default:
      return isArrow(key) ? arrow(key, event.shiftKey) : false;
  }
}

/** Listens while the workbench is shown. */
export function useCanvasKeys(actions: Actions): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.defaultPrevented) return;
      const { status, stop } = useRun.getState();
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        if (!isLocked(status) && permissionOf(useSession.getState()).run) void run();
        return;
      }
      if (event.key === 'Escape' && isLocked(status)) {
        event.preventDefault();
        void stop();
        return;
      }
      if (event.key === 'Escape' && useSelection.getState().asking !== null) {
        escape();
        return;
      }
      if (typing(event.target)) return;
      if (event.key === 'Escape') {
        escape();
        return;
      }
      if (event.key.toLowerCase() === 'f' && !event.ctrlKey && !event.metaKey && !event.altKey) {
        event.preventDefault();
        actions.fit();
        return;
      }
      if (isLocked(status)) {
        if (isArrow(event.key) && arrow(event.key, false)) event.preventDefault();
        return;
      }
      if (drawingKey(event, actions)) event.preventDefault();
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  });
}
