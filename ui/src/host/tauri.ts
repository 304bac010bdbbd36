// The host inside the desktop shell: one generic command, one channel for a run's events, and the closing of the window. It knows no command by
// name but `run_start`.
import { Channel, invoke, isTauri } from '@tauri-apps/api/core';
import type { Commands, RunEvent, RunStart, RunStarted } from '../rpc/contract';
import { getCurrentWindow } from '@tauri-apps/api/window';
import { asHostError } from './errors';
import type { CommandName, EventListener, Host } from './host';

async function rpc<K extends CommandName>(
  name: K,
  request: Commands[K]['request'],
  onEvents?: EventListener,
): Promise<Commands[K]['response']> {
  const events = new Channel<RunEvent[]>();
  if (onEvents !== undefined) events.onmessage = onEvents;
  try {
    return await invoke<Commands[K]['response']>('rpc', { name, request, events });
  } catch (thrown) {
    throw asHostError(thrown);
  }
}

export const tauriHost: Host = {
  call: (name, request) => rpc(name, request),
  startRun: (request: RunStart, onEvents: EventListener): Promise<RunStarted> => rpc('run_start', request, onEvents),
};

/** Closing the window waits for `mayClose`. A window that will not go then is left to the shell again, so that it can always be closed. */
export async function listenForClosing(mayClose: () => Promise<boolean>): Promise<void> {
  const shell = getCurrentWindow();
  const deaf = await shell.onCloseRequested(async (event) => {
    event.preventDefault();
    try {
      if (await mayClose()) await shell.destroy();
    } catch (thrown) {
      console.warn('The window did not close as asked; the shell closes it from now on.', thrown);
      deaf();
    }
  });
}

/** True when the page runs inside the desktop shell. */
export const insideShell = (): boolean => isTauri();
