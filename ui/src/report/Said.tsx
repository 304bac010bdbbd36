// The third column of a wide window: what the learner said, beside what was; the drawing that ran; the other runs. It repeats, it does not add.
import { useState } from 'react';
import { isWithin } from '../charts/RatioChart';
import { routeHash } from '../app/route';
import { ratio, when } from '../format';
import { RunVerdict, runTitle } from '../library/rows';
import { EmptyPlace, StateIcon } from '../parts';
import type { Exercise } from '../rpc/contract';
import { DrawingThatRan } from './DrawingThatRan';
import css from './Report.module.css';
import type { SectionProps } from './ReportPage';
import { figureLabel, outcome } from './words';

export function Said({ record, scenario, exercise }: SectionProps & { exercise: Exercise | null }) {
  const { report, card } = record;
  const [now_ms] = useState(Date.now);
  const farthest = [...report.predictions].sort((a, b) => distance(b.ratio) - distance(a.ratio));
  const others = exercise?.runs.filter((run) => run.id !== card.id).slice(0, 6) ?? [];
  return (
    <>
      <section aria-labelledby="said-title">
        <h2 id="said-title">What you said</h2>
        {report.because.trim() === '' ? (
          <EmptyPlace>No reason was written.</EmptyPlace>
        ) : (
          <blockquote className={css.quote}>{report.because.trim()}</blockquote>
        )}
        <ul className={css.outcomes}>
          {farthest.map((each) => (
            <li key={each.name}>
              <span>{outcome(each, figureLabel(each.name, report, scenario))}</span>
              <span className={css.outcomeRatio}>
                {each.ratio === null ? (
                  <StateIcon state="unknown" label="not compared" />
                ) : (
                  <>
                    {isWithin(each.ratio) ? null : <StateIcon state="busy" label="outside a factor of 2" />}
                    {ratio(each.ratio)}
                  </>
                )}
              </span>
            </li>
          ))}
        </ul>
      </section>
      <section aria-labelledby="ran-title">
        <h2 id="ran-title">The drawing that ran</h2>
        <DrawingThatRan sketch={record.sketch} report={report} />
      </section>
      <section aria-labelledby="others-title">
        <h2 id="others-title">Other runs</h2>
        {others.length === 0 ? <EmptyPlace>No other run of this exercise. Try a change on a copy, run it, and compare.</EmptyPlace> : null}
        <ul className={css.others}>
          {others.map((run) => (
            <li key={run.id}>
              <a href={routeHash({ screen: 'report', run: run.id })}>{runTitle(run)}</a>
              <a
                href={routeHash({ screen: 'compare', a: run.id, b: card.id })}
                aria-label={`Compare run ${run.number} with this run, ${when(run.started_ms, now_ms)}`}
              >
                Compare
              </a>
              <RunVerdict run={run} />
            </li>
          ))}
        </ul>
      </section>
    </>
  );
}

/** How far from the prediction, either way; what was not measured comes last. */
function distance(value: number | null): number {
  return value === null || value <= 0 ? -1 : Math.abs(Math.log2(value));
}
