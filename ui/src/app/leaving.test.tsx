// Leaving a screen with work that could not be saved, or with a run: it is tried once more, then asked, and nothing is lost unasked.
import { act, render, screen, waitFor } from '@testing-library/react';
import userEvent, { type UserEvent } from '@testing-library/user-event';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { call, setHost, type Host } from '../host';
import { fixtureHost } from '../host/fixture';
import { usePractice, write } from '../practice/store';
import { useExplain, writeOn } from '../report/explain';
import { because, closeSession, saveAll, useSession } from '../workbench/session';
import { useRun } from '../workbench/run/store';
import { draw, useDrawing } from '../workbench/sketch/store';
import { App } from './App';
import { Leaving } from './Leaving';
import { PATIENCE_MS, mayClose, mayLeave } from './leaving';
import { go, routeHash, useRoute, type Route } from './route';

let broken = false;
const SAVES: readonly string[] = ['design_save', 'prediction_save', 'note_save', 'run_explain'];

/** The fixture, whose disk is full while `broken`. */
function fullDisk(): Host {
  const host = fixtureHost();
  const refusal = { code: 'store_disk_full', message: 'The disk is full.', hint: 'Make room.' };
  return {
    ...host,
    call: (name, request) =>
      broken && SAVES.includes(name) ? Promise.reject(Object.assign(new Error(refusal.message), refusal)) : host.call(name, request),
  };
}

const WORKBENCH: Route = { screen: 'workbench', exercise: 'twitter', design: 'twitter-b' };
const here = (): Route => useRoute.getState().route;

async function open(route: Route, ready: () => boolean): Promise<UserEvent> {
  window.location.hash = routeHash(route);
  useRoute.setState({ route });
  render(<App />);
  await waitFor(() => expect(ready()).toBe(true));
  return userEvent.setup();
}

const openBench = (): Promise<UserEvent> => open(WORKBENCH, () => useSession.getState().design === 'twitter-b');

const rename = (name: string): void => {
  const [first] = useDrawing.getState().sketch.components;
  act(() => draw.rename(first?.id ?? '', name));
};

beforeEach(() => {
  broken = false;
  setHost(fullDisk());
});
afterEach(async () => {
  vi.useRealTimers();
  useRun.getState().clear();
  await act(closeSession);
});

it('saves first what is not saved, and then leaves without a question', async () => {
  await openBench();
  rename('Kept');
  act(() => go({ screen: 'library' }));
  await waitFor(() => expect(here()).toEqual({ screen: 'library' }));
  expect(screen.queryByTestId('leaving')).toBeNull();
  expect((await call('design_open', { id: 'twitter-b' })).sketch.components[0]?.name).toBe('Kept');
});

it('asks when the drawing cannot be saved, keeps it for who stays, and tries again', async () => {
  const user = await openBench();
  broken = true;
  rename('Not lost');
  await act(saveAll);
  expect(useSession.getState().saveError?.code).toBe('store_disk_full');
  act(() => go({ screen: 'library' }));
  const sheet = await screen.findByRole('dialog', { name: 'Your last changes are not saved' });
  expect(sheet.textContent).toContain('The disk is full.');
  await user.click(screen.getByRole('button', { name: 'Stay' }));
  expect(here()).toEqual(WORKBENCH);
  expect(useDrawing.getState().sketch.components[0]?.name).toBe('Not lost');
  broken = false;
  act(() => go({ screen: 'library' }));
  await waitFor(() => expect(here()).toEqual({ screen: 'library' }));
  expect((await call('design_open', { id: 'twitter-b' })).sketch.components[0]?.name).toBe('Not lost');
});

/** A comment is being written on the canvas, and nothing of it is kept yet. */
async function writeComment(user: UserEvent, text: string): Promise<void> {
  await user.keyboard('c');
  const field = await screen.findByRole('textbox', { name: 'Comment' });
  await waitFor(() => expect(document.activeElement).toBe(field));
  await user.keyboard(text);
}

it.each<[string, () => Promise<void>]>([
  [
    'by a key',
    () => {
      act(() => go({ screen: 'settings' }));
      return waitFor(() => expect(here()).toEqual({ screen: 'settings' }));
    },
  ],
  [
    'by Back',
    () => {
      window.location.hash = '#/settings';
      return waitFor(() => expect(here()).toEqual({ screen: 'settings' }));
    },
  ],
  ['with the window', () => act(async () => expect(await mayClose()).toBe(true))],
])('keeps what is being typed when the screen goes %s', async (_, leave) => {
  const user = await openBench();
  await writeComment(user, 'why three?');
  await leave();
  await waitFor(async () => {
    const { sketch } = await call('design_open', { id: 'twitter-b' });
    expect(sketch.comments?.map(({ text }) => text)).toEqual(['why three?']);
  });
});

it('asks again about a place that was on the way when the window was to be closed', async () => {
  const user = await openBench();
  broken = true;
  rename('Not lost');
  window.location.hash = '#/library';
  await screen.findByRole('dialog', { name: 'Your last changes are not saved' });
  let closes: boolean | null = null;
  act(() => {
    void mayClose().then((answer) => {
      closes = answer;
    });
  });
  await waitFor(() => expect(window.location.hash).toBe(routeHash(WORKBENCH)));
  await user.click(await screen.findByRole('button', { name: 'Stay' }));
  await waitFor(() => expect(closes).toBe(false));
  expect(here()).toEqual(WORKBENCH);
  act(() => go({ screen: 'library' }));
  await user.click(await screen.findByRole('button', { name: 'Leave without them' }));
  await waitFor(() => expect(here()).toEqual({ screen: 'library' }));
});

it('leaves without the changes when that is what the learner wants', async () => {
  const user = await openBench();
  broken = true;
  act(() => because('gone'));
  act(() => go({ screen: 'library' }));
  await user.click(await screen.findByRole('button', { name: 'Leave without them' }));
  await waitFor(() => expect(here()).toEqual({ screen: 'library' }));
  await waitFor(() => expect(useSession.getState().design).toBe(''));
});

it('holds a note when the address is changed by a link, and puts the address back', async () => {
  const route: Route = { screen: 'practice', exercise: 'twitter', part: 'requirements' };
  const user = await open(route, () => usePractice.getState().exercise === 'twitter');
  broken = true;
  act(() => write('phase', 'requirements', 'Read-heavy.'));
  // Another part of the same screen is no leaving.
  act(() => go({ ...route, part: 'estimation' }));
  expect(here()).toMatchObject({ part: 'estimation' });
  window.location.hash = '#/library';
  await user.click(await screen.findByRole('button', { name: 'Stay' }));
  await waitFor(() => expect(window.location.hash).toBe('#/practice/twitter/estimation'));
  expect(usePractice.getState().notes['phase/requirements']).toBe('Read-heavy.');
  window.location.hash = '#/library';
  await user.click(await screen.findByRole('button', { name: 'Leave without them' }));
  await waitFor(() => expect(here()).toEqual({ screen: 'library' }));
});

it('holds an explanation', async () => {
  const user = await open({ screen: 'report', run: 'run14' }, () => useExplain.getState().run === 'run14');
  broken = true;
  act(() => writeOn('why', 'a miss costs 128 hits'));
  act(() => go({ screen: 'library' }));
  await user.click(await screen.findByRole('button', { name: 'Stay' }));
  expect(useExplain.getState().written.why).toBe('a miss costs 128 hits');
  broken = false;
  act(() => go({ screen: 'library' }));
  await waitFor(() => expect(here()).toEqual({ screen: 'library' }));
  expect((await call('run_open', { id: 'run14' })).learner.why).toBe('a miss costs 128 hits');
});

it('asks before a run is stopped by leaving', async () => {
  const user = await openBench();
  let stopped = false;
  act(() =>
    useRun.setState({
      status: 'active',
      id: 'r1',
      stop: () => {
        stopped = true;
        useRun.setState({ status: 'stopping' });
        return Promise.resolve();
      },
    }),
  );
  act(() => go({ screen: 'library' }));
  await screen.findByRole('dialog', { name: 'Stop the run and leave?' });
  await user.click(screen.getByRole('button', { name: 'Stay' }));
  expect([here().screen, stopped]).toEqual(['workbench', false]);
  act(() => go({ screen: 'settings' }));
  await user.click(await screen.findByRole('button', { name: 'Stop the run and leave' }));
  await waitFor(() => expect(here()).toEqual({ screen: 'settings' }));
  expect(stopped).toBe(true);
});

it('saves before the window closes, asks when that fails, and does not ask about a run', async () => {
  const user = await openBench();
  act(() => useRun.setState({ status: 'active', id: 'r1' }));
  rename('Last edit');
  await act(async () => expect(await mayClose()).toBe(true));
  expect((await call('design_open', { id: 'twitter-b' })).sketch.components[0]?.name).toBe('Last edit');
  broken = true;
  rename('One more');
  let closes: boolean | null = null;
  act(() => {
    void mayClose().then((answer) => {
      closes = answer;
    });
  });
  await user.click(await screen.findByRole('button', { name: 'Stay' }));
  await waitFor(() => expect(closes).toBe(false));
  expect(useDrawing.getState().sketch.components[0]?.name).toBe('One more');
});

it('asks when a save takes too long, instead of holding anybody there', async () => {
  const user = userEvent.setup();
  const letGo = vi.fn();
  render(<Leaving />);
  vi.useFakeTimers();
  const leaving = mayLeave([{ isQuiet: () => false, settle: () => new Promise(() => undefined), letGo }]);
  await act(() => vi.advanceTimersByTimeAsync(PATIENCE_MS - 1));
  expect(screen.queryByRole('dialog')).toBeNull();
  await act(() => vi.advanceTimersByTimeAsync(1));
  vi.useRealTimers();
  await screen.findByRole('dialog', { name: 'Your last changes are not saved yet' });
  expect(letGo).not.toHaveBeenCalled();
  await user.click(screen.getByRole('button', { name: 'Leave without them' }));
  expect(await leaving).toBe('leave');
  expect(letGo).toHaveBeenCalledOnce();
});
