// Review cards one at a time: the question, then the answer with where it comes from. When a card is due again is not decided here.
import { useState } from 'react';
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
  const card = cards[at];
  if (card === undefined) return null;
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
        {shown ? null : (
          <Button look="primary" onClick={() => setShown(true)}>
            Show the answer
          </Button>
        )}
        {shown && at + 1 < cards.length ? (
          <Button look="primary" onClick={() => turn(at + 1)}>
            Next card
          </Button>
        ) : null}
        {shown && at + 1 === cards.length ? <Button onClick={() => turn(0)}>Begin again</Button> : null}
        {at === 0 ? null : (
          <Button look="quiet" onClick={() => turn(at - 1)}>
            Card before
          </Button>
        )}
        {shown || at + 1 === cards.length ? null : (
          <Button look="quiet" onClick={() => turn(at + 1)}>
            Skip
          </Button>
        )}
      </div>
    </section>
  );
}
