// What the screen says of an attempt: states of its parts, and sums. It reads the attempt and changes nothing.
import { number, plural } from '../format';
import type { Practice, Study, WorksheetGrades } from '../rpc/contract';
import { keyOf } from './place';
import type { PracticeState } from './store';

export type PartState = 'new' | 'begun' | 'handed' | 'anyway';

export const stateWords: Record<PartState, string> = {
  new: 'not begun',
  begun: 'begun',
  handed: 'handed in',
  anyway: 'opened without an attempt',
};

type Parts = Pick<PracticeState, 'notes' | 'answers' | 'hints' | 'solutions' | 'study'>;

/** How far the learner is with one part. */
export function stateOf(state: Parts, part: 'phase' | 'dive' | 'twist', id: string): PartState {
  const key = keyOf(part, id);
  const opened = state.solutions[key]?.opened;
  if (opened !== undefined) return opened.handed_in ? 'handed' : 'anyway';
  const written = (state.notes[key] ?? '').trim() !== '' || (state.hints[id]?.length ?? 0) > 0;
  return written || (hasWorksheet(state.study, part, id) && answered(state) > 0) ? 'begun' : 'new';
}

/** The worksheet belongs to the estimation. */
export function hasWorksheet(study: Study | null, part: string, id: string): boolean {
  return part === 'phase' && id === 'estimation' && study?.worksheet != null;
}

export function answered({ answers }: Pick<PracticeState, 'answers'>): number {
  return Object.values(answers).filter((text) => text.trim() !== '').length;
}

/** `2 of 6 phases handed in, 3 hints opened`; of an attempt as it was read. */
export function progress(study: Study, practice: Practice): string {
  const { attempt } = practice;
  if (attempt === null) return `${plural(study.phases.length, 'phase')}, not begun`;
  const phases = attempt.solutions.filter(({ part, handed_in }) => part === 'phase' && handed_in).length;
  const anyway = attempt.solutions.filter(({ handed_in }) => !handed_in).length;
  return [
    `${phases} of ${plural(study.phases.length, 'phase')} handed in`,
    `${plural(attempt.hints.length, 'hint')} opened`,
    ...(anyway === 0 ? [] : [`${plural(anyway, 'solution')} opened without an attempt`]),
  ].join(', ');
}

/** `4 of 11 within 2 ×`. */
export function closeness(grades: WorksheetGrades, tolerance: number): string {
  return `${grades.near} of ${grades.asked} within ${number(tolerance)} ×`;
}

/** How far off an answer was: `2.5 times too much`. */
export function off(ratio: number): string {
  if (ratio <= 0) return 'no number of this size can be compared';
  if (ratio > 0.995 && ratio < 1.005) return 'the same';
  return ratio > 1 ? `${times(ratio)} times too much` : `${times(1 / ratio)} times too little`;
}

const times = (value: number): string => number(Number(value.toFixed(value < 2 ? 2 : 1)), value < 2 ? 3 : 2);

/** HTML of a solution with its headings `by` levels lower, so that the page's order holds. The app has already made it clean. */
export function lower(html: string, by: number): string {
  return html.replace(/<(\/?)h([1-6])(?=[\s>])/g, (_, slash: string, level: string) => `<${slash}h${Math.min(6, Number(level) + by)}`);
}
