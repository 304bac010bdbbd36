// History of a design: listed with its changes, named, put back as a step that can be undone; undo that survives; a design that two windows save.
import { act, cleanup, render, screen, waitFor, within } from '@testing-library/react';
import userEvent, { type UserEvent } from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HostError, call, setHost, type Host } from '../host';
import { fixtureHost } from '../host/fixture';
import { closeSession, copyRead, openSession, saveAll, useSession } from '../workbench/session';
import { draw, useDrawing } from '../workbench/sketch/store';
import { DesignMenu } from './DesignMenu';
import { mayClose } from './leaving';
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

/** What is in view; jsdom has no layout. Null: everything. */
let inView: ((element: Element) => boolean) | null = null;

class Observer implements IntersectionObserver {
  readonly root = null;
  readonly rootMargin = '';
  readonly scrollMargin = '';
  readonly thresholds = [];
  constructor(private readonly told: IntersectionObserverCallback) {}
  observe(target: Element): void {
    const isIntersecting = inView?.(target) ?? true;
    this.told([{ target, isIntersecting } as unknown as IntersectionObserverEntry], this);
  }
  unobserve(): void {
    // Nothing changes here once it was told.
  }
  disconnect(): void {
    // As above.
  }
  takeRecords(): IntersectionObserverEntry[] {
    return [];
  }
}

/** The fixture; `asked` has what was asked for, and no drawing can be saved while `full`. */
let asked: [name: string, request: unknown][] = [];
let full = false;

function watched(): Host {
  const host = fixtureHost();
  const refused = new HostError({ code: 'store_disk_full', message: 'The disk is full.', hint: 'Make room.' });
  return {
    ...host,
    call: (name, request) => {
      asked.push([name, request]);
      return full && name === 'design_save' ? Promise.reject(refused) : host.call(name, request);
    },
  };
}

beforeEach(async () => {
  vi.stubGlobal('IntersectionObserver', Observer);
  inView = null;
  asked = [];
  full = false;
  setHost(watched());
  await openSession('twitter', DESIGN);
});
afterEach(async () => {
  full = false;
  await act(closeSession);
  vi.unstubAllGlobals();
});

async function chooseInMenu(entry: RegExp): Promise<UserEvent> {
  const user = userEvent.setup();
  const exercise = await call('exercise', { id: 'twitter' });
  render(<DesignMenu exercise={exercise} current={DESIGN} title="Design B: push" onChanged={() => undefined} />);
  await user.click(screen.getByRole('button', { name: 'Design: Design B: push' }));
  await user.click(await screen.findByRole('menuitem', { name: entry }));
  return user;
}

async function openHistory() {
  const user = await chooseInMenu(/^History/);
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

it('draws only the versions that are in view', async () => {
  inView = (element) => element.closest('li')?.textContent.includes('Before the replicas') === true;
  const { list } = await openHistory();
  expect(await within(list).findAllByRole('img', { name: /^Version \d+: \d+ components/ })).toHaveLength(1);
  expect(asked.filter(([name]) => name === 'design_version_open')).toEqual([['design_version_open', { design: DESIGN, number: 2 }]]);
});

const namesNow = async (): Promise<void> => {
  const user = await chooseInMenu(/^History/);
  await user.click(await screen.findByRole('button', { name: 'Name the drawing as it is now' }));
  await user.type(screen.getByLabelText('Name of the drawing as it is now'), 'Today{Enter}');
};
const copiesNow = async (): Promise<void> => {
  await chooseInMenu(/^Copy this design/);
};

it.each([
  ['names', namesNow, 'design_version_name'],
  ['copies', copiesNow, 'design_create'],
] as const)('%s the drawing as it is now: it is saved first, and an error says when it cannot be', async (_, doIt, command) => {
  act(() => draw.rename('feed', 'Newest'));
  full = true;
  await doIt();
  expect((await screen.findByRole('alert')).textContent).toContain('The disk is full.');
  const commands = (): string[] => asked.map(([name]) => name);
  expect(commands()).not.toContain(command);
  cleanup();
  full = false;
  await doIt();
  await waitFor(() => expect(commands()).toContain(command));
  expect(commands().lastIndexOf('design_save')).toBeLessThan(commands().indexOf(command));
  expect((await call('design_open', { id: DESIGN })).sketch.components.map(({ name }) => name)).toContain('Newest');
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

describe('says in the history what undo lacks after a restart', () => {
  const said = async (): Promise<string> => {
    await openHistory();
    return screen.getByTestId('undo-lacks').textContent;
  };

  it('nothing, while all of it is kept', async () => {
    await rename('Ours');
    await openHistory();
    expect(screen.queryByTestId('undo-lacks')).toBeNull();
  });

  it('the oldest steps, when they have no room', async () => {
    const [first] = useDrawing.getState().sketch.components;
    // Each step writes a long name, in place of the one before.
    for (let n = 0; n < 40; n += 1) act(() => draw.rename(first?.id ?? '', `${n} ${'x'.repeat(50_000)}`));
    await act(saveAll);
    expect(await said()).toMatch(
      /^After a restart undo goes back \d+ steps\. The \d+ oldest steps of undo have no room\. The versions here stay\.$/,
    );
  });

  it('all of it, when it could not be kept, and why', async () => {
    const host = watched();
    const refused = new HostError({ code: 'store_disk_full', message: 'The disk is full.', hint: 'Make room.' });
    setHost({ ...host, call: (name, request) => (name === 'design_history_save' ? Promise.reject(refused) : host.call(name, request)) });
    await rename('Ours');
    expect(await said()).toContain('Undo was not kept, and starts empty after a restart. The disk is full. Make room.');
    setHost(host);
  });

  it('all of it, when what was kept cannot be used', async () => {
    await act(closeSession);
    const { revision } = await call('design_open', { id: DESIGN });
    await call('design_history_save', { id: DESIGN, revision, history: 'broken' });
    await act(() => openSession('twitter', DESIGN));
    expect(await said()).toContain('Undo started empty: the kept history is not JSON');
  });
});

it('keeps undo when the window closes a moment after a save', async () => {
  const [first] = useDrawing.getState().sketch.components;
  act(() => draw.rename(first?.id ?? '', 'Ours'));
  await waitFor(() => expect(useSession.getState().unsaved).toBe(false));
  await act(async () => expect(await mayClose()).toBe(true));
  const { history } = await call('design_open', { id: DESIGN });
  expect(history).toContain('Ours');
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
