// Names of lines stand beside their ends, and on nothing else.
import { expect, it } from 'vitest';
import { placeNames, type Named } from './names';

const line = (name: string, ...points: [number, number][]): Named => ({ name, points });
const long = line('Long', [0, 100], [400, 60]);

it('stand one under the other at the end of the axis, in the order of their lines', () => {
  const places = placeNames([long, line('Longer', [0, 90], [400, 58])], 400, [], 10, 180);
  expect(places.map(({ x }) => x)).toEqual([406, 406]);
  expect((places[0]?.y ?? 0) - (places[1]?.y ?? 0)).toBeGreaterThanOrEqual(14);
});

it('stand beside the end of a line that ends early', () => {
  expect(placeNames([long, line('Early', [0, 150], [200, 140])], 400, [], 10, 180)[1]).toEqual({ x: 206, y: 140 });
});

it('keep off a line that goes on, and off each other', () => {
  const early = line('Early', [0, 150], [200, 80]);
  const [, first, second] = placeNames([long, early, line('Other', [0, 140], [200, 82])], 400, [], 10, 180);
  // The long line is at 80 where they end, and rises to the right.
  expect(Math.abs((first?.y ?? 0) - 80)).toBeGreaterThanOrEqual(14);
  expect(Math.abs((first?.y ?? 0) - (second?.y ?? 0))).toBeGreaterThanOrEqual(14);
});

it('keep off other words and inside, and stay at their line where nothing is free', () => {
  const early = line('Early', [0, 150], [200, 80]);
  const words = { x: 190, y: 70, width: 60, height: 20 };
  expect(placeNames([early], 400, [words], 10, 180)[0]?.y).toBe(80 - 28);
  expect(placeNames([early], 400, [words], 75, 180)[0]?.y).toBe(80 + 28);
  expect(placeNames([early], 400, [{ ...words, y: 0, height: 300 }], 10, 180)[0]?.y).toBe(80);
});
