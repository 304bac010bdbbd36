// What happened when: the run's own notes, in order.
import { happened } from '../format';
import { StateIcon, type StateName } from '../parts';
import type { NoteLevel } from '../rpc/contract';
import type { SectionProps } from './ReportPage';
import css from './Report.module.css';
import { Section } from './Section';

const shapes: Record<NoteLevel, { state: StateName; word: string }> = {
  info: { state: 'info', word: 'note' },
  good: { state: 'pass', word: 'well' },
  warning: { state: 'busy', word: 'warning' },
  bad: { state: 'over', word: 'trouble' },
};

export function Events({ record: { report } }: SectionProps) {
  return (
    <Section id="events" title="Events" remark="wall time from the start of the load">
      <ol className={css.events}>
        {report.events.map((event, index) => (
          <li key={index}>
            <span className="dim">{happened(event.t_s)}</span>
            <StateIcon state={shapes[event.level].state} label={shapes[event.level].word} />
            <span>{event.text}</span>
          </li>
        ))}
      </ol>
    </Section>
  );
}
