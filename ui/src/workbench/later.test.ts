// A call in a while: asked again it waits anew, but never past the longest wait.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { LONGEST_MS, later } from './later';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('waits anew for each asking, but not for longer than the longest wait', async () => {
  let calls = 0;
  const saving = later(400, () => {
    calls += 1;
    return Promise.resolve();
  });
  for (let asked_ms = 0; asked_ms < LONGEST_MS; asked_ms += 100) {
    saving.soon();
    expect(calls).toBe(0);
    await vi.advanceTimersByTimeAsync(100);
  }
  expect(calls).toBe(1);
  // The next asking begins a wait of its own.
  saving.soon();
  await vi.advanceTimersByTimeAsync(399);
  expect(calls).toBe(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(calls).toBe(2);
});
