// Which of the two dialogs is open, and for which design; and what both need: the drawing as text, on the clipboard. It shows nothing.
import { create } from 'zustand';
import { asHostError, call, type HostError } from '../../host';
import type { ExportFormat, Sketch } from '../../rpc/contract';

/** A design whose drawing can be asked for when it is wanted. */
export interface Source {
  exercise: string;
  title: string;
  /** The drawing as it is now. */
  drawing: () => Promise<Sketch>;
}

interface State {
  open: { what: 'nothing' } | { what: 'export'; format: ExportFormat } | { what: 'import' };
  /** What the last copying came to. */
  said: { text: string; error: HostError | null } | null;
}

export const useInterchange = create<State>(() => ({ open: { what: 'nothing' }, said: null }));

export const openExport = (format: ExportFormat): void => useInterchange.setState({ open: { what: 'export', format } });
export const openImport = (): void => useInterchange.setState({ open: { what: 'import' } });
export const closeInterchange = (): void => useInterchange.setState({ open: { what: 'nothing' } });

export const FORMATS: readonly { value: ExportFormat; label: string; action: string; about: string }[] = [
  {
    value: 'sketch',
    label: 'Sketch file',
    action: 'Export as sketch file',
    about: 'Everything that is drawn and set, as a text that can be compared and brought in again.',
  },
  {
    value: 'mermaid',
    label: 'Mermaid',
    action: 'Export as Mermaid',
    about: 'A flowchart for pages and notes: components, links, groups and comments. Places and settings are left out.',
  },
  { value: 'svg', label: 'SVG', action: 'Export as SVG', about: 'A picture that stays sharp at every size.' },
  { value: 'png', label: 'PNG', action: 'Export as PNG', about: 'A picture in pixels, with the fonts of this machine.' },
];

export function isDark(): boolean {
  return document.documentElement.dataset.theme === 'dark';
}

/** Puts a text on the clipboard; says whether that worked. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch (reason) {
    console.warn('The clipboard took nothing.', reason);
    return false;
  }
}

/** Copies the drawing as a flowchart, from the menu or the finder. */
export async function copyAsMermaid(source: Source): Promise<void> {
  try {
    const sketch = await source.drawing();
    const { text } = await call('export_text', { sketch, format: 'mermaid', exercise: null, dark: false, scale: 1 });
    if (await copyText(text)) useInterchange.setState({ said: { text: 'Copied as Mermaid.', error: null } });
    // What the clipboard refuses can be marked and copied by hand there.
    else openExport('mermaid');
  } catch (thrown) {
    useInterchange.setState({ said: { text: '', error: asHostError(thrown) } });
  }
}
