// The tour: a minute with the lab `knee`, step by step. Each step waits for what the learner does, never for time. It is offered by itself once,
// on an empty data folder, and again from the finder. It shows nothing itself.
import { create } from 'zustand';
import { go, useRoute, type Route } from '../app/route';
import { asHostError, call, type HostError } from '../host';
import { useRun } from '../workbench/run/store';
import { useSession, wishFor } from '../workbench/session';

export const LAB = 'knee';
/** Seconds under load: enough for ten steps of load to be told apart. */
const RUNS_FOR_S = 20;
const KEY = 'tour';

export interface Step {
  title: string;
  text: string;
  /** What it points at. */
  at: string;
  /** The card stays in the corner: what it points at is there to be read. */
  corner?: true;
  /** What the learner does to go on; absent: a button. */
  waits?: string;
  /** Whether it is done. */
  done: () => boolean;
}

const onReport = (): boolean => useRoute.getState().route.screen === 'report';
const isRunning = (): boolean => ['asked', 'active', 'stopping', 'finished'].includes(useRun.getState().status);

export const STEPS: readonly Step[] = [
  {
    title: 'Predict',
    text: 'One service, 10 ms for a request on average. The load rises in ten steps to all that it can do. How long will a request take, on average over all steps? Write your figure in the first field.',
    at: '[data-testid^="predict-"]:not([data-testid="predict-progress"])',
    waits: 'It goes on when a figure is written: press Enter in the field.',
    done: () => Object.keys(useSession.getState().predictions.values).length > 0 || isRunning() || onReport(),
  },
  {
    title: 'Run',
    text: `This starts the service and a load generator as real processes on this laptop. It takes about ${RUNS_FOR_S} seconds.`,
    at: '[data-testid="run"]',
    waits: 'It goes on when you run it (Ctrl Enter).',
    done: () => isRunning() || onReport(),
  },
  {
    title: 'Watch the knee',
    text: 'Each step adds the same load. For most of them the latency hardly moves; near the limit it bends upwards. Your prediction is the line.',
    at: '[aria-label="Live"]',
    waits: 'It goes on with the report when the run is over. Esc stops it earlier.',
    done: onReport,
  },
  {
    title: 'Read the report',
    text: 'First the verdict, then how far off you were, then what was saturated and why, step by step. Every figure says whether it was measured, modelled or assumed: choose its mark.',
    at: '#verdict-title',
    corner: true,
    done: () => false,
  },
];

interface TourState {
  /** The step, from 0; null: no tour goes on. */
  step: number | null;
  /** Whether it was taken or put away before; null: not known yet. */
  seen: boolean | null;
  error: HostError | null;
}

export const useTour = create<TourState>(() => ({ step: null, seen: null, error: null }));

/** Reads whether it was seen, once. */
export async function readSeen(): Promise<void> {
  if (useTour.getState().seen !== null) return;
  const { value } = await call('setting_get', { key: KEY, value: null });
  useTour.setState({ seen: value !== null });
}

async function keepSeen(): Promise<void> {
  useTour.setState({ seen: true });
  await call('setting_put', { key: KEY, value: 'seen' });
}

/** Puts the offer away for good; the finder still has the tour. */
export function notNow(): void {
  keepSeen().catch((thrown: unknown) => useTour.setState({ error: asHostError(thrown) }));
}

/** Begins: a design of the lab on the workbench, and a short run. */
export async function beginTour(): Promise<void> {
  try {
    useTour.setState({ error: null });
    shortened = '';
    await goToLab();
    useTour.setState({ step: 0 });
    await keepSeen();
  } catch (thrown) {
    useTour.setState({ step: null, error: asHostError(thrown) });
  }
}

/** The learner's newest design of the lab, or a first one. */
async function goToLab(): Promise<void> {
  const exercise = await call('exercise', { id: LAB });
  const mine = exercise.designs[0];
  const design =
    mine?.id ??
    (await call('design_create', { exercise: LAB, from: exercise.bundled[0]?.name ?? null, copy_of: null, title: null })).card.id;
  go({ screen: 'workbench', exercise: LAB, design });
}

/** Leads back to where the step is. */
export function backToTour(): void {
  goToLab().catch((thrown: unknown) => useTour.setState({ error: asHostError(thrown) }));
}

export function endTour(): void {
  useTour.setState({ step: null });
}

/** Whether a route belongs to the tour. */
export const isInTour = (route: Route): boolean => route.screen === 'report' || (route.screen === 'workbench' && route.exercise === LAB);

/** Goes on while steps are done. */
function look(): void {
  const { step } = useTour.getState();
  if (step === null) return;
  if (step < 2) shorten();
  let now = step;
  while (STEPS[now]?.done() === true) now += 1;
  if (now !== step) useTour.setState({ step: now });
}

/** The design of the lab whose run was made shorter: what the learner sets afterwards holds. Empty while another screen is open. */
let shortened = '';

/** The lab's own run is twice as long as a tour should take; the learner can set it back. */
function shorten(): void {
  const { exercise, design, wish } = useSession.getState();
  const open = exercise?.card.id === LAB && wish.scenario !== '' ? design : '';
  const isNew = open !== shortened;
  shortened = open;
  if (isNew && open !== '' && wish.duration_s === null) wishFor({ duration_s: RUNS_FOR_S });
}

useSession.subscribe(look);
useRun.subscribe(look);
useRoute.subscribe(look);
useTour.subscribe(look);
