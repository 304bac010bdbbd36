// How far off the predictions were: one chart of measured ÷ predicted, and the learner's own "because".
import { RatioChart, isWithin } from '../charts/RatioChart';
import { text } from '../format';
import { EmptyPlace, Note, OriginMark } from '../parts';
import type { SectionProps } from './ReportPage';
import { Section } from './Section';
import css from './Report.module.css';
import { figureLabel } from './words';

export function Predictions({ record: { report, card }, scenario }: SectionProps) {
  const known = report.predictions.filter((each) => each.ratio !== null);
  const within = known.filter((each) => each.ratio !== null && isWithin(each.ratio)).length;
  if (report.predictions.length === 0) {
    return (
      <Section id="predictions" title="Predicted and measured">
        <EmptyPlace>Nothing was predicted for this run. Write figures before a run, and this chart shows how far off they were.</EmptyPlace>
      </Section>
    );
  }
  return (
    <Section
      id="predictions"
      title="Predicted and measured"
      remark={`${within} of ${known.length} ${known.length === 1 ? 'figure' : 'figures'} within a factor of 2`}
      right={
        <span className={css.marks}>
          measured ÷ predicted, log axis; shaded: within 2 ×
          <OriginMark
            tag="measured"
            word
            of="What was measured"
            source={`Measured in run ${card.number}; how, is said of each under Figures and origins. What you predicted was saved before the run began.`}
          />
        </span>
      }
    >
      <RatioChart
        rows={report.predictions.map((each) => ({
          label: figureLabel(each.name, report, scenario),
          predicted: text(each.predicted, each.unit),
          measured: text(each.measured, each.unit),
          ratio: each.ratio,
        }))}
      />
      {report.predictions.map(({ name, of }) =>
        of === undefined ? null : (
          <p key={name} className="cap">
            {figureLabel(name, report, scenario)}: of {of}, the part of that role in this drawing.
          </p>
        ),
      )}
      <div className={css.below}>
        {report.because.trim() === '' ? (
          <Note tone="pred">No reason was written.</Note>
        ) : (
          <Note tone="pred">You wrote: “{report.because.trim()}”</Note>
        )}
      </div>
    </Section>
  );
}
