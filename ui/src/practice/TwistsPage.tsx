// Follow-up questions: each with the learner's own answer, and the pack's after it was handed in.
import { Brief } from '../app/Brief';
import type { StudyTwist } from '../rpc/contract';
import { HandIn, Notes } from './Notes';
import { keyOf } from './place';
import css from './Practice.module.css';
import { usePractice } from './store';
import { lower } from './words';

export function TwistsPage({ twists }: { twists: readonly StudyTwist[] }) {
  return (
    <>
      <header className={css.partHead}>
        <h2 id="part">Follow-up twists</h2>
        <p className="mid">What an interviewer asks when the design stands. Answer in a few lines; say what changes in the drawing.</p>
      </header>
      <ol className={css.twists}>
        {twists.map((twist) => (
          <li key={twist.id}>
            <Twist twist={twist} />
          </li>
        ))}
      </ol>
    </>
  );
}

function Twist({ twist }: { twist: StudyTwist }) {
  const exercise = usePractice((state) => state.exercise);
  const solution = usePractice((state) => state.solutions[keyOf('twist', twist.id)]?.solution ?? null);
  return (
    <section aria-labelledby={`twist-${twist.id}`} className={css.twist}>
      <div className={css.column}>
        <h3 id={`twist-${twist.id}`}>{twist.title}</h3>
        <Brief html={twist.prompt_html} exercise={exercise} />
        <Notes part="twist" id={twist.id} title={twist.title} label="Your answer" rows={4} />
        <HandIn part="twist" id={twist.id} title={twist.title} />
      </div>
      {solution === null ? null : (
        <div className={css.answer} data-testid={`twist-answer-${twist.id}`}>
          <h4>One good answer</h4>
          <div className={css.prose}>
            <Brief html={lower(solution.html, 3)} exercise={exercise} />
          </div>
        </div>
      )}
    </section>
  );
}
