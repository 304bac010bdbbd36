// What a card says of the learner's work so far. Pure: cards in, words out.
import type { ExerciseCard, PhaseState, Verdict } from '../rpc/contract';
import { plural } from '../format';
import type { StateName, Step } from '../parts';

export type Filter = 'all' | 'started' | 'new';

export const isStarted = (card: ExerciseCard): boolean => card.attempts > 0 || card.designs > 0 || card.runs > 0;

/** Keeps the order of the packs. A search looks at every word of title, subtitle, question and tags. */
export function select(cards: readonly ExerciseCard[], filter: Filter, search: string): ExerciseCard[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return cards.filter((card) => {
    if (filter === 'started' && !isStarted(card)) return false;
    if (filter === 'new' && isStarted(card)) return false;
    const text = [card.title, card.subtitle, card.question, ...card.tags].join(' ').toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** `3 designs, 14 runs`; where nothing was drawn yet, that practice has begun; or that nothing has. */
export function work(card: ExerciseCard): string {
  if (!isStarted(card)) return 'Not started';
  if (card.designs === 0 && card.runs === 0) return 'Practice begun, no design';
  return `${plural(card.designs, 'design')}, ${card.runs === 0 ? 'no run' : plural(card.runs, 'run')}`;
}

const stepOf: Record<PhaseState, Step['state']> = { new: 'open', begun: 'half', anyway: 'half', handed: 'done' };

/** The phases of the newest attempt and how many were handed in; null where nothing was begun. */
export function phases(card: ExerciseCard): { steps: Step[]; words: string } | null {
  if (card.attempts === 0 || card.phases.length === 0) return null;
  const steps = card.phases.map(({ title, state }) => ({ title, state: stepOf[state] }));
  return { steps, words: `${steps.filter(({ state }) => state === 'done').length} of ${plural(steps.length, 'phase')}` };
}

/** What a run said. A run without targets has nothing to meet. */
export function verdictOf(verdict: Verdict, targets: number): { state: StateName; words: string } {
  return verdict === 'pass' && targets === 0 ? { state: 'info', words: 'No target set' } : verdictLabel[verdict];
}

const verdictLabel: Record<Verdict, { state: StateName; words: string }> = {
  pass: { state: 'pass', words: 'Targets met' },
  fail: { state: 'fail', words: 'Targets missed' },
  host_limited: { state: 'unknown', words: 'Laptop was the limit' },
  inconclusive: { state: 'unknown', words: 'Inconclusive' },
};

/** What the last run said; null when there was none. */
export function outcome(card: ExerciseCard): { state: StateName; words: string } | null {
  return card.last_verdict === null ? null : verdictOf(card.last_verdict, card.last_targets);
}

/** How near the last predictions were; null when none could be compared. */
export function closeness(card: ExerciseCard): { state: StateName; words: string } | null {
  if (card.last_predictions === null) return null;
  const [within, all] = card.last_predictions;
  if (all === 0) return null;
  return { state: within === all ? 'pass' : 'busy', words: `${within} of ${all} within 2 ×` };
}

/** Exactly one card holds the page's primary button: the first one begun, else the first. */
export function primaryOf(cards: readonly ExerciseCard[]): string | null {
  return (cards.find(isStarted) ?? cards[0])?.id ?? null;
}
