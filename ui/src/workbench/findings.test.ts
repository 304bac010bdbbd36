// Findings of one component among many: worded, and looked up without going through all of them each time.
import { expect, it } from 'vitest';
import type { Check, Diagnostic } from '../rpc/contract';
import { counted, findingsOf, spokenName } from './findings';

const finding = (component: string | null, severity: Diagnostic['severity'] = 'warning'): Diagnostic => ({
  severity,
  code: 'x',
  component,
  reason: `of ${component ?? 'all'}`,
  remedy: '',
});

/** A check that counts how often its findings are gone through. */
function watched(diagnostics: Diagnostic[]): { check: Check; reads: () => number } {
  let reads = 0;
  return {
    check: {
      abilities: {},
      plan: null,
      get diagnostics() {
        reads += 1;
        return diagnostics;
      },
    },
    reads: () => reads,
  };
}

it('gives each component its own, in order, and none of the whole drawing', () => {
  const all = [finding('feed'), finding(null), finding('kv'), finding('feed', 'error')];
  const { check } = watched(all);
  expect(findingsOf(check, 'feed')).toEqual([all[0], all[3]]);
  expect(findingsOf(check, 'kv')).toEqual([all[2]]);
  expect([findingsOf(check, 'log'), findingsOf(null, 'feed')]).toEqual([[], []]);
  expect(counted(findingsOf(check, 'feed')).map(({ text }) => text)).toEqual(['1 error', '1 warning']);
  expect(spokenName('Feed service', 7, findingsOf(check, 'kv'))).toBe('Feed service, 7 instances, 1 warning');
});

it('goes through a check once, however often and of however many components it is asked', () => {
  const { check, reads } = watched(Array.from({ length: 200 }, (_, n) => finding(`kv-${n}`)));
  for (let round = 0; round < 3; round += 1) for (let n = 0; n < 200; n += 1) expect(findingsOf(check, `kv-${n}`)).toHaveLength(1);
  expect(reads()).toBe(1);
  const another = watched([]);
  expect(findingsOf(another.check, 'kv-1')).toEqual([]);
  expect(findingsOf(check, 'kv-1')).toHaveLength(1);
});
