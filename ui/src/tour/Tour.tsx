// The step of the tour that is on: a card beside the part of the window that it is about, and a frame round that part. Nothing is covered or
// dimmed: the learner works with the window itself. What a step waits for is in tour.ts.
import { useEffect, useState, useSyncExternalStore } from 'react';
import { offer } from '../app/finding';
import { useRoute } from '../app/route';
import type { HostError } from '../host';
import { Button, ErrorPanel } from '../parts';
import css from './Tour.module.css';
import { STEPS, backToTour, beginTour, endTour, isInTour, useTour } from './tour';

export function Tour() {
  const step = useTour((tour) => tour.step);
  useEffect(() => offer('tour', [{ id: 'tour', label: 'Tour: one minute with the knee', group: 'Help', run: () => void beginTour() }]), []);
  const error = useTour((tour) => tour.error);
  const now = step === null ? undefined : STEPS[step];
  if (error !== null) return <Failed error={error} />;
  if (step === null || now === undefined) return null;
  return <Card key={step} number={step} />;
}

/** Why the tour did not begin or go on, wherever it was asked for. */
function Failed({ error }: { error: HostError }) {
  return (
    <aside className={css.card} aria-label="Tour" data-testid="tour-failed" style={placeFor(null, FAILED_HEIGHT)}>
      <ErrorPanel error={error} onAgain={() => useTour.setState({ error: null })} againLabel="Put away" />
    </aside>
  );
}

interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** Where the part is now; null while it is not on the page. Read at every frame, since pages come, panels open and windows change. */
function useBox(selector: string): Box | null {
  const [box, setBox] = useState<Box | null>(null);
  useEffect(() => {
    let frame = 0;
    const read = (): void => {
      const found = document.querySelector(selector)?.getBoundingClientRect();
      setBox((before) => {
        if (found === undefined || found.width === 0) return null;
        const { left, top, width, height } = found;
        const same = before?.left === left && before.top === top && before.width === width && before.height === height;
        return same ? before : { left, top, width, height };
      });
      frame = requestAnimationFrame(read);
    };
    read();
    return () => cancelAnimationFrame(frame);
  }, [selector]);
  return box;
}

function useSize(): string {
  return useSyncExternalStore(
    (changed) => {
      window.addEventListener('resize', changed);
      return () => window.removeEventListener('resize', changed);
    },
    () => `${window.innerWidth} ${window.innerHeight}`,
  );
}

const WIDTH = 320;
const GAP = 12;
/** Room for an error with its remedy and the button of its report. */
const FAILED_HEIGHT = 220;

/** Above the part where there is room, else below it, else in the corner; always inside the window. */
function placeFor(box: Box | null, height: number): { left: number; top: number } {
  const inside = (value: number, size: number, whole: number): number => Math.max(GAP, Math.min(value, whole - size - GAP));
  const { innerWidth, innerHeight } = window;
  if (box === null) return { left: innerWidth - WIDTH - GAP, top: innerHeight - height - 36 };
  const above = box.top - height - GAP;
  const below = box.top + box.height + GAP;
  const top = above >= 56 ? above : below + height <= innerHeight ? below : inside(box.top, height, innerHeight);
  // A wide part is pointed at from its right end, where panels are and no drawing.
  const left = box.width > 2 * WIDTH ? box.left + box.width - WIDTH : box.left + box.width / 2 - WIDTH / 2;
  return { left: inside(left, WIDTH, innerWidth), top: inside(top, height, innerHeight) };
}

function Card({ number }: { number: number }) {
  const step = STEPS[number];
  const away = useRoute(({ route }) => !isInTour(route));
  const box = useBox(step?.at ?? 'none');
  const [height, setHeight] = useState(168);
  useSize();
  if (step === undefined) return null;
  const last = number === STEPS.length - 1;
  return (
    <>
      {box === null ? null : (
        <div className={css.frame} style={{ left: box.left - 4, top: box.top - 4, width: box.width + 8, height: box.height + 8 }} />
      )}
      <aside
        className={css.card}
        aria-label="Tour"
        data-testid="tour"
        style={placeFor(step.corner === true ? null : box, height)}
        ref={(element) => {
          if (element !== null && element.offsetHeight !== height) setHeight(element.offsetHeight);
        }}
      >
        <div aria-live="polite">
          <p className="cap">
            Tour, {number + 1} of {STEPS.length}
          </p>
          <h2>{step.title}</h2>
          <p>{away ? 'The tour waits at the lab.' : step.text}</p>
          {step.waits === undefined || away ? null : <p className="mid">{step.waits}</p>}
        </div>
        <div className={css.buttons}>
          {last ? null : (
            <Button look="quiet" onClick={endTour}>
              Leave the tour
            </Button>
          )}
          {away ? <Button onClick={backToTour}>Back to the lab</Button> : null}
          {last ? <Button onClick={endTour}>Done</Button> : null}
        </div>
      </aside>
    </>
  );
}
