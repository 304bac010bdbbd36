// What the window may ask of the app around it, whichever app that is. It is not an implementation.
import type { Commands, RunEvent, RunStart, RunStarted } from '../rpc/contract';

export type CommandName = keyof Commands;

/** Called with each batch of events, in order; at most 4 batches a second. */
export type EventListener = (events: readonly RunEvent[]) => void;

export interface Host {
  call<K extends CommandName>(name: K, request: Commands[K]['request']): Promise<Commands[K]['response']>;
  startRun(request: RunStart, onEvents: EventListener): Promise<RunStarted>;
}
