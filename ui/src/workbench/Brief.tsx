// Left panel while drawing: the brief, the load of the scenario at peak with its sources, the population, and the targets.
import type { ReactNode } from 'react';
import { Brief as Words } from '../app/Brief';
import { figure, target, text } from '../format';
import { OriginMark } from '../parts';
import { PracticeLink } from '../practice/PracticeLink';
import css from './Workbench.module.css';
import { scenarioOf, useSession } from './session';

export function Brief() {
  const exercise = useSession((session) => session.exercise);
  const scenario = useSession(scenarioOf);
  if (exercise === null) return null;
  return (
    <>
      <div className={css.section}>
        <Words exercise={exercise.card.id} html={exercise.brief_html} />
      </div>
      <PracticeLink exercise={exercise.card.id} part="design">
        Practice: notes, hints, worksheet
      </PracticeLink>
      {scenario === null ? null : (
        <>
          <section className={css.section}>
            <h3 className="cap">Load at peak: {scenario.title}</h3>
            <dl className={css.pairs}>
              {scenario.operation.map((operation) => (
                <Row
                  key={operation.name}
                  label={operation.label}
                  value={operation.per_s}
                  unit="/s"
                  mark={<OriginMark tag="assumed" source={operation.source} of={operation.label} />}
                />
              ))}
              <Row
                label="Users"
                value={scenario.population.users}
                unit=""
                mark={<OriginMark tag="assumed" source={scenario.population.source} of="Users" />}
              />
              <Row label="Follow, on average" value={scenario.population.follows_mean} unit="accounts" mark={null} />
            </dl>
            <p className={css.caption}>{scenario.summary}</p>
          </section>
          <section className={css.section}>
            <h3 className="cap">Targets</h3>
            <dl className={css.pairs}>
              {scenario.target.map(({ figure: name, label, at_most, unit }) => (
                <div key={name}>
                  <dt>{label}</dt>
                  <dd>
                    <b>{target(at_most, unit)}</b>
                  </dd>
                </div>
              ))}
            </dl>
            {scenario.target.length === 0 ? <p className={css.caption}>This scenario has no targets.</p> : null}
          </section>
        </>
      )}
    </>
  );
}

function Row({ label, value, unit, mark }: { label: string; value: number; unit: string; mark: ReactNode }) {
  const shown = figure(value, unit);
  return (
    <div>
      <dt>{label}</dt>
      <dd>
        <b>{unit === '' ? text(value, '/s').replace('/s', '') : shown.number}</b>
        <span className={css.unit}>
          {shown.gap ? ' ' : ''}
          {shown.unit}
        </span>
        {mark}
      </dd>
    </div>
  );
}
