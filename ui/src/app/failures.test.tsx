// Failures as the learner sees them: where, what, what to do, a report; a file that was handed over; a promise that nobody took.
import { act, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, it, vi } from 'vitest';
import { HostError, setHost, type Host } from '../host';
import { fixtureHost } from '../host/fixture';
import { knee } from '../host/fixture/sketches';
import { ErrorPanel } from '../parts';
import type { SketchFile } from '../rpc/contract';
import { App } from './App';
import { useRoute } from './route';

beforeEach(() => {
  setHost(fixtureHost());
  useRoute.setState({ route: { screen: 'library' } });
});

const failure = new HostError({ code: 'disk_full', message: 'No space is left.', hint: 'Free some.' }, 'design_save');

it('says where, what and what to do, and copies a report', async () => {
  const user = userEvent.setup();
  render(<ErrorPanel error={failure} />);
  expect(screen.getByRole('alert').textContent).toContain('No space is left.Free some.Saving the drawing · disk_full');
  await user.click(screen.getByRole('button', { name: 'Copy report' }));
  const report = await screen.findByRole<HTMLTextAreaElement>('textbox', { name: 'Report', hidden: true });
  expect(report.value).toContain('Where: design_save\nCode: disk_full');
  expect(await navigator.clipboard.readText()).toBe(report.value);
});

it('writes a report of its own when the app cannot', async () => {
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  setHost(null);
  const user = userEvent.setup();
  render(<ErrorPanel error={failure} />);
  await user.click(screen.getByRole('button', { name: 'Copy report' }));
  expect((await screen.findByRole<HTMLTextAreaElement>('textbox', { name: 'Report', hidden: true })).value).toContain('disk_full');
  vi.restoreAllMocks();
});

it('shows a rejected promise that nobody took', async () => {
  const user = userEvent.setup();
  render(<App />);
  const event = Object.assign(new Event('unhandledrejection'), { reason: failure });
  act(() => void window.dispatchEvent(event));
  expect((await screen.findByRole('region', { name: 'Something failed' })).textContent).toContain('No space is left.');
  await user.click(screen.getByRole('button', { name: 'Put away' }));
  expect(screen.queryByRole('region', { name: 'Something failed' })).toBeNull();
});

/** A host to which files are handed over one after the other. */
function handing(files: (SketchFile | HostError)[]): Host {
  const host = fixtureHost();
  return {
    ...host,
    call: (name, request) => {
      if (name !== 'handed_over') return host.call(name, request);
      const next = files.shift() ?? null;
      return next instanceof HostError ? Promise.reject(next) : Promise.resolve({ file: next });
    },
  };
}

it('opens a file that was handed over as a new design of the exercise that is chosen', async () => {
  const user = userEvent.setup();
  const exercises = [
    { id: 'knee', title: 'The knee', shared: 2 },
    { id: 'twitter', title: 'Twitter', shared: 1 },
  ];
  setHost(handing([{ name: 'mine.loadline', sketch: { ...knee, title: '<b>Mine</b>' }, diagnostics: [], exercises }]));
  render(<App />);
  await screen.findByRole('dialog', { name: 'Open mine.loadline' });
  const title = screen.getByRole<HTMLInputElement>('textbox', { name: 'Title of the design' });
  expect(title.value).toBe('<b>Mine</b>');
  await user.click(screen.getByRole('button', { name: 'Open as a new design' }));
  await vi.waitFor(() => expect(useRoute.getState().route).toMatchObject({ screen: 'workbench', exercise: 'knee' }));
});

it('says why a file was not opened', async () => {
  const user = userEvent.setup();
  const refused = new HostError({ code: 'not_a_sketch', message: 'a.loadline: line 1, column 1', hint: 'Check the file.' }, 'handed_over');
  setHost(handing([refused]));
  render(<App />);
  const sheet = await screen.findByRole('dialog', { name: 'The file was not opened' });
  expect(sheet.textContent).toContain('Opening a sketch file · not_a_sketch');
  await user.click(screen.getByRole('button', { name: 'Go on' }));
  expect(screen.queryByRole('dialog')).toBeNull();
});

it('shows a second file only when the first is decided, and without the error of the first', async () => {
  const user = userEvent.setup();
  const exercises = [{ id: 'knee', title: 'The knee', shared: 2 }];
  const file = (name: string): SketchFile => ({ name, sketch: knee, diagnostics: [], exercises });
  const host = handing([file('one.loadline'), file('two.loadline')]);
  const refused = new HostError({ code: 'store_disk_full', message: 'The disk is full.', hint: 'Make room.' });
  setHost({ ...host, call: (name, request) => (name === 'sketch_keep' ? Promise.reject(refused) : host.call(name, request)) });
  render(<App />);
  await screen.findByRole('dialog', { name: 'Open one.loadline' });
  act(() => void window.dispatchEvent(new Event('loadline:handed-over')));
  await user.click(screen.getByRole('button', { name: 'Open as a new design' }));
  expect((await screen.findByRole('dialog', { name: 'Open one.loadline' })).textContent).toContain('The disk is full.');
  await user.click(screen.getByRole('button', { name: 'Leave it' }));
  expect((await screen.findByRole('dialog', { name: 'Open two.loadline' })).textContent).not.toContain('The disk is full.');
});
