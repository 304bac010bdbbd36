// A failure that no screen shows: what a promise was rejected with and nobody took. It stands over the page until it is put away, so that nothing
// fails in silence.
import { useEffect, useState } from 'react';
import { asHostError, type HostError } from '../host';
import { ErrorPanel } from '../parts';
import css from './Unforeseen.module.css';

export function Unforeseen() {
  const [error, setError] = useState<HostError | null>(null);
  useEffect(() => {
    const onRejection = (event: PromiseRejectionEvent): void => setError(asHostError(event.reason));
    window.addEventListener('unhandledrejection', onRejection);
    return () => window.removeEventListener('unhandledrejection', onRejection);
  }, []);
  if (error === null) return null;
  return (
    <section className={css.place} aria-label="Something failed">
      <ErrorPanel error={error} onAgain={() => setError(null)} againLabel="Put away" />
    </section>
  );
}
