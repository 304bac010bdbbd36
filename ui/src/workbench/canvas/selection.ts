// What is chosen on the canvas (components, links, groups and comments), which tool is in hand, and a link that is being drawn. It is not part of the drawing and not undone.
import { create } from 'zustand';
import type { Fit } from '../sketch/ports';

export type Tool = { kind: 'choose' } | { kind: 'link' } | { kind: 'place'; role: string };

export interface Selection {
  components: ReadonlySet<string>;
  /** Links by `linkId`. */
  links: ReadonlySet<string>;
  /** Groups and comments by `markKey`. */
  marks: ReadonlySet<string>;
  /** Components that stay chosen while the keyboard walks on. */
  kept: ReadonlySet<string>;
  tool: Tool;
  /** Component where a link begins; `port` narrows it to one of its ports. */
  linking: { from: string; port: string | null } | null;
  /** Ports to choose among when several fit, and where the question stands (window pixels). */
  asking: { fits: Fit[]; x: number; y: number } | null;
  /** One sentence about what a refused link would need, until the next action. */
  said: string | null;
}

const NOTHING: ReadonlySet<string> = new Set();

export const useSelection = create<Selection>(() => ({
  components: NOTHING,
  links: NOTHING,
  marks: NOTHING,
  kept: NOTHING,
  tool: { kind: 'choose' },
  linking: null,
  asking: null,
  said: null,
}));

const NONE = { components: NOTHING, links: NOTHING, marks: NOTHING, kept: NOTHING };

export const select = {
  component: (id: string): void => {
    useSelection.setState({ ...NONE, components: new Set([id]) });
  },
  set: (components: ReadonlySet<string>, links: ReadonlySet<string>, marks: ReadonlySet<string> = NOTHING): void => {
    useSelection.setState({ ...NONE, components, links, marks });
  },
  link: (id: string): void => {
    useSelection.setState({ ...NONE, links: new Set([id]) });
  },
  mark: (key: string): void => {
    useSelection.setState({ ...NONE, marks: new Set([key]) });
  },
  /** Where the keyboard has come to: chosen, with all that is kept. */
  arrive: (id: string): void => {
    const { kept } = useSelection.getState();
    useSelection.setState({ ...NONE, kept, components: new Set([...kept, id]) });
  },
  /** Keeps a component chosen while the keyboard walks on, or lets it go. */
  keep: (id: string): boolean => {
    const kept = new Set(useSelection.getState().kept);
    const added = !kept.delete(id);
    if (added) kept.add(id);
    useSelection.setState({ ...NONE, kept, components: new Set([...kept, id]) });
    return added;
  },
  nothing: (): void => {
    useSelection.setState(NONE);
  },
  tool: (tool: Tool): void => {
    useSelection.setState({ tool, linking: null, asking: null, said: null });
  },
  beginLink: (from: string, port: string | null = null): void => {
    useSelection.setState({ linking: { from, port }, asking: null, said: null });
  },
  endLink: (said: string | null = null): void => {
    useSelection.setState({ linking: null, asking: null, said });
  },
  ask: (fits: Fit[], x: number, y: number): void => {
    useSelection.setState({ asking: { fits, x, y }, said: null });
  },
};

/** The one component that is chosen, or null when none or several are. */
export function onlyChosen(state: Selection): string | null {
  if (state.components.size !== 1 || state.marks.size > 0) return null;
  const [id] = state.components;
  return id ?? null;
}
