// One deep dive: the question, what to think through, runs that open ready on the workbench, notes, and after handing in what the runs show.
import { useState } from 'react';
import { Brief } from '../app/Brief';
import { openDesign } from '../app/designs';
import { rate } from '../format';
import { asHostError, call, type HostError } from '../host';
import { Button, ErrorPanel, Icon, Sheet } from '../parts';
import type { Solution, StudyDive, StudyRun } from '../rpc/contract';
import { makeReady } from '../workbench/ready';
import { HandIn, Notes } from './Notes';
import { divePart, keyOf } from './place';
import css from './Practice.module.css';
import { saveNow, usePractice } from './store';
import { lower, stateOf, stateWords } from './words';

/** On the page of the phase: where each dive is. */
export function DiveLinks({ dives }: { dives: readonly StudyDive[] }) {
  const state = usePractice();
  if (dives.length === 0) return null;
  return (
    <section aria-labelledby="dives">
      <h3 id="dives">Dives, each with runs that show it</h3>
      <ul className={css.diveLinks}>
        {dives.map((dive) => (
          <li key={dive.id}>
            <a href={`#/practice/${encodeURIComponent(state.exercise)}/${encodeURIComponent(divePart(dive.id))}`}>{dive.title}</a>
            <span className="mid">{dive.question}</span>
            <span className="dim nowrap">{stateWords[stateOf(state, 'dive', dive.id)]}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

export function DivePage({ dive }: { dive: StudyDive }) {
  const exercise = usePractice((state) => state.exercise);
  const solution = usePractice((state) => state.solutions[keyOf('dive', dive.id)]?.solution ?? null);
  return (
    <>
      <header className={css.partHead}>
        <h2 id="part">{dive.title}</h2>
        <p className="mid">{dive.question}</p>
      </header>
      <div className={css.columns}>
        <div className={css.column}>
          <Brief html={dive.prompt_html} exercise={exercise} />
          <section aria-labelledby="own">
            <h3 id="own" className="vh">
              Your answer
            </h3>
            <Notes part="dive" id={dive.id} title={dive.title} label="What you expect, and why" />
            <HandIn part="dive" id={dive.id} title={dive.title} main />
          </section>
        </div>
        <aside className={css.side} aria-label="Runs">
          <Runs dive={dive} />
        </aside>
      </div>
      {solution === null ? null : <DiveSolution solution={solution} />}
    </>
  );
}

function Runs({ dive }: { dive: StudyDive }) {
  const [error, setError] = useState<HostError | null>(null);
  /** A run whose design is shut: asked once before it opens. */
  const [asked, setAsked] = useState<{ run: StudyRun; why: HostError } | null>(null);
  const exercise = usePractice((state) => state.exercise);
  const titles = usePractice((state) => state.titles);
  const open = async (run: StudyRun): Promise<void> => {
    setError(null);
    try {
      await saveNow();
      const design = await call('dive_open', { exercise, dive: dive.id, run: run.id });
      makeReady(design.card.id, run.wish);
      openDesign(exercise, design.card.id);
    } catch (thrown) {
      const why = asHostError(thrown);
      if (why.code === 'design_shut') setAsked({ run, why });
      else setError(why);
    }
  };
  const openAnyway = async (run: StudyRun): Promise<void> => {
    setAsked(null);
    try {
      await call('solution_open', { exercise, design: run.design });
      await open(run);
    } catch (thrown) {
      setError(asHostError(thrown));
    }
  };
  return (
    <section aria-labelledby="runs">
      <h3 id="runs">Runs that show it</h3>
      <p className={css.how}>Each opens a copy of a bundled design on the workbench, with its scenario chosen. Predict there, then run.</p>
      {error === null ? null : <ErrorPanel error={error} />}
      <ul className={css.runs}>
        {dive.runs.map((run) => (
          <li key={run.id}>
            <div className={css.head}>
              <h4>{run.id}</h4>
              <Button aria-label={`Run this: ${run.id}`} onClick={() => void open(run)}>
                <Icon name="play" size={12} />
                Run this
              </Button>
            </div>
            <dl className={css.setup}>
              <div>
                <dt>Design</dt>
                <dd>{titles.designs.get(run.design) ?? run.design}</dd>
              </div>
              <div>
                <dt>Scenario</dt>
                <dd>
                  {[
                    titles.scenarios.get(run.wish.scenario) ?? run.wish.scenario,
                    run.wish.shape,
                    run.wish.rate_per_s === null ? null : rate(run.wish.rate_per_s),
                  ]
                    .filter(Boolean)
                    .join(', ')}
                </dd>
              </div>
              {Object.entries(run.set).map(([name, value]) => (
                <div key={name}>
                  <dt className="mono">{name}</dt>
                  <dd>{String(value)}</dd>
                </div>
              ))}
            </dl>
          </li>
        ))}
      </ul>
      <Sheet title="Open a solution’s drawing?" open={asked !== null} onClose={() => setAsked(null)}>
        <div className={css.form}>
          <p className="mid">{asked === null ? '' : `${asked.why.message}. This run is made with it.`}</p>
          <p className="mid">Opening it now is recorded, and is not asked again.</p>
          <div className={css.buttons}>
            <Button onClick={() => setAsked(null)}>Keep it shut</Button>
            <Button
              look="primary"
              onClick={() => {
                if (asked !== null) void openAnyway(asked.run);
              }}
            >
              Open and go on
            </Button>
          </div>
        </div>
      </Sheet>
    </section>
  );
}

function DiveSolution({ solution }: { solution: Solution }) {
  const exercise = usePractice((state) => state.exercise);
  return (
    <section className={css.solution} aria-labelledby="solution" data-testid="solution">
      <h3 id="solution" className={css.solutionTitle}>
        What the runs show
      </h3>
      <div className={css.solutionColumns}>
        <div className={css.prose}>
          <Brief html={lower(solution.html, 2)} exercise={exercise} />
        </div>
        {solution.checks.length === 0 ? null : (
          <section>
            <h4>Held to its runs</h4>
            <ul className={css.checks}>
              {solution.checks.map((check) => (
                <li key={check.id}>
                  <Brief html={check.says_html} exercise={exercise} />
                  <p className="dim mono">{check.right === null ? check.left : `${check.left} ÷ ${check.right}`}</p>
                </li>
              ))}
            </ul>
          </section>
        )}
      </div>
    </section>
  );
}
