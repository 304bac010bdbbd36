// What is written and what is blank among the figures to predict, in words, and whether a run may begin. Pure.
import type { Check, Predict, Predictions } from '../../rpc/contract';

export function written(asked: readonly Predict[], predictions: Predictions): number {
  return asked.filter(({ figure }) => predictions.values[figure] !== undefined).length;
}

/** `4 of 6 written. Blanks are recorded as skipped.` */
export function progressText(asked: readonly Predict[], predictions: Predictions): string {
  const done = written(asked, predictions);
  const rest = done === asked.length ? '' : ' Blanks are recorded as skipped.';
  return `${done} of ${asked.length} written.${rest}`;
}

export interface Permission {
  /** Run, with what was predicted. */
  run: boolean;
  /** Run without predicting: only while nothing is written, so that nothing written is left out in silence. */
  without: boolean;
  /** Why Run is not possible; null when it is. */
  why: string | null;
}

/** What a run waits for. */
export interface Readiness {
  asked: readonly Predict[];
  predictions: Predictions;
  /** Whether what was predicted before is here, is still read, or could not be read. */
  read: 'here' | 'reading' | 'failed';
  check: Check | null;
  checkFailed: boolean;
  saveFailed: boolean;
}

/** Whether a run may begin. The check decides whether the drawing can run at all. */
export function mayRun({ asked, predictions, read, check, checkFailed, saveFailed }: Readiness): Permission {
  const no = (why: string): Permission => ({ run: false, without: false, why });
  if (saveFailed) return no('The drawing is not saved. Save it, then run.');
  if (checkFailed) return no('The drawing could not be checked. Check it again, then run.');
  if (check === null) return no('The drawing is being checked.');
  if (check.plan === null) {
    const errors = check.diagnostics.filter(({ severity }) => severity === 'error');
    const [first] = errors;
    return no(first === undefined ? 'The drawing cannot run yet.' : `Cannot run: ${first.reason}`);
  }
  if (asked.length > 0 && read !== 'here') {
    return no(read === 'failed' ? 'The predictions could not be read. Read them again, then run.' : 'The predictions are being read.');
  }
  if (asked.length > 0 && written(asked, predictions) === 0) {
    return { run: false, without: true, why: 'Write at least one figure first.' };
  }
  return { run: true, without: asked.length === 0, why: null };
}
