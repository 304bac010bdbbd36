// Small blocks of text: chip, note, empty place. They hold no behaviour.
import type { ReactNode } from 'react';
import { cx } from './cx';
import css from './Blocks.module.css';
import { StateIcon, type StateName } from './StateIcon';

/** A word with a thin border: a tag, an idea, a piece of evidence. */
export function Chip({ children }: { children: ReactNode }) {
  return <span className={css.chip}>{children}</span>;
}

type NoteTone = 'plain' | 'busy' | 'over' | 'pred' | 'accent';

/** A remark set apart by a line on its left. */
export function Note({ tone = 'plain', state, children }: { tone?: NoteTone; state?: StateName; children: ReactNode }) {
  return (
    <div className={cx(css.note, css[`note-${tone}`])}>
      {state === undefined ? null : <StateIcon state={state} />}
      <div className={css.noteText}>{children}</div>
    </div>
  );
}

/** Says what would stand here, and how it comes to. */
export function EmptyPlace({ children }: { children: ReactNode }) {
  return <div className={css.empty}>{children}</div>;
}
