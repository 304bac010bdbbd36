// The list of parts on the left: phases in order, each with its state and the hints that were opened. It leads; it shows no text of a part.
import { useEffect, useRef } from 'react';
import { cx, Icon } from '../parts';
import { plural } from '../format';
import { FinishButton } from './Finish';
import { CARDS, diveId, places, TWISTS, type Place } from './place';
import css from './Practice.module.css';
import { usePractice } from './store';
import { stateOf, stateWords, type PartState } from './words';

export function Parts({ exercise, chosen }: { exercise: string; chosen: string }) {
  const state = usePractice();
  const list = useRef<HTMLElement>(null);
  const ready = state.study !== null;
  useEffect(() => {
    if (ready) list.current?.querySelector('[aria-current=page]')?.scrollIntoView({ block: 'nearest' });
  }, [chosen, ready]);
  if (state.study === null) return null;
  const attempt = state.practice?.attempt ?? null;
  return (
    <nav ref={list} className={css.parts} aria-label="Parts of the exercise">
      <div className={css.partsHead}>
        <h1 className={css.title}>{state.title}</h1>
        <p className="dim">{attempt === null ? 'Not begun: the first word begins an attempt.' : `Attempt ${attempt.card.number}`}</p>
      </div>
      <ol>
        {places(state.study).map((place) => (
          <li key={place.part}>
            <a
              href={`#/practice/${encodeURIComponent(exercise)}/${encodeURIComponent(place.part)}`}
              className={cx(css.part, diveId(place.part) !== null && css.sub)}
              aria-current={place.part === chosen ? 'page' : undefined}
            >
              <span className={css.partName}>{place.title}</span>
              <PartNote place={place} />
            </a>
          </li>
        ))}
      </ol>
      <span className={css.grow} />
      <div className={css.partsFoot}>
        <FinishButton />
        <a className={css.back} href={`#/exercise/${encodeURIComponent(exercise)}`}>
          Designs and runs
        </a>
      </div>
    </nav>
  );
}

/** State by word, and by a mark where something is done. */
function PartNote({ place }: { place: Place }) {
  const state = usePractice();
  const { study } = state;
  if (study === null) return null;
  if (place.part === CARDS) return <span className={css.partState}>{plural(study.cards, 'card')}</span>;
  if (place.part === TWISTS) {
    const done = study.twists.filter(({ id }) => stateOf(state, 'twist', id) === 'handed').length;
    return <span className={css.partState}>{`${done} of ${study.twists.length} handed in`}</span>;
  }
  const dive = diveId(place.part);
  const now = dive === null ? stateOf(state, 'phase', place.part) : stateOf(state, 'dive', dive);
  const opened = dive === null ? (state.hints[place.part]?.length ?? 0) : 0;
  const phase = study.phases.find(({ id }) => id === place.part);
  const hints = opened === 0 ? '' : `, ${opened} of ${plural(phase?.hints ?? opened, 'hint')}`;
  return (
    <span className={css.partState}>
      <StateMark state={now} />
      {`${stateWords[now]}${hints}`}
    </span>
  );
}

function StateMark({ state }: { state: PartState }) {
  if (state === 'handed') return <Icon name="check" size={12} />;
  return null;
}
