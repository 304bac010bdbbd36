// A way of running that waits for a design: a dive's run says scenario, shape and rate, and the workbench takes them when it opens the design.
// It is kept until the window closes; the drawing itself is saved like any other.
import type { RunWish } from '../rpc/contract';

const waiting = new Map<string, RunWish>();

export function makeReady(design: string, wish: RunWish): void {
  waiting.set(design, wish);
}

export function readyFor(design: string): RunWish | null {
  return waiting.get(design) ?? null;
}
