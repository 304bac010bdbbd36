// Steps of a piece of work in a row: done, half way, not begun. The words beside it say how many; the bar is for the eye.
import { cx } from './cx';
import css from './StepBar.module.css';

export interface Step {
  title: string;
  state: 'done' | 'half' | 'open';
}

/** `label` says all of it to a screen reader: `4 of 6 phases handed in`. */
export function StepBar({ steps, label }: { steps: readonly Step[]; label: string }) {
  return (
    <span className={css.bar} role="img" aria-label={label}>
      {steps.map(({ title, state }) => (
        <i key={title} className={cx(state !== 'open' && css[state])} title={title} />
      ))}
    </span>
  );
}
