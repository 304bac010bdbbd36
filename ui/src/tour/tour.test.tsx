// The tour over the fixture host: each step waits for what the learner does; it can be left and put away.
import { act, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, it } from 'vitest';
import { App } from '../app/App';
import { useRoute } from '../app/route';
import { HostError, call, setHost, type Host } from '../host';
import { fixtureHost } from '../host/fixture';
import type { Commands } from '../rpc/contract';
import { useSession, wishFor } from '../workbench/session';
import { beginTour, useTour } from './tour';

/** A learner who has drawn and run nothing. */
function newcomer(): Host {
  const host = fixtureHost();
  return {
    ...host,
    async call(name, request) {
      const answer = await host.call(name, request);
      if (name !== 'library') return answer;
      const library = answer as Commands['library']['response'];
      const exercises = library.exercises.map((card) => ({ ...card, designs: 0, runs: 0, thumbnail: null }));
      return { ...library, exercises, recent: [] } as typeof answer;
    },
  };
}

beforeEach(() => {
  setHost(newcomer());
  useTour.setState({ step: null, seen: null, error: null });
  useRoute.setState({ route: { screen: 'library' } });
});

it('is offered to a newcomer, and put away for good', async () => {
  const user = userEvent.setup();
  const { unmount } = render(<App />);
  await user.click(await screen.findByRole('button', { name: 'Not now' }));
  expect(screen.queryByText(/New here/)).toBeNull();
  unmount();
  useTour.setState({ step: null, seen: null, error: null });
  render(<App />);
  await screen.findByText('How an exercise goes');
  await waitFor(() => expect(useTour.getState().seen).toBe(true));
  expect(screen.queryByText(/New here/)).toBeNull();
  expect((await call('setting_get', { key: 'tour', value: null })).value).toBe('seen');
});

it('goes on with what the learner does', async () => {
  const user = userEvent.setup();
  render(<App />);
  await user.click(await screen.findByRole('button', { name: 'Take the tour' }));
  const card = await screen.findByRole('complementary', { name: 'Tour' });
  await waitFor(() => expect(card.isConnected ? card.textContent : '').toContain('1 of 4'));
  const field = await screen.findByLabelText(/Mean response/);
  await user.type(field, '30{Enter}');
  await waitFor(() => expect(screen.getByRole('complementary', { name: 'Tour' }).textContent).toContain('2 of 4'));
  await user.click(screen.getByRole('button', { name: 'Leave the tour' }));
  expect(screen.queryByRole('complementary', { name: 'Tour' })).toBeNull();
});

it('is found again in the finder', async () => {
  const user = userEvent.setup();
  render(<App />);
  await user.keyboard('{Control>}k{/Control}');
  await user.type(await screen.findByRole('combobox', { name: 'Find or do anything' }), 'tour');
  await user.keyboard('{Enter}');
  expect((await screen.findByRole('complementary', { name: 'Tour' })).textContent).toContain('of 4');
});

it('makes the run shorter once: what the learner sets afterwards holds', async () => {
  const user = userEvent.setup();
  render(<App />);
  await user.click(await screen.findByRole('button', { name: 'Take the tour' }));
  await waitFor(() => expect(useSession.getState().wish.duration_s).toBe(20));
  act(() => wishFor({ duration_s: null }));
  act(() => wishFor({ rate_per_s: 5 }));
  expect(useSession.getState().wish.duration_s).toBeNull();
});

it('says why it did not begin, also when it was begun from the finder', async () => {
  const user = userEvent.setup();
  const host = newcomer();
  const gone = new HostError({ code: 'not_found', message: 'There is no exercise knee.', hint: 'Look at the packs.' });
  setHost({ ...host, call: (name, request) => (name === 'exercise' ? Promise.reject(gone) : host.call(name, request)) });
  useRoute.setState({ route: { screen: 'about' } });
  render(<App />);
  act(() => void beginTour());
  const card = await screen.findByTestId('tour-failed');
  expect(card.textContent).toContain('There is no exercise knee.');
  await user.click(within(card).getByRole('button', { name: 'Put away' }));
  expect(screen.queryByTestId('tour-failed')).toBeNull();
});
