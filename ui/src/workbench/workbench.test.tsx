// The workbench around the canvas: what is said above it whichever panels are shown, and panels in a window that has room for one of them.
import { act, render, screen, waitFor } from '@testing-library/react';
import userEvent, { type UserEvent } from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { App } from '../app/App';
import { routeHash, useRoute, type Route } from '../app/route';
import { HostError, call, setHost } from '../host';
import { fixtureHost } from '../host/fixture';
import { perform } from './canvas/actions';
import { select, useSelection } from './canvas/selection';
import { openPanel } from './panels';
import { useRun } from './run/store';
import { closeSession, saveAll, useSession, wishFor } from './session';
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

describe('a save that has to become a copy', () => {
  const bench = (design: string): Route => ({ screen: 'workbench', exercise: 'twitter', design });

  /** Another window saved the design; what is drawn here becomes a copy with its next save. */
  async function becomeCopy(): Promise<string> {
    const other = await call('design_open', { id: 'twitter-b' });
    await call('design_save', { id: 'twitter-b', sketch: other.sketch, revision: other.revision });
    act(() => draw.rename('feed', 'Mine'));
    await act(saveAll);
    const { design } = useSession.getState();
    expect(design).not.toBe('twitter-b');
    return design;
  }

  it('goes on in its place, under its own address and without a step of Back', async () => {
    await open();
    window.history.replaceState(null, '', routeHash(bench('twitter-b')));
    const steps = window.history.length;
    act(() => wishFor({ duration_s: 7 }));
    act(() => select.component('feed'));
    const copy = await becomeCopy();
    expect(useRoute.getState().route).toEqual(bench(copy));
    expect(window.location.hash).toBe(routeHash(bench(copy)));
    expect(window.history.length).toBe(steps);
    // Nothing was opened anew: the choice, the way of running and undo are still there.
    expect(screen.getByTestId('copied')).toBeTruthy();
    expect(screen.getByTestId('canvas')).toBeTruthy();
    expect([...useSelection.getState().components]).toEqual(['feed']);
    expect(useSession.getState().wish.duration_s).toBe(7);
    expect(useDrawing.temporal.getState().pastStates).toHaveLength(1);
    await userEvent.setup().click(screen.getByRole('button', { name: 'I have read it' }));
    expect(screen.queryByTestId('copied')).toBeNull();
    expect(useSession.getState()).toMatchObject({ design: copy, wish: { duration_s: 7 } });
  });

  it('leads back to the design that the other window saved, and to others', async () => {
    await open();
    const copy = await becomeCopy();
    for (const design of ['twitter-b', copy, 'twitter-a']) {
      act(() => useRoute.setState({ route: bench(design) }));
      expect(screen.queryByTestId('canvas')).toBeNull();
      expect(screen.getByText('Opening the design')).toBeTruthy();
      await screen.findByTestId('canvas');
      expect(useSession.getState()).toMatchObject({ design, copied: null });
    }
    expect((await call('design_open', { id: copy })).sketch.components.some(({ name }) => name === 'Mine')).toBe(true);
  });

  it('does not change the address of a screen that is on the way', async () => {
    await open();
    window.history.replaceState(null, '', routeHash(bench('twitter-b')));
    const other = await call('design_open', { id: 'twitter-b' });
    await call('design_save', { id: 'twitter-b', sketch: other.sketch, revision: other.revision });
    act(() => draw.rename('feed', 'Mine'));
    window.location.hash = '#/settings';
    await waitFor(() => expect(useRoute.getState().route).toEqual({ screen: 'settings' }));
    expect(window.location.hash).toBe('#/settings');
    await waitFor(() => expect(useSession.getState().design).toBe(''));
  });
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

it('writes a ceiling so that it fits the box, and whole in its tip', async () => {
  await open();
  const { check } = useSession.getState();
  if (check === null) throw new Error('nothing was checked');
  const each = 'at most 4K/s each';
  act(() => useSession.setState({ check: { ...check, abilities: { ...check.abilities, feed: { short: '8 workers', each, lines: [] } } } }));
  expect(screen.getByTestId('node-feed').textContent).toContain('≤ 4K/s each');
  expect(screen.getByTitle(each)).toBeTruthy();
});

it('names how many components it would delete', async () => {
  const user = await open();
  act(() => select.set(new Set(['feed', 'kv']), new Set()));
  await user.click(screen.getByRole('button', { name: 'Delete these 2' }));
  expect(useDrawing.getState().sketch.components.some(({ id }) => id === 'feed' || id === 'kv')).toBe(false);
  act(draw.undo);
});
