// Listens for the keys of the workbench and hands them to the actions, by the table in `app/keymap.ts`. Keys typed into a field or a menu stay there.
import { useEffect } from 'react';
import { offer } from '../../app/finding';
import { rowFor } from '../../app/keymap';
import { isSheetOpen } from '../../parts';
import { isLocked, useRun } from '../run/store';
import { DOINGS, offeredActions, perform } from './actions';
import { listenToClipboard } from './clipboard';
import { useSelection } from './selection';
import { useStage } from './stage';
import type { CanvasAction } from '../../app/keymap';

const FIELDS = 'input, textarea, select, [contenteditable], [role="menu"], [role="listbox"], [role="dialog"]';

function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest(FIELDS) !== null;
}

/** A button or link that has the focus takes Enter and Space itself. */
function pressing(event: KeyboardEvent): boolean {
  if (event.key !== 'Enter' && event.key !== ' ') return false;
  return event.target instanceof HTMLElement && event.target.closest('button, a, summary, [role="radio"], [role="tab"]') !== null;
}

/** A list that is shut takes letters itself: what is typed on it chooses among its entries. */
function choosing({ key, ctrlKey, metaKey, altKey, target }: KeyboardEvent): boolean {
  if (key.length !== 1 || ctrlKey || metaKey || altKey) return false;
  return target instanceof HTMLElement && target.closest('[role="combobox"]') !== null;
}

/** Keys that mean the same inside a field. */
const EVERYWHERE: readonly CanvasAction[] = ['run', 'find', 'find.next', 'find.previous'];

/** Keys that scroll, or take something away, wherever else the focus is: they are the canvas's only there, or where nothing has the focus. */
const ON_CANVAS: readonly CanvasAction[] = ['walk', 'move', 'edit.delete'];

function onCanvas(target: EventTarget | null): boolean {
  return !(target instanceof HTMLElement) || target === document.body || target.closest('main') !== null;
}

function isCanvasAction(id: string): id is CanvasAction {
  return id in DOINGS;
}

/** Inside a field Escape belongs to the field, but a run is stopped from anywhere, and an open question is put away. */
function escapesField(): boolean {
  return isLocked(useRun.getState().status) || useSelection.getState().asking !== null;
}

function onKeyDown(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing || isSheetOpen()) return;
  const row = rowFor(event, ({ id, native }) => isCanvasAction(id) && native !== true);
  if (row === null || !isCanvasAction(row.id)) return;
  const { id } = row;
  if (ON_CANVAS.includes(id) && !onCanvas(event.target)) return;
  if (typing(event.target)) {
    if (!EVERYWHERE.includes(id) && !(id === 'escape' && escapesField())) return;
  } else if (choosing(event) || (pressing(event) && id !== 'run')) return;
  // Ctrl ↵ and Ctrl F never do what the browser would.
  if (perform(id, event) || id === 'run' || id === 'find') event.preventDefault();
}

/** Listens while the workbench is shown, and offers its actions to the finder. */
export function useCanvasKeys(): void {
  useEffect(() => {
    window.addEventListener('keydown', onKeyDown);
    const deaf = listenToClipboard();
    const takeBack = offer('canvas', offeredActions());
    useStage.setState({ box: null, writing: null });
    return () => {
      window.removeEventListener('keydown', onKeyDown);
      deaf();
      takeBack();
    };
  }, []);
}
