// Notes on one part, saved as they are written, and the way to its solution: handing in, or opening it anyway after being asked once.
import { useId, useRef, useState } from 'react';
import { when } from '../format';
import { Button, Sheet } from '../parts';
import type { StudyPart } from '../rpc/contract';
import { useOpen } from './Finish';
import { keyOf } from './place';
import css from './Practice.module.css';
import { handIn, usePractice, write } from './store';

interface Props {
  part: StudyPart;
  id: string;
  /** Of what: `Requirements`. */
  title: string;
  label?: string;
  /** Lines that stand open. */
  rows?: number;
  placeholder?: string | undefined;
}

export function Notes({ part, id, title, label = 'Your notes', rows = 8, placeholder }: Props) {
  const field = useId();
  const text = usePractice((state) => state.notes[keyOf(part, id)] ?? '');
  const open = useOpen();
  return (
    <div className={css.notes}>
      <label htmlFor={field} className={css.notesLabel}>
        {label}
      </label>
      <textarea
        id={field}
        className={css.textarea}
        aria-label={`${label} on ${title}`}
        rows={Math.min(30, Math.max(rows, text.split('\n').length + 1))}
        value={text}
        readOnly={!open}
        placeholder={placeholder}
        onChange={(event) => write(part, id, event.target.value)}
      />
    </div>
  );
}

/** Under the notes until the solution is open; then the words that say how it was opened. */
export function HandIn({ part, id, title, ready = false, main = false }: Props & { ready?: boolean; main?: boolean }) {
  const [asking, setAsking] = useState(false);
  const [now_ms] = useState(Date.now);
  /** Handed in here: its button goes, and the words in its place take the focus. */
  const pressed = useRef(false);
  const handInHere = (anyway: boolean): void => {
    pressed.current = true;
    void handIn(part, id, anyway);
  };
  const key = keyOf(part, id);
  const opened = usePractice((state) => state.solutions[key]?.opened ?? null);
  const written = usePractice((state) => (state.notes[key] ?? '').trim() !== '') || ready;
  const open = useOpen();
  if (opened !== null) {
    const how = opened.handed_in ? 'Handed in' : 'Opened without an attempt';
    return (
      <p
        ref={(words) => {
          if (pressed.current) words?.focus();
          pressed.current = false;
        }}
        tabIndex={-1}
        className={css.how}
      >
        {`${how}, ${when(opened.opened_ms, now_ms)}.`}
      </p>
    );
  }
  if (!open) return <p className={css.how}>Not handed in: the solution stayed shut in this attempt.</p>;
  return (
    <div className={css.handIn}>
      <Button
        look={main ? 'primary' : 'plain'}
        disabled={!written}
        aria-label={`Hand in and compare: ${title}`}
        aria-describedby={`why-${key}`}
        onClick={() => handInHere(false)}
      >
        Hand in and compare
      </Button>
      <Button look="quiet" aria-label={`Open without an attempt: ${title}`} onClick={() => setAsking(true)}>
        Open without an attempt
      </Button>
      <p id={`why-${key}`} className={css.how}>
        {written ? 'The solution opens beside what you wrote.' : 'The solution is shut until you have written something, however short.'}
      </p>
      <Sheet title={`Open the solution of ${title} without an attempt?`} open={asking} onClose={() => setAsking(false)}>
        <div className={css.form}>
          <p className="mid">A guess that turns out wrong is remembered longer than an answer that was read.</p>
          <p className="mid">Opening it now is recorded with this attempt, and is not asked again.</p>
          <div className={css.buttons}>
            <Button onClick={() => setAsking(false)}>Keep it shut</Button>
            <Button
              look="primary"
              onClick={() => {
                setAsking(false);
                handInHere(true);
              }}
            >
              Open anyway
            </Button>
          </div>
        </div>
      </Sheet>
    </div>
  );
}
