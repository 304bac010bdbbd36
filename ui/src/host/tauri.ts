// The host inside the desktop shell: one generic command, one channel for a run's events. It knows no command by name but `run_start`.
import { Channel, invoke, isTauri } from '@tauri-apps/api/core';
import type { Commands, RunEvent, RunStart, RunStarted } from '../rpc/contract';
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

/** True when the page runs inside the desktop shell. */
export const insideShell = (): boolean => isTauri();
