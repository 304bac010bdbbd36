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

/** Actions in which every word of the search begins a word. First come those whose label begins with the search, then those that have its words
 * whole, then those that say little else. */
export function find(actions: readonly Action[], search: string): Action[] {
  const words = split(search);
  const matches = actions.filter((action) => {
    const parts = split(`${action.label} ${action.group}`);
    return words.every((word) => parts.some((part) => part.startsWith(word)));
  });
  if (words.length === 0) return matches;
  const first = words.join(' ');
  const ranks = new Map(
    matches.map((action) => {
      const parts = split(action.label);
      const begins = parts.join(' ').startsWith(first) ? 0 : 1;
      const whole = words.filter((word) => parts.includes(word)).length;
      return [action, [begins, -whole, parts.length]] as const;
    }),
  );
  const rank = (action: Action): readonly number[] => ranks.get(action) ?? [];
  const compare = (a: readonly number[], b: readonly number[]): number => a.map((part, at) => part - (b[at] ?? 0)).find(Boolean) ?? 0;
  return [...matches].sort((a, b) => compare(rank(a), rank(b)));
}

function split(text: string): string[] {
  return text
    .toLowerCase()
    .split(/[\s:,]+/)
    .filter(Boolean);
}
