// Rows of the library: an exercise and a lab. They show what the app says of them and open them; they decide nothing.
import { routeHash } from '../app/route';
import { Button, Chip, StateLabel, StepBar } from '../parts';
import type { ExerciseCard, RunCard } from '../rpc/contract';
import { closeness, isStarted, outcome, phases, verdictOf, work } from './progress';
import css from './rows.module.css';
import { Thumbnail } from './Thumbnail';

interface RowProps {
  card: ExerciseCard;
  onOpen: () => void;
}

export function ExerciseRow({ card, primary, onOpen }: RowProps & { primary: boolean }) {
  const said = outcome(card);
  const near = closeness(card);
  const practised = phases(card);
  const verb = isStarted(card) ? 'Continue' : 'Start';
  return (
    <li className={css.exercise}>
      <Thumbnail sketch={card.thumbnail} title={card.title} />
      <div className={css.about}>
        <p>
          <a className={css.title} href={routeHash({ screen: 'exercise', exercise: card.id })}>
            {card.title}
          </a>
          <span className="mid">{card.subtitle}</span>
        </p>
        <p className="mid">{card.question}</p>
        <p className={css.tags}>
          {card.tags.map((tag) => (
            <Chip key={tag}>{tag}</Chip>
          ))}
        </p>
      </div>
      <div className={css.progress}>
        {practised === null ? null : (
          <a className={css.phases} href={routeHash({ screen: 'practice', exercise: card.id, part: '' })}>
            <StepBar steps={practised.steps} label={`${practised.words} handed in`} />
            <span aria-hidden="true">{practised.words}</span>
          </a>
        )}
        <span className="mid">{work(card)}</span>
        {said === null ? null : <StateLabel state={said.state}>{said.words}</StateLabel>}
        {near === null ? null : <span className="cap">Predictions: {near.words}</span>}
        {isStarted(card) ? null : <span className="dim">about {card.minutes} min</span>}
      </div>
      <div className={css.action}>
        <Button wide look={primary ? 'primary' : 'plain'} onClick={onOpen} aria-label={`${verb} ${card.title}`}>
          {verb}
        </Button>
      </div>
    </li>
  );
}

/** What a run said, beside its name. */
/** `Run 14, Design B: push`, or the learner's name for it. */
export const runTitle = (run: RunCard): string => `Run ${run.number}, ${run.name === '' ? run.design_title : run.name}`;

export function RunVerdict({ run }: { run: RunCard }) {
  const { state, words } = verdictOf(run.verdict, run.targets);
  return <StateLabel state={state}>{words}</StateLabel>;
}

export function LabRow({ card, onOpen }: RowProps) {
  const near = closeness(card);
  const said = near ?? outcome(card);
  return (
    <li>
      <button type="button" className={css.lab} onClick={onOpen}>
        <span className={css.labTitle}>{card.title}</span>
        <span className={css.labSide}>{card.minutes} min</span>
        <span className={css.labQuestion}>{card.question}</span>
        <span className={css.labSide}>
          {said !== null ? <StateLabel state={said.state}>{said.words}</StateLabel> : card.designs > 0 ? 'Not run' : 'Not tried'}
        </span>
      </button>
    </li>
  );
}
