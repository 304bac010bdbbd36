// The canvas as a learner uses it: with the keyboard alone, with the clipboard, in the outline; and what a screen reader is told. Over the fixture
// host; geometry is tested elsewhere, since jsdom has no layout.
import { act, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import userEvent, { PointerEventsCheckLevel, type UserEvent } from '@testing-library/user-event';
import axe from 'axe-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { App } from '../../app/App';
import { closeFinder, find as rank, useFinder } from '../../app/finding';
import { TABLE, type Row } from '../../app/keymap';
import { useRoute } from '../../app/route';
import { setHost } from '../../host';
import { fixtureHost } from '../../host/fixture';
import { isLocked, useRun } from '../run/store';
import { closeSession, useSession } from '../session';
import { componentOf } from '../sketch/ports';
import { draw, useDrawing } from '../sketch/store';
import { useNews } from '../sketch/news';
import { Outline } from './Outline';
import { mayDo, perform } from './actions';
import { select, useSelection } from './selection';
import { pointAt, stage, useStage } from './stage';

const sketch = () => useDrawing.getState().sketch;
const said = () => useNews.getState().text;
const ids = () => sketch().components.map(({ id }) => id);
const chosen = () => [...useSelection.getState().components].sort();

async function open(design = 'twitter-b', exercise = 'twitter'): Promise<UserEvent> {
  // A frame lets the pointer through to the canvas; its words take it again by a style that jsdom does not read.
  const user = userEvent.setup({ pointerEventsCheck: PointerEventsCheckLevel.Never });
  await closeSession();
  useRoute.setState({ route: { screen: 'workbench', exercise, design } });
  render(<App />);
  await screen.findByTestId('node-client');
  await waitFor(() => expect(useSession.getState().check).not.toBeNull());
  return user;
}

async function box(name: string): Promise<HTMLElement> {
  return within(await screen.findByRole('dialog', { name })).getByRole('combobox');
}

const focus = (id: string): void => act(() => document.querySelector<HTMLElement>(`[data-id="${id}"]`)?.focus());
const choose = (...parts: string[]): void => act(() => select.set(new Set(parts), new Set()));

beforeEach(() => {
  // jsdom draws nothing; without this it says so for each chart.
  HTMLCanvasElement.prototype.getContext = () => null;
  setHost(fixtureHost());
  closeFinder();
  stage.leave();
  stage.outline(false);
  useRun.getState().clear();
});

describe('by keyboard alone', () => {
  it('leaves arrows and Delete to whatever else has the focus', async () => {
    const user = await open();
    choose('feed');
    const elsewhere = screen.getByRole('button', { name: 'Settings' });
    act(() => elsewhere.focus());
    const before = sketch();
    await user.keyboard('{ArrowRight}{Shift>}{ArrowRight}{/Shift}{Delete}');
    expect([chosen(), sketch()]).toEqual([['feed'], before]);
    act(() => elsewhere.blur());
    await user.keyboard('{Delete}');
    expect(ids()).not.toContain('feed');
  });

  it('does nothing behind a dialog', async () => {
    const user = await open();
    await user.keyboard('?');
    await screen.findByRole('dialog', { name: 'Shortcuts' });
    await user.keyboard('{Control>}f{/Control}');
    expect(useStage.getState().box).toBeNull();
    await user.keyboard('{Escape}');
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    await user.keyboard('{Control>}f{/Control}');
    expect(useStage.getState().box).toEqual({ kind: 'find' });
  });

  it('goes to what was placed from the list, and back to its button when nothing was', async () => {
    const user = await open();
    act(() => screen.getByTestId('add').focus());
    await user.keyboard('{Enter}');
    await screen.findByLabelText('Find a component');
    await user.keyboard('{Escape}');
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('add')));
    const before = ids();
    await user.keyboard('{Enter}');
    await screen.findByLabelText('Find a component');
    await user.keyboard('load balancer{Enter}');
    const added = ids().find((id) => !before.includes(id));
    await waitFor(() => expect(document.activeElement?.getAttribute('data-id')).toBe(added));
  });

  it('adds, links, sets, walks and runs', async () => {
    const user = await open('knee-a', 'knee');
    // Add beside the service, and say no to linking.
    choose('work');
    await user.keyboard('a');
    await user.type(await box('Add a component'), 'plain serv');
    await user.keyboard('{Enter}');
    expect(ids()).toEqual(['client', 'work', 'work-2']);
    expect(said()).toBe('Added Plain service 2.');
    await waitFor(() => expect(document.activeElement?.getAttribute('data-id')).toBe('work-2'));

    // Link: only what fits is listed, and the list says in place of what.
    choose('client');
    focus('client');
    await user.keyboard('{Shift>}l{/Shift}');
    await user.type(await box('Link Client'), '2');
    expect(screen.getAllByRole('option').length).toBe(1);
    expect(screen.getByRole('option').textContent).toContain('In place of Plain service.');
    await user.keyboard('{Enter}');
    expect(sketch().links).toEqual([{ from: 'client', to: 'work-2', port: 'entry' }]);

    // Walk along the link.
    focus('client');
    const before = sketch();
    const there = componentOf(before, 'work-2')?.at ?? [0, 0];
    const here = componentOf(before, 'client')?.at ?? [0, 0];
    const arrow = Math.abs(there[0] - here[0]) > Math.abs(there[1] - here[1]) ? '{ArrowRight}' : '{ArrowDown}';
    await user.keyboard(arrow);
    expect(chosen()).toEqual(['work-2']);
    expect(sketch()).toBe(before);

    // Set: instances by key, a setting in the inspector that Enter leads to.
    await user.keyboard(']]');
    expect(componentOf(sketch(), 'work-2')?.instances).toBe(3);
    await user.keyboard('{Enter}');
    await waitFor(() => expect(document.activeElement?.closest('[data-testid="inspector"]')).not.toBeNull());
    const workers = within(screen.getByTestId('setting-workers')).getByRole('textbox');
    act(() => workers.focus());
    await user.clear(workers);
    await user.type(workers, '9{Enter}');
    expect(componentOf(sketch(), 'work-2')?.settings).toMatchObject({ workers: 9 });

    // Undo all of it, one step each: setting, instances, link, component.
    focus('client');
    for (let n = 0; n < 4; n += 1) await user.keyboard('{Control>}z{/Control}');
    expect(ids()).toEqual(['client', 'work']);
    expect(sketch().links).toEqual([{ from: 'client', to: 'work', port: 'entry' }]);

    await waitFor(() => expect(useSession.getState().check?.plan).not.toBeNull());
    await user.click(screen.getByTestId('run-without'));
    await waitFor(() => expect(isLocked(useRun.getState().status)).toBe(true));
    await user.keyboard('{Escape}');
    await waitFor(() => expect(isLocked(useRun.getState().status)).toBe(false));
  });

  it('adds and links in one step with Shift and Enter', async () => {
    const user = await open();
    choose('feed');
    act(() => draw.unlink({ from: 'feed', to: 'cache', port: 'timeline' }));
    await user.keyboard('a');
    await user.type(await box('Add a component'), 'kv cache');
    await user.keyboard('{Shift>}{Enter}{/Shift}');
    expect(sketch().links).toContainEqual({ from: 'feed', to: 'kv', port: 'timeline' });
    act(() => draw.undo());
    expect(ids()).not.toContain('kv');
  });

  it('chooses several with Shift and Space, moves them as one step, and takes nothing else along', async () => {
    const user = await open();
    focus('feed');
    choose('feed');
    await user.keyboard('{Shift>} {/Shift}');
    focus('tweet');
    act(() => select.arrive('tweet'));
    expect(chosen()).toEqual(['feed', 'tweet']);
    const [feed, kv] = [componentOf(sketch(), 'feed')?.at, componentOf(sketch(), 'cache')?.at];
    await user.keyboard('{Shift>}{ArrowRight}{ArrowRight}{/Shift}');
    expect(componentOf(sketch(), 'feed')?.at).toEqual([(feed?.[0] ?? 0) + 24, 132]);
    expect(componentOf(sketch(), 'cache')?.at).toEqual(kv);
    await user.keyboard('{Control>}z{/Control}');
    expect(componentOf(sketch(), 'feed')?.at).toEqual(feed);
  });

  it('finds by name and setting and walks the matches, one after the other and round', async () => {
    const user = await open();
    await user.keyboard('{Control>}f{/Control}');
    const field = await screen.findByRole('textbox', { name: /Find by name/ });
    await user.type(field, 'sql');
    expect(screen.getByTestId('find-bar').textContent).toContain('1 of 2');
    expect(chosen()).toEqual(['replicas']);
    await user.keyboard('{Enter}');
    expect(chosen()).toEqual(['primary']);
    await user.keyboard('{Enter}');
    expect(chosen()).toEqual(['replicas']);
    await user.keyboard('{Shift>}{Enter}{/Shift}');
    expect(chosen()).toEqual(['primary']);
    expect(said()).toBe('2 of 2: SQL primary, name.');
    await user.keyboard('{Escape}');
    expect(screen.queryByTestId('find-bar')).toBeNull();
  });

  it('fixes a finding: lists what can be done and does it', async () => {
    const user = await open();
    act(() => draw.remove(new Set(), new Set(['feed>replicas:tweets'])));
    await waitFor(() => expect(useSession.getState().check?.diagnostics.some(({ code }) => code === 'port_empty')).toBe(true));
    choose('feed');
    await user.keyboard('{Control>}.{/Control}');
    await box('Findings: Feed service');
    expect(screen.getAllByRole('option').map((option) => option.querySelector('span > span')?.textContent)).toEqual([
      'Link to SQL replicas (tweets)',
      'Link to SQL primary (tweets)',
      'Add a SQL replicas and link it (tweets)',
      'Add a SQL primary and link it (tweets)',
    ]);
    await user.keyboard('{Enter}');
    expect(sketch().links).toContainEqual({ from: 'feed', to: 'replicas', port: 'tweets' });
  });
});

describe('many at once', () => {
  it('groups, writes a name and a note, moves with what it holds, and takes the group away alone', async () => {
    const user = await open();
    choose('feed', 'tweet');
    await user.keyboard('{Control>}g{/Control}');
    const name = await screen.findByRole('textbox', { name: 'Name of the group' });
    await user.clear(name);
    await user.type(name, 'Services');
    await user.type(screen.getByRole('textbox', { name: 'Note of the group' }), 'behind the gateway{Enter}');
    expect(sketch().groups).toEqual([{ id: 'group-1', name: 'Services', note: 'behind the gateway', at: [180, 96], size: [384, 132] }]);
    const before = componentOf(sketch(), 'feed')?.at ?? [0, 0];
    await user.keyboard('{Shift>}{ArrowDown}{/Shift}');
    expect(componentOf(sketch(), 'feed')?.at).toEqual([204, Math.round((before[1] + 12) / 12) * 12]);
    await user.keyboard('{Alt>}{Shift>}{ArrowRight}{/Shift}{/Alt}');
    expect(sketch().groups?.[0]?.size).toEqual([396, 132]);
    await user.keyboard('{Control>}{Shift>}g{/Shift}{/Control}');
    expect(sketch().groups).toBeUndefined();
    expect(ids()).toContain('feed');
  });

  it('writes a comment, and leaves none behind when nothing is written', async () => {
    const user = await open();
    await user.keyboard('c');
    await user.type(await screen.findByRole('textbox', { name: 'Comment' }), 'why three?');
    await user.keyboard('{Control>}{Enter}{/Control}');
    expect(sketch().comments?.map(({ text }) => text)).toEqual(['why three?']);
    expect(screen.getByTestId('mark-comment:comment-1').getAttribute('aria-label')).toBe('Comment: why three?');
    await user.keyboard('c');
    await screen.findByRole('textbox', { name: 'Comment' });
    await user.keyboard('{Escape}');
    expect(sketch().comments?.length).toBe(1);
  });

  it.each(['align.left', 'align.middle', 'distribute.across', 'edit.duplicate', 'edit.delete'] as const)('%s is one step', async (id) => {
    await open();
    choose('feed', 'tweet', 'log');
    const before = sketch();
    const steps = useDrawing.temporal.getState().pastStates.length;
    act(() => void perform(id));
    expect(sketch()).not.toBe(before);
    expect(useDrawing.temporal.getState().pastStates.length).toBe(steps + 1);
    act(() => draw.undo());
    expect(sketch()).toBe(before);
  });
});

describe('the palette', () => {
  it('drags a component onto the canvas by pointer, and drops nothing beside it', async () => {
    await open();
    const canvas = screen.getByTestId('canvas');
    canvas.getBoundingClientRect = () => new DOMRect(100, 100, 800, 600);
    const icon = screen.getByTestId('palette-log');
    icon.setPointerCapture = () => undefined;
    // jsdom has no pointer events of its own: a mouse event by their name carries all that is read.
    const send = (name: string, x: number, y: number): void => {
      fireEvent(icon, new MouseEvent(name, { bubbles: true, button: 0, clientX: x, clientY: y }));
    };
    const drag = (x: number, y: number): void => {
      send('pointerdown', 10, 10);
      send('pointermove', x / 2, y / 2);
      send('pointerup', x, y);
      fireEvent.click(icon, { detail: 1 });
    };
    drag(50, 50);
    expect(ids()).not.toContain('log-2');
    drag(500, 400);
    expect(ids()).toContain('log-2');
    expect(chosen()).toEqual(['log-2']);
    expect(useSelection.getState().tool.kind).toBe('choose');
  });
});

/** What Ctrl C or Ctrl X on the canvas puts into the clipboard. */
function taken(how: 'copy' | 'cut'): string {
  let text = '';
  fireEvent[how](document.body, { clipboardData: { setData: (_: string, given: string) => (text = given) } });
  return text;
}

const paste = (text: string) => fireEvent.paste(document.body, { clipboardData: { getData: () => text } });

describe('the clipboard', () => {
  it('copies with the links among what is chosen, pastes beside it, then beside that', async () => {
    await open();
    choose('log', 'fanout');
    const copy = taken('copy');
    expect(JSON.parse(copy)).toMatchObject({ format: 1, components: [{ id: 'log' }, { id: 'fanout' }] });
    paste(copy);
    expect(chosen()).toEqual(['fanout-2', 'log-2']);
    expect(sketch().links).toContainEqual({ from: 'log-2', to: 'fanout-2', port: 'events' });
    const x = (id: string): number => componentOf(sketch(), id)?.at[0] ?? NaN;
    expect(x('log-2') - x('log')).toBe(24);
    paste(copy);
    expect(x('log-3') - x('log')).toBe(48);
  });

  it('pastes at the pointer when it has moved since', async () => {
    await open();
    choose('log');
    const copy = taken('copy');
    act(() => pointAt({ x: 400, y: 300 }));
    const point = useStage.getState().flow?.screenToFlowPosition({ x: 400, y: 300 }) ?? { x: NaN, y: NaN };
    paste(copy);
    const at = componentOf(sketch(), 'log-2')?.at ?? [0, 0];
    expect(Math.abs(at[0] + 72 - point.x)).toBeLessThanOrEqual(12);
    expect(Math.abs(at[1] + 36 - point.y)).toBeLessThanOrEqual(12);
  });

  it('cuts in one step, and pastes it back', async () => {
    await open();
    choose('log');
    const cut = taken('cut');
    expect(ids()).not.toContain('log');
    paste(cut);
    expect(ids()).toContain('log');
  });

  it('refuses what is no sketch with words, and changes nothing', async () => {
    const user = await open();
    const before = sketch();
    await user.paste('<script>alert(1)</script>');
    expect(sketch()).toBe(before);
    expect(screen.getByText(/^Not pasted\. the text: it is not a sketch/)).toBeTruthy();
  });

  it('leaves fields alone', async () => {
    const user = await open();
    choose('log');
    const name = screen.getByTestId('component-name');
    await user.click(name);
    await user.paste('{"format":1}');
    expect(ids()).not.toContain('log-2');
    expect((name as HTMLInputElement).value).toContain('{"format":1}');
  });
});

describe('the outline', () => {
  it('lists components with their links in words, and can be edited', async () => {
    const user = await open();
    render(<Outline />);
    const list = await screen.findByRole('list', { name: 'Components' });
    expect(within(list).getByRole('list', { name: 'Links of Tweet service' }).textContent).toContain('Tweet service → Log (events)');
    const feed = screen.getByTestId('outline-feed');
    expect(screen.getByRole('button', { name: /^Feed service ?, 7 instances ?, 2 links out$/, expanded: false })).toBe(feed);
    await user.click(feed);
    expect(feed.getAttribute('aria-expanded')).toBe('true');
    expect(chosen()).toEqual(['feed']);

    const name = screen.getByRole('textbox', { name: 'Name of Feed service' });
    await user.clear(name);
    await user.type(name, 'Home feed{Enter}');
    expect(componentOf(sketch(), 'feed')?.name).toBe('Home feed');
    expect(said()).toBe('Renamed Feed service to Home feed.');
    await user.click(within(screen.getByTestId('outline')).getByRole('button', { name: 'Instances of Home feed: one fewer' }));
    expect(componentOf(sketch(), 'feed')?.instances).toBe(6);
    await user.click(screen.getByRole('button', { name: 'Remove the link Home feed → KV cache (timeline)' }));
    expect(sketch().links).not.toContainEqual({ from: 'feed', to: 'cache', port: 'timeline' });
    expect(said()).toBe('Removed the link Home feed → KV cache (timeline).');

    act(() => screen.getByTestId('outline-feed').focus());
    await user.keyboard('{ArrowUp}');
    expect(document.activeElement?.getAttribute('data-testid')).toBe('outline-tweet');
    await user.keyboard('{Delete}');
    expect(ids()).not.toContain('tweet');
  });

  it('comes in the place of the inspector where there is no room for both', async () => {
    const user = await open();
    await user.keyboard('o');
    expect(await screen.findByTestId('outline')).toBeTruthy();
  });

  it('holds only what was typed of a comment, and shows what is written elsewhere', async () => {
    const user = await open();
    render(<Outline />);
    let key = '';
    act(() => {
      key = draw.comment({ x: 0, y: 0, width: 192, height: 72 }, 'Why two?');
      select.mark(key);
    });
    const field = await screen.findByLabelText<HTMLTextAreaElement>('Text');
    await user.click(field);
    act(() => draw.write(key, { text: 'Because of the peak.' }));
    await user.tab();
    expect(sketch().comments?.at(-1)?.text).toBe('Because of the peak.');
    expect(field.value).toBe('Because of the peak.');
    await user.type(field, ' Both.');
    await user.tab();
    expect(sketch().comments?.at(-1)?.text).toBe('Because of the peak. Both.');
  });

  it('steps to groups and comments, deletes one by its own key, and goes on to the next row', async () => {
    const user = await open();
    render(<Outline />);
    act(() => {
      draw.comment({ x: 0, y: 0, width: 192, height: 72 }, 'First');
      draw.comment({ x: 0, y: 200, width: 192, height: 72 }, 'Second');
    });
    const rows = [...document.querySelectorAll<HTMLElement>('[data-row]')];
    act(() => rows.at(-3)?.focus());
    choose('feed');
    await user.keyboard('{ArrowDown}');
    expect(document.activeElement?.textContent).toContain('First');
    await user.keyboard('{Delete}');
    expect(sketch().comments?.map(({ text }) => text)).not.toContain('First');
    expect(ids()).toContain('feed');
    expect(document.activeElement?.textContent).toContain('Second');
  });

  it('keeps the focus in the list when a link or a part is removed', async () => {
    const user = await open();
    render(<Outline />);
    choose('feed');
    const [link] = screen.getAllByRole('button', { name: /^Remove the link Feed service/ });
    if (link === undefined) throw new Error('the feed has no link');
    await user.click(link);
    expect(document.activeElement).toBe(screen.getByTestId('outline-feed'));
    await user.click(screen.getByRole('button', { name: /^Delete Feed/ }));
    expect(ids()).not.toContain('feed');
    expect(document.activeElement?.hasAttribute('data-row')).toBe(true);
  });

  it('tells a screen reader what was done, in a live region', async () => {
    const user = await open();
    choose('log');
    await user.keyboard('{Delete}');
    const region = screen.getByTestId('news');
    expect(region.getAttribute('role')).toBe('status');
    expect(region.textContent).toBe('Removed Log, 2 links.');
    await user.keyboard('{Control>}z{/Control}');
    expect(region.textContent).toBe('Undone: Removed Log, 2 links.');
  });
});

describe('one table of keys', () => {
  it('offers every canvas action in the finder when it can be done', async () => {
    await open();
    choose('feed', 'tweet', 'log');
    const rows: readonly Row[] = TABLE;
    const expected = rows.filter(
      ({ id, onlyKeys }) => onlyKeys !== true && !['finder', 'shortcuts', 'settings', 'library.search'].includes(id),
    );
    const offered = useFinder.getState().offered.canvas ?? [];
    expect(offered.map(({ id }) => id)).toEqual(expected.map(({ id }) => `canvas.${id}`));
    const possible = offered.filter(({ when }) => when?.() ?? true).map(({ id }) => id);
    expect(possible).toContain('canvas.align.left');
    expect(possible).not.toContain('canvas.edit.ungroup');
    expect(rank(offered, 'distribute').map(({ keys }) => keys)).toEqual(['Alt Shift H', 'Alt Shift V']);
  });

  it('lets nothing change the drawing while it runs', async () => {
    const user = await open('knee-a', 'knee');
    await user.click(await screen.findByTestId('run-without'));
    await waitFor(() => expect(isLocked(useRun.getState().status)).toBe(true));
    act(() => select.set(new Set(['work', 'client']), new Set()));
    const before = sketch();
    for (const { id } of TABLE) {
      if (id === 'escape' || id === 'finder' || id === 'shortcuts' || id === 'settings' || id === 'library.search' || id === 'run')
        continue;
      act(() => void perform(id, null));
    }
    fireEvent.paste(document.body, { clipboardData: { getData: () => '{"format":1}' } });
    expect(sketch()).toBe(before);
    expect(mayDo('edit.cut')).toBe(false);
    expect(mayDo('view.fit')).toBe(true);
    await act(() => useRun.getState().stop());
  });
});

describe('axe', () => {
  const RULES = { rules: { 'color-contrast': { enabled: false }, region: { enabled: false } } };

  it.each(['plain', 'outline', 'find', 'add', 'fixes', 'shortcuts'] as const)('finds nothing serious: %s', async (what) => {
    const user = await open();
    choose('lb');
    if (what === 'outline') render(<Outline />);
    if (what === 'find') await user.keyboard('{Control>}f{/Control}sql');
    if (what === 'add') await user.keyboard('a');
    if (what === 'fixes') await user.keyboard('{Control>}.{/Control}');
    if (what === 'shortcuts') await user.keyboard('?');
    const { violations } = await axe.run(document.body, RULES);
    const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
    expect(serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`)).toEqual([]);
  });
});
