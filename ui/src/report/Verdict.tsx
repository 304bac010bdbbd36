// What happened: the headline, the reason, and each target beside what was measured. Unknown is shown as unknown.
import { target } from '../format';
import { Button, Figure, Icon, Note, StateIcon, StateLabel } from '../parts';
import type { TargetResult } from '../rpc/contract';
import { Export } from './Export';
import { goExplain } from './goExplain';
import css from './Report.module.css';
import type { SectionProps } from './ReportPage';
import { figureOf, headline, interruption, verdicts } from './words';

export function Verdict({ record }: SectionProps) {
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
        <Next run={card.id} />
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
        limit={result.at_most}
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

/** Where it goes from here: as a file, or on to the explanation. */
function Next({ run }: { run: string }) {
  return (
    <div className={css.next}>
      <Export run={run} />
      <Button look="primary" onClick={goExplain}>
        Explain it
        <Icon name="arrow" />
      </Button>
    </div>
  );
}
