// A failure in words: where, what happened, what to do, a way to try again, and a report to copy. It never hides the code.
import { useState } from 'react';
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

/** Whether the clipboard took it. It is asked while the learner's press still counts, before the text is there: later a web view refuses. */
async function toClipboard(text: Promise<string>): Promise<boolean> {
  try {
    if (typeof ClipboardItem === 'undefined') await navigator.clipboard.writeText(await text);
    else {
      const blob = text.then((plain) => new Blob([plain], { type: 'text/plain' }));
      await navigator.clipboard.write([new ClipboardItem({ 'text/plain': blob })]);
    }
    return true;
  } catch {
    // Not to be had: the text stands there to be chosen by hand.
    return false;
  }
}

/** A button that copies the report; then the report can be read, and chosen by hand where the clipboard refuses. */
function Report({ error }: { error: HostError }) {
  const [report, setReport] = useState<{ text: string; copied: boolean } | null>(null);
  const copy = async (): Promise<void> => {
    const report = reportOf(error);
    const copied = await toClipboard(report);
    setReport({ text: await report, copied });
  };
  return (
    <div className={css.report}>
      <Button look="quiet" onClick={() => void copy()}>
        Copy report
      </Button>
      {report === null ? null : (
        <details open={!report.copied}>
          <summary>{report.copied ? 'Copied. What is in it' : 'The clipboard refused it: choose the text and copy it'}</summary>
          <textarea readOnly rows={8} aria-label="Report" value={report.text} onFocus={(event) => event.currentTarget.select()} />
        </details>
      )}
    </div>
  );
}
