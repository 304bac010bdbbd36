// Which part of an exercise's study the learner looks at, as the address has it. It holds no text and no state.
import type { Study, StudyPart } from '../rpc/contract';

/** `requirements`, `dive.fanout`, `twists`, `cards`. */
export interface Place {
  part: string;
  title: string;
}

export const TWISTS = 'twists';
export const CARDS = 'cards';
const DIVE = 'dive.';

export const diveId = (part: string): string | null => (part.startsWith(DIVE) ? part.slice(DIVE.length) : null);
export const divePart = (id: string): string => DIVE + id;

/** Everything that can be looked at, in order: phases, the dives after their phase, twists, cards. */
export function places(study: Study): Place[] {
  const dives = study.dives.map(({ id, title }) => ({ part: divePart(id), title }));
  const home = study.phases.some(({ id }) => id === 'deep-dives');
  const phases = study.phases.flatMap(({ id, title }) => [{ part: id, title }, ...(id === 'deep-dives' ? dives : [])]);
  return [
    ...phases,
    ...(home ? [] : dives),
    ...(study.twists.length === 0 ? [] : [{ part: TWISTS, title: 'Follow-up twists' }]),
    ...(study.cards === 0 ? [] : [{ part: CARDS, title: 'Review cards' }]),
  ];
}

/** Where notes and solutions are kept: `phase/requirements`. */
export const keyOf = (part: StudyPart, id: string): string => `${part}/${id}`;
