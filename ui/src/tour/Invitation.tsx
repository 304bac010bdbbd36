// The offer of the tour, on the library of somebody who has drawn and run nothing yet. It can be put away at once, and then stays away.
import { useEffect } from 'react';
import { keysText, rowOf } from '../app/keymap';
import { useOnce } from '../app/useOnce';
import { asHostError } from '../host';
import { Button } from '../parts';
import css from './Tour.module.css';
import { beginTour, notNow, readSeen, useTour } from './tour';

export function TourInvitation() {
  const seen = useTour((tour) => tour.seen);
  useEffect(() => {
    readSeen().catch((thrown: unknown) => useTour.setState({ seen: true, error: asHostError(thrown) }));
  }, []);
  const [take, busy] = useOnce(beginTour);
  if (seen !== false) return null;
  return (
    <section className={css.invitation} aria-labelledby="tour-invitation">
      <div>
        <h2 id="tour-invitation">New here? One minute with the knee</h2>
        <p className="mid">
          Predict a latency, run one service on this laptop, and see how far off you were. {keysText(rowOf('finder'))} finds the tour later.
        </p>
      </div>
      <Button onClick={notNow}>Not now</Button>
      <Button disabled={busy} onClick={() => take()}>
        Take the tour
      </Button>
    </section>
  );
}
