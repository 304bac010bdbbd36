// Where the learner's data is, how large it is, and how it moves to another folder. Copying and checking are the app's.
import { useState } from 'react';
import { copyText } from '../app/interchange/state';
import { loadLook } from '../app/theme';
import { useCall } from '../app/useCall';
import { text as figureText } from '../format';
import { asHostError, call, type HostError } from '../host';
import { Button, ErrorPanel, Note, TextField } from '../parts';
import type { DataFolder, DataMoved } from '../rpc/contract';
import { KeepPart } from './KeepPart';
import { Setting } from './SettingsScreen';
import css from './Settings.module.css';

const BY: Record<DataFolder['chosen_by'], string> = {
  environment: 'LOADLINE_DATA_DIR says so, and wins over what is chosen here.',
  learner: 'You chose it here.',
  platform: 'It is the usual place on this system.',
};

/** `onFolder` is told the folder that the data is in from now on. */
export function DataPart({ onFolder }: { onFolder: (folder: string) => void }) {
  const place = useCall('data_folder', {});
  const [moved, setMoved] = useState<DataMoved | null>(null);
  const folder = moved?.now ?? place.value;
  const move = (to: DataMoved): void => {
    setMoved(to);
    onFolder(to.now.folder);
  };
  return (
    <section aria-labelledby="data">
      <h2 id="data">Data</h2>
      {place.error === null ? null : <ErrorPanel error={place.error} onAgain={place.again} />}
      {folder === null ? null : (
        <Setting
          name="Data folder"
          text={
            <>
              <code className={css.path} data-testid="data-folder">
                {folder.folder}
              </code>
              {figureText(folder.bytes / 1e6, 'MB')}: designs, predictions, runs, notes and settings. {BY[folder.chosen_by]}
            </>
          }
        >
          <CopyPath path={folder.folder} />
        </Setting>
      )}
      {moved === null ? null : <Moved moved={moved} />}
      {folder === null || folder.chosen_by === 'environment' ? null : <Move onMoved={move} />}
      {folder === null ? null : <KeepPart key={folder.folder} />}
    </section>
  );
}

function CopyPath({ path }: { path: string }) {
  const [said, setSaid] = useState('Copy the path');
  const copy = async (): Promise<void> => setSaid((await copyText(path)) ? 'Copied' : 'Not copied: choose the text');
  return <Button onClick={() => void copy()}>{said}</Button>;
}

function Moved({ moved }: { moved: DataMoved }) {
  return (
    <div role="status">
      <Note tone="accent" state="pass">
        Your data is in <b>{moved.now.folder}</b>.{' '}
        {moved.files === 0
          ? 'It was there already and is used as it is.'
          : `${moved.files} ${moved.files === 1 ? 'file was' : 'files were'} copied and compared.`}{' '}
        What was in <b>{moved.before}</b> stays there; remove it when you no longer need it.
      </Note>
    </div>
  );
}

/** Another folder: written or chosen, then copied to; a folder that holds data of Loadline can be used as it is. */
function Move({ onMoved }: { onMoved: (moved: DataMoved) => void }) {
  const [folder, setFolder] = useState('');
  const [busy, setBusy] = useState(false);
  /** Of which folder it is said, for another one may be written meanwhile. */
  const [refused, setRefused] = useState<{ to: string; error: HostError } | null>(null);
  const write = (to: string): void => {
    setFolder(to);
    setRefused(null);
  };
  const move = (to: string, take: boolean): void => {
    setBusy(true);
    setRefused(null);
    call('data_move', { folder: to, take })
      .then(async (moved) => {
        onMoved(moved);
        setFolder('');
        // Settings are part of the data: those of the folder count from here on.
        await loadLook();
      })
      .catch((thrown: unknown) => setRefused({ to, error: asHostError(thrown) }))
      .finally(() => setBusy(false));
  };
  const browse = (): void => {
    call('path_choose', { kind: 'folder', title: 'Choose a data folder', name: null, ending: null })
      .then(({ path }) => {
        if (path !== null) write(path);
      })
      .catch((thrown: unknown) => setRefused({ to: folder, error: asHostError(thrown) }));
  };
  return (
    <Setting
      name="Another folder"
      text="Your data is copied to an empty folder, and every file compared with its copy, before the new folder is used. The old one stays as it is."
    >
      <div className={css.move}>
        <TextField label="New data folder" hideLabel placeholder="/home/you/Loadline" value={folder} onChange={write} />
        <div className={css.buttons}>
          <Button onClick={browse} disabled={busy}>
            Browse
          </Button>
          <Button onClick={() => move(folder.trim(), false)} disabled={busy || folder.trim() === ''}>
            {busy ? 'Copying' : 'Copy and use it'}
          </Button>
        </div>
        {refused === null ? null : (
          <ErrorPanel
            error={refused.error}
            {...(refused.error.code === 'data_folder_holds_data'
              ? { onAgain: () => move(refused.to, true), againLabel: 'Use the data there' }
              : {})}
          />
        )}
      </div>
    </Setting>
  );
}
