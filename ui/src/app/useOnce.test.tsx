// What creates or deletes something does it once, however often its button is pressed; a refusal is told, and it can be tried again.
import { act, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { HostError, setHost, type CommandName } from '../host';
import { fixtureHost } from '../host/fixture';
import { knee } from '../host/fixture/sketches';
import type { SketchFile } from '../rpc/contract';
import { turn } from '../test/turn';
import { closeSession } from '../workbench/session';
import { App } from './App';
import { useRoute, type Route } from './route';

const refusal = new HostError({ code: 'store_disk_full', message: 'The disk is full.', hint: 'Make room.' });
let asked: CommandName[] = [];
let refused = false;
/** What a refusal waits for. */
let late: Promise<void> = Promise.resolve();
/** Handed over by the system, once. */
let file: SketchFile | null = null;

beforeEach(() => {
  vi.stubGlobal(
    'IntersectionObserver',
    class {
      observe = () => undefined;
      disconnect = () => undefined;
    },
  );
  asked = [];
  refused = false;
  late = Promise.resolve();
  file = null;
  const host = fixtureHost();
  setHost({
    ...host,
    call: (name, request) => {
      asked.push(name);
      if (name === 'handed_over' && file !== null) {
        const answer = Promise.resolve({ file });
        file = null;
        return answer;
      }
      return refused && CREATES.has(name) ? late.then(() => Promise.reject(refusal)) : host.call(name, request);
    },
  });
});
afterEach(async () => {
  await act(closeSession);
  vi.unstubAllGlobals();
});

const EXERCISE: Route = { screen: 'exercise', exercise: 'twitter' };
const REPORT: Route = { screen: 'report', run: 'run14' };
const RUNS: Route = { screen: 'runs', exercise: 'twitter' };
const user = userEvent.setup();

const inMenu = async (entry: RegExp): Promise<void> => {
  await user.click(await screen.findByRole('button', { name: 'Design: Design B: push' }));
  await user.click(await screen.findByRole('menuitem', { name: entry }));
};
const button = (name: string): Promise<HTMLElement> => screen.findByRole('button', { name });

const CASES: readonly [what: string, command: CommandName, route: Route, find: () => Promise<HTMLElement>][] = [
  ['Draw from scratch', 'design_create', EXERCISE, () => button('Draw from scratch')],
  ['a first copy of a design of the pack', 'design_create', EXERCISE, () => button('Open design Naive')],
  ['the change as a copy', 'run_copy', REPORT, () => button('Open a copy')],
  [
    'a new name of a design',
    'design_rename',
    REPORT,
    async () => {
      await inMenu(/^Rename/);
      return button('Rename');
    },
  ],
  [
    'a design that is deleted',
    'design_delete',
    REPORT,
    async () => {
      await inMenu(/^Delete/);
      return button('Delete');
    },
  ],
  [
    'a version that is named',
    'design_version_name',
    REPORT,
    async () => {
      await inMenu(/^History/);
      await user.click(await button('Name the drawing as it is now'));
      await user.type(screen.getByLabelText('Name of the drawing as it is now'), 'Today');
      return button('Keep the name');
    },
  ],
  [
    'a version that is put back',
    'design_version_restore',
    REPORT,
    async () => {
      await inMenu(/^History/);
      return button('Restore version 1');
    },
  ],
  [
    'an export without a path',
    'export_save',
    REPORT,
    async () => {
      await inMenu(/^Export/);
      await screen.findByTestId('export-text');
      return button('Save');
    },
  ],
  [
    'an import',
    'sketch_keep',
    REPORT,
    async () => {
      await inMenu(/^Import/);
      await user.click(await screen.findByTestId('import-text'));
      await user.paste('flowchart TD\nA[Client] --> B[Load balancer]');
      await user.click(await button('Read'));
      return button('Bring it in');
    },
  ],
  ['a file that was handed over', 'sketch_keep', { screen: 'settings' }, () => button('Open as a new design')],
  [
    'a run that is deleted',
    'run_delete',
    RUNS,
    async () => {
      await user.click(await button('Delete run 13'));
      return within(await screen.findByRole('dialog')).findByRole('button', { name: 'Delete' });
    },
  ],
];
const CREATES: ReadonlySet<CommandName> = new Set(CASES.map(([, command]) => command));

async function open(route: Route): Promise<void> {
  URL.createObjectURL = () => 'blob:picture';
  URL.revokeObjectURL = () => undefined;
  if (route.screen === 'settings')
    file = { name: 'mine.loadline', sketch: knee, diagnostics: [], exercises: [{ id: 'knee', title: 'The knee', shared: 2 }] };
  useRoute.setState({ route });
  render(<App />);
  await waitFor(() => expect(asked.length).toBeGreaterThan(0));
}

it.each(CASES)('makes once, though pressed twice: %s', async (_, command, route, find) => {
  await open(route);
  const pressed = await find();
  // Twice before anything of it can be drawn.
  act(() => {
    pressed.click();
    pressed.click();
  });
  await waitFor(() => expect(asked).toContain(command));
  await turn();
  expect(asked.filter((name) => name === command)).toHaveLength(1);
});

it.each(CASES)('says when it is refused, and can be pressed again: %s', async (_, command, route, find) => {
  await open(route);
  const pressed = await find();
  refused = true;
  act(() => pressed.click());
  expect((await screen.findByRole('alert')).textContent).toContain('The disk is full.');
  refused = false;
  await waitFor(() => expect((pressed as HTMLButtonElement).disabled).toBe(false));
  act(() => pressed.click());
  await waitFor(() => expect(asked.filter((name) => name === command)).toHaveLength(2));
  await waitFor(() => expect(screen.queryByText('The disk is full.')).toBeNull());
});

it('keeps an error with the run that it is about, also one that comes when nobody asks any more', async () => {
  let refuse: () => void = () => undefined;
  late = new Promise((resolve) => {
    refuse = resolve;
  });
  await open(RUNS);
  refused = true;
  await user.click(await button('Delete run 13'));
  await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Delete' }));
  await user.click(await button('Keep it'));
  await act(async () => {
    refuse();
    await late;
  });
  await user.click(await button('Delete run 12'));
  await screen.findByRole('dialog', { name: /^Delete run 12/ });
  expect(screen.queryByRole('alert')).toBeNull();
});
