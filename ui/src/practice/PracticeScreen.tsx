// Working through an exercise: its parts in order on the left, the chosen part beside it. It opens and closes the attempt; parts are files of
// their own.
import { useCallback, useEffect, useRef, useState } from 'react';
import { offer } from '../app/finding';
import { Frame } from '../app/Frame';
import { go } from '../app/route';
import { clock } from '../format';
import { asHostError, type HostError } from '../host';
import { Button, EmptyPlace, ErrorPanel } from '../parts';
import { Cards } from './Cards';
import { DivePage } from './DivePage';
import { Parts } from './Parts';
import { PhasePage } from './PhasePage';
import css from './Practice.module.css';
import { TwistsPage } from './TwistsPage';
import { Finished } from './Finish';
import { CARDS, diveId, places, TWISTS } from './place';
import { closePractice, openHint, openPractice, saveNow, usePractice } from './store';
import { progress } from './words';

export function PracticeScreen({ exercise, part }: { exercise: string; part: string }) {
  const [error, setError] = useState<HostError | null>(null);
  const open = useCallback(() => {
    setError(null);
    openPractice(exercise).catch((thrown: unknown) => setError(asHostError(thrown)));
  }, [exercise]);
  useEffect(() => {
    openPractice(exercise).catch((thrown: unknown) => setError(asHostError(thrown)));
    return () => void closePractice();
  }, [exercise]);
  const ready = usePractice((state) => state.exercise === exercise && state.study !== null);
  const title = usePractice((state) => state.title);
  return (
    <Frame exercise={ready ? title : exercise} status={<Progress />} statusRight={<Saved />}>
      {error !== null ? (
        <main className={css.failed}>
          <ErrorPanel error={error} onAgain={open} />
        </main>
      ) : ready ? (
        <Layout exercise={exercise} part={part} />
      ) : (
        <main className={css.failed} aria-busy="true">
          Opening the exercise
        </main>
      )}
    </Frame>
  );
}

function Progress() {
  const study = usePractice((state) => state.study);
  const practice = usePractice((state) => state.practice);
  if (study === null || practice === null || study.phases.length === 0) return null;
  return <>{progress(study, practice)}</>;
}

function Saved() {
  const unsaved = usePractice((state) => state.unsaved);
  const saved_ms = usePractice((state) => state.savedMs);
  const failed = usePractice((state) => state.saveError !== null);
  if (failed) return <>Not saved</>;
  if (unsaved) return <>Saving</>;
  return saved_ms === null ? null : <>{`Saved ${clock(saved_ms)}`}</>;
}

function Layout({ exercise, part }: { exercise: string; part: string }) {
  const study = usePractice((state) => state.study);
  const said = usePractice((state) => state.said);
  const list = study === null ? [] : places(study);
  const chosen = list.find((place) => place.part === part) ?? list[0];
  useActions(exercise, chosen?.part ?? '');
  const main = useTopOf(chosen?.part ?? '');
  if (study === null) return null;
  if (chosen === undefined) {
    return (
      <main className={css.failed}>
        <EmptyPlace>
          This exercise has no phases to work through. <a href={`#/exercise/${encodeURIComponent(exercise)}`}>Draw and run it</a> instead.
        </EmptyPlace>
      </main>
    );
  }
  return (
    <div className={css.layout}>
      <Parts exercise={exercise} chosen={chosen.part} />
      <main ref={main} className={css.main} tabIndex={-1} aria-labelledby="part">
        <p className="vh" role="status" aria-live="polite" data-testid="said">
          {said}
        </p>
        <Failures />
        <Finished />
        <Part part={chosen.part} />
        <Next exercise={exercise} after={chosen.part} />
      </main>
    </div>
  );
}

/** Another part begins at its top, and the keyboard with it. */
function useTopOf(part: string) {
  const main = useRef<HTMLElement>(null);
  const before = useRef(part);
  useEffect(() => {
    if (before.current === part) return;
    before.current = part;
    if (main.current !== null) main.current.scrollTop = 0;
    main.current?.focus({ preventScroll: true });
  }, [part]);
  return main;
}

/** What the finder offers here: every part, and the next hint. */
function useActions(exercise: string, part: string): void {
  const study = usePractice((state) => state.study);
  useEffect(() => {
    if (study === null) return undefined;
    const parts = places(study).map((place) => ({
      id: `practice-${place.part}`,
      label: `Go to ${place.title}`,
      group: 'Practice',
      run: () => go({ screen: 'practice', exercise, part: place.part }),
    }));
    const phase = study.phases.find(({ id }) => id === part);
    const left = (): boolean => phase !== undefined && (usePractice.getState().hints[phase.id]?.length ?? 0) < phase.hints;
    const hint = { id: 'practice-hint', label: 'Open the next hint', group: 'Practice', when: left, run: () => void openHint(part) };
    return offer('practice', [...parts, hint]);
  }, [study, exercise, part]);
}

function Failures() {
  const error = usePractice((state) => state.error);
  const saveError = usePractice((state) => state.saveError);
  return (
    <>
      {saveError === null ? null : (
        <section className={css.failure} aria-labelledby="not-saved">
          <h3 id="not-saved">Not saved yet: what you wrote is kept in this window</h3>
          <ErrorPanel error={saveError} onAgain={() => void saveNow()} againLabel="Save again" />
        </section>
      )}
      {error === null ? null : (
        <div className={css.failure}>
          <ErrorPanel error={error} onAgain={() => usePractice.setState({ error: null })} againLabel="Put away" />
        </div>
      )}
    </>
  );
}

function Part({ part }: { part: string }) {
  const study = usePractice((state) => state.study);
  if (study === null) return null;
  if (part === TWISTS) return <TwistsPage twists={study.twists} />;
  if (part === CARDS) return <Cards />;
  const dive = study.dives.find(({ id }) => id === diveId(part));
  if (dive !== undefined) return <DivePage key={part} dive={dive} />;
  const phase = study.phases.find(({ id }) => id === part);
  return phase === undefined ? null : <PhasePage key={part} phase={phase} />;
}

function Next({ exercise, after }: { exercise: string; after: string }) {
  const study = usePractice((state) => state.study);
  const list = study === null ? [] : places(study);
  const next = list[list.findIndex(({ part }) => part === after) + 1];
  if (next === undefined) return null;
  return (
    <div className={css.next}>
      <Button look="quiet" onClick={() => go({ screen: 'practice', exercise, part: next.part })}>
        {`Next: ${next.title}`}
      </Button>
    </div>
  );
}
