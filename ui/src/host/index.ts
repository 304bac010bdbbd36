// The door to the app: `call` and `startRun`. This folder alone knows the desktop shell. It holds no rules of the exercises.
import type { Commands, RunStart, RunStarted } from '../rpc/contract';
import { asHostError } from './errors';
import type { CommandName, EventListener, Host } from './host';
import { insideShell, listenForClosing, tauriHost } from './tauri';

export { HostError, asHostError } from './errors';
export { placeWords } from './places';
export type { CommandName, EventListener, Host } from './host';

let host: Host | null = null;

/** Finds the host once: the desktop shell, or (in development and tests) the fixture. */
export async function openHost(): Promise<void> {
  if (host !== null) return;
  if (insideShell()) host = tauriHost;
  else if (__FIXTURE__) host = (await import('./fixture')).fixtureHost();
}

/** From now on the window closes only when `mayClose` says so; outside the desktop shell there is no window to close. */
export function beforeClosing(mayClose: () => Promise<boolean>): void {
  if (host !== tauriHost) return;
  listenForClosing(mayClose).catch((thrown: unknown) => console.warn('The window closes without waiting for a save.', thrown));
}

/** Takes the place of the host; for tests. */
export function setHost(other: Host | null): void {
  host = other;
}

function opened(): Host {
  if (host === null)
    throw asHostError('The window runs outside the Loadline app, so it has nothing to ask. Start it with `loadline-desktop`.');
  return host;
}

/** Asks the app. Rejects with a HostError only. */
export async function call<K extends CommandName>(name: K, request: Commands[K]['request']): Promise<Commands[K]['response']> {
  try {
    return await opened().call(name, request);
  } catch (thrown) {
    throw asHostError(thrown, name);
  }
}

/** Starts a run; its events arrive in batches until `finished` or `failed`. Rejects with a HostError only. */
export async function startRun(request: RunStart, onEvents: EventListener): Promise<RunStarted> {
  try {
    return await opened().startRun(request, onEvents);
  } catch (thrown) {
    throw asHostError(thrown, 'run_start');
  }
}
