// What the learner has to know of the data: that it was damaged and what came over, or that it cannot be read at all. It is quiet on a good day.
import { useEffect, useState } from 'react';
import { asHostError, call, type HostError } from '../host';
import { Button, ErrorPanel, Sheet } from '../parts';
import type { DataNotice } from '../rpc/contract';
import css from './StorageNotice.module.css';

/** Nothing of the data can be read, and no backup has any of it. */
const LOST = 'store_lost';

export function StorageNotice() {
  const [notices, setNotices] = useState<DataNotice[]>([]);
  const [lost, setLost] = useState<HostError | null>(null);
  const [error, setError] = useState<HostError | null>(null);
  /** Why it could not be written down that the notices were read. */
  const [unwritten, setUnwritten] = useState<HostError | null>(null);
  const [sure, setSure] = useState(false);

  useEffect(() => {
    call('storage_notice', {})
      .then(({ notices: told }) => setNotices(told))
      .catch((thrown: unknown) => {
        const failed = asHostError(thrown);
        // Every other failure to open is shown by the screen that asks for something.
        if (failed.code === LOST) setLost(failed);
      });
  }, []);

  const read = (): void => {
    // It shuts at once: data that cannot be written must not keep anybody from going on.
    setNotices([]);
    call('storage_notice_seen', {}).catch((thrown: unknown) => setUnwritten(asHostError(thrown)));
  };
  const startEmpty = (): void => {
    call('data_start_empty', {})
      .then(() => window.location.reload())
      .catch((thrown: unknown) => setError(asHostError(thrown)));
  };

  if (lost !== null) {
    return (
      <Sheet title="Your data cannot be read" open onClose={() => setLost(null)}>
        <div className={css.sheet}>
          <ErrorPanel error={lost} />
          {error === null ? null : <ErrorPanel error={error} />}
          <p>Starting empty keeps the damaged file beside the new one. Nothing is deleted.</p>
          <div className={css.buttons}>
            <Button onClick={() => setLost(null)}>Not now</Button>
            {sure ? (
              <Button look="stop" onClick={startEmpty}>
                Yes, start empty
              </Button>
            ) : (
              <Button onClick={() => setSure(true)}>Start empty</Button>
            )}
          </div>
        </div>
      </Sheet>
    );
  }
  if (unwritten !== null) {
    return (
      <Sheet title="It will be said again" open onClose={() => setUnwritten(null)}>
        <div className={css.sheet}>
          <p>That you have read it could not be written down, so the notice comes again at the next start.</p>
          <ErrorPanel error={unwritten} />
          <div className={css.buttons}>
            <Button onClick={() => setUnwritten(null)}>Go on</Button>
          </div>
        </div>
      </Sheet>
    );
  }
  if (notices.length === 0) return null;
  return (
    <Sheet title="About your data" open onClose={read}>
      <div className={css.sheet} role="alert">
        {notices.map((notice) => (
          <section key={`${notice.at_ms} ${notice.title}`}>
            <h3>{notice.title}</h3>
            <ul className={css.lines}>
              {notice.lines.map((line) => (
                <li key={line}>{line}</li>
              ))}
            </ul>
          </section>
        ))}
        <div className={css.buttons}>
          <Button look="primary" onClick={read}>
            I have read it
          </Button>
        </div>
      </div>
    </Sheet>
  );
}
