// For tests that nothing more happens: a wait that is no sleep.
import { act } from '@testing-library/react';

/** One turn of the event loop: what was answered or due by now has been taken by whoever waited for it, however long the chain of promises. */
export const turn = (): Promise<void> => act(() => new Promise<void>((resolve) => setTimeout(resolve)));
