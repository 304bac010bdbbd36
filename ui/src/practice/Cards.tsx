// Review cards one at a time: the question, then the answer with where it comes from. When a card is due again is not decided here.
import { useRef, useState } from 'react';
import { Brief } from '../app/Brief';
import { useCall } from '../app/useCall';
import { Button, Chip, cx, EmptyPlace, ErrorPanel } from '../parts';
import type { ReviewCard } from '../rpc/contract';
import css from './Practice.module.css';
import { usePractice } from './store';

export function Cards() {
  const exercise = usePractice((state) => state.exercise);
  const answer = useCall('cards', { id: exercise });
  return (
    <>
      <header className={css.partHead}>
        <h2 id="part">Review cards</h2>
        <p className="mid">Say the answer before you look at it.</p>
      </header>
      {answer.error === null ? null : <ErrorPanel error={answer.error} onAgain={answer.again} />}
      {answer.value === null ? null : answer.value.cards.length === 0 ? (
        <EmptyPlace>This exercise has no cards.</EmptyPlace>
      ) : (
        <Deck cards={answer.value.cards} exercise={exercise} />
      )}
    </>
  );
}

function Deck({ cards, exercise }: { cards: readonly ReviewCard[]; exercise: string }) {
  const [at, setAt] = useState(0);
  const [shown, setShown] = useState(false);
  /** The one button that is always there; a button that is pressed away leaves the focus to it. */
  const main = useRef<HTMLButtonElement>(null);
  const card = cards[at];
  if (card === undefined) return null;
  const last = at + 1 === cards.length;
  const turn = (to: number): void => {
    setAt(to);
    setShown(false);
  };
  return (
    <section className={css.deck} aria-label="Card">
      <div className={css.head}>
        <span className="dim" role="status">{`Card ${at + 1} of ${cards.length}`}</span>
        <Chip>{card.tag}</Chip>
      </div>
      <div className={css.pips} aria-hidden="true">
        {cards.map(({ id }, index) => (
          <span key={id} className={cx(index < at && css.past, index === at && css.now)} />
        ))}
      </div>
      <div className={css.card}>
        <h3 className="vh">Question</h3>
        <div className={css.question}>
          <Brief key={card.id} html={card.question_html} exercise={exercise} />
        </div>
        {shown ? (
          <div className={css.cardAnswer} data-testid="card-answer">
            <h3 className="vh">Answer</h3>
            <Brief html={card.answer_html} exercise={exercise} />
            <div className={css.source}>
              <Brief html={card.source_html} exercise={exercise} />
            </div>
          </div>
        ) : null}
      </div>
      <div className={css.cardButtons}>
        <Button
          ref={main}
          look={shown && last ? 'plain' : 'primary'}
          onClick={() => {
            if (shown) turn(last ? 0 : at + 1);
            else setShown(true);
          }}
        >
          {!shown ? 'Show the answer' : last ? 'Begin again' : 'Next card'}
        </Button>
        {at === 0 ? null : (
          <Button
            look="quiet"
            onClick={() => {
              turn(at - 1);
              if (at === 1) main.current?.focus();
            }}
          >
            Card before
          </Button>
        )}
        {shown || last ? null : (
          <Button
            look="quiet"
            onClick={() => {
              turn(at + 1);
              if (at + 2 === cards.length) main.current?.focus();
            }}
          >
            Skip
          </Button>
        )}
      </div>
    </section>
  );
}
