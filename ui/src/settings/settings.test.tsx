// The settings as a learner uses them, over the fixture host: each takes effect at once, is kept, and says why when it cannot be.
import { act, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import axe from 'axe-core';
import { beforeEach, expect, it } from 'vitest';
import { App } from '../app/App';
import { useRoute } from '../app/route';
import { loadLook, useLook } from '../app/theme';
import { HostError, call, setHost } from '../host';
import { fixtureHost } from '../host/fixture';
import { search } from './licences';

const kept = async (key: string): Promise<string | null> => (await call('setting_get', { key, value: null })).value;

beforeEach(() => {
  setHost(fixtureHost());
  useLook.setState({ theme: 'system', textSize: '100', motion: 'system' });
  useRoute.setState({ route: { screen: 'settings' } });
});

it('changes the look at once and keeps it', async () => {
  const user = userEvent.setup();
  render(<App />);
  await user.click(within(screen.getByRole('group', { name: 'Motion' })).getByRole('radio', { name: 'Off' }));
  expect(document.documentElement.dataset.motion).toBe('off');
  await user.click(within(screen.getByRole('group', { name: 'Theme of the window' })).getByRole('radio', { name: 'Dark' }));
  expect(document.documentElement.dataset.theme).toBe('dark');
  await user.click(within(screen.getByRole('group', { name: 'Text size' })).getByRole('radio', { name: '125%' }));
  expect([await kept('theme'), await kept('motion'), await kept('text_size')]).toEqual(['dark', 'off', '125']);
  useLook.setState({ theme: 'system', textSize: '100', motion: 'system' });
  await loadLook();
  expect(useLook.getState()).toEqual({ theme: 'dark', textSize: '125', motion: 'off' });
});

it('keeps the share of the laptop within its limits, and says what it means', async () => {
  const user = userEvent.setup();
  render(<App />);
  const field = screen.getByRole('textbox', { name: 'Share of the laptop' });
  await user.clear(field);
  await user.type(field, '81{Enter}');
  expect(screen.getByText('At most 80.')).toBeTruthy();
  await user.clear(field);
  await user.type(field, '35{Enter}');
  expect(await screen.findByText(/at most 35% of the processor/)).toBeTruthy();
  expect(await kept('laptop_share')).toBe('35');
});

it('moves the data, and offers what is in the other folder', async () => {
  const user = userEvent.setup();
  render(<App />);
  const field = await screen.findByRole('textbox', { name: 'New data folder' });
  await user.type(field, 'somewhere');
  await user.click(screen.getByRole('button', { name: 'Copy and use it' }));
  expect((await screen.findByRole('alert')).textContent).toContain('data_folder_path');
  await user.clear(field);
  await user.type(field, '/mnt/used');
  await user.click(screen.getByRole('button', { name: 'Copy and use it' }));
  await user.click(await screen.findByRole('button', { name: 'Use the data there' }));
  expect((await screen.findByRole('status')).textContent).toContain('used as it is');
  expect(screen.getByTestId('data-folder').textContent).toBe('/mnt/used');
});

it('shows the share of the laptop that the folder in use keeps', async () => {
  const user = userEvent.setup();
  const host = fixtureHost();
  let folder = 'old';
  setHost({
    ...host,
    call: (name, request) => {
      if (name === 'data_move' && (request as { take: boolean }).take) folder = 'new';
      const { key } = request as { key?: string };
      return name === 'setting_get' && key === 'laptop_share' && folder === 'new'
        ? Promise.resolve({ value: '70' } as never)
        : host.call(name, request);
    },
  });
  render(<App />);
  const field = (): HTMLInputElement => screen.getByRole('textbox', { name: 'Share of the laptop' });
  await user.clear(field());
  await user.type(field(), '35{Enter}');
  expect(await screen.findByText(/at most 35% of the processor/)).toBeTruthy();
  await user.type(await screen.findByRole('textbox', { name: 'New data folder' }), '/mnt/used');
  await user.click(screen.getByRole('button', { name: 'Copy and use it' }));
  await user.click(await screen.findByRole('button', { name: 'Use the data there' }));
  expect(await screen.findByText(/at most 70% of the processor/)).toBeTruthy();
  expect(field().value).toBe('70');
});

it('takes an offer about a folder back when another one is written', async () => {
  const user = userEvent.setup();
  render(<App />);
  const field = await screen.findByRole('textbox', { name: 'New data folder' });
  await user.type(field, '/mnt/used');
  await user.click(screen.getByRole('button', { name: 'Copy and use it' }));
  await screen.findByRole('button', { name: 'Use the data there' });
  await user.type(field, '2');
  expect(screen.queryByRole('button', { name: 'Use the data there' })).toBeNull();
  expect(screen.queryByRole('alert')).toBeNull();
});

it('uses the data of the folder that was refused, whatever was written since', async () => {
  const user = userEvent.setup();
  const host = fixtureHost();
  let refuse = (): void => undefined;
  setHost({
    ...host,
    call: (name, request) => {
      if (name !== 'data_move' || (request as { take: boolean }).take) return host.call(name, request);
      return new Promise((_, reject) => {
        refuse = () => reject(new HostError({ code: 'data_folder_holds_data', message: 'Data is there.', hint: '' }));
      });
    },
  });
  render(<App />);
  const field = await screen.findByRole('textbox', { name: 'New data folder' });
  await user.type(field, '/mnt/used');
  await user.click(screen.getByRole('button', { name: 'Copy and use it' }));
  await user.type(field, '/other');
  act(refuse);
  await user.click(await screen.findByRole('button', { name: 'Use the data there' }));
  await waitFor(() => expect(screen.getByTestId('data-folder').textContent).toBe('/mnt/used'));
});

it('shows the text size that holds when another one was refused', async () => {
  const user = userEvent.setup();
  const host = fixtureHost();
  const refusal = new HostError({ code: 'window', message: 'Not now.', hint: 'Try again.' });
  setHost({ ...host, call: (name, request) => (name === 'text_size' ? Promise.reject(refusal) : host.call(name, request)) });
  render(<App />);
  const size = (label: string): HTMLInputElement =>
    within(screen.getByRole('group', { name: 'Text size' })).getByRole('radio', { name: label });
  await user.click(size('125%'));
  expect((await screen.findByRole('alert')).textContent).toContain('Not now.');
  expect([size('100%').checked, size('125%').checked]).toEqual([true, false]);
  expect(await kept('text_size')).toBeNull();
});

it('writes all data to the file that is chosen, and lists the backups', async () => {
  const user = userEvent.setup();
  const host = fixtureHost();
  setHost({
    ...host,
    call: (name, request) => (name === 'path_choose' ? Promise.resolve({ path: '/mnt/all.loadline-data' }) : host.call(name, request)),
  });
  render(<App />);
  await user.click(await screen.findByRole('button', { name: 'Write a file' }));
  const said = await screen.findByText('/mnt/all.loadline-data');
  expect(said.closest('[role=status]')?.textContent).toMatch(/^Written: .*designs/);
  const { backups } = await call('data_place', {});
  expect(backups.length).toBeGreaterThan(0);
  for (const { file } of backups) expect(screen.getByTitle(file)).toBeTruthy();
});

it('opens with its key, and finds nothing serious for axe', async () => {
  useRoute.setState({ route: { screen: 'library' } });
  const user = userEvent.setup();
  const { container } = render(<App />);
  await user.keyboard('{Control>},{/Control}');
  expect(useRoute.getState().route).toEqual({ screen: 'settings' });
  await screen.findByRole('heading', { name: 'Data' });
  await screen.findByTestId('data-folder');
  const { violations } = await axe.run(container, { rules: { 'color-contrast': { enabled: false } } });
  expect(violations.map(({ id }) => id)).toEqual([]);
});

it('searches the works that ship by name and licence', () => {
  const work = (name: string, licence: string) => ({ name, licence, version: '1.0.0', from: 'rust', texts: [] });
  const works = [work('tokio', 'MIT'), work('ammonia', 'MIT OR Apache-2.0')];
  expect(search(works, 'apache AMM').map(({ name }) => name)).toEqual(['ammonia']);
  expect(search(works, '')).toHaveLength(2);
  expect(search(works, 'gpl')).toEqual([]);
});
