// The sheet "History" of a design: its versions with time, reason and what changed; one can be named and put back. It changes nothing itself:
// putting back is the caller's.
import { useEffect, useRef, useState, type RefObject } from 'react';
import { when } from '../format';
import { call, type HostError } from '../host';
import { Thumbnail } from '../library/Thumbnail';
import { Button, ErrorPanel, Sheet, TextField, focusWhenShown } from '../parts';
import type { DesignVersion, DesignVersions } from '../rpc/contract';
import { saveFirst, useSession } from '../workbench/session';
import { useCall } from './useCall';
import { useAttempt } from './useOnce';
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
  const [attempt, busy] = useAttempt(setError);
  const sheet = useRef<HTMLDivElement>(null);
  const undoLacks = useSession((session) => (session.design === design ? session.undoLacks : null));
  const versions = newer?.versions ?? asked.value?.versions;

  const name = async ({ number, text }: Naming): Promise<void> => {
    const trimmed = text.trim();
    // The drawing as it is now is, to the app, the one that was saved last.
    const named = number === null ? await saveFirst(design) : design;
    setNewer(await call('design_version_name', { design: named, number, name: trimmed === '' ? null : trimmed }));
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
          attempt(() => name(naming));
        }}
      >
        <TextField label={label} value={naming.text} onChange={(text) => setNaming({ ...naming, text })} inputRef={focusWhenShown} />
        <Button type="submit" look="primary" disabled={busy || (naming.number === null && naming.text.trim() === '')}>
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
      {undoLacks === null ? null : (
        <p className={css.note} data-testid="undo-lacks">
          {undoLacks} The versions here stay.
        </p>
      )}
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
                disabled={busy || locked !== null || version.unreadable !== null}
                onClick={() => attempt(() => restore(version))}
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

/** There may be two hundred: a drawing is read and drawn when its row comes into view. */
function Picture({ design, version }: { design: string; version: DesignVersion }) {
  const place = useRef<HTMLDivElement>(null);
  const seen = useSeen(place);
  return (
    <div ref={place} className={css.picture}>
      {seen && version.unreadable === null ? <Drawing design={design} number={version.number} /> : null}
    </div>
  );
}

function Drawing({ design, number }: { design: string; number: number }) {
  const opened = useCall('design_version_open', { design, number });
  if (opened.state === 'waiting') return null;
  if (opened.state === 'failed') return <p className={css.failed}>{opened.error.message}</p>;
  return <Thumbnail sketch={opened.value.sketch} title={`version ${number}`} label={`Version ${number}`} />;
}

/** Whether it was in view, now or before. */
function useSeen(place: RefObject<Element | null>): boolean {
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    const element = place.current;
    if (element === null || seen) return;
    const observer = new IntersectionObserver((entries) => {
      if (entries.some(({ isIntersecting }) => isIntersecting)) setSeen(true);
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [place, seen]);
  return seen;
}
