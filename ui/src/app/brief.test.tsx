// Diagrams of a text are images from blob addresses, and a failure says so in their place.
import { render, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { setHost } from '../host';
import { fixtureHost } from '../host/fixture';
import { Brief } from './Brief';

const html = '<p>Text</p><figure data-diagram="0d1a" aria-label="Fan-out"></figure>';

const revoke = vi.fn();

beforeEach(() => {
  revoke.mockClear();
  URL.createObjectURL = () => 'blob:diagram';
  URL.revokeObjectURL = revoke;
});
afterEach(() => setHost(null));

it('shows a diagram only as an image, and gives its address back', async () => {
  setHost(fixtureHost());
  const { unmount, container } = render(<Brief html={html} exercise="twitter" />);
  const image = await screen.findByRole('img', { name: 'Fan-out' });
  expect(image.getAttribute('src')).toBe('blob:diagram');
  expect(container.querySelector('svg')).toBeNull();
  unmount();
  expect(revoke).toHaveBeenCalledWith('blob:diagram');
});

it('says why a diagram is not shown', async () => {
  const host = fixtureHost();
  setHost({ ...host, call: () => Promise.reject(new Error('too large')) });
  render(<Brief html={html} exercise="twitter" />);
  expect(await screen.findByText(/Diagram not shown: too large/)).toBeTruthy();
});

it('keeps its diagrams when it is drawn again', async () => {
  setHost(fixtureHost());
  const { rerender } = render(<Brief html={html} exercise="twitter" />);
  const image = await screen.findByRole('img', { name: 'Fan-out' });
  rerender(<Brief html={html} exercise="twitter" />);
  expect(screen.getByRole('img', { name: 'Fan-out' })).toBe(image);
});
