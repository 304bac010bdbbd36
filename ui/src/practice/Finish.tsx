// The end of an attempt and the beginning of the next. A finished attempt is kept as it is; nothing is deleted here.
import { useState } from 'react';
import { plural, when } from '../format';
import { Button, Note, Sheet } from '../parts';
import css from './Practice.module.css';
import { beginAgain, finishAttempt, usePractice } from './store';
import { stateOf } from './words';

/** Whether the attempt still changes. */
export const useOpen = (): boolean => usePractice((state) => state.practice?.attempt?.card.finished_ms == null);

export function FinishButton() {
  const [asking, setAsking] = useState(false);
  const state = usePractice();
  const open = useOpen();
  if (!open || state.practice?.attempt == null || state.study === null) return null;
  const left = state.study.phases.filter(({ id }) => ['new', 'begun'].includes(stateOf(state, 'phase', id))).length;
  return (
    <>
      <Button look="quiet" onClick={() => setAsking(true)}>
        Finish this attempt
      </Button>
      <Sheet title="Finish this attempt?" open={asking} onClose={() => setAsking(false)}>
        <div className={css.form}>
          <p className="mid">It is kept as it is and no longer changes. Then you can begin another, empty.</p>
          {left === 0 ? null : (
            <p className="mid">{`${plural(left, 'phase')} ${left === 1 ? 'is' : 'are'} not handed in: what is shut there stays shut in this attempt.`}</p>
          )}
          <div className={css.buttons}>
            <Button onClick={() => setAsking(false)}>Go on with it</Button>
            <Button
              look="primary"
              onClick={() => {
                setAsking(false);
                void finishAttempt();
              }}
            >
              Finish
            </Button>
          </div>
        </div>
      </Sheet>
    </>
  );
}

/** Above every part of a finished attempt. */
export function Finished() {
  const [now_ms] = useState(Date.now);
  const card = usePractice((state) => state.practice?.attempt?.card ?? null);
  if (card?.finished_ms == null) return null;
  return (
    <div className={css.finished}>
      <Note>
        <p>{`Attempt ${card.number} was finished ${when(card.finished_ms, now_ms)} and stays as it is.`}</p>
        <Button onClick={() => void beginAgain()}>Begin another attempt</Button>
      </Note>
    </div>
  );
}
