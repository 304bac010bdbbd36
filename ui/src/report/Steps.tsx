// Steps of the load: response time against utilisation, measured beside the closed form.
import { StepsChart } from '../charts/StepsChart';
import { OriginMark } from '../parts';
import type { SectionProps } from './ReportPage';
import css from './Report.module.css';
import { Section } from './Section';

export function Steps({ record: { report, card } }: SectionProps) {
  return (
    <Section
      id="steps"
      title="Steps of the load"
      remark={`${report.steps.length} steps, measured beside the closed form`}
      right={
        <span className={css.marks}>
          <OriginMark
            tag="measured"
            word
            of="Dots"
            source={`Mean and 99th percentile of each step of run ${card.number}, from the scheduled time.`}
          />
          <OriginMark
            tag="modelled"
            word
            of="Outline"
            source="Mean response time by queueing theory, from the busiest component’s workers, service time and offered load. At 100% and over it has no finite answer."
          />
        </span>
      }
    >
      <StepsChart steps={report.steps} />
    </Section>
  );
}
