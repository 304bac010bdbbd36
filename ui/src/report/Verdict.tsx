// What happened: the headline, the reason, and each target beside what was measured. Unknown is shown as unknown.
import { useState } from 'react';
import { copyDesign } from '../app/designs';
import { target } from '../format';
import { asHostError, type HostError } from '../host';
import { Button, ErrorPanel, Figure, Icon, Note, StateIcon, StateLabel } from '../parts';
import type { Exercise, TargetResult } from '../rpc/contract';
import css from './Report.module.css';
import type { SectionProps } from './ReportPage';
import { figureOf, headline, interruption, verdicts } from './words';

export function Verdict({ record, exercise }: SectionProps & { exercise: Exercise | null }) {
  const { report, card } = record;
  const verdict = verdicts[report.verdict];
  const cut = interruption(report);
  return (
    <section id="verdict" className={css.section} aria-labelledby="verdict-title" tabIndex={-1}>
      <div className={css.top}>
        <div className={css.headline}>
          <h1 id="verdict-title">{`Run ${card.number}: ${headline(report)}`}</h1>
          {report.targets.length === 0 && report.verdict === 'pass' ? null : <StateLabel state={verdict.state}>{verdict.word}</StateLabel>}
        </div>
        <Next exercise={exercise} design={card.design_id} />
      </div>
      <div className={css.reasons}>
        {report.reasons.map((reason) => (
          <p key={reason}>{reason}</p>
        ))}
      </div>
      {cut === null ? null : (
        <Note tone="busy" state="part">
          {cut}
        </Note>
      )}
      {report.targets.length === 0 ? null : (
        <ul className={css.targets} aria-label="Targets">
          {report.targets.map((each) => (
            <Target key={each.figure} result={each} figure={figureOf(report, each.figure)} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Target({ result, figure }: { result: TargetResult; figure: ReturnType<typeof figureOf> }) {
  const state = result.met === null ? 'unknown' : result.met ? 'pass' : 'fail';
  const word = result.met === null ? 'unknown' : result.met ? 'met' : 'missed';
  return (
    <li>
      <div className={css.targetHead}>
        <span className="cap">{result.label}</span>
        <StateIcon state={state} label={word} />
      </div>
      <Figure
        size="title"
        value={result.measured}
        unit={result.unit}
        label={result.label}
        tone={result.met === false ? 'over' : 'plain'}
        {...(figure === undefined || result.measured === null ? {} : { tag: figure.tag, source: figure.source })}
      />
      <div className={css.targetLine}>
        {result.measured === null
          ? `target ${target(result.at_most, result.unit)}, not measured`
          : `target ${target(result.at_most, result.unit)}`}
      </div>
    </li>
  );
}

/** The page's primary button: change one thing on a copy, so that this run keeps its drawing. */
function Next({ exercise, design }: { exercise: Exercise | null; design: string }) {
  const [error, setError] = useState<HostError | null>(null);
  if (!exercise?.designs.some((each) => each.id === design)) return null;
  return (
    <div className={css.next}>
      <Button
        look="primary"
        onClick={() => {
          setError(null);
          copyDesign(exercise.card.id, design).catch((thrown: unknown) => setError(asHostError(thrown)));
        }}
      >
        Try it on a copy
        <Icon name="arrow" />
      </Button>
      {error === null ? null : <ErrorPanel error={error} />}
    </div>
  );
}
