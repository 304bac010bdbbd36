// Fields report a value when it is settled, and never one that is out of range.
import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it, vi } from 'vitest';
import { NumberField, Segmented, parseNumber } from './Fields';

it.each([
  ['4', { value: 4, problem: null }],
  ['6.7K', { value: 6700, problem: null }],
  ['1,250', { value: 1250, problem: null }],
  ['2M', { value: 2_000_000, problem: null }],
  ['', { value: null, problem: 'A number is needed.' }],
  ['1,250.5', { value: 1250.5, problem: null }],
  ['1,250,000', { value: 1_250_000, problem: null }],
  ['1,5', { value: null, problem: 'Write 1.5 with a point.' }],
  ['1.5,000', { value: null, problem: 'Write 1.5 with a point.' }],
  ['12,34k', { value: null, problem: 'Write 1.5 with a point.' }],
  ['k', { value: null, problem: 'Not a number.' }],
  [' M', { value: null, problem: 'Not a number.' }],
  ['four', { value: null, problem: 'Not a number.' }],
  ['0', { value: null, problem: 'At least 1.' }],
  ['9e9', { value: null, problem: 'At most 10,000,000.' }],
])('reads %j', (typed, parsed) => {
  expect(parseNumber(typed, { min: 1, max: 1e7 })).toEqual(parsed);
});

it('wants whole numbers where it says so, and takes a blank where it may', () => {
  expect(parseNumber('1.5', { whole: true }).problem).toBe('Whole numbers only.');
  expect(parseNumber(' ', { mayBeBlank: true })).toEqual({ value: null, problem: null });
});

it('commits on Enter and on leaving, not while typing, and not what is wrong', async () => {
  const user = userEvent.setup();
  const commit = vi.fn();
  render(<NumberField label="Workers" value={4} unit="" min={1} max={64} whole onCommit={commit} />);
  const field = screen.getByLabelText('Workers');
  await user.clear(field);
  await user.type(field, '16');
  expect(commit).not.toHaveBeenCalled();
  await user.keyboard('{Enter}');
  expect(commit).toHaveBeenLastCalledWith(16);
  await user.clear(field);
  await user.type(field, '99');
  expect(screen.getByText('At most 64.')).toBeTruthy();
  await user.tab();
  expect(commit).toHaveBeenCalledTimes(1);
});

it('moves a choice by keyboard', async () => {
  const user = userEvent.setup();
  const change = vi.fn();
  const options = [
    { value: 'a', label: 'On read' },
    { value: 'b', label: 'On write' },
  ] as const;
  render(<Segmented label="Timeline is built" value="a" options={options} onChange={change} />);
  await user.tab();
  await user.keyboard('{ArrowRight}');
  expect(change).toHaveBeenCalledWith('b');
});
