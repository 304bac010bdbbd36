// Export of a drawing: format, theme, size, file. It writes no file itself: the app does, into its exports folder unless another file is named.
import { useEffect, useState } from 'react';
import { asHostError, call, type HostError } from '../../host';
import { Button, ErrorPanel, Segmented, Sheet, TextField } from '../../parts';
import type { ExportFormat, ExportRequest, ExportSaved, Sketch } from '../../rpc/contract';
import { useAttempt } from '../useOnce';
import css from './Interchange.module.css';
import { Picture } from './Picture';
import { FORMATS, closeInterchange, copyText, isDark, useInterchange, type Source } from './state';

export function ExportSheet({ source }: { source: Source }) {
  const open = useInterchange((state) => state.open);
  return (
    <Sheet title={`Export ${source.title}`} open={open.what === 'export'} onClose={closeInterchange}>
      {open.what === 'export' ? <Form source={source} first={open.format} /> : null}
    </Sheet>
  );
}

function Form({ source, first }: { source: Source; first: ExportFormat }) {
  const [format, setFormat] = useState(first);
  const [theme, setTheme] = useState<'light' | 'dark'>(isDark() ? 'dark' : 'light');
  const [scale, setScale] = useState<'1' | '2'>('2');
  const [path, setPath] = useState('');
  const [sketch, setSketch] = useState<Sketch | null>(null);
  const [drawn, setDrawn] = useState<{ as: string; text: string } | null>(null);
  const [saved, setSaved] = useState<ExportSaved | null>(null);
  const [copied, setCopied] = useState('');
  const [error, setError] = useState<HostError | null>(null);
  const [attempt, busy] = useAttempt(setError);

  const { drawing, exercise } = source;
  useEffect(() => {
    drawing().then(setSketch, (thrown: unknown) => setError(asHostError(thrown)));
    // The drawing as it was when the dialog opened.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);

  const picture = format === 'svg' || format === 'png';
  const as = picture ? theme : format;
  const shown = drawn?.as === as ? drawn.text : null;
  useEffect(() => {
    if (sketch === null) return;
    let late = false;
    const what: ExportRequest = { sketch, format: picture ? 'svg' : format, exercise, dark: theme === 'dark', scale: 1 };
    call('export_text', what).then(
      ({ text }) => {
        if (!late) setDrawn({ as, text });
      },
      (thrown: unknown) => {
        if (!late) setError(asHostError(thrown));
      },
    );
    return () => {
      late = true;
    };
  }, [sketch, format, picture, theme, as, exercise]);

  const changed = (): void => {
    setSaved(null);
    setCopied('');
    setError(null);
  };
  const save = (replace: boolean): void => {
    if (sketch === null) return;
    const what: ExportRequest = { sketch, format, exercise, dark: theme === 'dark', scale: Number(scale) };
    attempt(async () => {
      changed();
      setSaved(await call('export_save', { what, path: path.trim() === '' ? null : path.trim(), replace }));
    });
  };
  const copy = (text: string, done: string): void => {
    void copyText(text).then((worked) => setCopied(worked ? done : 'Could not copy: mark the text and copy it by hand.'));
  };
  const about = FORMATS.find(({ value }) => value === format)?.about ?? '';

  return (
    <form
      className={css.form}
      onSubmit={(event) => {
        event.preventDefault();
        save(false);
      }}
    >
      <Segmented
        label="Format"
        value={format}
        options={FORMATS}
        wide
        onChange={(value) => {
          changed();
          setFormat(value);
        }}
      />
      <p className="mid">{about}</p>
      {picture ? (
        <div className={css.choices}>
          <Segmented
            label="Theme of the picture"
            value={theme}
            options={[
              { value: 'light', label: 'Light' },
              { value: 'dark', label: 'Dark' },
            ]}
            onChange={(value) => {
              changed();
              setTheme(value);
            }}
          />
          {format === 'png' ? (
            <Segmented
              label="Size of the picture"
              value={scale}
              options={[
                { value: '1', label: '1×' },
                { value: '2', label: '2×' },
              ]}
              onChange={(value) => {
                changed();
                setScale(value);
              }}
            />
          ) : null}
        </div>
      ) : null}
      {shown === null ? (
        <div className={css.waiting}>{error === null ? 'Drawing…' : ''}</div>
      ) : picture ? (
        <Picture svg={shown} alt={`Preview of ${source.title}`} />
      ) : (
        <textarea className={css.text} readOnly aria-label="The text that is exported" data-testid="export-text" rows={9} value={shown} />
      )}
      <TextField
        label="File"
        value={path}
        placeholder="Empty: a new file in the exports folder"
        onChange={(value) => {
          changed();
          setPath(value);
        }}
      />
      {error === null ? null : error.code === 'file_exists' ? (
        <ErrorPanel error={error} onAgain={() => save(true)} againLabel="Replace it" />
      ) : (
        <ErrorPanel error={error} />
      )}
      {saved === null ? null : (
        <div className={css.saved} data-testid="export-saved">
          <p>
            Saved, {Math.max(1, Math.round(saved.bytes / 1000))} KB: <code>{saved.path}</code>
          </p>
          {saved.notes.map((note) => (
            <p key={note}>{note}</p>
          ))}
          <Button onClick={() => copy(saved.path, 'Copied the path.')}>Copy the path</Button>
        </div>
      )}
      <div className={css.buttons}>
        <span className={css.said} role="status">
          {copied}
        </span>
        <Button onClick={closeInterchange}>Close</Button>
        {format === 'png' || shown === null ? null : <Button onClick={() => copy(shown, 'Copied.')}>Copy</Button>}
        <Button type="submit" look="primary" disabled={busy || sketch === null}>
          Save
        </Button>
      </div>
    </form>
  );
}
