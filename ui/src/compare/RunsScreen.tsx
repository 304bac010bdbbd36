// All runs and designs of an exercise: runs are named, noted, deleted and compared here, designs compared. It works nothing out.
import { useState } from 'react';
import { openDesign } from '../app/designs';
import { Frame } from '../app/Frame';
import { go, routeHash } from '../app/route';
import { useCall } from '../app/useCall';
import { useAttempt } from '../app/useOnce';
import { plural, when } from '../format';
import { call, type HostError } from '../host';
import { RunVerdict } from '../library/rows';
import { Button, EmptyPlace, ErrorPanel, IconButton, Icon, Sheet } from '../parts';
import { InlineText } from '../report/InlineText';
import type { Exercise, RunCard } from '../rpc/contract';
import css from './Compare.module.css';

export function RunsScreen({ exercise }: { exercise: string }) {
  const page = useCall('exercise', { id: exercise });
  // What was read last stays while it is read again, so that the table does not blink.
  const [shown, setShown] = useState<Exercise | null>(null);
  if (page.value !== null && page.value !== shown) setShown(page.value);
  return (
    <Frame exercise={shown?.card.title ?? exercise} step="explain">
      <main className={css.page} aria-label="Runs and designs">
        <div className={css.sheet}>
          {page.error === null ? null : <ErrorPanel error={page.error} onAgain={page.again} />}
          {shown === null ? null : <Page exercise={shown} onChanged={page.again} />}
        </div>
      </main>
    </Frame>
  );
}

function Page({ exercise, onChanged }: { exercise: Exercise; onChanged: () => void }) {
  const { runs, designs, card } = exercise;
  return (
    <>
      <header className={css.top}>
        <div>
          <h1>Runs and designs</h1>
          <p className="mid">
            <a href={routeHash({ screen: 'exercise', exercise: card.id })}>{card.title}</a>
            {`: ${plural(runs.length, 'run')}, ${plural(designs.length, 'design')}`}
          </p>
        </div>
      </header>
      <Runs exercise={exercise} onChanged={onChanged} />
      <Designs exercise={exercise} />
    </>
  );
}

/** Two of them at most: choosing a third lets go of the one that was chosen first. */
function useTwo(): [readonly string[], (id: string) => void] {
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const toggle = (id: string): void => setChosen((now) => (now.includes(id) ? now.filter((each) => each !== id) : [...now, id].slice(-2)));
  return [chosen, toggle];
}

function Runs({ exercise, onChanged }: { exercise: Exercise; onChanged: () => void }) {
  const { runs, card } = exercise;
  const [now_ms] = useState(Date.now);
  const [chosen, toggle] = useTwo();
  const [going, setGoing] = useState<RunCard | null>(null);
  // The earlier run first, so that differences read forward in time. A run that was deleted is no longer chosen.
  const pair = runs.filter(({ id }) => chosen.includes(id)).sort((a, b) => a.started_ms - b.started_ms);
  const [a, b] = pair;
  return (
    <section aria-labelledby="runs-title" className={css.section}>
      <div className={css.head}>
        <h2 id="runs-title">Runs</h2>
        <span className={css.grow} />
        <span className="cap" role="status">
          {pair.length === 2 ? '' : 'Choose two to compare.'}
        </span>
        <Button
          look="primary"
          disabled={b === undefined}
          onClick={() => {
            if (a !== undefined && b !== undefined) go({ screen: 'compare', a: a.id, b: b.id });
          }}
        >
          {a !== undefined && b !== undefined ? `Compare run ${a.number} with run ${b.number}` : 'Compare two runs'}
        </Button>
      </div>
      {runs.length === 0 ? <EmptyPlace>No run yet. Draw or open a design, predict, and run it: its report stays here.</EmptyPlace> : null}
      {runs.length === 0 ? null : (
        <div className={css.wide}>
          <table className={css.runs}>
            <thead>
              <tr>
                <th scope="col">
                  <span className="vh">Compare</span>
                </th>
                <th scope="col">Run</th>
                <th scope="col">Name and note</th>
                <th scope="col">Design that ran</th>
                <th scope="col">Scenario</th>
                <th scope="col">Verdict</th>
                <th scope="col">When</th>
                <th scope="col">
                  <span className="vh">Delete</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {runs.map((run) => (
                <tr key={run.id} data-testid={`run-row-${run.number}`}>
                  <td>
                    <input
                      type="checkbox"
                      checked={chosen.includes(run.id)}
                      aria-label={`Choose run ${run.number} to compare`}
                      onChange={() => toggle(run.id)}
                    />
                  </td>
                  <th scope="row">
                    <a href={routeHash({ screen: 'report', run: run.id })}>{`Run ${run.number}`}</a>
                  </th>
                  <td className={css.named}>
                    <InlineText
                      label={`Name of run ${run.number}`}
                      value={run.name}
                      empty="Name it"
                      testid={`name-${run.number}`}
                      onSave={async (name) => {
                        await call('run_name', { id: run.id, name });
                        onChanged();
                      }}
                    />
                    {run.note === '' ? null : <p className={css.note}>{run.note}</p>}
                    {run.explained ? <span className="cap">explained</span> : null}
                  </td>
                  <td>{run.design_title}</td>
                  <td>{exercise.scenarios.find(({ name }) => name === run.scenario)?.title ?? run.scenario}</td>
                  <td>
                    <RunVerdict run={run} />
                  </td>
                  <td className={css.when}>{when(run.started_ms, now_ms)}</td>
                  <td>
                    <IconButton label={`Delete run ${run.number}`} onClick={() => setGoing(run)}>
                      <Icon name="trash" />
                    </IconButton>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <Delete
        run={going}
        title={card.title}
        onClose={() => setGoing(null)}
        onDeleted={(id) => {
          // Another one may be asked about by now.
          setGoing((now) => (now?.id === id ? null : now));
          onChanged();
        }}
      />
    </section>
  );
}

interface DeleteProps {
  /** Null: none is asked about. */
  run: RunCard | null;
  title: string;
  onClose: () => void;
  onDeleted: (id: string) => void;
}

function Delete({ run, title, onClose, onDeleted }: DeleteProps) {
  return (
    <Sheet title={run === null ? 'Delete the run?' : `Delete run ${run.number} of ${title}?`} open={run !== null} onClose={onClose}>
      {run === null ? null : <Sure key={run.id} run={run} onClose={onClose} onDeleted={onDeleted} />}
    </Sheet>
  );
}

/** It goes with the question, and so does the error: the next question is about another run. */
function Sure({ run, onClose, onDeleted }: { run: RunCard } & Pick<DeleteProps, 'onClose' | 'onDeleted'>) {
  const [error, setError] = useState<HostError | null>(null);
  const [attempt, busy] = useAttempt(setError);
  const remove = async (): Promise<void> => {
    await call('run_delete', { id: run.id });
    onDeleted(run.id);
  };
  return (
    <div className={css.form}>
      <p className="mid">Its report, name, note and explanation go, and cannot be had back. The design and the other runs stay.</p>
      {error === null ? null : <ErrorPanel error={error} />}
      <div className={css.buttons}>
        <Button onClick={onClose}>Keep it</Button>
        <Button look="stop" disabled={busy} onClick={() => attempt(remove)}>
          Delete
        </Button>
      </div>
    </div>
  );
}

function Designs({ exercise }: { exercise: Exercise }) {
  const { designs, card, runs } = exercise;
  const [now_ms] = useState(Date.now);
  const [chosen, toggle] = useTwo();
  const pair = designs.filter(({ id }) => chosen.includes(id)).sort((a, b) => a.updated_ms - b.updated_ms);
  const [a, b] = pair;
  return (
    <section aria-labelledby="designs-title" className={css.section}>
      <div className={css.head}>
        <h2 id="designs-title">Designs</h2>
        <span className={css.grow} />
        <Button
          disabled={b === undefined}
          onClick={() => {
            if (a !== undefined && b !== undefined) go({ screen: 'designs', exercise: card.id, a: a.id, b: b.id });
          }}
        >
          Compare two designs
        </Button>
      </div>
      {designs.length === 0 ? <EmptyPlace>No design of yours yet.</EmptyPlace> : null}
      {designs.length === 0 ? null : (
        <table className={css.runs}>
          <thead>
            <tr>
              <th scope="col">
                <span className="vh">Compare</span>
              </th>
              <th scope="col">Design</th>
              <th scope="col">Runs</th>
              <th scope="col">Changed</th>
            </tr>
          </thead>
          <tbody>
            {designs.map((design) => (
              <tr key={design.id}>
                <td>
                  <input
                    type="checkbox"
                    checked={chosen.includes(design.id)}
                    aria-label={`Choose ${design.title} to compare`}
                    onChange={() => toggle(design.id)}
                  />
                </td>
                <th scope="row">
                  <a
                    href={routeHash({ screen: 'workbench', exercise: card.id, design: design.id })}
                    onClick={(event) => {
                      event.preventDefault();
                      openDesign(card.id, design.id);
                    }}
                  >
                    {design.title}
                  </a>
                </th>
                <td>{runs.filter(({ design_id }) => design_id === design.id).length}</td>
                <td className={css.when}>{when(design.updated_ms, now_ms)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
