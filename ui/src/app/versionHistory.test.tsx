// History of a design: listed with its changes, named, put back as a step that can be undone; undo that survives; a design that two windows save.
import { act, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { call, setHost } from '../host';
import { fixtureHost } from '../host/fixture';
import { closeSession, copyRead, openSession, saveAll, useSession } from '../workbench/session';
import { draw, useDrawing } from '../workbench/sketch/store';
import { DesignMenu } from './DesignMenu';
import { useRoute } from './route';

const DESIGN = 'twitter-b';
const names = () => useDrawing.getState().sketch.components.map(({ name }) => name);
const steps = () => useDrawing.temporal.getState().pastStates.length;
const rename = async (name: string): Promise<void> => {
  const [first] = useDrawing.getState().sketch.components;
  if (first === undefined) throw new Error('nothing is drawn');
  act(() => draw.rename(first.id, name));
  await act(saveAll);
};

beforeEach(async () => {
  setHost(fixtureHost());
  await openSession('twitter', DESIGN);
});
afterEach(async () => {
  await act(closeSession);
});

async function openHistory() {
  const user = userEvent.setup();
  const exercise = await call('exercise', { id: 'twitter' });
  render(<DesignMenu exercise={exercise} current={DESIGN} title="Design B: push" onChanged={() => undefined} />);
  await user.click(screen.getByRole('button', { name: 'Design: Design B: push' }));
  await user.click(await screen.findByRole('menuitem', { name: /^History/ }));
  return { user, list: await screen.findByRole('list', { name: 'Versions, newest first' }) };
}

it('lists versions with time, reason and what changed, and names one', async () => {
  const { user, list } = await openHistory();
  const rows = within(list).getAllByRole('listitem');
  expect(rows.map((row) => row.textContent)).toEqual([expect.stringContaining('before a run'), expect.stringContaining('while drawing')]);
  expect(rows[0]?.textContent).toContain('Before the replicas');
  expect(await within(list).findByRole('img', { name: /^Version 1: \d+ components/ })).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Name version 1' }));
  expect(document.activeElement).toBe(screen.getByLabelText('Name of the version'));
  await user.keyboard('First try{Enter}');
  await waitFor(() => expect(list.textContent).toContain('First try'));
  await waitFor(() => expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Name version 1' })));
  await user.click(screen.getByRole('button', { name: 'Name the drawing as it is now' }));
  await user.type(screen.getByLabelText('Name of the drawing as it is now'), 'Today{Enter}');
  await waitFor(() => expect(within(list).getAllByRole('listitem')).toHaveLength(3));
});

it('puts a version back as a step that can be undone', async () => {
  const before = names();
  const version = await call('design_version_open', { design: DESIGN, number: 1 });
  const { user } = await openHistory();
  await user.click(screen.getByRole('button', { name: 'Restore version 1' }));
  await waitFor(() => expect(names()).toEqual(version.sketch.components.map(({ name }) => name)));
  expect(names()).not.toEqual(before);
  await act(saveAll);
  expect((await call('design_versions', { id: DESIGN })).versions[0]?.reason).toBe('restore');
  act(() => draw.undo());
  expect(names()).toEqual(before);
  await act(saveAll);
  expect(useSession.getState()).toMatchObject({ design: DESIGN, copied: null, saveError: null });
});

it('brings undo back when the design is opened again', async () => {
  const first = names()[0];
  await rename('Ours');
  await act(closeSession);
  await openSession('twitter', DESIGN);
  expect(names()[0]).toBe('Ours');
  expect(steps()).toBe(1);
  act(() => draw.undo());
  expect(names()[0]).toBe(first);
  // A history of another drawing is not for this one.
  const { revision } = await call('design_open', { id: DESIGN });
  await call('design_history_save', { id: DESIGN, revision, history: 'broken' });
  await act(saveAll);
});

it('keeps both when the design was saved in another window', async () => {
  const other = await call('design_open', { id: DESIGN });
  await call('design_save', { id: DESIGN, sketch: { ...other.sketch, components: [] }, revision: other.revision });
  await rename('Mine');
  const { design, copied, title } = useSession.getState();
  expect(design).not.toBe(DESIGN);
  expect(title).toBe('Design B: push, from the other window');
  expect(copied).toBe('This design was saved in another window meanwhile. Yours goes on as Design B: push, from the other window.');
  expect((await call('design_open', { id: DESIGN })).sketch.components).toEqual([]);
  expect((await call('design_open', { id: design })).sketch.components[0]?.name).toBe('Mine');
  await rename('Mine still');
  expect(useSession.getState().design).toBe(design);
  expect((await call('design_open', { id: design })).sketch.components[0]?.name).toBe('Mine still');
  act(copyRead);
  expect(useRoute.getState().route).toEqual({ screen: 'workbench', exercise: 'twitter', design });
});
