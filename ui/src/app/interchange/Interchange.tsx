// Export and import of a design: the two dialogs, what the finder offers, and what copying came to. The dialogs hold the work.
import { useEffect } from 'react';
import { Button, ErrorPanel, Sheet } from '../../parts';
import { offer } from '../finding';
import { ExportSheet } from './ExportSheet';
import { ImportSheet } from './ImportSheet';
import css from './Interchange.module.css';
import { FORMATS, closeInterchange, copyAsMermaid, openExport, openImport, useInterchange, type Source } from './state';

/** How long it is said that something was copied, milliseconds. */
const SAID_MS = 4000;

/** `source` is null where no design of the learner is open: then there is only import. */
export function Interchange({ exercise, source }: { exercise: string; source: Source | null }) {
  const said = useInterchange((state) => state.said);
  useEffect(() => closeInterchange, []);
  useEffect(() => {
    const exports = FORMATS.map(({ value, action }) => ({
      id: `export.${value}`,
      label: action,
      group: 'Design',
      run: () => openExport(value),
    }));
    return offer('interchange', [
      ...(source === null
        ? []
        : [...exports, { id: 'export.copy', label: 'Copy as Mermaid', group: 'Design', run: () => void copyAsMermaid(source) }]),
      { id: 'import', label: 'Import a sketch file or Mermaid', group: 'Design', run: openImport },
    ]);
  }, [source]);
  useEffect(() => {
    if (said?.error !== null) return;
    const timer = setTimeout(() => useInterchange.setState({ said: null }), SAID_MS);
    return () => clearTimeout(timer);
  }, [said]);
  const error = said?.error ?? null;
  const forget = (): void => useInterchange.setState({ said: null });
  return (
    <>
      {source === null ? null : <ExportSheet source={source} />}
      <ImportSheet exercise={exercise} />
      <span className={css.told} role="status">
        {said?.text}
      </span>
      <Sheet title="That did not work" open={error !== null} onClose={forget}>
        <div className={css.form}>
          {error === null ? null : <ErrorPanel error={error} />}
          <div className={css.buttons}>
            <Button onClick={forget}>Close</Button>
          </div>
        </div>
      </Sheet>
    </>
  );
}
