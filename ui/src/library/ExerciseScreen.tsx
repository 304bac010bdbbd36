// The page of one exercise: what is asked, how to begin, and what the learner has done so far. A solution's drawing is not shown here.
import { useState } from 'react';
import { Brief } from '../app/Brief';
import { drawFromScratch, openAnyway, openBundled, openDesign, openLabel } from '../app/designs';
import { Frame } from '../app/Frame';
import { routeHash } from '../app/route';
import { SHUT, Solution } from '../app/Solution';
import { useCall } from '../app/useCall';
import { useAttempt } from '../app/useOnce';
import { plural, rate, target, when } from '../format';
import type { HostError } from '../host';
import { PracticeEntry } from '../practice/PracticeLink';
import { Button, EmptyPlace, ErrorPanel, OriginKey, OriginMark } from '../parts';
import type { BundledDesign, Exercise, Scenario } from '../rpc/contract';
import css from './ExerciseScreen.module.css';
import { RunVerdict, runTitle } from './rows';

export function ExerciseScreen({ exercise }: { exercise: string }) {
  const page = useCall('exercise', { id: exercise });
  return (
    <Frame exercise={page.value?.card.title ?? exercise} step="draw">
      <main className={css.page}>
        {page.error === null ? null : (
          <div className={css.column}>
            <ErrorPanel error={page.error} onAgain={page.again} />
          </div>
        )}
        {page.value === null ? null : <Page exercise={page.value} />}
      </main>
    </Frame>
  );
}

function Page({ exercise }: { exercise: Exercise }) {
  const [error, setError] = useState<HostError | null>(null);
  const [attempt, busy] = useAttempt(setError);
  const [solution, setSolution] = useState<BundledDesign | null>(null);
  const [now_ms] = useState(Date.now);
  const { card, designs, bundled, runs } = exercise;
  const scenario = exercise.scenarios.find((each) => each.name === exercise.default_scenario) ?? exercise.scenarios[0];
  const newest = designs[0];
  return (
    <div className={css.sheet}>
      <div className={css.column}>
        <header>
          <h1>{card.title}</h1>
          <p className={css.question}>{card.question}</p>
        </header>
        <section aria-labelledby="begin">
          <h2 id="begin">{newest === undefined ? 'How to begin' : 'Go on'}</h2>
          {error === null ? null : <ErrorPanel error={error} />}
          <div className={css.begin}>
            {newest === undefined ? null : (
              <Choice
                primary
                title={newest.title}
                text={`Your newest design, changed ${when(newest.updated_ms, now_ms)}.`}
                action="Continue"
                onChoose={() => openDesign(card.id, newest.id)}
              />
            )}
            <Choice
              primary={newest === undefined}
              title="Draw from scratch"
              text="An empty drawing with a client. What you draw is checked as you go."
              action="Draw from scratch"
              busy={busy}
              onChoose={() => attempt(() => drawFromScratch(card.id))}
            />
            {bundled.map((each) => (
              <Choice
                key={each.name}
                title={each.title}
                detail={`${each.order}, ${plural(each.components, 'component')}`}
                text={each.shut ? SHUT : each.summary}
                note={each.opened_ms === null ? null : `Opened before an attempt, ${when(each.opened_ms, now_ms)}.`}
                action="Open"
                actionName={openLabel(each.title)}
                busy={busy}
                onChoose={() => (each.shut ? setSolution(each) : attempt(() => openBundled(exercise, each.name)))}
              />
            ))}
          </div>
          <Solution design={solution} onClose={() => setSolution(null)} onOpen={({ name }) => attempt(() => openAnyway(exercise, name))} />
        </section>
        <PracticeEntry exercise={card.id} />
        <section aria-labelledby="brief">
          <h2 id="brief">Brief</h2>
          <Brief html={exercise.brief_html} exercise={card.id} />
        </section>
      </div>
      <div className={css.side}>
        {scenario === undefined ? null : <Asked scenario={scenario} />}
        <section aria-labelledby="runs">
          <h2 id="runs">Runs</h2>
          {runs.length === 0 ? (
            <EmptyPlace>No run yet. Draw or open a design, predict, and run it: its report stays here.</EmptyPlace>
          ) : null}
          <ul>
            {runs.slice(0, 8).map((run) => (
              <li key={run.id} className={css.run}>
                <a href={routeHash({ screen: 'report', run: run.id })}>{runTitle(run)}</a>
                <RunVerdict run={run} />
              </li>
            ))}
          </ul>
          {runs.length === 0 && designs.length < 2 ? null : (
            <p className={css.more}>
              <a href={routeHash({ screen: 'runs', exercise: card.id })}>
                {runs.length > 8 ? `All ${runs.length} runs, and compare` : 'All runs and designs, and compare'}
              </a>
            </p>
          )}
        </section>
      </div>
      <div className={css.key}>
        <OriginKey />
      </div>
    </div>
  );
}

interface ChoiceProps {
  title: string;
  /** Beside the title, quieter. */
  detail?: string;
  text: string;
  /** Under the text. */
  note?: string | null;
  action: string;
  /** The action with what it acts on, for a screen reader; the title beside says it to the eye. */
  actionName?: string;
  primary?: boolean;
  /** A design is being made. */
  busy?: boolean;
  onChoose: () => void;
}

function Choice({ title, detail, text, note = null, action, actionName = action, primary = false, busy = false, onChoose }: ChoiceProps) {
  return (
    <div className={css.choice}>
      <div>
        <h3>
          {title}
          {detail === undefined ? null : <span className={css.detail}>{detail}</span>}
        </h3>
        <p className="mid">{text}</p>
        {note === null ? null : <p className="cap">{note}</p>}
      </div>
      <Button look={primary ? 'primary' : 'plain'} aria-label={actionName} disabled={busy} onClick={onChoose}>
        {action}
      </Button>
    </div>
  );
}

function Asked({ scenario }: { scenario: Scenario }) {
  return (
    <>
      <section aria-labelledby="load">
        <h2 id="load">{scenario.title}</h2>
        <p className="mid">{scenario.summary}</p>
        <dl className={css.figures}>
          {scenario.operation.map((each) => (
            <div key={each.name}>
              <dt>{each.label}</dt>
              <dd>
                <b>{rate(each.per_s)}</b>
                <OriginMark tag="assumed" source={each.source} of={each.label} />
              </dd>
            </div>
          ))}
        </dl>
      </section>
      {scenario.target.length === 0 ? null : (
        <section aria-labelledby="targets">
          <h2 id="targets">Targets</h2>
          <dl className={css.figures}>
            {scenario.target.map((each) => (
              <div key={each.figure}>
                <dt>{each.label}</dt>
                <dd>
                  <b>{target(each.at_most, each.unit)}</b>
                </dd>
              </div>
            ))}
          </dl>
        </section>
      )}
    </>
  );
}
