// What the learner makes of the run that is open: name, note, why, and the change to try, saved as they are written. It judges none of it.
import { create } from 'zustand';
import { asHostError, call, type HostError } from '../host';
import type { RunRecord } from '../rpc/contract';
import { openDesign } from '../app/designs';
import { keep, notSaved } from '../app/leaving';
import { later } from '../workbench/later';

export type Written = RunRecord['learner'];

interface ExplainState {
  /** Empty: no run is open. */
  run: string;
  written: Written;
  /** True between a change and its save. */
  unsaved: boolean;
  savedMs: number | null;
  error: HostError | null;
}

const NOTHING: Written = { name: '', note: '', why: '', change: '' };
const CLOSED: ExplainState = { run: '', written: NOTHING, unsaved: false, savedMs: null, error: null };

export const useExplain = create<ExplainState>(() => CLOSED);

const SAVE_AFTER_MS = 400;
/** What the app has. */
let kept: Written = NOTHING;

const saving = later(SAVE_AFTER_MS, async () => {
  const { run, written } = useExplain.getState();
  if (run === '') return;
  try {
    let savedMs: number | null = null;
    if (written.why !== kept.why || written.change !== kept.change) {
      savedMs = (await call('run_explain', { id: run, why: written.why, change: written.change })).saved_ms;
    }
    if (written.note !== kept.note) savedMs = (await call('run_note', { id: run, note: written.note })).saved_ms;
    if (useExplain.getState().run !== run) return;
    kept = { ...written, name: kept.name };
    useExplain.setState((state) => ({
      unsaved: state.written !== written && !same(state.written, kept),
      savedMs: savedMs ?? state.savedMs,
      error: null,
    }));
  } catch (thrown) {
    // It is kept in the window, and the next change or a retry saves it.
    if (useExplain.getState().run === run) useExplain.setState({ unsaved: true, error: asHostError(thrown) });
  }
});

const same = (one: Written, other: Written): boolean =>
  one.why === other.why && one.change === other.change && one.note === other.note && one.name === other.name;

/** Counts openings, so that a late closing does not shut what was opened since. */
let turn = 0;

/** Opens the texts of a run. */
export function openExplanation(run: string, written: Written): void {
  turn += 1;
  kept = written;
  useExplain.setState({ ...CLOSED, run, written });
}

/** Saves what is not saved yet, then forgets the run. */
export async function closeExplanation(): Promise<void> {
  const mine = turn;
  await saveRest();
  if (mine === turn) useExplain.setState(CLOSED);
}

/** Saves what is not saved, also what could not be saved before: that has no timer of its own. */
async function saveRest(): Promise<void> {
  if (useExplain.getState().unsaved) saving.soon();
  await saving.flush();
}

keep({
  isQuiet: () => !useExplain.getState().unsaved,
  settle: async () => {
    await saveRest();
    const { unsaved, error } = useExplain.getState();
    return unsaved && error !== null ? notSaved(error) : null;
  },
  letGo: () => {
    saving.cancel();
    useExplain.setState({ unsaved: false, error: null });
  },
});

export function writeOn(part: 'why' | 'change' | 'note', text: string): void {
  useExplain.setState(({ written }) => ({ written: { ...written, [part]: text }, unsaved: true }));
  saving.soon();
}

export async function saveExplanation(): Promise<void> {
  saving.soon();
  await saving.flush();
}

/** Gives the run a name; rejects with a HostError when the app refuses it. */
export async function nameRun(run: string, name: string): Promise<void> {
  await call('run_name', { id: run, name });
  if (useExplain.getState().run !== run) return;
  kept = { ...kept, name: name.trim() };
  useExplain.setState(({ written }) => ({ written: { ...written, name: name.trim() } }));
}

/** The drawing that ran as a design of its own, opened on the workbench with the change written on it. */
export async function openChange(run: string, exercise: string): Promise<void> {
  if (useExplain.getState().unsaved) await saveExplanation();
  const { error } = useExplain.getState();
  if (error !== null) throw error;
  const { design } = await call('run_copy', { id: run });
  openDesign(exercise, design.card.id);
}
