// The library as a learner meets it: filter, search, one primary button, and how an exercise begins.
import { render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, it } from 'vitest';
import { App } from '../app/App';
import { useRoute } from '../app/route';
import { setHost } from '../host';
import { fixtureHost } from '../host/fixture';
import { cards } from '../host/fixture/exercises';
import { closeness, outcome, phases, primaryOf, select, work } from './progress';

beforeEach(() => {
  setHost(fixtureHost());
  window.location.hash = '#/library';
  useRoute.setState({ route: { screen: 'library' } });
});

it('shows exercises, labs and packs, and no solution before an attempt', async () => {
  render(<App />);
  const exercises = await screen.findByRole('region', { name: 'Exercises' });
  expect(within(exercises).getAllByRole('listitem')).toHaveLength(3);
  expect(within(exercises).getByText('not drawn yet')).toBeTruthy();
  expect(within(exercises).getByText('2 designs, 14 runs')).toBeTruthy();
  expect(within(screen.getByRole('region', { name: 'Labs' })).getAllByRole('listitem')).toHaveLength(3);
  expect(screen.getByText('3 exercises, 3 labs')).toBeTruthy();
});

it('does not search behind a dialog', async () => {
  const user = userEvent.setup();
  render(<App />);
  const field = await screen.findByRole('searchbox');
  await user.keyboard('?');
  await screen.findByRole('dialog', { name: 'Shortcuts' });
  await user.keyboard('/');
  expect(document.activeElement).not.toBe(field);
  await user.keyboard('{Escape}');
  expect(screen.queryByRole('dialog')).toBeNull();
  await user.keyboard('/');
  expect(document.activeElement).toBe(field);
});

it('filters and searches, and says what is hidden', async () => {
  const user = userEvent.setup();
  render(<App />);
  await user.click(await screen.findByRole('radio', { name: 'Not started' }));
  expect(screen.queryByRole('button', { name: 'Continue Twitter' })).toBeNull();
  expect(screen.getByRole('button', { name: 'Start Uber' })).toBeTruthy();
  await user.click(screen.getByRole('radio', { name: 'All' }));
  await user.keyboard('/');
  await user.type(screen.getByRole('searchbox'), 'celebrities');
  expect(screen.getByRole('button', { name: 'Continue Twitter' })).toBeTruthy();
  expect(screen.getByText(/No labs match\. 5 others hidden/)).toBeTruthy();
});

it('opens the newest design, and lets a new exercise begin with a choice', async () => {
  const user = userEvent.setup();
  render(<App />);
  await user.click(await screen.findByRole('button', { name: 'Start Uber' }));
  expect(useRoute.getState().route).toEqual({ screen: 'exercise', exercise: 'uber' });
  await user.click(await screen.findByRole('button', { name: 'Draw from scratch' }));
  await expect.poll(() => useRoute.getState().route).toMatchObject({ screen: 'workbench', exercise: 'uber' });
});

it('shows a failure with its remedy, and tries again', async () => {
  const user = userEvent.setup();
  const working = fixtureHost();
  let broken = true;
  const refusal = { code: 'store', message: 'The store is locked.', hint: 'Close the other window.' };
  setHost({
    ...working,
    // What the shell hands over needs no store.
    call: (name, request) =>
      broken && name !== 'handed_over' ? Promise.reject(Object.assign(new Error(refusal.message), refusal)) : working.call(name, request),
  });
  render(<App />);
  const alert = await screen.findByRole('alert');
  expect(alert.textContent).toContain('The store is locked.');
  expect(alert.textContent).toContain('Close the other window.');
  broken = false;
  await user.click(within(alert).getByRole('button', { name: 'Try again' }));
  expect(await screen.findByRole('region', { name: 'Exercises' })).toBeTruthy();
});

it('words a card', () => {
  const [twitter] = cards;
  if (twitter === undefined) throw new Error('the fixture has no cards');
  const begun = { ...twitter, designs: 1, runs: 2, last_verdict: 'inconclusive' as const, last_predictions: [1, 3] as [number, number] };
  expect(work(begun)).toBe('1 design, 2 runs');
  expect(work(twitter)).toBe('Not started');
  expect(phases(twitter)).toBeNull();
  const practised = {
    ...twitter,
    attempts: 1,
    phases: [
      { title: 'Requirements', state: 'handed' as const },
      { title: 'Estimation', state: 'begun' as const },
      { title: 'Refinement', state: 'new' as const },
    ],
  };
  expect(work(practised)).toBe('Practice begun, no design');
  expect(select([practised, twitter], 'started', '')).toEqual([practised]);
  expect(phases(practised)?.words).toBe('1 of 3 phases');
  expect(phases(practised)?.steps.map(({ state }) => state)).toEqual(['done', 'half', 'open']);
  expect(outcome(begun)).toEqual({ state: 'unknown', words: 'Inconclusive' });
  expect(outcome({ ...begun, last_verdict: 'pass', last_targets: 2 })?.words).toBe('Targets met');
  expect(outcome({ ...begun, last_verdict: 'pass', last_targets: 0 })?.words).toBe('No target set');
  expect(closeness(begun)).toEqual({ state: 'busy', words: '1 of 3 within 2 ×' });
  expect(select([begun, twitter], 'new', '')).toEqual([twitter]);
  expect(primaryOf([twitter, { ...begun, id: 'b' }])).toBe('b');
});
