// What every screen shares: the theme, the finder, the shortcuts, and a page for a window that failed.
import { render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { call, setHost } from '../host';
import { fixtureHost } from '../host/fixture';
import { App } from './App';
import { Fallen } from './Fallen';
import { useFinder } from './finding';
import { useRoute } from './route';
import { loadLook } from './theme';

beforeEach(() => {
  setHost(fixtureHost());
  useFinder.setState({ open: false });
  useRoute.setState({ route: { screen: 'library' } });
});
afterEach(() => vi.restoreAllMocks());

it('keeps the theme that is chosen', async () => {
  const user = userEvent.setup();
  await loadLook();
  expect(document.documentElement.dataset.theme).toBe('light');
  render(<App />);
  await user.click(screen.getByRole('button', { name: 'Theme' }));
  await user.click(await screen.findByRole('menuitem', { name: 'Dark' }));
  expect(document.documentElement.dataset.theme).toBe('dark');
  expect((await call('setting_get', { key: 'theme', value: null })).value).toBe('dark');
});

it('finds an exercise from the keyboard alone', async () => {
  const user = userEvent.setup();
  render(<App />);
  await user.keyboard('{Control>}k{/Control}');
  const field = await screen.findByRole('combobox', { name: 'Find or do anything' });
  await screen.findByRole('option', { name: /Uber/ });
  await user.type(field, 'knee');
  expect(screen.getAllByRole('option').map((option) => option.textContent)).toEqual(['The kneeLab', 'Tour: one minute with the kneeHelp']);
  await user.keyboard('{Enter}');
  expect(useRoute.getState().route).toEqual({ screen: 'exercise', exercise: 'knee' });
  expect(screen.queryByRole('combobox', { name: 'Find or do anything' })).toBeNull();
});

it('shows the shortcuts on ?, and from the finder', async () => {
  const user = userEvent.setup();
  render(<App />);
  await user.keyboard('?');
  const sheet = await screen.findByRole('dialog', { name: 'Shortcuts' });
  expect(within(sheet).getByText(/^Walk along links/)).toBeTruthy();
  await user.keyboard('{Escape}');
  expect(screen.queryByRole('dialog', { name: 'Shortcuts' })).toBeNull();
});

it('says why when the window itself fails', () => {
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const Broken = (): never => {
    throw new Error('a list was empty');
  };
  render(
    <Fallen>
      <Broken />
    </Fallen>,
  );
  expect(screen.getByRole('alert').textContent).toContain('a list was empty');
  expect(screen.getByRole('button', { name: 'Library' })).toBeTruthy();
});
