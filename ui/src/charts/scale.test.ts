// Places, ticks and labels of charts.
import { expect, it } from 'vitest';
import { linear, linearTicks, logarithmic, logRange, logTicks, percentileScale, ratioRange, ratioTick, spread } from './scale';

it('places linear, logarithmic and percentile values', () => {
  expect(linear(0, 100, 0, 200)(25)).toBe(50);
  expect(logarithmic(1, 100, 0, 200)(10)).toBeCloseTo(100);
  const x = percentileScale(90, 99.9, 0, 200);
  expect(x(99)).toBeCloseTo(100);
  expect(x(90)).toBeCloseTo(0);
  expect(Number.isFinite(x(100))).toBe(true);
});

it('finds round ends for a log axis, at least a decade apart, and none for no values', () => {
  expect(logRange([9.4, 301])).toEqual({ from: 5, to: 500 });
  expect(logRange([40, 60])).toEqual({ from: 10, to: 100 });
  expect(logRange([0, -1, Number.NaN])).toBeNull();
});

it('ticks by decades, or by 1, 2, 5 when decades are few', () => {
  expect(logTicks({ from: 1, to: 1000 })).toEqual([1, 10, 100, 1000]);
  expect(logTicks({ from: 5, to: 50 })).toEqual([5, 10, 20, 50]);
  expect(linearTicks(22_000)).toEqual([0, 5000, 10_000, 15_000, 20_000, 25_000]);
  expect(linearTicks(0)).toEqual([0, 1]);
});

it('spans ⅛ to 8 for ratios, further when they need it, never past 64', () => {
  expect(ratioRange([0.78, 3.3])).toMatchObject({ least: 0.125, most: 8 });
  expect(ratioRange([20]).most).toBe(32);
  expect(ratioRange([100_000]).most).toBe(64);
  expect([0.125, 0.5, 1, 8].map(ratioTick)).toEqual(['⅛', '½', '1', '8']);
});

it('keeps labels apart, in order and inside', () => {
  const moved = spread([100, 101, 20], 14, 0, 110);
  expect(moved[2]).toBe(20);
  const [a, b] = [moved[0] ?? 0, moved[1] ?? 0];
  expect(b - a).toBeGreaterThanOrEqual(14);
  expect(b).toBeLessThanOrEqual(110);
});
