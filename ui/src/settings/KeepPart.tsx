// The learner's data as one file, out and in, and the backups that the app made. Reading, checking and writing are the app's.
import { useState } from 'react';
import { useCall } from '../app/useCall';
import { plural, text as figureText, when } from '../format';
import { asHostError, call, type HostError } from '../host';
import { Button, EmptyPlace, ErrorPanel, Note } from '../parts';
import type { DataSummary, PathKind } from '../rpc/contract';
import { Setting } from './SettingsScreen';
import css from './Settings.module.css';

const ENDING = 'loadline-data';

const counts = ({ designs, runs, attempts }: DataSummary): string =>
  `${plural(designs, 'design')}, ${plural(runs, 'run')}, ${plural(attempts, 'attempt')}`;

type Way = 'out' | 'in';

const WAYS: Record<Way, { kind: PathKind; title: string; command: 'data_export' | 'data_import' }> = {
  out: { kind: 'save', title: 'Write all data to a file', command: 'data_export' },
  in: { kind: 'open', title: 'Read data from a file', command: 'data_import' },
};

/** Why a backup was made, by the app's word for it. */
const REASONS: Record<string, string> = {
  daily: 'first use of the day',
  migration: 'before a newer version of the app changed its form',
  import: 'before a file was read',
};

export function KeepPart() {
  const place = useCall('data_place', {});
  const [busy, setBusy] = useState(false);
  const [said, setSaid] = useState<{ way: Way; summary: DataSummary } | null>(null);
  const [error, setError] = useState<HostError | null>(null);
  const [now_ms] = useState(Date.now);

  const go = async (way: Way): Promise<void> => {
    setError(null);
    setSaid(null);
    setBusy(true);
    try {
      const { kind, title, command } = WAYS[way];
      const { path } = await call('path_choose', { kind, title, name: way === 'out' ? `loadline.${ENDING}` : null, ending: ENDING });
      if (path !== null) setSaid({ way, summary: await call(command, { path }) });
    } catch (thrown) {
      setError(asHostError(thrown));
    }
    setBusy(false);
    place.again();
  };

  return (
    <>
      <Setting
        name="One file, out and in"
        text="Everything that is yours in one file, to keep elsewhere or to take to another machine. Reading a file adds what is new; what is here stays."
      >
        <div className={css.buttons}>
          <Button disabled={busy} onClick={() => void go('in')}>
            Read a file
          </Button>
          <Button disabled={busy} onClick={() => void go('out')}>
            Write a file
          </Button>
        </div>
      </Setting>
      {error === null ? null : <ErrorPanel error={error} />}
      {said === null ? null : (
        <div role="status">
          <Note tone="accent" state="pass">
            {said.way === 'out' ? 'Written: ' : 'New from '}
            <b>{said.summary.path}</b>, {counts(said.summary)}.
          </Note>
        </div>
      )}
      {place.error === null ? null : <ErrorPanel error={place.error} onAgain={place.again} />}
      {place.value === null ? null : (
        <Setting name="Backups" text="The app makes them by itself, in the data folder.">
          {place.value.backups.length === 0 ? (
            <EmptyPlace>None yet.</EmptyPlace>
          ) : (
            <ul className={css.backups}>
              {place.value.backups.map(({ file, bytes, made_ms, reason }) => (
                <li key={file} title={file}>
                  {when(made_ms, now_ms)}, {REASONS[reason] ?? reason}, {figureText(bytes / 1e6, 'MB')}
                </li>
              ))}
            </ul>
          )}
        </Setting>
      )}
    </>
  );
}
