// The design that is open and how it would be run: exercise, roles, check, wish, predictions, and whether all is saved. The drawing itself
// is in `sketch/store.ts`, the run in `run/store.ts`.
import { finishTyping, keep, notSaved } from '../app/leaving';
import { go, readdress, useRoute } from '../app/route';
import { create } from 'zustand';
import { plural } from '../format';
import type { Check, Design, Exercise, Palette, Predictions, RunWish, Scenario } from '../rpc/contract';
import { asHostError, call, type HostError } from '../host';
import { mayRun, type Permission } from './dock/predicting';
import { later } from './later';
import { readyFor } from './ready';
import { rolesById, type Roles } from './sketch/ports';
import { readHistory, writeHistory, type Written } from './sketch/keptHistory';
import { tell } from './sketch/news';
import { draw, historyOf, openHistory, useDrawing } from './sketch/store';
import { select } from './canvas/selection';
import { useRun } from './run/store';

export interface Session {
  design: string;
  title: string;
  exercise: Exercise | null;
  palette: Palette | null;
  roles: Roles;
  wish: RunWish;
  check: Check | null;
  checkError: HostError | null;
  predictions: Predictions;
  /** Whether those of this design and scenario are here: what is written before would be saved in place of them. */
  predictionsRead: boolean;
  /** True between a change of the predictions and its save. */
  predictionsUnsaved: boolean;
  predictionError: HostError | null;
  savedMs: number | null;
  /** The revision that is open: what the next save is made from. */
  revision: number;
  /** Said once: the design had been saved in another window, and this is a copy now. */
  copied: string | null;
  /** True between a change and its save. */
  unsaved: boolean;
  /** True between the save of a drawing and that of its undo history. */
  historyUnsaved: boolean;
  /** What undo will lack after a restart, or lacks since the last one; null: nothing. */
  undoLacks: string | null;
  saveError: HostError | null;
}

const NO_PREDICTIONS: Predictions = { values: {}, because: '' };

const CLOSED: Session = {
  design: '',
  title: '',
  exercise: null,
  palette: null,
  roles: new Map(),
  wish: { scenario: '', shape: null, rate_per_s: null, duration_s: null, seed: null, prefer: 'instances' },
  check: null,
  checkError: null,
  predictions: NO_PREDICTIONS,
  predictionsRead: false,
  predictionsUnsaved: false,
  predictionError: null,
  savedMs: null,
  revision: 0,
  copied: null,
  unsaved: false,
  historyUnsaved: false,
  undoLacks: null,
  saveError: null,
};

export const useSession = create<Session>(() => CLOSED);

const SAVE_AFTER_MS = 400;
const REMEMBER_AFTER_MS = 2000;
const CHECK_AFTER_MS = 200;

const saving = later(SAVE_AFTER_MS, async () => {
  const { design: id, revision: from } = useSession.getState();
  if (id === '') return;
  const { sketch } = useDrawing.getState();
  try {
    const { saved_ms, revision, copy } = await call('design_save', { id, sketch, revision: from });
    if (useSession.getState().design !== id) return;
    const unsaved = useDrawing.getState().sketch !== sketch;
    useSession.setState({ savedMs: saved_ms, unsaved, revision, saveError: null });
    if (copy === null) rememberSoon();
    else await moveToCopy(copy);
  } catch (thrown) {
    if (useSession.getState().design === id) useSession.setState({ saveError: asHostError(thrown) });
  }
});

/** The design whose screen was readdressed to a copy, until that screen has heard of it. */
let becameCopy: string | null = null;

/** Whether the screen of this design goes on with the copy that it became, rather than being left. It is told once. */
export function goesOnAsCopy(design: string): boolean {
  const { route } = useRoute.getState();
  const goesOn = becameCopy === design && route.screen === 'workbench' && route.design === useSession.getState().design;
  becameCopy = null;
  return goesOn;
}

/** Goes on with the copy that a save had to make: what is drawn here is there, and what the other window drew stays where it was. */
async function moveToCopy(copy: Design): Promise<void> {
  const { title, id } = copy.card;
  const { design: before } = useSession.getState();
  const copied = `This design was saved in another window meanwhile. Yours goes on as ${title}.`;
  useSession.setState({ design: id, title, revision: copy.revision, copied });
  const { route } = useRoute.getState();
  if (route.screen === 'workbench' && route.design === before) {
    becameCopy = before;
    readdress({ ...route, design: id });
  }
  draw.retitle(title);
  const { predictions, predictionsRead } = useSession.getState();
  // What was predicted is kept for the copy too: it is the copy that will run.
  if (Object.keys(predictions.values).length > 0 || predictions.because !== '') keepPredictions();
  if (!predictionsRead) await readPredictions();
  const exercise = await call('exercise', { id: copy.exercise });
  if (useSession.getState().design === id) useSession.setState({ exercise });
}

/** Undo for the next start. It is kept when the drawing that it belongs to is saved. */
const remembering = later(REMEMBER_AFTER_MS, async () => {
  const { design: id, revision, unsaved } = useSession.getState();
  if (id === '' || unsaved) return;
  const written = writeHistory(historyOf());
  let undoLacks = leftOut(written);
  try {
    await call('design_history_save', { id, revision, history: written.text });
  } catch (thrown) {
    // The drawing is saved: this asks nobody, and is told where its past is shown.
    const { message, hint } = asHostError(thrown);
    undoLacks = `Undo was not kept, and starts empty after a restart. ${message} ${hint}`;
  }
  const now = useSession.getState();
  if (now.design === id && now.revision === revision) useSession.setState({ historyUnsaved: false, undoLacks });
});

/** What a history that is too long to be kept whole will lack, in words. */
function leftOut({ kept, left: { past, future } }: Written): string | null {
  if (past + future === 0) return null;
  const oldest = past === 0 ? '' : ` The ${plural(past, 'oldest step')} of undo ${past === 1 ? 'has' : 'have'} no room.`;
  const newest = future === 0 ? '' : ` The last ${plural(future, 'step')} of redo ${future === 1 ? 'has' : 'have'} no room.`;
  return `After a restart undo goes back ${plural(kept, 'step')}.${oldest}${newest}`;
}

/** With its save the drawing has another revision, and what was kept of its history is void. */
function rememberSoon(): void {
  useSession.setState({ historyUnsaved: true });
  remembering.soon();
}

const checking = later(CHECK_AFTER_MS, async () => {
  const { exercise, wish, design } = useSession.getState();
  if (exercise === null || design === '') return;
  const { sketch } = useDrawing.getState();
  try {
    const check = await call('check', { exercise: exercise.card.id, wish, sketch });
    if (useSession.getState().design === design) useSession.setState({ check, checkError: null });
  } catch (thrown) {
    if (useSession.getState().design === design) useSession.setState({ check: null, checkError: asHostError(thrown) });
  }
});

const keeping = later(SAVE_AFTER_MS, async () => {
  const { design, wish, predictions } = useSession.getState();
  if (design === '') return;
  try {
    await call('prediction_save', { key: { design, scenario: wish.scenario }, predictions });
    const predictionsUnsaved = useSession.getState().predictions !== predictions;
    if (useSession.getState().design === design) useSession.setState({ predictionsUnsaved, predictionError: null });
  } catch (thrown) {
    if (useSession.getState().design === design) useSession.setState({ predictionError: asHostError(thrown) });
  }
});

function keepPredictions(): void {
  useSession.setState({ predictionsUnsaved: true });
  keeping.soon();
}

useDrawing.subscribe((now, before) => {
  if (now.sketch === before.sketch || useSession.getState().design === '' || opening) return;
  useSession.setState({ unsaved: true });
  saving.soon();
  checking.soon();
});

let opening = false;
/** Counts openings, so that a late answer for another design is dropped. */
let turn = 0;

/** Reads what was predicted for this design and scenario; it can be read again when that failed. */
export async function readPredictions(): Promise<void> {
  const { design, wish } = useSession.getState();
  const scenario = wish.scenario;
  useSession.setState({ predictions: NO_PREDICTIONS, predictionsRead: false, predictionError: null });
  const isAwaited = (): boolean => {
    const now = useSession.getState();
    return now.design === design && now.wish.scenario === scenario && !now.predictionsRead;
  };
  try {
    const predictions = await call('prediction_open', { design, scenario });
    if (isAwaited()) useSession.setState({ predictions, predictionsRead: true, predictionError: null });
  } catch (thrown) {
    if (isAwaited()) useSession.setState({ predictionError: asHostError(thrown) });
  }
}

/** Opens a drawing, with the undo history that was kept for it; says why when that cannot be used. */
function openDrawing({ sketch, history }: Design): string | null {
  draw.open(sketch);
  if (history === null) return null;
  const kept = readHistory(history, sketch);
  if ('refused' in kept) return `Undo started empty: ${kept.refused}.`;
  openHistory(kept);
  return null;
}

/** Saves a design that is open before the app does something with what it has of it: rejects with a HostError when it cannot be saved. The answer
 * is the id under which the drawing is saved, since a save may have to become a copy. */
export async function saveFirst(id: string): Promise<string> {
  if (useSession.getState().design !== id) return id;
  await saveRest();
  const { design, unsaved, saveError } = useSession.getState();
  if (unsaved && saveError !== null) throw saveError;
  return design;
}

/** Puts a version's drawing back into the open design, as a step that can be undone. False: another design is open. */
export async function restoreVersion(id: string, number: number): Promise<boolean> {
  const open = useSession.getState().design === id;
  await saveFirst(id);
  const design = await call('design_version_restore', { design: id, number });
  if (!open || useSession.getState().design !== id) return false;
  useSession.setState({ revision: design.revision, savedMs: design.card.updated_ms });
  draw.replace(design.sketch, `Restored version ${number}`);
  return true;
}

/** Opens a design of an exercise; rejects with a HostError when it cannot. */
export async function openSession(exerciseId: string, designId: string): Promise<void> {
  turn += 1;
  const mine = turn;
  becameCopy = null;
  await saveAll();
  const [exercise, palette, design] = await Promise.all([
    call('exercise', { id: exerciseId }),
    call('palette', {}),
    call('design_open', { id: designId }),
  ]);
  if (mine !== turn) return;
  opening = true;
  const undoLacks = openDrawing(design);
  opening = false;
  select.nothing();
  select.tool({ kind: 'choose' });
  useSession.setState({
    ...CLOSED,
    design: designId,
    title: design.card.title,
    exercise,
    palette,
    roles: rolesById(palette),
    savedMs: design.card.updated_ms,
    revision: design.revision,
    undoLacks,
    wish: readyFor(designId) ?? { ...CLOSED.wish, scenario: exercise.default_scenario },
  });
  checking.soon();
  await Promise.all([checking.flush(), readPredictions()]);
}

/** Saves what is not saved yet. Failures stay in the session, where the status bar shows them. */
export async function saveAll(): Promise<void> {
  // In this order: a save that had to become a copy moves the predictions to it.
  await saving.flush();
  await keeping.flush();
  await remembering.flush();
}

/** Tries a failed save again. */
export async function saveAgain(): Promise<void> {
  saving.soon();
  await saving.flush();
}

/** Tries a failed check again. */
export async function checkAgain(): Promise<void> {
  useSession.setState({ checkError: null });
  checking.soon();
  await checking.flush();
}

/** Saves what is not saved, also what could not be saved before: that has no timer of its own. */
async function saveRest(): Promise<void> {
  const { unsaved, predictionsUnsaved } = useSession.getState();
  if (unsaved) saving.soon();
  if (predictionsUnsaved) keeping.soon();
  await saveAll();
}

/** Forgets what is not saved: the learner leaves without it, or its design is gone. */
export function forgetChanges(): void {
  saving.cancel();
  keeping.cancel();
  remembering.cancel();
  useSession.setState({ unsaved: false, saveError: null, predictionsUnsaved: false, predictionError: null, historyUnsaved: false });
}

keep({
  isQuiet: () => {
    const { unsaved, predictionsUnsaved, historyUnsaved } = useSession.getState();
    return !unsaved && !predictionsUnsaved && !historyUnsaved;
  },
  settle: async () => {
    await saveRest();
    const { unsaved, saveError, predictionsUnsaved, predictionError } = useSession.getState();
    const error = (unsaved ? saveError : null) ?? (predictionsUnsaved ? predictionError : null);
    return error === null ? null : notSaved(error);
  },
  letGo: forgetChanges,
});

/** The learner has read that this is a copy. */
export function copyRead(): void {
  useSession.setState({ copied: null });
}

/** Leaves the design: everything is saved first. */
export async function closeSession(): Promise<void> {
  const mine = turn;
  await saveRest();
  if (mine !== turn) return;
  checking.cancel();
  useSession.setState(CLOSED);
}

export async function chooseScenario(scenario: string): Promise<void> {
  if (scenario === useSession.getState().wish.scenario) return;
  if (useSession.getState().predictionsUnsaved) keeping.soon();
  await keeping.flush();
  // What could not be saved would be lost with the scenario that it is for: the dock says so.
  if (useSession.getState().predictionsUnsaved) return;
  // How it is scaled is the learner's choice for every scenario; the rest is the scenario's.
  useSession.setState(({ wish: { prefer } }) => ({ wish: { ...CLOSED.wish, scenario, prefer } }));
  checking.soon();
  await readPredictions();
}

/** Changes how it is run; null takes the scenario's own. */
export function wishFor(change: Partial<Omit<RunWish, 'scenario'>>): void {
  useSession.setState(({ wish }) => ({ wish: { ...wish, ...change } }));
  checking.soon();
}

export function predict(figure: string, value: number | null): void {
  useSession.setState(({ predictions }) => {
    const others = Object.entries(predictions.values).filter(([name]) => name !== figure);
    const values = Object.fromEntries(value === null ? others : [...others, [figure, value]]) as Record<string, number>;
    return { predictions: { ...predictions, values } };
  });
  keepPredictions();
}

export function because(text: string): void {
  useSession.setState(({ predictions }) => ({ predictions: { ...predictions, because: text } }));
  keepPredictions();
}

/** Reads the exercise again after the design menu changed a title or removed a design. A design that is gone leads to what is left. */
export async function refresh(): Promise<void> {
  const { design, exercise: before } = useSession.getState();
  if (before === null) return;
  const exercise = await call('exercise', { id: before.card.id });
  const mine = exercise.designs.find(({ id }) => id === design);
  useSession.setState({ exercise });
  if (mine === undefined) {
    forgetChanges();
    go({ screen: 'exercise', exercise: exercise.card.id });
  } else if (mine.title !== useSession.getState().title) {
    useSession.setState({ title: mine.title });
    draw.retitle(mine.title);
  }
}

export function scenarioOf(session: Session): Scenario | null {
  return session.exercise?.scenarios.find(({ name }) => name === session.wish.scenario) ?? null;
}

/** Whether a run may begin now, and why not. */
export function permissionOf(session: Session): Permission {
  const { predictions, predictionsRead, predictionError, check, checkError, saveError } = session;
  return mayRun({
    asked: scenarioOf(session)?.predict ?? [],
    predictions,
    read: predictionsRead ? 'here' : predictionError === null ? 'reading' : 'failed',
    check,
    checkFailed: checkError !== null,
    saveFailed: saveError !== null,
  });
}

/** Starts a run of the saved drawing. Without predictions, blanks are recorded as skipped all the same. What is shown and not saved would not be in
 * the run: then there is none, and the errors of the saves say why. */
export async function run(): Promise<void> {
  finishTyping();
  await saveRest();
  const { design, wish, saveError, predictionsUnsaved, predictionError, exercise } = useSession.getState();
  const lost = predictionsUnsaved ? predictionError : null;
  if (lost !== null) tell(`Not run, since the predictions are not saved. ${lost.message} ${lost.hint}`);
  if (saveError !== null || lost !== null || exercise === null) return;
  await useRun.getState().start({ design, wish });
}
