// Two runs side by side: first what they were given, then each figure with its difference. It names no winner, and works nothing out: the app does.
import { useState } from 'react';
import { Frame } from '../app/Frame';
import { go, routeHash } from '../app/route';
import { useCall } from '../app/useCall';
import { ratio, text } from '../format';
import { runTitle } from '../library/rows';
import { verdictOf } from '../library/progress';
import { Button, ErrorPanel, Note, OriginShape, Segmented, Select, StateLabel, cx } from '../parts';
import { DrawingThatRan } from '../report/DrawingThatRan';
import type { CompareGroup, ComparedRun, CompareRow, Comparison, Exercise } from '../rpc/contract';
import { Changes } from './Changes';
import css from './Compare.module.css';
import { differenceText } from './difference';
import { touched } from './touched';

export function CompareScreen({ a, b }: { a: string; b: string }) {
  const comparison = useCall('runs_compare', { a, b });
  // What was read last stays while another pair is read.
  const [shown, setShown] = useState<Comparison | null>(null);
  if (comparison.value !== null && comparison.value !== shown) setShown(comparison.value);
  if (shown !== null && comparison.error === null) return <Opened comparison={shown} />;
  return (
    <Frame exercise="" step="explain">
      <main className={css.page} aria-label="Comparison of two runs">
        <div className={css.sheet}>
          {comparison.error === null ? null : <ErrorPanel error={comparison.error} onAgain={comparison.again} />}
        </div>
      </main>
    </Frame>
  );
}

function Opened({ comparison }: { comparison: Comparison }) {
  const page = useCall('exercise', { id: comparison.exercise });
  return (
    <Frame exercise={page.value?.card.title ?? comparison.exercise} step="explain">
      <main className={css.page} aria-label="Comparison of two runs">
        <div className={css.sheet}>
          {page.error === null ? null : <ErrorPanel error={page.error} onAgain={page.again} />}
          <Page comparison={comparison} exercise={page.value} />
        </div>
      </main>
    </Frame>
  );
}

type Shown = 'all' | 'differs';

function Page({ comparison, exercise }: { comparison: Comparison; exercise: Exercise | null }) {
  const [shown, setShown] = useState<Shown>('all');
  const { a, b, inputs, changes, cautions, groups } = comparison;
  const differ = touched(changes ?? []);
  // Twice the same picture would only push the figures away.
  const otherwise = changes === null || changes.some(({ runs }) => runs);
  return (
    <>
      <header className={css.top}>
        <div>
          <h1>{`${a.title} beside ${b.title.replace(/^Run/, 'run')}`}</h1>
          <p className="mid">
            <a href={routeHash({ screen: 'runs', exercise: comparison.exercise })}>All runs</a>
            {exercise === null ? '' : ` of ${exercise.card.title}`}
          </p>
        </div>
        {exercise === null ? null : <Choice exercise={exercise} comparison={comparison} />}
      </header>
      <section aria-labelledby="given-title" className={css.section}>
        <div className={css.head}>
          <h2 id="given-title">What they were given</h2>
          <StateLabel state={comparison.like_for_like ? 'pass' : 'busy'}>
            {comparison.like_for_like ? 'Like for like' : 'Not like for like'}
          </StateLabel>
        </div>
        <Note tone={comparison.like_for_like ? 'plain' : 'busy'}>
          {cautions.map((caution) => (
            <p key={caution}>{caution}</p>
          ))}
        </Note>
        {inputs.length === 0 ? null : (
          <table className={css.figures}>
            <thead>
              <tr>
                <th scope="col">Not the same</th>
                <th scope="col">{a.title}</th>
                <th scope="col">{b.title}</th>
              </tr>
            </thead>
            <tbody>
              {inputs.map((input) => (
                <tr key={input.what}>
                  <th scope="row">{input.what}</th>
                  <td>{input.a}</td>
                  <td>{input.b}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
        <div className={css.pair}>
          <Side run={a} exercise={exercise} differs={differ.a} drawn={otherwise} />
          <Side run={b} exercise={exercise} differs={differ.b} drawn={otherwise} />
        </div>
        <Changes changes={changes} title={`The drawing, from ${a.title.toLowerCase()} to ${b.title.toLowerCase()}`} />
      </section>
      <section aria-labelledby="figures-title" className={css.section}>
        <div className={css.head}>
          <h2 id="figures-title">Figures</h2>
          <span className="cap">latencies nearer than the histograms tell (0.1%) count as no difference</span>
          <span className={css.grow} />
          <Segmented
            label="Figures shown"
            value={shown}
            options={[
              { value: 'all', label: 'All' },
              { value: 'differs', label: 'What differs' },
            ]}
            onChange={setShown}
          />
        </div>
        <div className={css.groups}>
          {groups.map((group, index) => (
            <Group key={`${index} ${group.title}`} group={group} a={a.title} b={b.title} only={shown === 'differs'} />
          ))}
        </div>
      </section>
    </>
  );
}

/** Other runs in their places, or the two the other way round. */
function Choice({ exercise, comparison: { a, b } }: { exercise: Exercise; comparison: Comparison }) {
  const options = exercise.runs.map((run) => ({ value: run.id, label: runTitle(run) }));
  return (
    <div className={css.choice}>
      <Select label="First run" hideLabel value={a.id} options={options} onChange={(id) => go({ screen: 'compare', a: id, b: b.id })} />
      <Select label="Second run" hideLabel value={b.id} options={options} onChange={(id) => go({ screen: 'compare', a: a.id, b: id })} />
      <Button onClick={() => go({ screen: 'compare', a: b.id, b: a.id })}>Swap</Button>
    </div>
  );
}

interface SideProps {
  run: ComparedRun;
  exercise: Exercise | null;
  differs: ReadonlySet<string>;
  drawn: boolean;
}

function Side({ run, exercise, differs, drawn }: SideProps) {
  const [, , all] = run.targets;
  const scenario = exercise?.scenarios.find(({ name }) => name === run.scenario)?.title ?? run.scenario;
  const { state, words } = verdictOf(run.verdict, all);
  return (
    <div className={css.side}>
      <h3>
        <a href={routeHash({ screen: 'report', run: run.id })}>{run.title}</a>
        {run.name === '' ? null : <span className="mid">{run.name}</span>}
        <StateLabel state={state}>{words}</StateLabel>
      </h3>
      <p className="dim">{`${run.design}, ${scenario}, seed ${run.seed}${all === 0 ? '' : `, ${run.targets[0]} of ${all} targets met`}`}</p>
      {run.sketch === null || !drawn ? null : (
        <DrawingThatRan sketch={run.sketch} report={null} title={`The drawing of ${run.title.toLowerCase()}`} differs={differs} />
      )}
    </div>
  );
}

function Group({ group, a, b, only }: { group: CompareGroup; a: string; b: string; only: boolean }) {
  const rows = only ? group.rows.filter(({ says }) => says === 'differs') : group.rows;
  if (rows.length === 0) return null;
  return (
    <section className={css.group} aria-label={group.title}>
      <h3>
        {group.title}
        <span className="dim">{group.remark}</span>
      </h3>
      <table className={css.figures}>
        <thead>
          <tr>
            <th scope="col">Figure</th>
            <th scope="col">{a}</th>
            <th scope="col">{b}</th>
            <th scope="col">difference</th>
            <th scope="col">ratio</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Row key={row.name} row={row} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Row({ row }: { row: CompareRow }) {
  const { says, unit } = row;
  return (
    <tr>
      <th scope="row">
        <OriginShape tag={row.tag} /> {row.label}
        <span className="vh">{`, ${row.tag}`}</span>
      </th>
      <td className={cx(row.a === null && css.unknown)}>{text(row.a, unit)}</td>
      <td className={cx(row.b === null && css.unknown)}>{text(row.b, unit)}</td>
      {says === 'differs' ? (
        <>
          <td className={css.differs}>{differenceText(row)}</td>
          <td>{row.ratio === null ? '–' : near(row.ratio)}</td>
        </>
      ) : (
        <td colSpan={2} className={css.unknown}>
          {says === 'same' ? 'no difference' : 'unknown'}
        </td>
      )}
    </tr>
  );
}

/** Near 1, two decimals are what one looks for. */
const near = (value: number): string => (value > 0.5 && value < 2 ? `${value.toFixed(2)} ×` : ratio(value));
