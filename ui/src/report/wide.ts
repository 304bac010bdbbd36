// Whether the report has its third column: there the learner explains while reading. It is the width of `Report.module.css`.
import { useSyncExternalStore } from 'react';

const WIDE = window.matchMedia('(min-width: 1600px)');

export function useWideReport(): boolean {
  return useSyncExternalStore(
    (changed) => {
      WIDE.addEventListener('change', changed);
      return () => WIDE.removeEventListener('change', changed);
    },
    () => WIDE.matches,
  );
}
