// The focus that a part of the canvas gets when it is drawn: it is taken from nobody who types elsewhere by then.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { focusPart } from './stage';

const frame = (): void => {
  vi.advanceTimersByTime(20);
};
const place = (html: string): HTMLElement => {
  document.body.insertAdjacentHTML('beforeend', html);
  return document.body.lastElementChild as HTMLElement;
};
const part = (): HTMLElement => place('<div class="react-flow__node" data-id="feed" tabindex="-1"></div>');

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['requestAnimationFrame', 'cancelAnimationFrame'] });
});
afterEach(() => {
  vi.useRealTimers();
  document.body.innerHTML = '';
});

it('goes to the part in the frame in which it is drawn, also from a field that is left for it', () => {
  const search = place('<input />');
  search.focus();
  focusPart('feed');
  frame();
  const drawn = part();
  frame();
  expect(document.activeElement).toBe(drawn);
});

it.each(['<input />', '<textarea></textarea>'])('stays where somebody began to type meanwhile: %s', (html) => {
  part();
  const field = place(html);
  focusPart('feed');
  field.focus();
  frame();
  frame();
  expect(document.activeElement).toBe(field);
});

it('goes to the part that was asked for last', () => {
  part();
  const other = place('<div class="react-flow__node" data-id="kv" tabindex="-1"></div>');
  focusPart('feed');
  focusPart('kv');
  frame();
  expect(document.activeElement).toBe(other);
});
