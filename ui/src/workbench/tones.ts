// From severities and run states to the shared shapes and tones. It sets no thresholds.
import type { Severity } from '../rpc/contract';
import type { StateName } from '../parts';
import type { LoadState } from './run/state';

export const SEVERITY_STATE: Record<Severity, 'fail' | 'busy' | 'info'> = { error: 'fail', warning: 'busy', note: 'info' };

/** Shape of a state on the canvas; null: well is quiet. */
export const PARTS_STATE: Record<LoadState, StateName | null> = {
  steady: null,
  busy: 'busy',
  uneven: 'busy',
  saturated: 'over',
  failed: 'fail',
  down: 'down',
  unknown: 'unknown',
};

export const TONE: Record<LoadState, 'busy' | 'over' | 'down' | null> = {
  steady: null,
  busy: 'busy',
  uneven: 'busy',
  saturated: 'over',
  failed: 'over',
  down: 'down',
  unknown: null,
};
