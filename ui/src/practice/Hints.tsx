// Hints of a phase, opened one by one and counted. The next one's text is not in the window before it is opened.
import { Brief } from '../app/Brief';
import { countWord } from '../format';
import { Button } from '../parts';
import type { StudyPhase } from '../rpc/contract';
import { useOpen } from './Finish';
import css from './Practice.module.css';
import { openHint, usePractice } from './store';

const NONE: readonly never[] = [];

export function Hints({ phase }: { phase: StudyPhase }) {
  const hints = usePractice((state) => state.hints[phase.id] ?? NONE);
  const exercise = usePractice((state) => state.exercise);
  const open = useOpen();
  if (phase.hints === 0) return null;
  return (
    <section className={css.hints} aria-labelledby={`hints-${phase.id}`}>
      <div className={css.head}>
        <h3 id={`hints-${phase.id}`}>Hints</h3>
        <span className="dim">{`${hints.length} of ${phase.hints} opened`}</span>
      </div>
      {hints.length === 0 ? (
        <p className={css.how}>{`Try first: ${countWord(phase.hints)} hints, from a nudge to nearly the answer.`}</p>
      ) : (
        <ol>
          {hints.map((hint) => (
            <li key={hint.number} className={css.hint}>
              <span className={css.hintNumber} aria-hidden="true">
                {hint.number}
              </span>
              <Brief html={hint.html} exercise={exercise} />
            </li>
          ))}
        </ol>
      )}
      {hints.length < phase.hints && open ? (
        <Button data-testid="open-hint" onClick={() => void openHint(phase.id)}>
          {`Open hint ${hints.length + 1} of ${phase.hints}`}
        </Button>
      ) : null}
    </section>
  );
}
