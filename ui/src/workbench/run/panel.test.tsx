// The panel of a run, and what stands above the canvas meanwhile: what is read out, and why a fault was not taken.
import { act, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, expect, it } from 'vitest';
import { HostError, setHost } from '../../host';
import { fixtureHost } from '../../host/fixture';
import { Notices } from '../Notices';
import { RunPanel } from './RunPanel';
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
