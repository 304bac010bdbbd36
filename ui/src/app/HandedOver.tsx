// A sketch file that the system handed over: what it is, which exercise it is to be a design of, and its opening. The file was read and validated
// by the app; here the learner only decides.
import { useCallback, useEffect, useRef, useState } from 'react';
import { plural } from '../format';
import { asHostError, call, type HostError } from '../host';
import { Button, ErrorPanel, Note, Select, Sheet, TextField } from '../parts';
import type { SketchFile } from '../rpc/contract';
import { openDesign } from './designs';
import css from './HandedOver.module.css';
import { useAttempt } from './useOnce';

/** The shell says so when a second start hands a file over. */
const HANDED = 'loadline:handed-over';

export function HandedOver() {
  const [file, setFile] = useState<SketchFile | null>(null);
  const [error, setError] = useState<HostError | null>(null);
  /** A file is asked for or shown: another one waits at the app until this one is decided. */
  const busy = useRef(false);
  /** One was handed over while the app was being asked. */
  const another = useRef(false);
  const ask = useCallback(() => {
    const next = (): void => {
      another.current = false;
      call('handed_over', {})
        .then((answer) => {
          if (answer.file !== null) {
            setError(null);
            setFile(answer.file);
          } else if (another.current) next();
          else busy.current = false;
        })
        .catch((thrown: unknown) => setError(asHostError(thrown)));
    };
    another.current = true;
    if (busy.current) return;
    busy.current = true;
    next();
  }, []);
  useEffect(() => {
    ask();
    window.addEventListener(HANDED, ask);
    return () => window.removeEventListener(HANDED, ask);
  }, [ask]);

  const close = (): void => {
    setFile(null);
    setError(null);
    busy.current = false;
    // There may be another one.
    ask();
  };
  return (
    <Sheet title={file === null ? 'The file was not opened' : `Open ${file.name}`} open={file !== null || error !== null} onClose={close}>
      <div className={css.body}>
        {error === null ? null : <ErrorPanel error={error} />}
        {file === null ? (
          <div className={css.buttons}>
            <Button onClick={close}>Go on</Button>
          </div>
        ) : (
          <Choose key={`${file.name} ${file.sketch.title}`} file={file} tell={setError} onClose={close} />
        )}
      </div>
    </Sheet>
  );
}

function Choose({ file, tell, onClose }: { file: SketchFile; tell: (error: HostError | null) => void; onClose: () => void }) {
  const { sketch, exercises, diagnostics } = file;
  const [title, setTitle] = useState(sketch.title);
  const [exercise, setExercise] = useState(exercises[0]?.id ?? '');
  const worst = diagnostics.filter(({ severity }) => severity === 'error').length;
  const [attempt, busy] = useAttempt(tell);
  const keep = async (): Promise<void> => {
    const design = await call('sketch_keep', { exercise, title, sketch });
    onClose();
    openDesign(design.exercise, design.card.id);
  };
  return (
    <>
      <p className="mid">
        {plural(sketch.components.length, 'component')}, {plural(sketch.links.length, 'link')}. It becomes a new design; the file stays as
        it is.
      </p>
      {worst === 0 ? null : (
        <Note tone="busy" state="busy">
          The drawing has {plural(worst, 'error')} that keep it from running: {diagnostics[0]?.reason} They are shown where they are.
        </Note>
      )}
      <TextField label="Title of the design" value={title} onChange={setTitle} />
      <Select
        label="Exercise that it is a design of"
        value={exercise}
        options={exercises.map(({ id, title: label, shared }) => ({
          value: id,
          label,
          detail: `${shared} of ${sketch.components.length} components are of its kind`,
        }))}
        onChange={setExercise}
      />
      <div className={css.buttons}>
        <Button onClick={onClose}>Leave it</Button>
        <Button look="primary" onClick={() => attempt(keep)} disabled={busy || exercise === ''}>
          Open as a new design
        </Button>
      </div>
    </>
  );
}
