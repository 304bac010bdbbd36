// The drawing that is open, with unlimited undo. Selection, metrics and run state are elsewhere, so undo never touches them.
import { create, useStore } from 'zustand';
import { temporal, type TemporalState } from 'zundo';
import type { Role, SettingValue, Sketch } from '../../rpc/contract';
import * as edit from './edit';
import type { Fit } from './ports';

export interface Drawing {
  sketch: Sketch;
}

const EMPTY: Sketch = { format: 1, title: '', components: [], links: [] };

export const useDrawing = create<Drawing>()(
  temporal((): Drawing => ({ sketch: EMPTY }), { equality: (past, now) => past.sketch === now.sketch }),
);

/** State of the undo history. */
export function useHistory<T>(select: (history: TemporalState<Drawing>) => T): T {
  return useStore(useDrawing.temporal, select);
}

function apply(next: Sketch): void {
  if (next !== useDrawing.getState().sketch) useDrawing.setState({ sketch: next });
}

const now = (): Sketch => useDrawing.getState().sketch;

/** Every change that a learner can make. One call is one step of undo. */
export const draw = {
  /** Opens another drawing; its history starts empty. */
  open: (sketch: Sketch): void => {
    useDrawing.setState({ sketch });
    useDrawing.temporal.getState().clear();
  },
  /** Follows the design's title; not a step of undo. */
  retitle: (title: string): void => {
    const history = useDrawing.temporal.getState();
    history.pause();
    apply({ ...now(), title });
    history.resume();
  },
  add: (role: Role, at: [number, number]): string => {
    const { sketch, id } = edit.addComponent(now(), role, at);
    apply(sketch);
    return id;
  },
  link: (fit: Fit): void => {
    apply(edit.addLink(now(), fit));
  },
  remove: (components: ReadonlySet<string>, links: ReadonlySet<string>): void => {
    apply(edit.removeParts(now(), components, links));
  },
  move: (places: ReadonlyMap<string, readonly [number, number]>): void => {
    apply(edit.moveComponents(now(), places));
  },
  rename: (id: string, name: string): void => {
    apply(edit.renameComponent(now(), id, name));
  },
  instances: (id: string, instances: number, most: number): void => {
    apply(edit.setInstances(now(), id, instances, most));
  },
  setting: (id: string, name: string, value: SettingValue, byDefault: SettingValue): void => {
    apply(edit.setSetting(now(), id, name, value, byDefault));
  },
  undo: (): void => {
    useDrawing.temporal.getState().undo();
  },
  redo: (): void => {
    useDrawing.temporal.getState().redo();
  },
};
