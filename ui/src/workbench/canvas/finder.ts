// Find on the canvas: the search, its matches, and which one is shown. Walking to a match chooses it and brings it into view.
import { create } from 'zustand';
import { useSession } from '../session';
import { findParts, type Match } from '../sketch/find';
import { boxOf, marksOf, parseMark, type Rect } from '../sketch/marks';
import { tell } from '../sketch/news';
import { componentOf } from '../sketch/ports';
import { useDrawing } from '../sketch/store';
import { select } from './selection';
import { reveal } from './stage';

interface Finding {
  search: string;
  /** Place among the matches; -1 before the first. */
  at: number;
}

const NOTHING: Finding = { search: '', at: -1 };

export const useFind = create<Finding>(() => NOTHING);

// Another design has other matches.
useSession.subscribe((now, before) => {
  if (now.design !== before.design) useFind.setState(NOTHING);
});

/** The place among so many matches: an edit may have left fewer than there were. */
export const placeIn = ({ at }: Finding, found: readonly Match[]): number => Math.min(at, found.length - 1);

export function matches(): Match[] {
  return findParts(useDrawing.getState().sketch, useSession.getState().roles, useFind.getState().search);
}

function rectFor(key: string): Rect | undefined {
  const { sketch } = useDrawing.getState();
  const component = componentOf(sketch, key);
  return component === undefined ? marksOf(sketch).find((mark) => mark.key === key)?.rect : boxOf(component);
}

function show(at: number, found: readonly Match[]): void {
  const match = found[at];
  useFind.setState({ at });
  if (match === undefined) return;
  if (parseMark(match.key) === null) select.component(match.key);
  else select.mark(match.key);
  const rect = rectFor(match.key);
  if (rect !== undefined) reveal(rect);
  tell(`${at + 1} of ${found.length}: ${match.name}, ${match.where}.`);
}

export const find = {
  any: (): boolean => matches().length > 0,
  type: (search: string): void => {
    useFind.setState({ search, at: -1 });
    const found = matches();
    if (found.length > 0) show(0, found);
    else if (search.trim() !== '') tell('Nothing on the canvas says that.');
  },
  /** Goes to the next match, or the one before; past the end it begins again. */
  step: (by: 1 | -1): void => {
    const found = matches();
    if (found.length === 0) return;
    const at = placeIn(useFind.getState(), found);
    show((Math.max(at, by === 1 ? -1 : 0) + by + found.length) % found.length, found);
  },
};
