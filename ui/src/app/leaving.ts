// Whether a screen may be left: whoever holds something that leaving would lose says so here, and the learner decides. It knows no screen and
// shows nothing; `Leaving.tsx` asks, `route.ts` goes.
import { create } from 'zustand';
import type { HostError } from '../host';

export interface Question {
  title: string;
  text: string;
  error: HostError | null;
  /** What the button says that leaves. */
  leave: string;
}

export interface Keeper {
  /** Leaving would lose nothing: there is nothing to wait for. */
  isQuiet: () => boolean;
  /** Tries once more to keep everything; what is to be asked when that failed, else null. Must not reject. */
  settle: () => Promise<Question | null>;
  /** The learner leaves without: what is held is forgotten. */
  letGo: () => void;
  /** It ends in order with the window itself: closing that is no question. */
  endsWithWindow?: true;
}

const keepers: Keeper[] = [];

/** From now on this one is asked before a screen is left, until what it gives is called. */
export function keep(keeper: Keeper): () => void {
  keepers.push(keeper);
  return () => {
    keepers.splice(keepers.indexOf(keeper), 1);
  };
}

export const isQuiet = (): boolean => keepers.every((keeper) => keeper.isQuiet());

/** Fields keep what was typed when they lose the focus, and one that goes away with its screen never does: the field that is typed in loses it now.
 * Called before anybody asks what is not saved. */
export function finishTyping(): void {
  const field = document.activeElement;
  if (field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement) field.blur();
}

interface LeavingState {
  question: Question | null;
  answer: (leaves: boolean) => void;
}

const NOTHING: LeavingState = { question: null, answer: () => undefined };

export const useLeaving = create<LeavingState>(() => NOTHING);

function ask(question: Question): Promise<boolean> {
  return new Promise((resolve) => {
    const answer = (leaves: boolean): void => {
      useLeaving.setState(NOTHING);
      resolve(leaves);
    };
    useLeaving.setState({ question, answer });
  });
}

/** Counts wishes to leave: a newer one takes the place of one that still waits. */
let turn = 0;

/** A newer wish: what was asked for the one before is asked no more. */
export function overtake(): void {
  turn += 1;
  useLeaving.getState().answer(false);
}

/** A save that takes longer than this does not hold anybody unasked. */
export const PATIENCE_MS = 5000;

const SLOW: Question = {
  title: 'Your last changes are not saved yet',
  text: 'They are being saved, and it takes longer than it should. Stay for a moment, and try again.',
  error: null,
  leave: 'Leave without them',
};

async function settled(keeper: Keeper): Promise<Question | null> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const slow = new Promise<Question>((resolve) => {
    timer = setTimeout(() => resolve(SLOW), PATIENCE_MS);
  });
  const question = await Promise.race([keeper.settle(), slow]);
  clearTimeout(timer);
  return question;
}

/** Keeps what can be kept, asks about the rest, and lets go of it only once everything is answered. */
export async function mayLeave(asked: readonly Keeper[] = [...keepers]): Promise<'leave' | 'stay' | 'overtaken'> {
  finishTyping();
  overtake();
  const mine = turn;
  const going: Keeper[] = [];
  for (const keeper of asked) {
    if (keeper.isQuiet()) continue;
    const question = await settled(keeper);
    if (mine !== turn) return 'overtaken';
    if (question === null) continue;
    const leaves = await ask(question);
    if (mine !== turn) return 'overtaken';
    if (!leaves) return 'stay';
    going.push(keeper);
  }
  going.forEach((keeper) => keeper.letGo());
  return 'leave';
}

/** The same before the window closes. */
export async function mayClose(): Promise<boolean> {
  return (await mayLeave(keepers.filter(({ endsWithWindow }) => endsWithWindow !== true))) === 'leave';
}

/** What is asked about work that could not be saved. */
export function notSaved(error: HostError): Question {
  return {
    title: 'Your last changes are not saved',
    text: 'They were tried again just now, and could not be saved. They stay in this window for as long as you stay here.',
    error,
    leave: 'Leave without them',
  };
}
