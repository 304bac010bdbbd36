// A failure in words: what happened, what to do, and a way to try again. It never hides the code.
import type { HostError } from '../host';
import { Button } from './Button';
import css from './ErrorPanel.module.css';
import { StateIcon } from './StateIcon';

export function ErrorPanel({ error, onAgain, againLabel = 'Try again' }: { error: HostError; onAgain?: () => void; againLabel?: string }) {
  return (
    <div className={css.panel} role="alert">
      <StateIcon state="fail" />
      <div className={css.text}>
        <p className={css.message}>{error.message}</p>
        {error.hint === '' ? null : <p>{error.hint}</p>}
        <p className={css.code}>{error.code}</p>
      </div>
      {onAgain === undefined ? null : <Button onClick={onAgain}>{againLabel}</Button>}
    </div>
  );
}
