// The panel of a run, and what stands above the canvas meanwhile: what is read out, and why a fault was not taken.
import { act, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HostError, call, setHost } from '../../host';
import { fixtureHost } from '../../host/fixture';
import type { RunPhase, RunTick } from '../../rpc/contract';
import { Notices } from '../Notices';
import { useSession } from '../session';
import { useMetrics } from './metrics';
import { RunPanel } from './RunPanel';
import { STALE_MS } from './state';
import { useRun, type RunState } from './store';

afterEach(() => act(() => useRun.getState().clear()));

it.each<[Partial<RunState>, string, string, string | null]>([
  [{ phase: 'starting', progress: [1, 40] }, 'Starting', 'Starting 1 of 40', '1 of 40'],
  [{ phase: 'starting', progress: [39, 40] }, 'Starting', 'Starting 39 of 40', '39 of 40'],
  [{ phase: 'seeding', progress: [3, 9] }, 'Writing test data', 'Writing test data 3 of 9', '3 of 9'],
  [{ phase: 'running', progress: null }, 'Measuring', 'Measuring', null],
])('reads the phase out and not its count: %o', (state, word, shown, counted) => {
  useRun.setState({ status: 'active', ...state });
  render(<RunPanel />);
  expect(screen.getByRole('status').textContent).toBe(word);
  expect(screen.getByTestId('run-phase').textContent).toBe(shown);
  const bar = screen.getByRole('progressbar', { name: word });
  expect(bar.getAttribute('aria-valuetext')).toBe(counted);
});

it('says in the place of the phase that the view is held, but not of a run that stops', () => {
  const said = (): string => screen.getByTestId('run-phase').textContent;
  useRun.setState({ status: 'active', phase: 'running' });
  render(<RunPanel />);
  act(() => useMetrics.setState({ held: true }));
  expect(said()).toBe('The view is held; the run goes on');
  act(() => useRun.setState({ status: 'stopping' }));
  expect(said()).toBe('Stopping');
  act(() => useMetrics.setState({ held: false }));
});

it.each<[RunPhase, number]>([
  ['warm_up', 0],
  ['running', 75],
  ['draining', 75],
  ['stopping', 75],
])('goes on from where it was and falls back in no phase: %s', (phase, share) => {
  const tick = { t_s: phase === 'warm_up' ? 0 : 45, duration_s: 60 } as RunTick;
  useRun.setState({ status: 'active', phase, progress: null });
  useMetrics.setState({ tick, nowMs: 0, atMs: 0 });
  render(<RunPanel />);
  expect(screen.getByRole('progressbar').getAttribute('aria-valuenow')).toBe(String(share));
});

describe('what was predicted and aimed at', () => {
  const tick = { t_s: 9, duration_s: 60, figures: { 'timeline_read.p99_ms': 262, failed_share: 0.5 }, stand_ins: {} } as unknown as RunTick;
  const pairs = (title: string): string[] => {
    const section = screen.getByRole('heading', { name: title }).closest('section') ?? document.body;
    return [...section.querySelectorAll('dl > div')].map((each) => {
      const [what, shape] = [each.textContent, each.querySelector('[role=img]')?.getAttribute('aria-label')];
      return shape == null ? what : `${what}, ${shape}`;
    });
  };

  beforeEach(async () => {
    setHost(fixtureHost());
    const exercise = await call('exercise', { id: 'twitter' });
    act(() => {
      useSession.setState(({ wish }) => ({
        exercise,
        wish: { ...wish, scenario: exercise.default_scenario },
        predictions: { values: { 'timeline_read.p99_ms': 80 }, because: '' },
      }));
      useRun.setState({ status: 'active', phase: 'running', number: 14 });
      useMetrics.setState({ tick, nowMs: 0, atMs: 0 });
    });
  });
  afterEach(() => act(() => useSession.setState({ exercise: null, predictions: { values: {}, because: '' } })));

  it('stands beside what is measured, with its unit, and unknown where nothing is', () => {
    render(<RunPanel />);
    expect(screen.getByTestId('run-phase').textContent).toBe('Measuring');
    expect(pairs('Your prediction, so far')).toEqual(['Timeline p9980 → 262ms']);
    expect(pairs('Targets')).toEqual(expect.arrayContaining(['Timeline p99262ms ≤ 200 ms', 'Tweet to timeline, p95 ≤ 5 s, unknown']));
  });

  it('gives no old figure out as one of now', () => {
    render(<RunPanel />);
    act(() => useMetrics.setState({ nowMs: STALE_MS + 1 }));
    expect(pairs('Your prediction, so far')).toEqual(['Timeline p9980 → unknown']);
    expect(pairs('Targets')).toContain('Timeline p99 ≤ 200 ms, unknown');
    expect(screen.getByTestId('run-phase').textContent).toBe('Measuring. No figures since then');
  });

  it('says where the figures are from', async () => {
    const user = userEvent.setup();
    render(<RunPanel />);
    await user.click(screen.getByRole('button', { name: 'What is measured so far: measured. Show the origin' }));
    expect((await screen.findByRole('dialog')).textContent).toContain('Run 14, under way, by its generator and its processes.');
    expect(screen.getByRole('button', { name: 'What targets are about: measured. Show the origin', hidden: true })).toBeTruthy();
  });
});

it.each([
  ['kill', 'kv-2 was not killed'],
  ['restart', 'kv-2 was not started again'],
] as const)('says above the canvas that a fault was not taken, until it is put away: %s', async (kind, title) => {
  setHost(fixtureHost());
  const user = userEvent.setup();
  const error = new HostError({ code: 'not_found', message: 'There is no kv-2.', hint: 'Choose another.' });
  useRun.setState({ status: 'active', phase: 'running', faultRefused: { kind, node: 'kv-2', error } });
  render(<Notices />);
  expect(screen.getByRole('heading', { name: title })).toBeTruthy();
  expect(screen.getByRole('alert').textContent).toContain('There is no kv-2.Choose another.');
  await user.click(screen.getByRole('button', { name: 'Put away' }));
  expect(screen.queryByTestId('fault-refused')).toBeNull();
});
