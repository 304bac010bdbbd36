// What a card says of the learner's work so far. Pure: cards in, words out.
import type { ExerciseCard, Verdict } from '../rpc/contract';
import { plural } from '../format';
import type { StateName } from '../parts';

export type Filter = 'all' | 'started' | 'new';

export const isStarted = (card: ExerciseCard): boolean => card.designs > 0 || card.runs > 0;

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

/** `3 designs, 14 runs`, or that it was not begun. */
export function work(card: ExerciseCard): string {
  if (!isStarted(card)) return 'Not started';
  return `${plural(card.designs, 'design')}, ${card.runs === 0 ? 'no run' : plural(card.runs, 'run')}`;
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
