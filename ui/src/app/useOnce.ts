// An action that is not begun again while it goes on: what creates or deletes something would otherwise do it twice when its button is pressed
// twice. It shows nothing itself.
import { useRef, useState } from 'react';
import { asHostError, type HostError } from '../host';

/** Begins the action, unless it goes on already; and whether it does. What the action rejects with is told as a failure that was not foreseen. */
export function useOnce<Given extends unknown[]>(
  action: (...given: Given) => Promise<void>,
): [begin: (...given: Given) => void, busy: boolean] {
  const [busy, setBusy] = useState(false);
  /** The same at once: a second press may come before the first is drawn. */
  const goesOn = useRef(false);
  const begin = (...given: Given): void => {
    if (goesOn.current) return;
    goesOn.current = true;
    setBusy(true);
    void action(...given).finally(() => {
      goesOn.current = false;
      setBusy(false);
    });
  };
  return [begin, busy];
}

/** The same for actions that the app may refuse: `tell` gets why, and null when one begins. */
export function useAttempt(tell: (error: HostError | null) => void): [attempt: (action: () => Promise<void>) => void, busy: boolean] {
  return useOnce(async (action: () => Promise<void>) => {
    tell(null);
    try {
      await action();
    } catch (thrown) {
      tell(asHostError(thrown));
    }
  });
}
