// The drawing that is open, with unlimited undo. Selection, metrics and run state are elsewhere, so undo never touches them.
import { create, useStore } from 'zustand';
import { temporal, type TemporalState } from 'zundo';
import type { Link, Role, SettingValue, Sketch } from '../../rpc/contract';
import { plural } from '../../format';
import { clipOf, excess, paste, type Pasted } from './clip';
import * as edit from './edit';
import { continues, type Entry, type History, type Step } from './history';
import * as marks from './marks';
import type { Rect } from './marks';
import { tell } from './news';
import { componentOf, type Fit } from './ports';
import { beginning, called, counts, linkText, nameOf } from './words';

export interface Drawing {
  sketch: Sketch;
  /** What led to it; `sort` says what may still be merged into the same step. */
  step: Step & { sort: string | null };
}

const EMPTY: Sketch = { format: 1, title: '', components: [], links: [] };

const opened = (): Drawing['step'] => ({ did: 'Opened', at_ms: Date.now(), sort: null });

// No limit: entries share all that they have in common, so a step costs what it changed.
export const useDrawing = create<Drawing>()(
  temporal((): Drawing => ({ sketch: EMPTY, step: opened() }), { equality: (past, now) => past.sketch === now.sketch }),
);

/** State of the undo history. */
export function useHistory<T>(select: (history: TemporalState<Drawing>) => T): T {
  return useStore(useDrawing.temporal, select);
}

/** Sets the drawing without a step of undo. */
function quietly(state: Partial<Drawing>): void {
  const history = useDrawing.temporal.getState();
  history.pause();
  useDrawing.setState(state);
  history.resume();
}

/** One step, merged into the one before when that was of the same sort a moment ago. */
function apply(next: Sketch, did: string, sort: string | null = null): void {
  const { sketch, step } = useDrawing.getState();
  if (next === sketch) return;
  const refused = excess(next);
  if (refused !== null) {
    tell(`Not done. ${refused}`);
    return;
  }
  const state: Drawing = { sketch: next, step: { did, at_ms: Date.now(), sort } };
  const history = useDrawing.temporal.getState();
  if (continues(step, sort, state.step.at_ms) && history.pastStates.length > 0 && history.futureStates.length === 0) quietly(state);
  else useDrawing.setState(state);
  tell(`${did}.`);
}

const now = (): Sketch => useDrawing.getState().sketch;

/** Undo and redo leave the title alone: renaming a design is no step of its drawing. */
function travel(move: () => void): void {
  const { title } = now();
  move();
  if (now().title !== title) quietly({ sketch: { ...now(), title } });
}

const entry = ({ sketch, step }: Drawing): Entry => ({ did: step.did, at_ms: step.at_ms, sketch });
const state = ({ sketch, did, at_ms }: Entry): Drawing => ({ sketch, step: { did, at_ms, sort: null } });
const whole = (part: Partial<Drawing>): Drawing[] => (part.sketch === undefined || part.step === undefined ? [] : [part as Drawing]);

/** The history as data, to be kept. */
export function historyOf(): History {
  const { pastStates, futureStates } = useDrawing.temporal.getState();
  return {
    format: 1,
    past: pastStates.flatMap(whole).map(entry),
    now: entry(useDrawing.getState()),
    // zundo keeps what redo brings next at the end.
    future: futureStates.flatMap(whole).map(entry).reverse(),
  };
}

/** Opens a drawing with the history that was kept for it. */
export function openHistory(history: History): void {
  quietly(state(history.now));
  useDrawing.temporal.setState({ pastStates: history.past.map(state), futureStates: [...history.future].reverse().map(state) });
}

/** Every change that a learner can make. One call is one step of undo. */
export const draw = {
  /** Opens another drawing; its history starts empty. */
  open: (sketch: Sketch): void => {
    useDrawing.setState({ sketch, step: opened() });
    useDrawing.temporal.getState().clear();
  },
  /** Puts another drawing in the place of this one, as one step: a version of the past. */
  replace: (sketch: Sketch, did: string): void => {
    apply(sketch, did);
  },
  /** Follows the design's title; not a step of undo. */
  retitle: (title: string): void => {
    quietly({ sketch: { ...now(), title } });
  },
  add: (role: Role, at: [number, number]): string => {
    const { sketch, id } = edit.addComponent(now(), role, at);
    apply(sketch, `Added ${nameOf(sketch, id)}`);
    return id;
  },
  /** Adds a component and links it, as one step. `fitOf` finds the port, with the new component's id. */
  addLinked: (role: Role, at: [number, number], fitOf: (sketch: Sketch, id: string) => Fit | null): string => {
    const { sketch, id } = edit.addComponent(now(), role, at);
    const fit = fitOf(sketch, id);
    const name = nameOf(sketch, id);
    if (fit === null) apply(sketch, `Added ${name}`);
    else {
      const linked = edit.addLink(sketch, fit);
      apply(linked, `Added ${name} and linked ${linkText(linked, { from: fit.from, to: fit.to, port: fit.port.name })}`);
    }
    return id;
  },
  link: (fit: Fit): void => {
    const next = edit.addLink(now(), fit);
    const text = linkText(next, { from: fit.from, to: fit.to, port: fit.port.name });
    apply(next, fit.replaces === null ? `Linked ${text}` : `Linked ${text} in place of ${linkText(next, fit.replaces)}`);
  },
  unlink: (link: Link): void => {
    apply(edit.removeParts(now(), new Set(), new Set([edit.linkId(link)])), `Removed the link ${linkText(now(), link)}`);
  },
  remove: (components: ReadonlySet<string>, links: ReadonlySet<string>, marked: ReadonlySet<string> = new Set()): void => {
    const before = now();
    const after = marks.removeMarks(edit.removeParts(before, components, links), marked);
    const gone = before.components.filter(({ id }) => components.has(id));
    const lost = {
      links: before.links.length - after.links.length,
      groups: (before.groups?.length ?? 0) - (after.groups?.length ?? 0),
      comments: (before.comments?.length ?? 0) - (after.comments?.length ?? 0),
    };
    const [only] = gone;
    const first = gone.length === 1 && only !== undefined ? [only.name] : gone.length > 0 ? [plural(gone.length, 'component')] : [];
    const rest = counts([
      [lost.links, 'link'],
      [lost.groups, 'group'],
      [lost.comments, 'comment'],
    ]);
    apply(after, `Removed ${[...first, ...(rest === 'nothing' ? [] : [rest])].join(', ')}`);
  },
  /** Moves components and, by their keys, groups and comments. `sort` merges steps that follow each other: nudges. */
  move: (
    places: ReadonlyMap<string, readonly [number, number]>,
    frames: ReadonlyMap<string, Rect> = new Map(),
    did: string | null = null,
    sort: string | null = null,
  ): void => {
    const before = now();
    const moved = edit.moveComponents(before, places);
    const after = marks.placeMarks(moved, frames);
    const parts = moved.components.filter((component, n) => component !== before.components[n]);
    const groups = [...frames.keys()].filter((key) => marks.parseMark(key)?.kind === 'group');
    const named = groups.length > 0 || parts.length === 0 ? [...(groups.length > 0 ? groups : frames.keys())] : [];
    const what = named.length > 0 ? named.map((key) => markName(before, key)).join(', ') : called(parts);
    apply(after, did ?? `Moved ${what}`, sort);
  },
  resize: (key: string, rect: Rect, sort: string | null = null): void => {
    apply(marks.placeMarks(now(), new Map([[key, rect]])), `Resized ${markName(now(), key)}`, sort);
  },
  rename: (id: string, name: string): void => {
    apply(edit.renameComponent(now(), id, name), `Renamed ${nameOf(now(), id)} to ${name.trim()}`);
  },
  instances: (id: string, instances: number, most: number): void => {
    const next = edit.setInstances(now(), id, instances, most);
    const count = componentOf(next, id)?.instances ?? 0;
    apply(next, `${nameOf(next, id)}: ${plural(count, 'instance')}`, `instances ${id}`);
  },
  setting: (id: string, name: string, value: SettingValue, byDefault: SettingValue): void => {
    apply(edit.setSetting(now(), id, name, value, byDefault), `${nameOf(now(), id)}: ${name} is ${String(value)}`);
  },
  /** Takes a setting out, so that the catalog's default holds. */
  reset: (id: string, name: string): void => {
    apply(edit.dropSetting(now(), id, name), `${nameOf(now(), id)}: ${name} is back to the default`);
  },
  /** Keeps one of several links that are alike. */
  once: (link: Link): void => {
    apply(edit.keepOne(now(), link), `Kept one link ${linkText(now(), link)}`);
  },
  comment: (rect: Rect, text: string): string => {
    const { sketch, key } = marks.addComment(now(), text, rect);
    apply(sketch, 'Added a comment');
    return key;
  },
  group: (name: string, rect: Rect): string => {
    const { sketch, key } = marks.addGroup(now(), name, rect);
    apply(sketch, `Added the group ${name}`);
    return key;
  },
  write: (key: string, words: { text: string } | { name: string; note: string }): void => {
    const mark = marks.parseMark(key);
    if (mark === null) return;
    if ('text' in words) apply(marks.writeComment(now(), mark.id, words.text), `Wrote the comment ${beginning(words.text)}`);
    else apply(marks.writeGroup(now(), mark.id, words.name, words.note), `Wrote the group ${beginning(words.name)}`);
  },
  /** Puts copies in; says what came, or why nothing did. `did` names the step: `Pasted`, `Duplicated`. */
  paste: (clip: Sketch, by: readonly [number, number], did: string): Pasted | { refused: string } => {
    const pasted = paste(now(), clip, by);
    if ('refused' in pasted) return pasted;
    const said = counts([
      [clip.components.length, 'component'],
      [clip.groups?.length ?? 0, 'group'],
      [clip.comments?.length ?? 0, 'comment'],
    ]);
    apply(pasted.sketch, `${did} ${said}`);
    return pasted;
  },
  /** What is chosen as a clip; null when nothing is. */
  clip: (components: ReadonlySet<string>, marked: ReadonlySet<string>): Sketch | null => clipOf(now(), components, marked),
  undo: (): void => {
    const history = useDrawing.temporal.getState();
    if (history.pastStates.length === 0) {
      tell('There is nothing to undo.');
      return;
    }
    const { did } = useDrawing.getState().step;
    travel(history.undo);
    tell(`Undone: ${did}.`);
  },
  redo: (): void => {
    const history = useDrawing.temporal.getState();
    if (history.futureStates.length === 0) {
      tell('There is nothing to redo.');
      return;
    }
    travel(history.redo);
    tell(`Done again: ${useDrawing.getState().step.did}.`);
  },
};

/** `the group Storage`, `a comment`. */
function markName(sketch: Sketch, key: string): string {
  const mark = marks.parseMark(key);
  const group = mark?.kind === 'group' ? sketch.groups?.find(({ id }) => id === mark.id) : undefined;
  return group === undefined ? 'a comment' : `the group ${group.name}`;
}
