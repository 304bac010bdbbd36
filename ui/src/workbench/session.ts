// The design that is open and how it would be run: exercise, roles, check, wish, predictions, and whether all is saved. The drawing itself
// is in `sketch/store.ts`, the run in `run/store.ts`.
import { go } from '../app/route';
import { create } from 'zustand';
import type { Check, Exercise, Palette, Predictions, RunWish, Scenario } from '../rpc/contract';
import { asHostError, call, type HostError } from '../host';
import { mayRun, type Permission } from './dock/predicting';
import { later } from './later';
import { readyFor } from './ready';
import { rolesById, type Roles } from './sketch/ports';
import { draw, useDrawing } from './sketch/store';
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
  predictionError: HostError | null;
  savedMs: number | null;
  /** True between a change and its save. */
  unsaved: boolean;
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
  predictionError: null,
  savedMs: null,
  unsaved: false,
  saveError: null,
};

export const useSession = create<Session>(() => CLOSED);

const SAVE_AFTER_MS = 400;
const CHECK_AFTER_MS = 200;

const saving = later(SAVE_AFTER_MS, async () => {
  const id = useSession.getState().design;
  if (id === '') return;
  const { sketch } = useDrawing.getState();
  try {
    const { saved_ms } = await call('design_save', { id, sketch });
    if (useSession.getState().design !== id) return;
    const unsaved = useDrawing.getState().sketch !== sketch;
    useSession.setState({ savedMs: saved_ms, unsaved, saveError: null });
  } catch (thrown) {
    if (useSession.getState().design === id) useSession.setState({ saveError: asHostError(thrown) });
  }
});

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
    useSession.setState({ predictionError: null });
  } catch (thrown) {
    useSession.setState({ predictionError: asHostError(thrown) });
  }
});

useDrawing.subscribe((now, before) => {
  if (now.sketch === before.sketch || useSession.getState().design === '' || opening) return;
  useSession.setState({ unsaved: true });
  saving.soon();
  checking.soon();
});

let opening = false;
/** Counts openings, so that a late answer for another design is dropped. */
let turn = 0;

async function loadPredictions(): Promise<void> {
  const { design, wish } = useSession.getState();
  const scenario = wish.scenario;
  useSession.setState({ predictions: NO_PREDICTIONS, predictionError: null });
  try {
    const predictions = await call('prediction_open', { design, scenario });
    const now = useSession.getState();
    if (now.design === design && now.wish.scenario === scenario) useSession.setState({ predictions });
  } catch (thrown) {
    useSession.setState({ predictionError: asHostError(thrown) });
  }
}

/** Opens a design of an exercise; rejects with a HostError when it cannot. */
export async function openSession(exerciseId: string, designId: string): Promise<void> {
  turn += 1;
  const mine = turn;
  await saveAll();
  const [exercise, palette, design] = await Promise.all([
    call('exercise', { id: exerciseId }),
    call('palette', {}),
    call('design_open', { id: designId }),
  ]);
  if (mine !== turn) return;
  opening = true;
  draw.open(design.sketch);
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
    wish: readyFor(designId) ?? { ...CLOSED.wish, scenario: exercise.default_scenario },
  });
  checking.soon();
  await Promise.all([checking.flush(), loadPredictions()]);
}

/** Saves what is not saved yet. Failures stay in the session, where the status bar shows them. */
export async function saveAll(): Promise<void> {
  await Promise.all([saving.flush(), keeping.flush()]);
}

/** Tries a failed save again. */
export async function saveAgain(): Promise<void> {
  saving.soon();
  await saving.flush();
}

/** Leaves the design: everything is saved first. */
export async function closeSession(): Promise<void> {
  const mine = turn;
  await saveAll();
  if (mine !== turn) return;
  checking.cancel();
  useSession.setState(CLOSED);
}

export async function chooseScenario(scenario: string): Promise<void> {
  if (scenario === useSession.getState().wish.scenario) return;
  await keeping.flush();
  // How it is scaled is the learner's choice for every scenario; the rest is the scenario's.
  useSession.setState(({ wish: { prefer } }) => ({ wish: { ...CLOSED.wish, scenario, prefer } }));
  checking.soon();
  await loadPredictions();
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
  keeping.soon();
}

export function because(text: string): void {
  useSession.setState(({ predictions }) => ({ predictions: { ...predictions, because: text } }));
  keeping.soon();
}

/** Reads the exercise again after the design menu changed a title or removed a design. A design that is gone leads to what is left. */
export async function refresh(): Promise<void> {
  const { design, exercise: before } = useSession.getState();
  if (before === null) return;
  const exercise = await call('exercise', { id: before.card.id });
  const mine = exercise.designs.find(({ id }) => id === design);
  useSession.setState({ exercise });
  if (mine === undefined) {
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
  return mayRun(scenarioOf(session)?.predict ?? [], session.predictions, session.check, session.saveError !== null);
}

/** Starts a run of the saved drawing. Without predictions, blanks are recorded as skipped all the same. */
export async function run(): Promise<void> {
  await saveAll();
  const { design, wish, saveError, exercise } = useSession.getState();
  if (saveError !== null || exercise === null) return;
  await useRun.getState().start({ design, wish });
}
