import { describe, expect, it } from 'vitest';
import type { CompareRow } from '../rpc/contract';
import { differenceText } from './difference';

const row = (a: number, b: number, unit: string): CompareRow => ({
  name: 'x',
  label: 'x',
  unit,
  tag: 'measured',
  a,
  b,
  difference: b - a,
  ratio: b / a,
  says: 'differs',
});

describe('the difference between two runs', () => {
  it.each<[number, number, string, string]>([
    [21.575, 21.526, 'ms', 'under 0.1 ms'],
    [21.6, 33.6, 'ms', '+12 ms'],
    [33.64, 21.6, 'ms', '−12 ms'],
    [69.001, 68.996, '%', 'under 0.1 points'],
    [69, 36, '%', '−33 points'],
    [16_800, 16_812, '/s', 'under 100/s'],
    [0, 7, '', '+7'],
    [4_100, 4_300, 'ms', '+200 ms'],
  ])('from %d to %d %s is %s', (a, b, unit, said) => {
    expect(differenceText(row(a, b, unit))).toBe(said);
  });
});
