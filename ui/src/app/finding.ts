// What the finder can find or do, and how a search ranks it. Screens add their own actions while they are open. It shows nothing itself.
import { create } from 'zustand';

export interface Action {
  /** Stable and unique. */
  id: string;
  /** What it does or where it leads: `Open Twitter`, `Fit the drawing`. */
  label: string;
  /** `Exercise`, `Canvas` ... */
  group: string;
  /** The key that does the same. */
  keys?: string;
  /** Whether it can be done now; absent: always. Asked when the finder opens. */
  when?: () => boolean;
  run: () => void;
}

interface FinderState {
  open: boolean;
  /** Actions of the screens that are open, by the screen's word. */
  offered: Readonly<Record<string, readonly Action[]>>;
}

export const useFinder = create<FinderState>(() => ({ open: false, offered: {} }));

export const openFinder = (): void => useFinder.setState({ open: true });
export const closeFinder = (): void => useFinder.setState({ open: false });

/** Offers a screen's actions; the answer takes them back. Use it in an effect. */
export function offer(screen: string, actions: readonly Action[]): () => void {
  useFinder.setState((state) => ({ offered: { ...state.offered, [screen]: actions } }));
  return () =>
    useFinder.setState((state) => ({
      offered: Object.fromEntries(Object.entries(state.offered).filter(([each]) => each !== screen)),
    }));
}

/** Actions in which every word of the search begins a word; those whose label begins with the search come first. */
export function find(actions: readonly Action[], search: string): Action[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const matches = actions.filter((action) => {
    const parts = `${action.label} ${action.group}`.toLowerCase().split(/[\s:,]+/);
    return words.every((word) => parts.some((part) => part.startsWith(word)));
  });
  const first = words.join(' ');
  const rank = (action: Action): number => (first !== '' && action.label.toLowerCase().startsWith(first) ? 0 : 1);
  return matches
    .map((action, index) => ({ action, index }))
    .sort((a, b) => rank(a.action) - rank(b.action) || a.index - b.index)
    .map(({ action }) => action);
}
