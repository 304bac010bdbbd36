// A failure in words: where, what happened, what to do, a way to try again, and a report to copy. It never hides the code.
import { useEffect, useState } from 'react';
import { call, placeWords, type HostError } from '../host';
import { Button } from './Button';
import css from './ErrorPanel.module.css';
import { StateIcon } from './StateIcon';

interface Props {
  error: HostError;
  onAgain?: () => void;
  againLabel?: string;
}

export function ErrorPanel({ error, onAgain, againLabel = 'Try again' }: Props) {
  return (
    <div className={css.panel} role="alert">
      <StateIcon state="fail" />
      <div className={css.text}>
        <p className={css.message}>{error.message}</p>
        {error.hint === '' ? null : <p>{error.hint}</p>}
        <p className={css.code}>
          {placeWords(error.place)} · {error.code}
        </p>
        <Report key={`${error.place} ${error.code} ${error.message}`} error={error} />
      </div>
      {onAgain === undefined ? null : <Button onClick={onAgain}>{againLabel}</Button>}
    </div>
  );
}

/** The report as the app writes it; when the app cannot, what the window knows. */
async function reportOf(error: HostError): Promise<string> {
  const { code, message, hint } = error;
  const place = error.place === '' ? 'window' : error.place;
  try {
    return (await call('error_report', { place, code, message, hint })).text;
  } catch (thrown) {
    console.warn('The app wrote no report; the window writes a shorter one.', thrown);
    return `Loadline\n\nWhere: ${place}\nCode: ${code}\nWhat: ${message}\nRemedy: ${hint}\n`;
  }
}

/** A button that copies the report; then the report can be read, and chosen by hand where the clipboard refuses. */
function Report({ error }: { error: HostError }) {
  // Written before it is asked for: a web view gives the clipboard to a press only, and not to what comes of it later.
  const [text, setText] = useState<string | null>(null);
  const [copied, setCopied] = useState<boolean | null>(null);
  useEffect(() => {
    let late = false;
    void reportOf(error).then((report) => {
      if (!late) setText(report);
    });
    return () => {
      late = true;
    };
  }, [error]);
  const copy = (report: string): void => {
    navigator.clipboard.writeText(report).then(
      () => setCopied(true),
      () => setCopied(false),
    );
  };
  return (
    <div className={css.report}>
      <Button look="quiet" disabled={text === null} onClick={() => copy(text ?? '')}>
        Copy report
      </Button>
      {copied === null ? null : (
        <details open={!copied}>
          <summary>{copied ? 'Copied. What is in it' : 'The clipboard refused it: choose the text and copy it'}</summary>
          <textarea readOnly rows={8} aria-label="Report" value={text ?? ''} onFocus={(event) => event.currentTarget.select()} />
        </details>
      )}
    </div>
  );
}
