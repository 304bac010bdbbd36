// The way into the practice of an exercise, with how far the learner is. A lab without phases shows nothing.
import { go } from '../app/route';
import { useCall } from '../app/useCall';
import { Button, ErrorPanel } from '../parts';
import css from './PracticeLink.module.css';
import { progress } from './words';

/** On the exercise page: what it is, how far it is, and a button. */
export function PracticeEntry({ exercise }: { exercise: string }) {
  const study = useCall('study', { id: exercise });
  const practice = useCall('practice', { id: exercise });
  const error = study.error ?? practice.error;
  if (error !== null) {
    const again = study.error === null ? practice.again : study.again;
    return <ErrorPanel error={error} onAgain={again} />;
  }
  if (study.value === null || practice.value === null || study.value.phases.length === 0) return null;
  const { attempt } = practice.value;
  const first = study.value.phases[0]?.id ?? '';
  const open = study.value.phases.find(({ id }) => !attempt?.solutions.some((each) => each.part === 'phase' && each.id === id));
  return (
    <section aria-labelledby="practice" className={css.entry}>
      <h2 id="practice">Practice</h2>
      <div className={css.row}>
        <div>
          <p className="mid">Phase by phase as in an interview: notes, hints one by one, a worksheet, dives with their runs.</p>
          <p className="cap">{progress(study.value, practice.value)}</p>
        </div>
        <Button onClick={() => go({ screen: 'practice', exercise, part: open?.id ?? first })}>
          {attempt === null ? 'Begin practice' : 'Open practice'}
        </Button>
      </div>
    </section>
  );
}

/** Elsewhere: one line that leads there. */
export function PracticeLink({ exercise, part, children }: { exercise: string; part: string; children: string }) {
  const study = useCall('study', { id: exercise });
  if (study.value === null || study.value.phases.length === 0) return null;
  const known = study.value.phases.some(({ id }) => id === part) ? part : '';
  return (
    <a className={css.link} href={`#/practice/${encodeURIComponent(exercise)}${known === '' ? '' : `/${encodeURIComponent(known)}`}`}>
      {children}
    </a>
  );
}
