// Figures read as the wording says: numbers, units and spaces. It does not test what figures mean.
import { expect, it } from 'vitest';
import { besideLimit, count, figure, moment, ms, number, plural, rate, ratio, seconds, share, short, target, text } from './format';

it.each<[string, string]>([
  [ms(262), '262 ms'],
  [ms(1.25), '1.25 ms'],
  [ms(0.05), '0.05 ms'],
  [ms(9.4), '9.4 ms'],
  [ms(4100), '4.1 s'],
  [ms(0), '0 ms'],
  [rate(6700), '6.7K/s'],
  [rate(889), '889/s'],
  [rate(16_800), '16.8K/s'],
  [rate(1_250_000), '1.3M/s'],
  [rate(999.7), '1K/s'],
  [share(0.36), '36%'],
  [share(0.049), '4.9%'],
  [share(1.23), '123%'],
  [text(0.0721, 'share'), '7.2%'],
  [text(36, '%'), '36%'],
  [share(0.0004), '<0.1%'],
  [text(0.049, '%'), '<0.1%'],
  [text(0.05, '%'), '0.1%'],
  [text(0, '%'), '0%'],
  [text(12.5, '%'), '13%'],
  [text(187, 'per tweet'), '187 per tweet'],
  [ratio(1.68), '1.7 ×'],
  [ratio(3.275), '3.3 ×'],
  [ratio(0.775), '0.78 ×'],
  [ratio(0.6), '0.6 ×'],
  [ratio(41.2), '41 ×'],
  [target(200, 'ms'), '≤ 200 ms'],
  [target(0.01, 'share'), '≤ 1%'],
  [target(0, ''), '0'],
  [target(0.05, '%'), '≤ 0.05%'],
  [target(12.5, '%'), '≤ 12.5%'],
  [target(5000, 'ms'), '≤ 5 s'],
  [target(1200, 'per tweet'), '≤ 1,200 per tweet'],
  [seconds(0.9), '0.9 s'],
  [seconds(60), '60 s'],
  [seconds(0.006), '6 ms'],
  [count(944_435), '944,435'],
  [short(100_000_000), '100M'],
  [number(-3), '−3'],
  [number(12_345.6, 6), '12,345.6'],
  [moment(31), '0:31'],
  [moment(-2.1), '−0:02'],
  [moment(60), '1:00'],
  [plural(1, 'design'), '1 design'],
  [plural(3, 'design'), '3 designs'],
])('%s', (shown, expected) => {
  expect(shown).toBe(expected);
});

it('says unknown where there is no number, and gives it no unit', () => {
  expect(figure(null, 'ms')).toEqual({ number: 'unknown', unit: '', gap: false });
  expect(text(Number.NaN, '%')).toBe('unknown');
  expect(number(Number.POSITIVE_INFINITY)).toBe('unknown');
});

it.each<[number | null, number, string, string, string]>([
  [0.0104, 0.01, 'share', '1.04', '≤ 1%'],
  [1.004, 1, '%', '1.004', '≤ 1%'],
  [10.2, 10, '%', '10.2', '≤ 10%'],
  [0.04, 0.03, '%', '0.04', '≤ 0.03%'],
  [0.04, 0, '%', '<0.1', '0%'],
  [200.4, 200, 'ms', '200.4', '≤ 200 ms'],
  [5003, 5000, 'ms', '5.003', '≤ 5 s'],
  [6704, 6700, '/s', '6.704K', '≤ 6.7K/s'],
  [1000.4, 1000, 'per tweet', '1,000.4', '≤ 1,000 per tweet'],
  // What is far from its limit, or within it, is shown as usual.
  [262.4, 200, 'ms', '262', '≤ 200 ms'],
  [199.6, 200, 'ms', '200', '≤ 200 ms'],
  [0.0096, 0.01, 'share', '1', '≤ 1%'],
  [null, 200, 'ms', 'unknown', '≤ 200 ms'],
])('%s past %s %s reads as past it', (value, limit, unit, shown, against) => {
  expect([besideLimit(value, limit, unit).number, target(limit, unit)]).toEqual([shown, against]);
});
