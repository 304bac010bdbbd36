// Where the learner's data is, how large it is, and how it moves to another folder. Copying and checking are the app's.
import { useState } from 'react';
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

export function DataPart() {
  const place = useCall('data_folder', {});
  const [moved, setMoved] = useState<DataMoved | null>(null);
  const folder = moved?.now ?? place.value;
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
      {folder === null || folder.chosen_by === 'environment' ? null : <Move onMoved={setMoved} />}
      {folder === null ? null : <KeepPart key={folder.folder} />}
    </section>
  );
}

function CopyPath({ path }: { path: string }) {
  const [said, setSaid] = useState('Copy the path');
  const copy = (): void => {
    navigator.clipboard.writeText(path).then(
      () => setSaid('Copied'),
      () => setSaid('Not copied: choose the text'),
    );
  };
  return <Button onClick={copy}>{said}</Button>;
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
  const [error, setError] = useState<HostError | null>(null);
  const move = (take: boolean): void => {
    setBusy(true);
    setError(null);
    call('data_move', { folder: folder.trim(), take })
      .then(async (moved) => {
        onMoved(moved);
        setFolder('');
        // Settings are part of the data: those of the folder count from here on.
        await loadLook();
      })
      .catch((thrown: unknown) => setError(asHostError(thrown)))
      .finally(() => setBusy(false));
  };
  const browse = (): void => {
    call('path_choose', { kind: 'folder', title: 'Choose a data folder', name: null, ending: null })
      .then(({ path }) => {
        if (path !== null) setFolder(path);
      })
      .catch((thrown: unknown) => setError(asHostError(thrown)));
  };
  return (
    <Setting
      name="Another folder"
      text="Your data is copied to an empty folder, and every file compared with its copy, before the new folder is used. The old one stays as it is."
    >
      <div className={css.move}>
        <TextField label="New data folder" hideLabel placeholder="/home/you/Loadline" value={folder} onChange={setFolder} />
        <div className={css.buttons}>
          <Button onClick={browse} disabled={busy}>
            Browse
          </Button>
          <Button onClick={() => move(false)} disabled={busy || folder.trim() === ''}>
            {busy ? 'Copying' : 'Copy and use it'}
          </Button>
        </div>
        {error === null ? null : (
          <ErrorPanel
            error={error}
            {...(error.code === 'data_folder_holds_data' ? { onAgain: () => move(true), againLabel: 'Use the data there' } : {})}
          />
        )}
      </div>
    </Setting>
  );
}
