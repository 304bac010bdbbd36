// A report as a file: Markdown, HTML or JSON, into the app's folder of exports. It shows where the file is, and copies the place.
import { useState } from 'react';
import { asHostError, call, type HostError } from '../host';
import { Button, ErrorPanel, Icon, Menu, Note, Sheet } from '../parts';
import type { ReportFile, ReportForm } from '../rpc/contract';
import { saveExplanation, useExplain } from './explain';
import css from './Export.module.css';

const forms: readonly { form: ReportForm; label: string; detail: string }[] = [
  { form: 'markdown', label: 'Markdown', detail: 'To paste, or to keep with notes.' },
  { form: 'html', label: 'HTML', detail: 'One file that opens in any browser.' },
  { form: 'json', label: 'JSON', detail: 'For other programs, and loadline compare.' },
];

export function Export({ run }: { run: string }) {
  const [file, setFile] = useState<ReportFile | null>(null);
  const [error, setError] = useState<HostError | null>(null);
  const [copied, setCopied] = useState<'no' | 'yes' | 'refused'>('no');
  const write = async (form: ReportForm): Promise<void> => {
    setError(null);
    setCopied('no');
    try {
      if (useExplain.getState().unsaved) await saveExplanation();
      // The file is written from what is saved: without the newest words it would say less than the screen.
      const { error: notSaved } = useExplain.getState();
      if (notSaved !== null) throw notSaved;
      setFile(await call('report_export', { id: run, form }));
    } catch (thrown) {
      setError(asHostError(thrown));
    }
  };
  const close = (): void => {
    setFile(null);
    setError(null);
  };
  const copy = (path: string): void => {
    navigator.clipboard.writeText(path).then(
      () => setCopied('yes'),
      () => setCopied('refused'),
    );
  };
  return (
    <>
      <Menu
        align="end"
        trigger={
          <Button>
            <Icon name="file" />
            Export
          </Button>
        }
        entries={forms.map(({ form, label, detail }) => ({ kind: 'action', label, detail, onChoose: () => void write(form) }))}
      />
      <Sheet
        title={error === null ? 'The report is written' : 'The report was not written'}
        open={file !== null || error !== null}
        onClose={close}
      >
        <div className={css.body}>
          {error === null ? null : <ErrorPanel error={error} />}
          {file === null || error !== null ? null : (
            <>
              <p className="mid">It is in the folder of exports, with what you explained. Exporting this run again replaces it.</p>
              <code className={css.path} data-testid="export-path">
                {file.path}
              </code>
              {copied === 'refused' ? (
                <Note state="unknown">The clipboard is not to be had: choose the path above and copy it.</Note>
              ) : null}
            </>
          )}
          <div className={css.buttons}>
            {file === null || error !== null ? null : (
              <Button onClick={() => copy(file.path)}>{copied === 'yes' ? 'Copied' : 'Copy the path'}</Button>
            )}
            <Button look="primary" onClick={close}>
              Close
            </Button>
          </div>
        </div>
      </Sheet>
    </>
  );
}
