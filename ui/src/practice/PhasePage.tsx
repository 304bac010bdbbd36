// One phase: what is asked, the worksheet in the estimation, notes, hints, and after handing in the solution with what a good answer has.
import { Brief } from '../app/Brief';
import { plural } from '../format';
import type { StudyPhase } from '../rpc/contract';
import { DiveLinks } from './DivePage';
import { Hints } from './Hints';
import { HandIn, Notes } from './Notes';
import { keyOf } from './place';
import css from './Practice.module.css';
import { PhaseSolution } from './PhaseSolution';
import { usePractice } from './store';
import { answered, hasWorksheet } from './words';
import { WorksheetPart } from './WorksheetPart';

export function PhasePage({ phase }: { phase: StudyPhase }) {
  const exercise = usePractice((state) => state.exercise);
  const study = usePractice((state) => state.study);
  const sheet = usePractice((state) => (hasWorksheet(state.study, 'phase', phase.id) ? (state.study?.worksheet ?? null) : null));
  const some = usePractice((state) => sheet !== null && answered(state) > 0);
  const solution = usePractice((state) => state.solutions[keyOf('phase', phase.id)]?.solution ?? null);
  return (
    <>
      <header className={css.partHead}>
        <h2 id="part">{phase.title}</h2>
        <span className="dim">{`${plural(phase.minutes, 'minute')} in an interview, ${plural(phase.points, 'point')}`}</span>
      </header>
      <div className={css.columns}>
        <div className={css.column}>
          <Brief html={phase.prompt_html} exercise={exercise} />
          {phase.asks.length === 0 || solution !== null ? null : (
            <section aria-labelledby="asks">
              <h3 id="asks">Ask of each part</h3>
              <dl className={css.asks}>
                {phase.asks.map((ask) => (
                  <div key={ask.subsystem}>
                    <dt>{ask.subsystem}</dt>
                    <dd>{ask.prompt}</dd>
                  </div>
                ))}
              </dl>
            </section>
          )}
          {sheet === null ? null : <WorksheetPart sheet={sheet} />}
          <section aria-labelledby="own">
            <h3 id="own" className="vh">
              Your answer
            </h3>
            <Notes part="phase" id={phase.id} title={phase.title} rows={sheet === null ? 10 : 5} placeholder={placeholders[phase.id]} />
            <HandIn part="phase" id={phase.id} title={phase.title} ready={some} main={sheet === null} />
          </section>
          {phase.id === 'deep-dives' && study !== null ? <DiveLinks dives={study.dives} /> : null}
        </div>
        <aside className={css.side} aria-label="Hints">
          <Hints phase={phase} />
        </aside>
      </div>
      {solution === null ? null : <PhaseSolution solution={solution} />}
    </>
  );
}

const placeholders: Record<string, string> = {
  requirements: 'Above the line:\n\nBelow the line:\n\nNon-functional, part by part:\n\nThis system mostly:',
  estimation: 'What each number decides:',
  interface: 'Calls:\n\nTables and keys:',
};
