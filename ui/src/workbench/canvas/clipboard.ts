// Copy, cut, paste and duplicate on the canvas, over the system's clipboard as the text of a sketch. What a clipboard may not give (a refused read)
// is kept in the window as well. What is pasted is checked in `sketch/clip.ts`.
import { isLocked, useRun } from '../run/store';
import { GRID } from '../sketch/edit';
import { clipText, extentOf, parseClip } from '../sketch/clip';
import { tell } from '../sketch/news';
import { draw } from '../sketch/store';
import { select, useSelection } from './selection';
import { pointAt, pointerOnCanvas, reveal } from './stage';

/** A copy lies this far from what it was made of. */
const OFFSET = GRID * 2;

/** The last text that was copied here, and how often it was pasted at an offset. */
let kept: { text: string; times: number } | null = null;

const locked = (): boolean => isLocked(useRun.getState().status);

/** Text of what is chosen, kept for a paste; null when nothing is chosen. */
export function copied(): string | null {
  const { components, marks } = useSelection.getState();
  const clip = draw.clip(components, marks);
  if (clip === null) return null;
  const text = clipText(clip);
  kept = { text, times: 0 };
  // A paste without moving the pointer goes beside the original, not under the pointer.
  pointAt(null);
  return text;
}

function deleteChosen(): void {
  const { components, links, marks } = useSelection.getState();
  draw.remove(components, links, marks);
  select.nothing();
}

/** Puts text into the drawing: at the pointer when it has moved since the copy, else beside the original. */
export function pasteText(text: string): boolean {
  const parsed = parseClip(text);
  if (!parsed.ok) {
    select.endLink(`Not pasted. ${parsed.reason}.`);
    return false;
  }
  const extent = extentOf(parsed.clip);
  const pointer = pointerOnCanvas();
  let by: [number, number];
  if (pointer === null) {
    if (kept?.text !== text) kept = { text, times: 0 };
    kept.times += 1;
    by = [OFFSET * kept.times, OFFSET * kept.times];
  } else by = [pointer.x - extent.x - extent.width / 2, pointer.y - extent.y - extent.height / 2];
  return put(parsed.clip, by, 'Pasted');
}

function put(clip: NonNullable<ReturnType<typeof draw.clip>>, by: readonly [number, number], did: string): boolean {
  const pasted = draw.paste(clip, by, did);
  if ('refused' in pasted) {
    select.endLink(`Not pasted. ${pasted.refused}`);
    return false;
  }
  select.set(pasted.components, new Set(), pasted.marks);
  // Under the pointer it is seen anyway.
  const extent = extentOf(clip);
  if (pointerOnCanvas() === null) reveal({ ...extent, x: extent.x + by[0], y: extent.y + by[1] });
  if (pasted.leftOut > 0) {
    const some = pasted.leftOut === 1 ? 'One link ends' : `${pasted.leftOut} links end`;
    select.endLink(`${some} at a component that was not copied: left out.`);
  }
  return true;
}

export function duplicate(): void {
  const { components, marks } = useSelection.getState();
  const clip = draw.clip(components, marks);
  if (clip !== null) put(clip, [OFFSET, OFFSET], 'Duplicated');
}

const NO_CLIPBOARD = 'The system’s clipboard could not be reached: the copy is kept in this window only.';

/** From the finder, where no key gives a clipboard event. */
export const byCommand = {
  copy: async (cut: boolean): Promise<void> => {
    const text = copied();
    if (text === null) return;
    tell('Copied.');
    if (cut) deleteChosen();
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // A window may be refused its clipboard; the learner is told, and paste still works here.
      select.endLink(NO_CLIPBOARD);
    }
  },
  paste: async (): Promise<void> => {
    let text = kept?.text ?? null;
    try {
      text = await navigator.clipboard.readText();
    } catch {
      // Reading needs a permission that a web view may not have: what was copied here is pasted then.
      if (text === null) select.endLink('The system’s clipboard could not be read. Press Ctrl V instead.');
    }
    if (text !== null) pasteText(text);
  },
};

function elsewhere(event: Event): boolean {
  const target = event.target;
  if (target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable], [role="dialog"]') !== null) return true;
  // Text that somebody marked on the page is copied as text.
  return event.type !== 'paste' && (window.getSelection()?.toString() ?? '') !== '';
}

const chosen = (): boolean => {
  const { components, marks } = useSelection.getState();
  return components.size + marks.size > 0;
};

function onCopy(event: ClipboardEvent): void {
  if (elsewhere(event) || event.clipboardData === null) return;
  const cut = event.type === 'cut' && !locked();
  const text = copied();
  if (text === null) return;
  event.clipboardData.setData('text/plain', text);
  event.preventDefault();
  if (cut) deleteChosen();
  else tell('Copied.');
}

function onPaste(event: ClipboardEvent): void {
  if (elsewhere(event) || locked()) return;
  const text = event.clipboardData?.getData('text/plain') ?? '';
  event.preventDefault();
  if (text === '') select.endLink('Not pasted. The clipboard holds no text.');
  else pasteText(text);
}

/** WebKit sends copy, cut and paste only where a page says beforehand that it can. */
function onBefore(event: Event): void {
  if (elsewhere(event)) return;
  if (event.type === 'beforepaste' ? !locked() : chosen()) event.preventDefault();
}

/** Listens while the workbench is shown; the answer ends it. */
export function listenToClipboard(): () => void {
  const before = ['beforecopy', 'beforecut', 'beforepaste'] as const;
  document.addEventListener('copy', onCopy);
  document.addEventListener('cut', onCopy);
  document.addEventListener('paste', onPaste);
  for (const name of before) document.addEventListener(name, onBefore);
  return () => {
    document.removeEventListener('copy', onCopy);
    document.removeEventListener('cut', onCopy);
    document.removeEventListener('paste', onPaste);
    for (const name of before) document.removeEventListener(name, onBefore);
  };
}
