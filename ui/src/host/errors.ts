// Failures of a call as one type, so that screens can show `message` and `hint` and switch on `code`. It shows nothing itself.
import type { RpcError } from '../rpc/contract';

/** A command failed. `code` is stable, `message` says what happened, `hint` what to do, `place` which command; empty when it is not known. */
export class HostError extends Error {
  readonly code: string;
  readonly hint: string;
  readonly place: string;

  constructor(error: RpcError, place = '') {
    super(error.message);
    this.name = 'HostError';
    this.code = error.code;
    this.hint = error.hint;
    this.place = place;
  }
}

function isRpcError(value: unknown): value is RpcError {
  if (typeof value !== 'object' || value === null) return false;
  const fields = value as Partial<Record<keyof RpcError, unknown>>;
  return typeof fields.code === 'string' && typeof fields.message === 'string' && typeof fields.hint === 'string';
}

/** Anything that was thrown, as a HostError of `place`. What is not the app's own error keeps its text and gets the code `window`. */
export function asHostError(thrown: unknown, place = ''): HostError {
  if (thrown instanceof HostError) return thrown.place === '' && place !== '' ? new HostError(thrown, place) : thrown;
  if (isRpcError(thrown)) return new HostError(thrown, place);
  const message = thrown instanceof Error ? thrown.message : typeof thrown === 'string' ? thrown : 'The call failed without a reason.';
  return new HostError(
    {
      code: 'window',
      message,
      hint: 'Try again. If it fails again, close the window and open it anew: work is saved as you go.',
    },
    place,
  );
}
