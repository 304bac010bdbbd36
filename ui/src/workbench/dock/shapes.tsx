// The shapes of the load as small pictures with their names. It sets no load.
import type { Shape } from '../../rpc/contract';

const PATHS: Record<Shape, string> = {
  baseline: 'M1 6h18',
  ramp: 'M1 11L19 2',
  spike: 'M1 9h6l3-8 3 8h6',
  soak: 'M1 5h18M1 11h18',
  stress: 'M1 11h5V8h5V5h4V2h4',
};

const NAMES: Record<Shape, string> = { baseline: 'Baseline', ramp: 'Ramp', spike: 'Spike', soak: 'Soak', stress: 'Stress' };

const ORDER: readonly Shape[] = ['baseline', 'ramp', 'spike', 'soak', 'stress'];

export const SHAPES = ORDER.map((value) => ({
  value,
  label: NAMES[value],
  icon: (
    <svg width="20" height="12" viewBox="0 0 20 12" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true">
      <path d={PATHS[value]} />
    </svg>
  ),
}));

export function shapeName(shape: Shape): string {
  return NAMES[shape].toLowerCase();
}
