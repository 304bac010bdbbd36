// What happened when: the run's own notes, in order.
import { happened } from '../format';
import { LevelIcon } from '../parts';
import type { SectionProps } from './ReportPage';
import css from './Report.module.css';
import { Section } from './Section';

export function Events({ record: { report } }: SectionProps) {
  return (
    <Section id="events" title="Events" remark="wall time from the start of the load">
      <ol className={css.events}>
        {report.events.map((event, index) => (
          <li key={index}>
            <span className="dim">{happened(event.t_s)}</span>
            <LevelIcon level={event.level} />
            <span>{event.text}</span>
          </li>
        ))}
      </ol>
    </Section>
  );
}
