// The prediction from an empty field to a run: what is written, what is saved, what Run says while it cannot, and autosave that loses nothing.
import { act, fireEvent, render, screen, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type {
  Check,
  Commands,
  Design,
  Exercise,
  PlanPreview,
  PredictionSave,
  Predictions,
  RunStart,
  Scenario,
  Sketch,
} from '../../rpc/contract';
import { HostError, setHost, type CommandName, type Host } from '../../host';
import { useRun } from '../run/store';
import { chooseScenario, closeSession, copyRead, openSession, predict, run, saveAll, useSession, wishFor } from '../session';
import { draw, useDrawing } from '../sketch/store';
import { PredictDock } from './PredictDock';
import { mayRun, progressText, type Readiness } from './predicting';

const SCENARIO = {
  name: 'peak',
  title: 'Evening peak',
  summary: '',
  population: { users: 1, modelled_users: 1, follows_mean: 1, popularity_exponent: 1, tweets_each: 1, seed: 1, source: '' },
  operation: [],
  condition: [],
  fault: [],
  target: [],
  predict: [
    { figure: 'read.p99_ms', label: 'Timeline p99', unit: 'ms' },
    { figure: 'feed.utilisation', label: 'Feed utilisation', unit: '%' },
  ],
  run: { shape: 'baseline', arrivals: 'poisson', duration_s: 60, warmup_s: 5, seed: 7 },
} satisfies Scenario;

const SKETCH: Sketch = { format: 1, title: 'A', components: [{ id: 'kv', role: 'kv', name: 'KV', instances: 1, at: [0, 0] }], links: [] };

const PLAN: PlanPreview = {
  processes: 45,
  dilation: 12,
  slice: 1,
  duration_s: 60,
  rate_per_s: 100,
  laptop_share: 0.38,
  prefer: 'instances',
  choices: [
    { prefer: 'instances', processes: 45, dilation: 12, slice: 1, why: null },
    { prefer: 'speed', processes: 15, dilation: 4, slice: 3, why: null },
  ],
};

const RUNNABLE: Check = { diagnostics: [], abilities: {}, plan: PLAN };

const BROKEN: Check = {
  diagnostics: [{ severity: 'error', code: 'port_empty', component: 'kv', reason: 'KV: tweets is empty.', remedy: 'Link it.' }],
  abilities: {},
  plan: null,
};

const WRITTEN: Predictions = { values: { 'read.p99_ms': 40 }, because: '' };

/** All that a run waits for is there but a prediction. */
const READY: Readiness = {
  asked: SCENARIO.predict,
  predictions: { values: {}, because: '' },
  read: 'here',
  check: RUNNABLE,
  checkFailed: false,
  saveFailed: false,
};

class Told implements Host {
  check: Check = RUNNABLE;
  predictions: PredictionSave[] = [];
  saves: Sketch[] = [];
  runs: RunStart[] = [];
  failSaves = false;
  failPredictions = false;
  failChecks = false;
  /** Answers of `prediction_open`, first to last; none is left: nothing was predicted. */
  reads: (() => Promise<Predictions>)[] = [];
  /** What the next saves become. */
  copy: Design | null = null;

  call<K extends CommandName>(name: K, request: Commands[K]['request']): Promise<Commands[K]['response']> {
    return this.answer(name, request) as Promise<Commands[K]['response']>;
  }
  private answer(name: CommandName, request: unknown): Promise<unknown> {
    switch (name) {
      case 'exercise':
        return Promise.resolve({ card: { id: 'x', title: 'X' }, scenarios: [SCENARIO], default_scenario: 'peak' } as unknown as Exercise);
      case 'palette':
        return Promise.resolve({ roles: [] });
      case 'design_open':
        return Promise.resolve({
          card: { id: 'd', title: 'A', based_on: null, updated_ms: 1 },
          exercise: 'x',
          sketch: SKETCH,
          revision: 1,
          history: null,
        });
      case 'check':
        if (this.failChecks) return Promise.reject(new HostError({ code: 'busy', message: 'The app is busy.', hint: 'Try again.' }));
        return Promise.resolve(this.check);
      case 'prediction_open':
        return this.reads.shift()?.() ?? Promise.resolve({ values: {}, because: '' });
      case 'prediction_save':
        if (this.failPredictions)
          return Promise.reject(new HostError({ code: 'disk_full', message: 'The disk is full.', hint: 'Free some space.' }));
        this.predictions.push(request as PredictionSave);
        return Promise.resolve({ saved_ms: 2 });
      case 'design_save':
        if (this.failSaves)
          return Promise.reject(new HostError({ code: 'disk_full', message: 'The disk is full.', hint: 'Free some space.' }));
        this.saves.push((request as { sketch: Sketch }).sketch);
        return Promise.resolve({ saved_ms: 3, revision: 2, copy: this.copy });
      case 'design_history_save':
        return Promise.resolve({});
      default:
        return Promise.reject(new Error(`unexpected ${name}`));
    }
  }
  startRun(request: RunStart): Promise<Commands['run_start']['response']> {
    this.runs.push(request);
    return Promise.resolve({ id: 'r', number: 1, plan: PLAN });
  }
}

let host: Told;

beforeEach(async () => {
  host = new Told();
  setHost(host);
  useRun.getState().clear();
  await openSession('x', 'd');
});
afterEach(async () => {
  vi.useRealTimers();
  await closeSession();
  setHost(null);
});

const field = (figure: string): HTMLElement => within(screen.getByTestId(`predict-${figure}`)).getByRole('textbox');
const type = (element: HTMLElement, value: string): void => {
  fireEvent.change(element, { target: { value } });
  fireEvent.blur(element);
};

describe('predicting', () => {
  it('counts what is written and says what becomes of blanks', () => {
    const predictions = { values: { 'read.p99_ms': 40 }, because: '' };
    expect(progressText(SCENARIO.predict, predictions)).toBe('1 of 2 written. Blanks are recorded as skipped.');
    expect(progressText(SCENARIO.predict, { values: { 'read.p99_ms': 40, 'feed.utilisation': 0 }, because: '' })).toBe('2 of 2 written.');
  });

  it('lets Run wait for a figure, and offers the run without', () => {
    expect(mayRun(READY)).toEqual({ run: false, without: true, why: 'Write at least one figure first.' });
    expect(mayRun({ ...READY, predictions: WRITTEN })).toEqual({ run: true, without: false, why: null });
    expect(mayRun({ ...READY, asked: [] })).toEqual({ run: true, without: true, why: null });
  });

  it.each<[string, Partial<Readiness>]>([
    ['Cannot run: KV: tweets is empty.', { check: BROKEN }],
    ['The drawing is being checked.', { check: null }],
    ['The drawing could not be checked. Check it again, then run.', { check: null, checkFailed: true }],
    ['The drawing is not saved. Save it, then run.', { saveFailed: true }],
    ['The predictions are being read.', { read: 'reading' }],
    ['The predictions could not be read. Read them again, then run.', { read: 'failed' }],
  ])('lets no run begin: %s', (why, so) => {
    expect(mayRun({ ...READY, predictions: WRITTEN, ...so })).toEqual({ run: false, without: false, why });
  });

  it('waits for no predictions where none are asked for', () => {
    expect(mayRun({ ...READY, asked: [], read: 'failed' }).run).toBe(true);
  });

  it('goes from a blank to a saved prediction to a run', async () => {
    render(<PredictDock />);
    expect(screen.getByTestId<HTMLButtonElement>('run').disabled).toBe(true);
    expect(screen.getByTestId<HTMLButtonElement>('run-without').disabled).toBe(false);
    type(field('read.p99_ms'), '40');
    fireEvent.change(screen.getByTestId('because'), { target: { value: 'four workers' } });
    expect(screen.getByTestId('predict-progress').textContent).toBe('1 of 2 written. Blanks are recorded as skipped.');
    expect(screen.getByTestId<HTMLButtonElement>('run').disabled).toBe(false);
    expect(screen.getByTestId<HTMLButtonElement>('run-without').disabled).toBe(true);
    await act(async () => {
      fireEvent.click(screen.getByTestId('run'));
      await saveAll();
    });
    expect(host.predictions.at(-1)).toEqual({
      key: { design: 'd', scenario: 'peak' },
      predictions: { values: { 'read.p99_ms': 40 }, because: 'four workers' },
    });
    await vi.waitFor(() => expect(host.runs.map(({ design, wish }) => [design, wish.scenario])).toEqual([['d', 'peak']]));
  });

  it('does not take a negative figure, and a blank takes a figure back', () => {
    render(<PredictDock />);
    type(field('read.p99_ms'), '-3');
    expect(useSession.getState().predictions.values).toEqual({});
    type(field('read.p99_ms'), '1.5K');
    expect(useSession.getState().predictions.values).toEqual({ 'read.p99_ms': 1500 });
    type(field('read.p99_ms'), '');
    expect(useSession.getState().predictions.values).toEqual({});
  });
});

describe('predictions that are not read', () => {
  const refused = new HostError({ code: 'store_busy', message: 'The data is busy.', hint: 'Try again.' });
  const kept: Predictions = { values: { 'read.p99_ms': 40, 'feed.utilisation': 70 }, because: 'four workers' };
  const fields = (): (boolean | undefined)[] =>
    [field('read.p99_ms'), screen.getByTestId('because')].map((each) => (each as HTMLInputElement).disabled);

  it('takes nothing in place of them, and reads them again', async () => {
    host.reads = [() => Promise.reject(refused), () => Promise.resolve(kept)];
    await openSession('x', 'd');
    render(<PredictDock />);
    expect(fields()).toEqual([true, true]);
    expect(screen.getByRole('alert').textContent).toContain('Predictions could not be read: The data is busy.');
    expect(screen.getByTestId<HTMLButtonElement>('run-without').disabled).toBe(true);
    await act(async () => {
      fireEvent.click(screen.getByRole('button', { name: 'Read again' }));
      await saveAll();
    });
    expect(fields()).toEqual([false, false]);
    expect(screen.queryByRole('alert')).toBeNull();
    type(field('read.p99_ms'), '50');
    await saveAll();
    expect(host.predictions.at(-1)?.predictions).toEqual({ ...kept, values: { ...kept.values, 'read.p99_ms': 50 } });
  });

  it('takes nothing before they are here', async () => {
    let answer: (predictions: Predictions) => void = () => undefined;
    host.reads = [() => new Promise((resolve) => (answer = resolve))];
    const opening = openSession('x', 'd');
    await vi.waitFor(() => expect(host.reads).toEqual([]));
    render(<PredictDock />);
    expect(fields()).toEqual([true, true]);
    await act(async () => {
      answer(kept);
      await opening;
    });
    expect(fields()).toEqual([false, false]);
    expect(useSession.getState().predictions).toEqual(kept);
  });

  it('says nothing about them where others are shown by now', async () => {
    let refuse: (error: HostError) => void = () => undefined;
    host.reads = [() => new Promise((_, reject) => (refuse = reject))];
    const late = chooseScenario('other');
    await vi.waitFor(() => expect(host.reads).toEqual([]));
    await chooseScenario('peak');
    refuse(refused);
    await late;
    expect(useSession.getState()).toMatchObject({ predictionsRead: true, predictionError: null });
  });
});

describe('a check that failed', () => {
  it('is said beside Run, and can be tried again', async () => {
    host.failChecks = true;
    render(<PredictDock />);
    predict('read.p99_ms', 40);
    wishFor({ duration_s: 7 });
    await screen.findByText('The drawing could not be checked. Check it again, then run.');
    expect(screen.getByTestId<HTMLButtonElement>('run').disabled).toBe(true);
    host.failChecks = false;
    fireEvent.click(screen.getByRole('button', { name: 'Check again' }));
    await vi.waitFor(() => expect(screen.getByTestId<HTMLButtonElement>('run').disabled).toBe(false));
    expect(screen.queryByRole('button', { name: 'Check again' })).toBeNull();
  });
});

describe('predictions that are not saved', () => {
  beforeEach(() => {
    host.failPredictions = true;
    predict('read.p99_ms', 40);
  });

  it('keeps a run from beginning without them, and says so', async () => {
    render(<PredictDock />);
    await act(run);
    expect(host.runs).toEqual([]);
    expect(screen.getByRole('alert').textContent).toContain('Predictions are not saved, and no run begins without them');
    host.failPredictions = false;
    await act(run);
    expect(host.predictions.at(-1)?.predictions.values).toEqual({ 'read.p99_ms': 40 });
    expect(host.runs).toHaveLength(1);
  });

  it('stays with the scenario that they are for', async () => {
    await chooseScenario('other');
    expect(useSession.getState()).toMatchObject({ wish: { scenario: 'peak' }, predictionError: { code: 'disk_full' } });
    host.failPredictions = false;
    await chooseScenario('other');
    expect(useSession.getState()).toMatchObject({ wish: { scenario: 'other' }, predictionError: null });
  });

  it('moves them, and how it would be run, to the copy that a save had to make', async () => {
    host.failPredictions = false;
    await saveAll();
    wishFor({ duration_s: 7 });
    host.copy = { card: { id: 'copy', title: 'A, mine' }, exercise: 'x', revision: 1 } as Design;
    draw.rename('kv', 'Cache');
    await run();
    expect(host.predictions.at(-1)).toMatchObject({ key: { design: 'copy' }, predictions: { values: { 'read.p99_ms': 40 } } });
    expect(host.runs.map(({ design }) => design)).toEqual(['copy']);
    host.copy = null;
    copyRead();
    expect(useSession.getState()).toMatchObject({ design: 'copy', copied: null, wish: { duration_s: 7 } });
  });
});

describe('autosave', () => {
  it('saves once for many changes in a short while, and says when', async () => {
    vi.useFakeTimers();
    draw.rename('kv', 'Cache');
    draw.rename('kv', 'Cache 1');
    expect(useSession.getState().unsaved).toBe(true);
    await vi.advanceTimersByTimeAsync(399);
    expect(host.saves).toEqual([]);
    await vi.advanceTimersByTimeAsync(2);
    expect(host.saves.map(({ components }) => components[0]?.name)).toEqual(['Cache 1']);
    expect(useSession.getState()).toMatchObject({ unsaved: false, savedMs: 3, saveError: null });
  });

  it('keeps the drawing and the remedy when a save fails, and saves it later', async () => {
    host.failSaves = true;
    draw.rename('kv', 'Cache');
    await saveAll();
    expect(useSession.getState()).toMatchObject({ unsaved: true, saveError: { code: 'disk_full', hint: 'Free some space.' } });
    expect(useDrawing.getState().sketch.components[0]?.name).toBe('Cache');
    host.failSaves = false;
    draw.rename('kv', 'Cache 2');
    await saveAll();
    expect(host.saves.at(-1)?.components[0]?.name).toBe('Cache 2');
    expect(useSession.getState().saveError).toBe(null);
  });
});
