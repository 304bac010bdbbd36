// One delayed call at a time, in order: what autosave and the check share. It is not a queue of all calls: only the newest counts.
export interface Later {
  /** Asks for a call in a while; asking again starts the while anew. */
  soon(): void;
  /** Calls at once when a call is due, and waits until what is under way has ended. */
  flush(): Promise<void>;
  /** Forgets what is due. */
  cancel(): void;
}

/** `work` must not reject: it tells its own failures. */
export function later(delayMs: number, work: () => Promise<void>): Later {
  let timer: ReturnType<typeof setTimeout> | null = null;
  let running: Promise<void> = Promise.resolve();
  const go = (): void => {
    timer = null;
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
      timer = setTimeout(go, delayMs);
    },
    async flush() {
      if (stop()) go();
      await running;
    },
    cancel() {
      stop();
    },
  };
}
