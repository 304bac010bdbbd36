// One delayed call at a time, in order: what autosave and the check share. It is not a queue of all calls: only the newest counts.
export interface Later {
  /** Asks for a call in a while; asking again starts the while anew, but never past the longest wait. */
  soon(): void;
  /** Calls at once when a call is due, and waits until what is under way has ended. */
  flush(): Promise<void>;
  /** Forgets what is due. */
  cancel(): void;
}

/** Somebody who never pauses is not left without a save for longer than this. */
export const LONGEST_MS = 2000;

/** `work` must not reject: it tells its own failures. */
export function later(delayMs: number, work: () => Promise<void>): Later {
  let timer: ReturnType<typeof setTimeout> | null = null;
  let askedFirst_ms: number | null = null;
  let running: Promise<void> = Promise.resolve();
  const go = (): void => {
    timer = null;
    askedFirst_ms = null;
    running = running.then(work);
  };
  const stop = (): boolean => {
    if (timer === null) return false;
    clearTimeout(timer);
    timer = null;
    return true;
  };
  return {
    soon() {
      stop();
      const now_ms = performance.now();
      askedFirst_ms ??= now_ms;
      timer = setTimeout(go, Math.max(0, Math.min(delayMs, askedFirst_ms + LONGEST_MS - now_ms)));
    },
    async flush() {
      if (stop()) go();
      await running;
    },
    cancel() {
      stop();
      askedFirst_ms = null;
    },
  };
}
