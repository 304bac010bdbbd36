// Closing the window, with the shell played: it waits for the answer, and a window that will not go is left to the shell again.
import { beforeEach, expect, it, vi } from 'vitest';
import { listenForClosing } from './tauri';

const shell = vi.hoisted(() => ({
  ask: null as ((event: { preventDefault: () => void }) => Promise<void>) | null,
  destroy: vi.fn(() => Promise.resolve()),
  deaf: vi.fn(),
}));

vi.mock('@tauri-apps/api/window', () => ({
  getCurrentWindow: () => ({
    destroy: shell.destroy,
    onCloseRequested: (handler: typeof shell.ask) => {
      shell.ask = handler;
      return Promise.resolve(shell.deaf);
    },
  }),
}));

const prevented = vi.fn();

async function close(mayClose: () => Promise<boolean>): Promise<void> {
  await listenForClosing(mayClose);
  await shell.ask?.({ preventDefault: prevented });
}

beforeEach(() => {
  vi.clearAllMocks();
});

it('closes once that may be, and stays otherwise', async () => {
  await close(() => Promise.resolve(false));
  expect([prevented, shell.destroy].map(({ mock }) => mock.calls.length)).toEqual([1, 0]);
  await close(() => Promise.resolve(true));
  expect([prevented, shell.destroy].map(({ mock }) => mock.calls.length)).toEqual([2, 1]);
  expect(shell.deaf).not.toHaveBeenCalled();
});

it('leaves a window that will not go to the shell', async () => {
  const warned = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  shell.destroy.mockRejectedValueOnce(new Error('not allowed'));
  await close(() => Promise.resolve(true));
  expect(shell.deaf).toHaveBeenCalledOnce();
  expect(warned).toHaveBeenCalledOnce();
});
