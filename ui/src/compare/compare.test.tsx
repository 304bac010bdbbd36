// Runs and designs of an exercise, and two of them side by side: as the fixture plays the app.
import { configure, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import axe from 'axe-core';
import { beforeEach, expect, it, vi } from 'vitest';
import { App } from '../app/App';
import { useRoute, type Route } from '../app/route';
import { HostError, call, setHost } from '../host';
import { fixtureHost } from '../host/fixture';

// Whole pages are drawn and looked through: a busy machine takes its time.
vi.setConfig({ testTimeout: 60_000 });
configure({ asyncUtilTimeout: 20_000 });
beforeEach(() => setHost(fixtureHost()));

const open = async (route: Route, heading: string) => {
  useRoute.setState({ route });
  render(<App />);
  await screen.findByRole('heading', { level: 1, name: heading });
};
const runs = (exercise = 'twitter') => open({ screen: 'runs', exercise }, 'Runs and designs');
const row = (number: number) => screen.getByTestId(`run-row-${number}`);

it('lists every run with its design, scenario, verdict and time', async () => {
  await runs();
  expect(screen.getAllByTestId(/^run-row-/)).toHaveLength(14);
  expect(row(14).textContent).toMatch(/Run 14.*Name it.*Design B: push.*Targets missed.*\d\d:\d\d/);
});

it('names a run in the list and shows its note', async () => {
  const user = userEvent.setup();
  await call('run_note', { id: 'run14', note: 'one shard down' });
  await runs();
  expect(row(14).textContent).toContain('one shard down');
  await user.click(within(row(14)).getByTestId('name-14'));
  await user.keyboard('lunch{Enter}');
  await waitFor(() => expect(within(row(14)).getByTestId('name-14').textContent).toBe('lunch'));
});

it('deletes a run after asking, and keeps the numbers of the others', async () => {
  const user = userEvent.setup();
  await runs();
  await user.click(within(row(13)).getByRole('button', { name: 'Delete run 13' }));
  const dialog = await screen.findByRole('dialog', { name: /^Delete run 13 of/ });
  await user.click(within(dialog).getByRole('button', { name: 'Keep it' }));
  expect(row(13)).toBeTruthy();
  await user.click(within(row(13)).getByRole('button', { name: 'Delete run 13' }));
  await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Delete' }));
  await waitFor(() => expect(screen.queryByTestId('run-row-13')).toBeNull());
  expect(row(14)).toBeTruthy();
  expect(row(12)).toBeTruthy();
});

it('compares two runs, and says that one pair names no winner', async () => {
  const user = userEvent.setup();
  await runs();
  expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Compare two runs' }).disabled).toBe(true);
  for (const number of [12, 13, 14]) await user.click(within(row(number)).getByRole('checkbox'));
  await user.click(screen.getByRole('button', { name: 'Compare run 13 with run 14' }));
  await screen.findByRole('heading', { level: 1, name: 'Run 13 beside run 14' });
  expect(screen.getByRole('region', { name: 'What they were given' }).textContent).toContain('no winner is named');
  const group = screen.getByRole('region', { name: 'Timeline reads' });
  expect(within(group).getAllByRole('row')[1]?.textContent).toMatch(/mean, measured.*no difference$/);
  await user.click(screen.getByRole('radio', { name: 'What differs' }));
  expect(screen.queryByRole('region', { name: 'Timeline reads' })).toBeNull();
});

it('puts two designs side by side with their differences in words', async () => {
  const user = userEvent.setup();
  const { sketch } = await call('design_open', { id: 'twitter-b' });
  const components = sketch.components.map((each) => (each.id === 'feed' ? { ...each, instances: 9 } : each));
  const { card, revision } = await call('design_create', { exercise: 'twitter', from: null, copy_of: 'twitter-b', title: 'Wider' });
  await call('design_save', { id: card.id, sketch: { ...sketch, components }, revision });
  await runs();
  await user.click(screen.getByRole('checkbox', { name: 'Choose Design B: push to compare' }));
  await user.click(screen.getByRole('checkbox', { name: 'Choose Wider to compare' }));
  await user.click(screen.getByRole('button', { name: 'Compare two designs' }));
  const changes = await screen.findByTestId('changes');
  expect(changes.textContent).toContain('9 instances');
  expect(screen.getAllByRole('img', { name: /^The drawing of/ })).toHaveLength(2);
  await user.click(screen.getByRole('button', { name: 'Swap' }));
  await waitFor(() => expect(screen.getByTestId('changes').textContent).toContain('7 instances'));
});

it('tries again what failed', async () => {
  const user = userEvent.setup();
  const host = fixtureHost();
  let broken = true;
  const refused = new HostError({ code: 'store_busy', message: 'The data is busy.', hint: 'Try again.' });
  setHost({ ...host, call: (name, request) => (broken && name === 'exercise' ? Promise.reject(refused) : host.call(name, request)) });
  useRoute.setState({ route: { screen: 'designs', exercise: 'twitter', a: 'twitter-a', b: 'twitter-b' } });
  render(<App />);
  await screen.findByText('The data is busy.');
  broken = false;
  await user.click(screen.getByRole('button', { name: 'Try again' }));
  expect(await screen.findByTestId('changes')).toBeTruthy();
});

it('says what cannot be compared', async () => {
  useRoute.setState({ route: { screen: 'compare', a: 'none', b: 'run14' } });
  render(<App />);
  expect((await screen.findByRole('alert')).textContent).toContain('There is no run with the id none.');
});

it.each<[string, Route, string]>([
  ['runs', { screen: 'runs', exercise: 'twitter' }, 'Runs and designs'],
  ['compare', { screen: 'compare', a: 't13', b: 'run14' }, 'Run 13 beside run 14'],
  ['designs', { screen: 'designs', exercise: 'twitter', a: 'twitter-a', b: 'twitter-b' }, 'Two designs side by side'],
])('has nothing that axe calls serious: %s', async (_, route, heading) => {
  await open(route, heading);
  const { violations } = await axe.run(document.body, { rules: { 'color-contrast': { enabled: false }, region: { enabled: false } } });
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  expect(serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`)).toEqual([]);
});
