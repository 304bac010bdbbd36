// The design menu in the top bar: the learner's designs, a new one, and the designs that come with the exercise. It changes no drawing.
import { useMemo, useState } from 'react';
import { call, type HostError } from '../host';
import type { BundledDesign, Exercise, Sketch } from '../rpc/contract';
import { Button, ErrorPanel, Icon, Menu, Sheet, TextField, type MenuEntry } from '../parts';
import { copyDesign, drawFromScratch, openAnyway, openBundled, openDesign, openLabel } from './designs';
import css from './DesignMenu.module.css';
import { Interchange } from './interchange/Interchange';
import { copyAsMermaid, openExport, openImport, type Source } from './interchange/state';
import { go } from './route';
import { SHUT, Solution } from './Solution';
import { useAttempt } from './useOnce';
import { VersionHistory } from './VersionHistory';
import { isLocked, useRun } from '../workbench/run/store';
import { forgetChanges, restoreVersion, useSession } from '../workbench/session';

interface Props {
  exercise: Exercise;
  /** Id of the design that is open; null: none (the report of a design that was deleted). */
  current: string | null;
  /** Shown when `current` is not among the designs. */
  title: string;
  /** The drawing that is open, newer than what is saved; absent: what is saved. */
  drawing?: () => Sketch;
  /** A design was renamed or deleted: read the exercise again. */
  onChanged: () => void;
}

type Asking = { what: 'nothing' } | { what: 'rename'; title: string } | { what: 'delete' } | { what: 'history' };

export function DesignMenu({ exercise, current, title, drawing, onChanged }: Props) {
  const [asking, setAsking] = useState<Asking>({ what: 'nothing' });
  const [error, setError] = useState<HostError | null>(null);
  const [attempt, busy] = useAttempt(setError);
  const [solution, setSolution] = useState<BundledDesign | null>(null);
  const id = exercise.card.id;
  const mine = exercise.designs.find((each) => each.id === current);
  const shown = mine?.title ?? title;
  const mineId = mine?.id;
  const source = useMemo((): Source | null => {
    if (mineId === undefined) return null;
    const ofApp = async (): Promise<Sketch> => (await call('design_open', { id: mineId })).sketch;
    return { exercise: id, title: shown, drawing: () => (drawing === undefined ? ofApp() : Promise.resolve(drawing())) };
  }, [mineId, id, shown, drawing]);
  const running = useRun(({ status }) => isLocked(status));
  const other = exercise.designs.find((each) => each.id !== current);

  const entries: MenuEntry[] = [];
  if (exercise.designs.length > 0) {
    entries.push({ kind: 'heading', label: 'Your designs' });
    for (const each of exercise.designs) {
      entries.push({ kind: 'action', label: each.title, chosen: each.id === current, onChoose: () => openDesign(id, each.id) });
    }
    entries.push({ kind: 'separator' });
  }
  entries.push({ kind: 'action', label: 'Draw from scratch', onChoose: () => attempt(() => drawFromScratch(id)) });
  if (mine !== undefined) {
    entries.push(
      { kind: 'action', label: 'Copy this design', onChoose: () => attempt(() => copyDesign(id, mine.id)) },
      { kind: 'action', label: 'History', onChoose: () => setAsking({ what: 'history' }) },
      ...(other === undefined
        ? []
        : [
            {
              kind: 'action' as const,
              label: 'Compare with another design',
              onChoose: () => go({ screen: 'designs', exercise: id, a: other.id, b: mine.id }),
            },
          ]),
      { kind: 'action', label: 'Rename', onChoose: () => setAsking({ what: 'rename', title: mine.title }) },
      { kind: 'action', label: 'Delete', onChoose: () => setAsking({ what: 'delete' }) },
    );
  }
  entries.push({ kind: 'separator' });
  if (source !== null) {
    entries.push(
      { kind: 'action', label: 'Export', detail: 'Sketch file, Mermaid, SVG or PNG.', onChoose: () => openExport('sketch') },
      { kind: 'action', label: 'Copy as Mermaid', onChoose: () => void copyAsMermaid(source) },
    );
  }
  entries.push({ kind: 'action', label: 'Import', detail: 'A sketch file or a Mermaid flowchart.', onChoose: openImport });
  if (exercise.bundled.length > 0) {
    entries.push({ kind: 'separator' }, { kind: 'heading', label: 'Designs of the exercise' });
    for (const each of exercise.bundled) {
      entries.push({
        kind: 'action',
        label: openLabel(each.title),
        detail: each.shut ? SHUT : each.summary,
        onChoose: () => (each.shut ? setSolution(each) : attempt(() => openBundled(exercise, each.name))),
      });
    }
  }

  const rename = async (newTitle: string): Promise<void> => {
    if (mine === undefined) return;
    await call('design_rename', { id: mine.id, title: newTitle });
    close();
    onChanged();
  };
  const remove = async (): Promise<void> => {
    if (mine === undefined) return;
    await call('design_delete', { id: mine.id });
    // Nothing of a design that is gone can be saved any more.
    if (useSession.getState().design === mine.id) forgetChanges();
    close();
    const next = exercise.designs.find((each) => each.id !== mine.id);
    if (next === undefined) go({ screen: 'exercise', exercise: id });
    else openDesign(id, next.id);
  };
  const close = (): void => {
    setAsking({ what: 'nothing' });
    setError(null);
  };

  return (
    <>
      <Menu
        trigger={
          <Button look="quiet" aria-label={`Design: ${shown}`}>
            <span className={css.title}>{shown}</span>
            <Icon name="chevronDown" size={12} />
          </Button>
        }
        entries={entries}
      />
      <Interchange exercise={id} source={source} />
      <Solution design={solution} onClose={() => setSolution(null)} onOpen={({ name }) => attempt(() => openAnyway(exercise, name))} />
      <VersionHistory
        design={mine?.id ?? ''}
        title={shown}
        open={asking.what === 'history' && mine !== undefined}
        onClose={close}
        onRestore={async ({ number }) => {
          if (mine === undefined) return;
          if (!(await restoreVersion(mine.id, number))) openDesign(id, mine.id);
        }}
        locked={running ? 'Nothing can be put back while the design runs.' : null}
      />
      <Sheet title="Rename the design" open={asking.what === 'rename'} onClose={close}>
        {asking.what === 'rename' ? (
          <form
            className={css.form}
            onSubmit={(event) => {
              event.preventDefault();
              attempt(() => rename(asking.title.trim()));
            }}
          >
            <TextField label="Name" value={asking.title} onChange={(value) => setAsking({ what: 'rename', title: value })} />
            {error === null ? null : <ErrorPanel error={error} />}
            <div className={css.buttons}>
              <Button onClick={close}>Cancel</Button>
              <Button type="submit" look="primary" disabled={busy || asking.title.trim() === ''}>
                Rename
              </Button>
            </div>
          </form>
        ) : null}
      </Sheet>
      <Sheet title={`Delete ${shown}?`} open={asking.what === 'delete'} onClose={close}>
        <div className={css.form}>
          <p className="mid">The drawing and its predictions go. Reports of its runs stay.</p>
          {error === null ? null : <ErrorPanel error={error} />}
          <div className={css.buttons}>
            <Button onClick={close}>Cancel</Button>
            <Button look="stop" disabled={busy} onClick={() => attempt(remove)}>
              Delete
            </Button>
          </div>
        </div>
      </Sheet>
      <Sheet title="That did not work" open={error !== null && asking.what === 'nothing'} onClose={close}>
        <div className={css.form}>
          {error === null ? null : <ErrorPanel error={error} />}
          <div className={css.buttons}>
            <Button onClick={close}>Close</Button>
          </div>
        </div>
      </Sheet>
    </>
  );
}
