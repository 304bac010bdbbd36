// Shapes with their words: the same for a load and an event wherever they stand.
import { render, screen } from '@testing-library/react';
import { expect, it } from 'vitest';
import type { NoteLevel } from '../rpc/contract';
import { Comb, LevelIcon, loadState } from '.';

it.each<[number, boolean, ReturnType<typeof loadState>]>([
  [0.699, false, null],
  [0.7, false, 'busy'],
  [0.989, false, 'busy'],
  [0.99, false, 'over'],
  [0.2, true, 'over'],
])('a load of %d, refusing %s, is %s', (utilisation, refusing, state) => {
  expect(loadState(utilisation, refusing)).toBe(state);
});

it('colours the bar of an instance by the same load', () => {
  render(<Comb label="each" each={[0.5, 0.7, 0.992, null]} />);
  const bars = [...screen.getByRole('img', { name: 'each' }).children];
  expect(bars.map(({ className }) => className)).toEqual(['', 'combBusy', 'combOver', 'gone']);
});

it.each<[NoteLevel, string, string]>([
  ['info', 'info', 'note'],
  ['good', 'pass', 'well'],
  ['warning', 'busy', 'warning'],
  ['bad', 'fail', 'trouble'],
])('an event of level %s is %s, read as %s', (level, state, word) => {
  render(<LevelIcon level={level} />);
  expect(screen.getByRole('img', { name: word }).dataset.state).toBe(state);
});
