// What the live screens say in words: soundness against its limits, tables behind charts, and whose load a prediction is of.
import { describe, expect, it } from 'vitest';
import { timeTicks } from '../../charts/scale';
import type { Soundness } from '../../rpc/contract';
import { soundnessText } from '../Status';
import { newest } from './LiveDock';
import { figureOf } from './predicted';

const sound = (over: Partial<Soundness>): Soundness => ({
  keeps_up: true,
  chain_error: 0.004,
  max_chain_error: 0.015,
  overrun: 0.01,
  max_overrun: 0.04,
  ...over,
});

describe('soundness', () => {
  it('says that the laptop keeps up, with the share and its limit', () => {
    expect(soundnessText(sound({}))).toEqual({
      word: 'The laptop keeps up',
      why: ['its own delays are', '0.4%', 'of an answer’s time, at most 1.5%'],
    });
  });

  it('names what passes its limit', () => {
    const chain = soundnessText(sound({ keeps_up: false, chain_error: 0.021 }));
    expect(chain).toEqual({
      word: 'Host-limited if it stays so',
      why: ['its own delays are', '2.1%', 'of an answer’s time, at most 1.5%'],
    });
    expect(soundnessText(sound({ keeps_up: false, overrun: 0.06 })).why).toEqual([
      'answers leave',
      '6%',
      'of a service time late, at most 4%',
    ]);
  });
});

describe('the table behind a live chart', () => {
  it('has one row a second, newest first', () => {
    const t_s = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 2.1];
    expect(newest(t_s, (index) => [String(index)])).toEqual([
      ['0:02', '6'],
      ['0:01', '4'],
      ['0:00', '0'],
    ]);
  });
});

it.each([
  [2, [0, 1, 2]],
  [5, [0, 1, 2, 3, 4, 5]],
  [8, [0, 2, 4, 6, 8]],
  [12, [0, 5, 10]],
  [60, [0, 15, 30, 45, 60]],
  [90, [0, 30, 60, 90]],
])('the time axis of %d s is even', (end_s, ticks) => {
  expect(timeTicks(end_s)).toEqual(ticks);
});

it('finds the figure that speaks of a component, its own or one that it stands in for', () => {
  expect(figureOf('mine', {})).toBe('mine.utilisation');
  expect(figureOf('mine', { 'service.utilisation': 'mine', 'feed.hit_ratio': 'other' })).toBe('service.utilisation');
  expect(figureOf('other', { 'feed.hit_ratio': 'other' })).toBe('other.utilisation');
});
