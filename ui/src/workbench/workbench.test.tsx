// The workbench around the canvas: what is said above it whichever panels are shown, and panels in a window that has room for one of them.
import { act, render, screen, waitFor } from '@testing-library/react';
import userEvent, { type UserEvent } from '@testing-library/user-event';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { App } from '../app/App';
import { useRoute } from '../app/route';
import { HostError, call, setHost } from '../host';
import { fixtureHost } from '../host/fixture';
import { perform } from './canvas/actions';
import { select } from './canvas/selection';
import { openPanel } from './panels';
import { useRun } from './run/store';
import { closeSession, saveAll, useSession } from './session';
import { draw, useDrawing } from './sketch/store';

const failure = new HostError({ code: 'run_failed', message: 'A process ended.', hint: 'Look at its log.' });

async function open(): Promise<UserEvent> {
  setHost(fixtureHost());
  useRoute.setState({ route: { screen: 'workbench', exercise: 'twitter', design: 'twitter-b' } });
  render(<App />);
  await screen.findByTestId('canvas');
  await waitFor(() => expect(useSession.getState().check).not.toBeNull());
  return userEvent.setup();
}

// The tests' window is narrow: it has room for one side panel.
beforeEach(() => {
  act(() => openPanel('right'));
});
afterEach(async () => {
  act(() => useRun.getState().clear());
  await act(closeSession);
});

it('says above the canvas why a run failed, and puts it away', async () => {
  const user = await open();
  act(() => useRun.setState({ status: 'failed', error: failure }));
  expect(screen.getByRole('main', { name: 'Canvas' }).contains(screen.getByTestId('run-failed'))).toBe(true);
  expect(screen.getByTestId('run-failed').textContent).toContain('A process ended.Look at its log.');
  await user.click(screen.getByRole('button', { name: 'Put away' }));
  expect(screen.queryByTestId('run-failed')).toBeNull();
});

it('says above the canvas that a drawing is not saved, and that a run was not stopped', async () => {
  await open();
  act(() => {
    useSession.setState({ saveError: failure });
    useRun.setState({ stopError: failure });
  });
  expect(screen.getByTestId('save-failed').textContent).toContain('A process ended.');
  expect(screen.getByTestId('stop-failed').textContent).toContain('Look at its log.');
  act(() => useSession.setState({ saveError: null }));
});

it('shows a copy that a save had to make in its place, and under no other address', async () => {
  await open();
  const other = await call('design_open', { id: 'twitter-b' });
  await call('design_save', { id: 'twitter-b', sketch: other.sketch, revision: other.revision });
  act(() => draw.rename('feed', 'Mine'));
  await act(saveAll);
  expect(screen.getByTestId('copied')).toBeTruthy();
  expect(screen.getByTestId('canvas')).toBeTruthy();
  act(() => useRoute.setState({ route: { screen: 'workbench', exercise: 'twitter', design: 'twitter-a' } }));
  expect(screen.queryByTestId('canvas')).toBeNull();
  expect(screen.getByText('Opening the design')).toBeTruthy();
  await screen.findByTestId('canvas');
  expect(useSession.getState()).toMatchObject({ design: 'twitter-a', copied: null, copyOf: null });
});

it('shows the brief in the place of the inspector where there is no room for both', async () => {
  const user = await open();
  expect(screen.queryByRole('complementary', { name: 'Brief' })).toBeNull();
  await user.click(screen.getByTestId('open-left'));
  expect(screen.getByRole('complementary', { name: 'Brief' })).toBeTruthy();
  expect(screen.queryByTestId('inspector')).toBeNull();
  await user.click(screen.getByRole('button', { name: 'Shut the left panel' }));
  expect(screen.getByTestId('inspector')).toBeTruthy();
  act(() => void perform('outline'));
  expect(await screen.findByTestId('outline')).toBeTruthy();
  await user.click(screen.getByTestId('open-right'));
  expect(screen.queryByTestId('outline')).toBeNull();
  // Shown already, but out of sight: asking again brings it, and does not take it away.
  act(() => void perform('outline'));
  expect(await screen.findByTestId('outline')).toBeTruthy();
  act(() => void perform('outline'));
});

it('tells time and phase beside Stop where the panel of the run has no room, and can show it', async () => {
  const user = await open();
  act(() => useRun.setState({ status: 'active', phase: 'seeding', progress: [3, 9], plan: useSession.getState().check?.plan ?? null }));
  expect(screen.getByTestId('stop').textContent).toContain('Stop');
  expect(screen.getByTestId('run-clock').textContent).toBe('0:00');
  expect(screen.getByTestId('run-phase').textContent).toBe('Writing test data 3 of 9');
  await user.click(screen.getByTestId('open-left'));
  expect(screen.getByRole('complementary', { name: 'Run' })).toBeTruthy();
  expect(screen.getAllByTestId('run-clock')).toHaveLength(1);
  expect(screen.getAllByTestId('stop')).toHaveLength(1);
});

it('opens the inspector for a name that is to be written, and shuts it while a component is chosen', async () => {
  const user = await open();
  act(() => select.component('feed'));
  await user.click(screen.getByRole('button', { name: 'Shut the right panel' }));
  expect(screen.queryByTestId('inspector')).toBeNull();
  act(() => void perform('rename'));
  await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('component-name')));
});

it('says that nothing was checked while nothing was', async () => {
  await open();
  act(() => {
    select.nothing();
    useSession.setState({ check: null });
  });
  expect(screen.getByTestId('inspector').textContent).toContain('Not checked yet.');
});

it('names how many components it would delete', async () => {
  const user = await open();
  act(() => select.set(new Set(['feed', 'kv']), new Set()));
  await user.click(screen.getByRole('button', { name: 'Delete these 2' }));
  expect(useDrawing.getState().sketch.components.some(({ id }) => id === 'feed' || id === 'kv')).toBe(false);
  act(draw.undo);
});
