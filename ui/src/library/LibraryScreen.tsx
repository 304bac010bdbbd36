// The library: exercises to begin or go on with, labs of one question each, and the packs that they come from. It shows no solution.
import { useEffect, useRef, useState } from 'react';
import { openDesign } from '../app/designs';
import { Frame } from '../app/Frame';
import { isChord, keysText, rowOf } from '../app/keymap';
import { go, routeHash } from '../app/route';
import { useCall } from '../app/useCall';
import { plural, when } from '../format';
import { asHostError, call, type HostError } from '../host';
import { TourInvitation } from '../tour/Invitation';
import { EmptyPlace, ErrorPanel, Icon, Key, Segmented, StateIcon, TextField, isSheetOpen } from '../parts';
import type { ExerciseCard, Library } from '../rpc/contract';
import { ExerciseRow, LabRow, RunVerdict } from './rows';
import css from './LibraryScreen.module.css';
import { isStarted, primaryOf, select, type Filter } from './progress';

const SEARCH = rowOf('library.search');

export function LibraryScreen() {
  const library = useCall('library', {});
  const core = library.value?.packs[0];
  return (
    <Frame
      status={
        <span>
          <StateIcon state="info" />
          Predict first, then run: the model’s answers stay shut until you do
        </span>
      }
      statusRight={core === undefined ? null : <span>{`${core.title} pack, version ${core.version}`}</span>}
    >
      <main className={css.page}>
        {library.error === null ? null : (
          <div className={css.failed}>
            <ErrorPanel error={library.error} onAgain={library.again} />
          </div>
        )}
        {library.value === null ? null : <Shelves library={library.value} />}
      </main>
    </Frame>
  );
}

const filters: readonly { value: Filter; label: string }[] = [
  { value: 'all', label: 'All' },
  { value: 'started', label: 'In progress' },
  { value: 'new', label: 'Not started' },
];

function Shelves({ library }: { library: Library }) {
  const [filter, setFilter] = useState<Filter>('all');
  const [search, setSearch] = useState('');
  const [error, setError] = useState<HostError | null>(null);
  const searchInput = useRef<HTMLInputElement>(null);

  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (!SEARCH.keys.some((chord) => isChord(chord, event)) || isSheetOpen()) return;
      if (event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement) return;
      event.preventDefault();
      searchInput.current?.focus();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);

  const shown = select(library.exercises, filter, search);
  const exercises = shown.filter((card) => card.kind !== 'lab');
  const labs = shown.filter((card) => card.kind === 'lab');
  const primary = primaryOf(exercises);

  const open = (card: ExerciseCard): void => {
    setError(null);
    openNewest(card).catch((thrown: unknown) => setError(asHostError(thrown)));
  };
  const hidden = library.exercises.length - shown.length;
  const nothing = (what: string): string =>
    library.exercises.length === 0
      ? `No ${what} are installed: no pack was found.`
      : hidden > 0
        ? `No ${what} match. ${plural(hidden, 'other')} hidden by the filter or the search.`
        : `No ${what} in these packs.`;

  return (
    <div className={css.sheet}>
      <div className={css.main}>
        <div className={css.head}>
          <h1>Library</h1>
          <span className={css.grow} />
          <Segmented label="Show" value={filter} options={filters} onChange={setFilter} />
          <div className={css.search}>
            <TextField
              type="search"
              label="Search exercises and labs"
              hideLabel
              placeholder="Exercises, labs, ideas"
              value={search}
              onChange={setSearch}
              inputRef={searchInput}
              before={<Icon name="search" />}
              after={<Key>{keysText(SEARCH)}</Key>}
            />
          </div>
        </div>
        {error === null ? null : <ErrorPanel error={error} />}
        {isNew(library) ? <TourInvitation /> : null}
        <section aria-labelledby="exercises">
          <div className={css.shelf}>
            <h2 id="exercises">Exercises</h2>
            <span>Draw, predict, run, explain</span>
          </div>
          {exercises.length === 0 ? (
            <div className={css.none}>
              <EmptyPlace>{nothing('exercises')}</EmptyPlace>
            </div>
          ) : (
            <ul>
              {exercises.map((card) => (
                <ExerciseRow key={card.id} card={card} primary={card.id === primary} onOpen={() => open(card)} />
              ))}
            </ul>
          )}
        </section>
        {library.recent.length === 0 ? <HowItGoes /> : <LastRuns recent={library.recent} />}
      </div>
      <div className={css.side}>
        <section aria-labelledby="labs">
          <div className={css.shelf}>
            <h2 id="labs">Labs</h2>
            <span>one question each</span>
          </div>
          {labs.length === 0 ? (
            <div className={css.none}>
              <EmptyPlace>{nothing('labs')}</EmptyPlace>
            </div>
          ) : (
            <ul>
              {labs.map((card) => (
                <LabRow key={card.id} card={card} onOpen={() => open(card)} />
              ))}
            </ul>
          )}
        </section>
        <section aria-labelledby="packs" className={css.packs}>
          <h2 id="packs">Packs</h2>
          {library.packs.length === 0 ? <EmptyPlace>No pack is installed.</EmptyPlace> : null}
          <dl>
            {library.packs.map((pack) => (
              <div key={pack.id}>
                <dt>{pack.title}</dt>
                <dd>{pack.exercises + pack.labs === 0 ? 'empty' : `${plural(pack.exercises, 'exercise')}, ${plural(pack.labs, 'lab')}`}</dd>
              </div>
            ))}
          </dl>
        </section>
      </div>
    </div>
  );
}

/** Nothing was drawn and nothing was run. */
const isNew = (library: Library): boolean => library.recent.length === 0 && !library.exercises.some(isStarted);

const steps: readonly { name: string; text: string }[] = [
  { name: 'Draw', text: 'Place components and link them, or open a design of the exercise. What is missing is said as you go.' },
  { name: 'Predict', text: 'Write what you expect: a latency, how busy a part will be, and why.' },
  { name: 'Run', text: 'Your drawing runs on this laptop as real processes, and load is put on it.' },
  { name: 'Explain', text: 'Read what was measured beside what you said, what saturated, and why.' },
];

/** Before the first run: what is going to happen. */
function HowItGoes() {
  return (
    <section aria-labelledby="how" className={css.below}>
      <div className={css.shelf}>
        <h2 id="how">How an exercise goes</h2>
        <span>nothing has run yet</span>
      </div>
      <ol className={css.steps}>
        {steps.map(({ name, text }, index) => (
          <li key={name}>
            <h3>
              <span className={css.stepNumber}>{index + 1}</span>
              {name}
            </h3>
            <p className="mid">{text}</p>
          </li>
        ))}
      </ol>
    </section>
  );
}

function LastRuns({ recent }: { recent: Library['recent'] }) {
  const [now_ms] = useState(Date.now);
  return (
    <section aria-labelledby="recent" className={css.below}>
      <div className={css.shelf}>
        <h2 id="recent">Last runs</h2>
        <span>newest first</span>
      </div>
      <ul>
        {recent.map(({ exercise, run }) => (
          <li key={run.id} className={css.lastRun}>
            <a href={routeHash({ screen: 'report', run: run.id })}>
              {exercise}, run {run.number}
            </a>
            <span className={css.lastDesign}>{run.design_title}</span>
            <RunVerdict run={run} />
            <span className="dim">{when(run.started_ms, now_ms)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The newest design on the workbench; without one, the exercise's page, where the learner chooses how to begin. */
async function openNewest(card: ExerciseCard): Promise<void> {
  if (card.designs === 0) {
    go({ screen: 'exercise', exercise: card.id });
    return;
  }
  const { designs } = await call('exercise', { id: card.id });
  const newest = designs[0];
  if (newest === undefined) go({ screen: 'exercise', exercise: card.id });
  else openDesign(card.id, newest.id);
}
