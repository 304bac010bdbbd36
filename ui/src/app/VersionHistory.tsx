// The sheet "History" of a design: its versions with time, reason and what changed; one can be named and put back. It changes nothing itself:
// putting back is the caller's.
import { useRef, useState } from 'react';
import { when } from '../format';
import { asHostError, call, type HostError } from '../host';
import { Thumbnail } from '../library/Thumbnail';
import { Button, ErrorPanel, Sheet, TextField, focusWhenShown } from '../parts';
import type { DesignVersion, DesignVersions } from '../rpc/contract';
import { useCall } from './useCall';
import css from './VersionHistory.module.css';

interface Props {
  design: string;
  title: string;
  open: boolean;
  onClose: () => void;
  /** Puts a version's drawing back. */
  onRestore: (version: DesignVersion) => Promise<void>;
  /** Why nothing can be put back now; null: it can. */
  locked: string | null;
}

const REASONS: Record<string, string> = {
  checkpoint: 'while drawing',
  run: 'before a run',
  restore: 'before a version was put back',
  named: 'kept by you',
};

export function VersionHistory({ design, title, open, onClose, onRestore, locked }: Props) {
  return (
    <Sheet title={`History of ${title}`} open={open} onClose={onClose} wide>
      {open ? <Versions design={design} onClose={onClose} onRestore={onRestore} locked={locked} /> : null}
    </Sheet>
  );
}

type Naming = { number: number | null; text: string };

function Versions({ design, onClose, onRestore, locked }: Omit<Props, 'open' | 'title'>) {
  const asked = useCall('design_versions', { id: design });
  const [newer, setNewer] = useState<DesignVersions | null>(null);
  const [now] = useState(() => Date.now());
  const [naming, setNaming] = useState<Naming | null>(null);
  const [error, setError] = useState<HostError | null>(null);
  const sheet = useRef<HTMLDivElement>(null);
  const versions = newer?.versions ?? asked.value?.versions;

  const attempt = (action: Promise<void>): void => {
    setError(null);
    action.catch((thrown: unknown) => setError(asHostError(thrown)));
  };
  const name = async ({ number, text }: Naming): Promise<void> => {
    const trimmed = text.trim();
    setNewer(await call('design_version_name', { design, number, name: trimmed === '' ? null : trimmed }));
    stopNaming(number);
  };
  const stopNaming = (number: number | null): void => {
    setNaming(null);
    // The field is gone; its button may be one that only now comes back.
    requestAnimationFrame(() => sheet.current?.querySelector<HTMLElement>(`[data-names="${number ?? 'now'}"]`)?.focus());
  };
  const restore = async (version: DesignVersion): Promise<void> => {
    await onRestore(version);
    onClose();
  };

  if (asked.state === 'failed') return <ErrorPanel error={asked.error} onAgain={asked.again} />;
  if (versions === undefined) return <p className={css.note}>Reading the versions</p>;
  const field = (label: string) =>
    naming === null ? null : (
      <form
        className={css.naming}
        onSubmit={(event) => {
          event.preventDefault();
          attempt(name(naming));
        }}
      >
        <TextField label={label} value={naming.text} onChange={(text) => setNaming({ ...naming, text })} inputRef={focusWhenShown} />
        <Button type="submit" look="primary" disabled={naming.number === null && naming.text.trim() === ''}>
          Keep the name
        </Button>
        <Button onClick={() => stopNaming(naming.number)}>Cancel</Button>
      </form>
    );
  return (
    <div ref={sheet} className={css.sheet}>
      <div className={css.head}>
        <p className="mid">A version is kept every 5 minutes of drawing and before each run; old ones thin out, named ones stay.</p>
        {naming?.number === null ? field('Name of the drawing as it is now') : null}
        {naming === null ? (
          <Button data-names="now" onClick={() => setNaming({ number: null, text: '' })}>
            Name the drawing as it is now
          </Button>
        ) : null}
      </div>
      {error === null ? null : <ErrorPanel error={error} />}
      {locked === null ? null : <p className={css.note}>{locked}</p>}
      {versions.length === 0 ? <p className={css.note}>No versions yet: nothing was changed since this design was made.</p> : null}
      <ol className={css.list} aria-label="Versions, newest first">
        {versions.map((version) => (
          <li key={version.number} className={css.row}>
            <Picture design={design} version={version} />
            <div className={css.words}>
              <p>
                <b>{version.name ?? `Version ${version.number}`}</b>, {when(version.saved_ms, now)},{' '}
                {REASONS[version.reason] ?? version.reason}
              </p>
              <p className="mid">{version.unreadable === null ? version.changed.join(' · ') : `Cannot be read: ${version.unreadable}`}</p>
              {naming?.number === version.number ? field('Name of the version') : null}
            </div>
            <div className={css.buttons}>
              <Button
                aria-label={`Name version ${version.number}`}
                data-names={version.number}
                onClick={() => setNaming({ number: version.number, text: version.name ?? '' })}
              >
                Name
              </Button>
              <Button
                aria-label={`Restore version ${version.number}`}
                disabled={locked !== null || version.unreadable !== null}
                onClick={() => attempt(restore(version))}
              >
                Restore
              </Button>
            </div>
          </li>
        ))}
      </ol>
    </div>
  );
}

function Picture({ design, version }: { design: string; version: DesignVersion }) {
  const opened = useCall('design_version_open', { design, number: version.number });
  return <Thumbnail sketch={opened.value?.sketch ?? null} title={`version ${version.number}`} label={`Version ${version.number}`} />;
}
