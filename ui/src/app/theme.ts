// How the window looks: theme, text size, motion. Each is a setting of the app that takes effect at once and is kept. Colours themselves are in
// tokens.css, what moves is in the components.
import { create } from 'zustand';
import { call } from '../host';

export type ThemeChoice = 'system' | 'light' | 'dark';
export type TextSize = '100' | '110' | '125';
export type Motion = 'system' | 'on' | 'off';

interface Look {
  theme: ThemeChoice;
  textSize: TextSize;
  motion: Motion;
}

const USUAL: Look = { theme: 'system', textSize: '100', motion: 'system' };

const KEYS = { theme: 'theme', textSize: 'text_size', motion: 'motion' } as const satisfies Record<keyof Look, string>;
const VALUES: { [K in keyof Look]: readonly Look[K][] } = {
  theme: ['system', 'light', 'dark'],
  textSize: ['100', '110', '125'],
  motion: ['system', 'on', 'off'],
};

export const useLook = create<Look>(() => USUAL);

const systemDark = window.matchMedia('(prefers-color-scheme: dark)');
const systemStill = window.matchMedia('(prefers-reduced-motion: reduce)');

function apply({ theme, motion }: Look): void {
  const dark = theme === 'dark' || (theme === 'system' && systemDark.matches);
  const still = motion === 'off' || (motion === 'system' && systemStill.matches);
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
  document.documentElement.dataset.motion = still ? 'off' : 'on';
}

/** Whether things may move: asked by what moves from a script. */
export const isStill = (): boolean => document.documentElement.dataset.motion === 'off';

useLook.subscribe((look) => apply(look));
for (const list of [systemDark, systemStill]) list.addEventListener('change', () => apply(useLook.getState()));

async function kept<K extends keyof Look>(name: K): Promise<Look[K] | null> {
  const { value } = await call('setting_get', { key: KEYS[name], value: null });
  return VALUES[name].find((each) => each === value) ?? null;
}

/** Reads the choices before the first paint. What was not chosen, or cannot be read, is as the system has it: a look never stops the window. */
export async function loadLook(): Promise<void> {
  apply(useLook.getState());
  try {
    const [theme, textSize, motion] = await Promise.all([kept('theme'), kept('textSize'), kept('motion')]);
    const before = useLook.getState().textSize;
    useLook.setState({ theme: theme ?? USUAL.theme, textSize: textSize ?? USUAL.textSize, motion: motion ?? USUAL.motion });
    if (useLook.getState().textSize !== before) await sizeText();
  } catch (thrown) {
    console.warn('How the window looks could not be read; the system decides.', thrown);
  }
}

/** The whole page grows, as in a browser, so that what fits together stays together. */
async function sizeText(): Promise<void> {
  await call('text_size', { percent: Number(useLook.getState().textSize) });
}

async function choose<K extends keyof Look>(name: K, value: Look[K]): Promise<void> {
  useLook.setState({ [name]: value } as Pick<Look, K>);
  await call('setting_put', { key: KEYS[name], value });
}

/** Changes the theme now and keeps it. */
export const chooseTheme = (theme: ThemeChoice): Promise<void> => choose('theme', theme);

/** Changes how much moves now and keeps it. */
export const chooseMotion = (motion: Motion): Promise<void> => choose('motion', motion);

/** Changes the size of text now and keeps it. */
export async function chooseTextSize(textSize: TextSize): Promise<void> {
  const before = useLook.getState().textSize;
  useLook.setState({ textSize });
  try {
    await sizeText();
  } catch (thrown) {
    // The window has the size that it had, unless another one was chosen meanwhile.
    if (useLook.getState().textSize === textSize) useLook.setState({ textSize: before });
    throw thrown;
  }
  await choose('textSize', textSize);
}
