// The design menu: the learner's designs, a new one, and the exercise's own.
import { render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, it, vi } from 'vitest';
import { call, setHost } from '../host';
import { fixtureHost } from '../host/fixture';
import { DesignMenu } from './DesignMenu';
import { useRoute } from './route';

const changed = vi.fn();

beforeEach(async () => {
  setHost(fixtureHost());
  changed.mockClear();
  useRoute.setState({ route: { screen: 'library' } });
  const exercise = await call('exercise', { id: 'twitter' });
  render(<DesignMenu exercise={exercise} current="twitter-b" title="Design B: push" onChanged={changed} />);
});

const choose = async (name: RegExp): Promise<void> => {
  const user = userEvent.setup();
  await user.click(screen.getByRole('button', { name: 'Design: Design B: push' }));
  await user.click(await screen.findByRole('menuitem', { name }));
};

const newest = async () => (await call('exercise', { id: 'twitter' })).designs;

it('opens another design', async () => {
  await choose(/^Design A/);
  expect(useRoute.getState().route).toEqual({ screen: 'workbench', exercise: 'twitter', design: 'twitter-a' });
});

it.each([
  [/^Draw from scratch/, 1],
  [/^Copy this design/, 11],
  [/^Open design Naive/, 7],
])('%s makes a design of the learner’s own and opens it', async (name, components) => {
  await choose(name);
  await waitFor(() => expect(useRoute.getState().route.screen).toBe('workbench'));
  const route = useRoute.getState().route;
  if (route.screen !== 'workbench') throw new Error('the workbench did not open');
  expect((await call('design_open', { id: route.design })).sketch.components).toHaveLength(components);
  expect(await newest()).toHaveLength(3);
});

it('renames', async () => {
  const user = userEvent.setup();
  await choose(/^Rename/);
  const field = await screen.findByLabelText('Name');
  await user.clear(field);
  await user.type(field, 'Push, two replicas{Enter}');
  await waitFor(() => expect(changed).toHaveBeenCalled());
  expect((await newest()).map((each) => each.title)).toContain('Push, two replicas');
});

it('asks before it deletes, then opens another', async () => {
  const user = userEvent.setup();
  await choose(/^Delete/);
  expect((await newest()).length).toBe(2);
  await user.click(await screen.findByRole('button', { name: 'Delete' }));
  await waitFor(() => expect(useRoute.getState().route).toMatchObject({ design: 'twitter-a' }));
  expect((await newest()).map((each) => each.id)).toEqual(['twitter-a']);
});

it('asks once before it opens a solution, and keeps its summary shut', async () => {
  const user = userEvent.setup();
  await choose(/^Open design Better\s*Shut until you have run a design of your own/);
  await user.click(await screen.findByRole('button', { name: 'Keep it shut' }));
  expect(useRoute.getState().route.screen).toBe('library');
  await choose(/^Open design Better/);
  await user.click(await screen.findByRole('button', { name: 'Open anyway' }));
  await waitFor(() => expect(useRoute.getState().route.screen).toBe('workbench'));
  const { bundled } = await call('exercise', { id: 'twitter' });
  expect(bundled.map(({ name, shut, opened_ms }) => [name, shut, opened_ms !== null])).toEqual([
    ['naive', false, false],
    ['good', false, false],
    ['better', false, true],
  ]);
});
