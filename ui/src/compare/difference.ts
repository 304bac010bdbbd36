// The difference of a figure between two runs, in words.
import { text } from '../format';
import type { CompareRow } from '../rpc/contract';

/** Digits that a figure is shown with. */
const DIGITS = 3;

/** `+12 ms`, `−3 points` of percent; a difference finer than the figures are shown is not given finer than they are. */
export function differenceText({ difference, a, b, unit }: CompareRow): string {
  if (difference === null) return 'unknown';
  const said = (value: number): string => (unit === '%' ? `${text(value, '')} points` : text(value, unit));
  const size = Math.max(Math.abs(a ?? 0), Math.abs(b ?? 0));
  const step = unit === '%' ? 0.1 : 10 ** (Math.floor(Math.log10(size)) + 1 - DIGITS);
  if (Math.abs(difference) < step) return `under ${said(step)}`;
  return `${difference > 0 ? '+' : ''}${said(Math.round(difference / step) * step)}`;
}
