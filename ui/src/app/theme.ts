// The theme: light, dark or what the system says; kept as the setting `theme`. Colours themselves are in tokens.css.
import { create } from 'zustand';
import { call } from '../host';

export type ThemeChoice = 'system' | 'light' | 'dark';

export const useTheme = create<{ choice: ThemeChoice }>(() => ({ choice: 'system' }));

const systemDark = window.matchMedia('(prefers-color-scheme: dark)');

function apply(choice: ThemeChoice): void {
  const dark = choice === 'dark' || (choice === 'system' && systemDark.matches);
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
}

useTheme.subscribe(({ choice }) => apply(choice));
systemDark.addEventListener('change', () => apply(useTheme.getState().choice));

/** Reads the choice before the first paint. Without one, or when it cannot be read, the system decides: a theme never stops the window. */
export async function loadTheme(): Promise<void> {
  apply('system');
  try {
    const { value } = await call('setting_get', { key: 'theme', value: null });
    if (value === 'light' || value === 'dark' || value === 'system') useTheme.setState({ choice: value });
  } catch (thrown) {
    console.warn('The theme could not be read; the system decides.', thrown);
  }
}

/** Changes the theme now and keeps it. */
export async function chooseTheme(choice: ThemeChoice): Promise<void> {
  useTheme.setState({ choice });
  await call('setting_put', { key: 'theme', value: choice });
}
