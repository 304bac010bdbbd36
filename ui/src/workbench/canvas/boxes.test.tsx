// Boxes over the canvas: keys that belong to a list that is shut, matches that an edit took away, a menu near the edge of the window.
import { act, render, screen, waitFor } from '@testing-library/react';
import userEvent, { type UserEvent } from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { App } from '../../app/App';
import { useRoute } from '../../app/route';
import { setHost } from '../../host';
import { fixtureHost } from '../../host/fixture';
import type { Port } from '../../rpc/contract';
import { closeSession, openSession, useSession } from '../session';
import { draw, useDrawing } from '../sketch/store';
import { PortMenu } from './PortMenu';
import { find, useFind } from './finder';
import { select, useSelection } from './selection';
import { stage } from './stage';

async function open(): Promise<UserEvent> {
  useRoute.setState({ route: { screen: 'workbench', exercise: 'twitter', design: 'twitter-b' } });
  render(<App />);
  await screen.findByTestId('node-client');
  await waitFor(() => expect(useSession.getState().check).not.toBeNull());
  return userEvent.setup();
}

beforeEach(() => setHost(fixtureHost()));
afterEach(async () => {
  stage.leave();
  act(() => select.tool({ kind: 'choose' }));
  await act(closeSession);
});

it.each(['c', 'l', 'a'])('leaves %s to a list that is shut', async (letter) => {
  const user = await open();
  const before = useDrawing.getState().sketch;
  act(() => screen.getByRole('combobox', { name: 'Scenario' }).focus());
  await user.keyboard(letter);
  expect(useDrawing.getState().sketch).toBe(before);
  expect(useSelection.getState().tool).toEqual({ kind: 'choose' });
  expect(screen.queryByTestId('add-box')).toBeNull();
});

it('undoes from a list that is shut, which has no use for the key', async () => {
  const user = await open();
  const before = useDrawing.getState().sketch;
  act(() => draw.rename('feed', 'Home feed'));
  act(() => screen.getByRole('combobox', { name: 'Scenario' }).focus());
  await user.keyboard('{Control>}z{/Control}');
  expect(useDrawing.getState().sketch).toBe(before);
});

describe('find', () => {
  const bar = (): string => screen.getByTestId('find-bar').textContent;

  it('counts no further than what is left after an edit, and goes on from there', async () => {
    const user = await open();
    await user.keyboard('{Control>}f{/Control}');
    await user.keyboard('service');
    const found = Number(/1 of (\d+)/.exec(bar())?.[1]);
    expect(found).toBeGreaterThan(1);
    await user.keyboard('{Shift>}{Enter}{/Shift}');
    expect(bar()).toContain(`${found} of ${found}`);
    act(() => draw.remove(useSelection.getState().components, new Set()));
    expect(bar()).toContain(`${found - 1} of ${found - 1}`);
    act(() => find.step(1));
    expect(bar()).toContain(`1 of ${found - 1}`);
  });

  it('begins anew in another design', async () => {
    await open();
    act(() => find.type('service'));
    expect(useFind.getState().at).toBe(0);
    await act(() => openSession('twitter', 'twitter-a'));
    expect(useFind.getState()).toEqual({ search: '', at: -1 });
  });
});

describe('the menu of ports', () => {
  const port: Port = { name: 'store', summary: '', accepts: [], required: true, many: false, incoming: false, flow: 'call' };
  const [width, height] = [360, 120];

  it.each<[number, number, number, number]>([
    [100, 50, 100, 50],
    [1000, 50, 1024 - width - 8, 50],
    [100, 760, 100, 768 - height - 8],
    [-40, -40, 8, 8],
  ])('asked at %d, %d stands at %d, %d', (x, y, left, top) => {
    vi.spyOn(HTMLElement.prototype, 'offsetWidth', 'get').mockReturnValue(width);
    vi.spyOn(HTMLElement.prototype, 'offsetHeight', 'get').mockReturnValue(height);
    useSelection.setState({ asking: { fits: [{ from: 'a', to: 'b', port, owner: 'a', replaces: null }], x, y } });
    render(<PortMenu />);
    const { style } = screen.getByTestId('port-menu');
    expect([style.left, style.top]).toEqual([`${left}px`, `${top}px`]);
    vi.restoreAllMocks();
  });
});
