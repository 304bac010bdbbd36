// Explaining a run: what is written is saved and there again, the change opens as a copy of the drawing that ran, the report goes out as files.
import { configure, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import axe from 'axe-core';
import { beforeEach, expect, it, vi } from 'vitest';
import { App } from '../app/App';
import { useRoute } from '../app/route';
import { call, setHost } from '../host';
import { HostError } from '../host/errors';
import { fixtureHost } from '../host/fixture';

// Whole pages are drawn and looked through: a busy machine takes its time.
vi.setConfig({ testTimeout: 60_000 });
configure({ asyncUtilTimeout: 20_000 });
beforeEach(() => setHost(fixtureHost()));

const open = async (run = 'run14') => {
  useRoute.setState({ route: { screen: 'report', run } });
  const page = render(<App />);
  await screen.findByRole('heading', { level: 1 });
  return page;
};
/** As a person pastes: each key on its own would draw the whole report again. */
const write = async (label: string, text: string): Promise<void> => {
  const user = userEvent.setup();
  await user.click(screen.getByLabelText(label));
  await user.paste(text);
};
const kept = async (run = 'run14') => (await call('run_open', { id: run })).learner;

it('saves what is written, and has it again', async () => {
  const page = await open();
  await write('Why it came out so', 'a miss costs 128 hits');
  await write('One change to try', 'a fourth shard');
  await write('Note', 'at lunch');
  await waitFor(() => expect(screen.getByTestId('explain-saved').textContent).toMatch(/^Saved \d/));
  expect(await kept()).toEqual({ name: '', why: 'a miss costs 128 hits', change: 'a fourth shard', note: 'at lunch' });
  page.unmount();
  await open();
  expect((await screen.findByLabelText<HTMLTextAreaElement>('Why it came out so')).value).toBe('a miss costs 128 hits');
});

it('saves what was written a moment before the page was left', async () => {
  const page = await open();
  await write('Why it came out so', 'x');
  page.unmount();
  await waitFor(async () => expect((await kept()).why).toBe('x'));
});

it('says when it could not be saved, keeps the words, and saves them again', async () => {
  const user = userEvent.setup();
  const host = fixtureHost();
  let broken = true;
  setHost({
    ...host,
    call: (name, request) => {
      if (broken && name === 'run_explain') {
        return Promise.reject(new HostError({ code: 'store_full', message: 'The disk is full.', hint: 'Make room.' }));
      }
      return host.call(name, request);
    },
  });
  await open();
  const field = screen.getByLabelText<HTMLTextAreaElement>('Why it came out so');
  await write('Why it came out so', 'kept');
  const alert = await screen.findByRole('alert');
  expect(alert.textContent).toContain('The disk is full.');
  expect(field.value).toBe('kept');
  broken = false;
  await user.click(within(alert).getByRole('button', { name: 'Save again' }));
  await waitFor(() => expect(screen.queryByRole('alert')).toBeNull());
  expect((await kept()).why).toBe('kept');
});

it('opens the change as a copy of the drawing that ran', async () => {
  const user = userEvent.setup();
  const { sketch } = await call('run_open', { id: 'run14' });
  const { revision } = await call('design_open', { id: 'twitter-b' });
  await call('design_save', { id: 'twitter-b', sketch: { ...sketch, components: [] }, revision });
  await open();
  await write('One change to try', 'a fourth shard');
  await user.click(screen.getByRole('button', { name: 'Open the change as a copy' }));
  await waitFor(() => expect(useRoute.getState().route.screen).toBe('workbench'));
  const { route } = useRoute.getState();
  const design = await call('design_open', { id: route.screen === 'workbench' ? route.design : '' });
  expect(design.card.title).toBe('a fourth shard');
  expect(design.sketch.components).toHaveLength(sketch.components.length);
  expect(design.sketch.comments?.at(-1)?.text).toBe('To try after run 14: a fourth shard');
});

it('leads to the explanation from the loop and from the top', async () => {
  const user = userEvent.setup();
  await open();
  await user.click(within(screen.getByRole('list', { name: 'Where you are in the loop' })).getByRole('button', { name: /Explain/ }));
  expect(document.activeElement).toBe(screen.getByLabelText('Why it came out so'));
  screen.getByRole('main').focus();
  await user.click(screen.getByRole('button', { name: 'Explain it' }));
  expect(document.activeElement).toBe(screen.getByLabelText('Why it came out so'));
  await user.click(within(screen.getByRole('list', { name: 'Where you are in the loop' })).getByRole('button', { name: /Draw/ }));
  expect(useRoute.getState().route).toEqual({ screen: 'workbench', exercise: 'twitter', design: 'twitter-b' });
});

it('names a run where it stands', async () => {
  const user = userEvent.setup();
  await open();
  await user.click(screen.getByRole('button', { name: 'Name this run. Name of run 14: none' }));
  await user.keyboard('one shard down{Enter}');
  await screen.findByRole('button', { name: 'Name of run 14: one shard down. Change it' });
  expect((await kept()).name).toBe('one shard down');
  await user.click(screen.getByRole('button', { name: 'Name of run 14: one shard down. Change it' }));
  await user.keyboard('x{Escape}');
  expect(screen.getByRole('button', { name: 'Name of run 14: one shard down. Change it' })).toBeTruthy();
});

it('writes the report as a file and copies where it is', async () => {
  const user = userEvent.setup();
  const copied = vi.spyOn(navigator.clipboard, 'writeText');
  await open();
  await user.click(screen.getByRole('button', { name: 'Export' }));
  await user.click(await screen.findByRole('menuitem', { name: /^Markdown/ }));
  const dialog = await screen.findByRole('dialog', { name: 'The report is written' });
  expect(dialog.textContent).toContain('/exports/twitter-run-14.md');
  await user.click(within(dialog).getByRole('button', { name: 'Copy the path' }));
  await within(dialog).findByRole('button', { name: 'Copied' });
  expect(copied).toHaveBeenCalledWith(expect.stringContaining('/exports/twitter-run-14.md'));
});

it('writes no report without the newest words', async () => {
  const user = userEvent.setup();
  const host = fixtureHost();
  const asked: string[] = [];
  setHost({
    ...host,
    call: (name, request) => {
      asked.push(name);
      if (name !== 'run_explain') return host.call(name, request);
      return Promise.reject(new HostError({ code: 'store_full', message: 'The disk is full.', hint: 'Make room.' }));
    },
  });
  await open();
  await write('Why it came out so', 'newest');
  await user.click(screen.getByRole('button', { name: 'Export' }));
  await user.click(await screen.findByRole('menuitem', { name: /^Markdown/ }));
  const dialog = await screen.findByRole('dialog', { name: 'The report was not written' });
  expect(dialog.textContent).toContain('The disk is full.');
  expect(asked).not.toContain('report_export');
});

it('has nothing that axe calls serious', async () => {
  await open();
  const { violations } = await axe.run(document.body, { rules: { 'color-contrast': { enabled: false }, region: { enabled: false } } });
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  expect(serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`)).toEqual([]);
});
