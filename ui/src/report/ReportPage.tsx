// The report's layout: list of sections, the sections, and on a wide window what the learner said. Only the middle scrolls.
import { useRef, useState } from 'react';
import { Explain } from './Explain';
import { Section } from './Section';
import { useWideReport } from './wide';
import { when } from '../format';
import { routeHash } from '../app/route';
import { nameRun, useExplain } from './explain';
import { InlineText } from './InlineText';
import { OriginKey, StateIcon, cx } from '../parts';
import { PracticeLink } from '../practice/PracticeLink';
import type { Exercise, RunRecord, Scenario } from '../rpc/contract';
import { Components } from './Components';
import { Events } from './Events';
import { Figures } from './Figures';
import { Operations } from './Operations';
import { OverTime } from './OverTime';
import { Predictions } from './Predictions';
import { reached } from './reached';
import css from './Report.module.css';
import { Said } from './Said';
import { Saturated } from './Saturated';
import { Scale } from './Scale';
import { Steps } from './Steps';
import { Verdict } from './Verdict';
import { sections } from './words';

/** What each section is given. */
export interface SectionProps {
  record: RunRecord;
  scenario: Scenario | undefined;
}

interface Props extends SectionProps {
  /** Null while it is read, or when it is gone. */
  exercise: Exercise | null;
  now_ms: number;
}

export function ReportPage({ record, exercise, scenario, now_ms }: Props) {
  const { card, report } = record;
  const wide = useWideReport();
  const list = sections(report);
  const [current, setCurrent] = useState('verdict');
  const main = useRef<HTMLElement>(null);

  const onScroll = (): void => {
    if (main.current === null) return;
    const ids = list.map(({ id }) => id);
    setCurrent(reached(main.current, ids) ?? 'verdict');
  };
  const show = (id: string): void => {
    // On a wide window the explanation stands beside the report.
    const section = document.getElementById(id);
    section?.scrollIntoView({ block: 'start' });
    section?.focus({ preventScroll: true });
    setCurrent(id);
  };

  const shared: SectionProps = { record, scenario };
  return (
    <div className={css.layout}>
      <nav className={css.sections} aria-label="Sections of the report">
        <div className={css.run}>
          <div className="cap">{`Run ${card.number}, ${when(card.started_ms, now_ms)}`}</div>
          <Name run={card.id} number={card.number} />
          <div className="dim">{`${card.design_title}, ${scenario?.title ?? card.scenario}`}</div>
        </div>
        {list.map((section) => (
          <a
            key={section.id}
            href={`#${section.id}`}
            className={css.sectionLink}
            aria-current={section.id === current ? 'true' : undefined}
            onClick={(event) => {
              event.preventDefault();
              show(section.id);
            }}
          >
            {section.title}
            {section.state === null ? null : <StateIcon state={section.state} label={section.said} />}
          </a>
        ))}
        <span className={css.grow} />
        <a className={css.sectionLink} href={routeHash({ screen: 'runs', exercise: report.exercise })}>
          All runs, and compare
        </a>
        <PracticeLink exercise={report.exercise} part="deep-dives">
          Notes on the exercise
        </PracticeLink>
        <div className={css.key}>
          <div className="cap">Every figure is one of</div>
          <OriginKey stacked />
        </div>
      </nav>
      {/* A scrolling region must be reachable by keyboard. */}
      <main ref={main} className={css.main} onScroll={onScroll} aria-label="Report">
        <Verdict {...shared} />
        <Predictions {...shared} />
        <Saturated {...shared} />
        {wide ? null : (
          <Section id="explain" title="Explain" remark="in your words, saved as you write">
            <Explain {...shared} clues />
          </Section>
        )}
        {list.some(({ id }) => id === 'steps') ? <Steps {...shared} /> : null}
        <Operations {...shared} />
        <Components {...shared} />
        {list.some(({ id }) => id === 'time') ? <OverTime {...shared} /> : null}
        {list.some(({ id }) => id === 'events') ? <Events {...shared} /> : null}
        <Scale {...shared} />
        <Figures {...shared} />
      </main>
      <aside className={cx(css.said)} aria-label="What you said">
        {wide ? (
          <section id="explain" aria-labelledby="explain-title" tabIndex={-1}>
            <h2 id="explain-title">Explain</h2>
            <Explain {...shared} clues={false} />
          </section>
        ) : null}
        <Said {...shared} exercise={exercise} />
      </aside>
    </div>
  );
}

function Name({ run, number }: { run: string; number: number }) {
  const name = useExplain((state) => state.written.name);
  return (
    <InlineText
      label={`Name of run ${number}`}
      value={name}
      empty="Name this run"
      testid="run-name"
      onSave={(text) => nameRun(run, text)}
    />
  );
}
