// Import of a sketch file or a Mermaid flowchart: paste or name a file, see what is wrong by line, change what each node is taken for, see the
// drawing, bring it in as a new design. Reading is the app's; nothing is kept before the last button.
import { useEffect, useRef, useState } from 'react';
import { asHostError, call, type HostError } from '../../host';
import { Button, ErrorPanel, Select, Sheet, StateIcon, TextField } from '../../parts';
import { plural } from '../../format';
import type { ImportFinding, ImportGuess, ImportRequest, Imported, Role, Sketch } from '../../rpc/contract';
import { openDesign } from '../designs';
import { useAttempt } from '../useOnce';
import css from './Interchange.module.css';
import { Picture } from './Picture';
import { closeInterchange, isDark, useInterchange } from './state';

/** More of a text is not even sent: the app reads no more. */
const MOST_CHARACTERS = 2 * 1024 * 1024;

export function ImportSheet({ exercise }: { exercise: string }) {
  const open = useInterchange((state) => state.open.what === 'import');
  return (
    <Sheet title="Import a drawing" open={open} onClose={closeInterchange}>
      {open ? <Form exercise={exercise} /> : null}
    </Sheet>
  );
}

type Given = Pick<ImportRequest, 'text' | 'path'>;

function Form({ exercise }: { exercise: string }) {
  const [text, setText] = useState('');
  const [path, setPath] = useState('');
  const [given, setGiven] = useState<Given | null>(null);
  const [roles, setRoles] = useState<Record<string, string>>({});
  const [imported, setImported] = useState<Imported | null>(null);
  const [palette, setPalette] = useState<readonly Role[]>([]);
  const [error, setError] = useState<HostError | null>(null);
  const [attempt, busy] = useAttempt(setError);
  const file = useRef<HTMLInputElement>(null);
  const turn = useRef(0);
  const here = useRef(true);
  useEffect(() => {
    here.current = true;
    return () => {
      here.current = false;
    };
  }, []);

  const fail = (thrown: unknown): void => setError(asHostError(thrown));
  useEffect(() => {
    call('palette', {}).then((all) => setPalette(all.roles), fail);
  }, []);

  const read = (what: Given, said: Record<string, string>): void => {
    turn.current += 1;
    const mine = turn.current;
    setError(null);
    setGiven(what);
    setRoles(said);
    // An answer to an older question is of no interest any more.
    const ifNewest =
      <T,>(use: (value: T) => void) =>
      (value: T): void => {
        if (mine === turn.current) use(value);
      };
    call('import_read', { ...what, roles: said, dark: isDark() }).then(
      ifNewest(setImported),
      ifNewest((thrown: unknown) => {
        setImported(null);
        fail(thrown);
      }),
    );
  };
  /** Something else is given: what was read of the one before is not of it, nor is an answer that is still to come. */
  const forget = (): void => {
    turn.current += 1;
    setImported(null);
    setError(null);
  };
  const typed = (value: string): void => {
    setText(value);
    forget();
  };
  const choose = async (chosen: File | undefined): Promise<void> => {
    if (chosen === undefined) return;
    if (chosen.size > MOST_CHARACTERS) {
      typed('');
      setError(asHostError({ code: 'too_large', message: `${chosen.name} is too large.`, hint: 'A sketch has at most 2 MB.' }));
      return;
    }
    forget();
    const mine = turn.current;
    const words = await chosen.text();
    // Something was typed while the file was read: that is newer.
    if (mine !== turn.current) return;
    typed(words);
    setPath('');
    read({ text: words, path: null }, {});
  };
  const bring = async (sketch: Sketch): Promise<void> => {
    const title = sketch.title.trim() === '' ? 'Imported design' : sketch.title;
    // One write: a design without its drawing would be left behind when the second of two fails.
    const { card } = await call('sketch_keep', { exercise, title, sketch });
    // Who shut the dialog meanwhile is led nowhere; the design is in the menu.
    if (!here.current) return;
    closeInterchange();
    openDesign(exercise, card.id);
  };
  const hasText = text.trim() !== '';
  const sketch = imported?.sketch ?? null;

  return (
    <form
      className={css.form}
      onSubmit={(event) => {
        event.preventDefault();
        read(hasText ? { text, path: null } : { text: null, path: path.trim() }, {});
      }}
    >
      <p className="mid">A sketch file, or a flowchart in Mermaid. It becomes a new design; the open one stays as it is.</p>
      <label className={css.label}>
        <span>Paste the text</span>
        <textarea
          className={css.text}
          data-testid="import-text"
          rows={imported === null ? 9 : 4}
          spellCheck={false}
          placeholder={'flowchart TD\n  A[Browser] --> B[Load balancer]'}
          value={text}
          onChange={(event) => typed(event.target.value)}
        />
      </label>
      <div className={css.files}>
        <TextField
          label="Or the path of a file"
          value={path}
          onChange={(value) => {
            setPath(value);
            typed('');
          }}
        />
        <Button onClick={() => file.current?.click()}>Choose a file</Button>
        <input
          ref={file}
          type="file"
          hidden
          accept=".json,.mmd,.mermaid,.md,.txt"
          data-testid="import-file"
          onChange={(event) => {
            choose(event.target.files?.[0]).catch(fail);
            event.target.value = '';
          }}
        />
      </div>
      {error === null ? null : <ErrorPanel error={error} />}
      {imported === null ? null : (
        <Result imported={imported} palette={palette} onRole={(node, role) => given !== null && read(given, { ...roles, [node]: role })} />
      )}
      <div className={css.buttons}>
        <Button onClick={closeInterchange}>Cancel</Button>
        <Button type="submit" look={sketch === null ? 'primary' : 'plain'} disabled={!hasText && path.trim() === ''}>
          Read
        </Button>
        {sketch === null ? null : (
          <Button look="primary" disabled={busy} onClick={() => attempt(() => bring(sketch))}>
            Bring it in
          </Button>
        )}
      </div>
    </form>
  );
}

interface ResultProps {
  imported: Imported;
  palette: readonly Role[];
  onRole: (node: string, role: string) => void;
}

function Result({ imported, palette, onRole }: ResultProps) {
  const { guesses, findings, sketch, preview } = imported;
  const unknown = guesses.filter(({ role }) => role === null).length;
  const wrong = findings.filter(({ error }) => error).length;
  const said =
    wrong > 0
      ? `${plural(wrong, 'error')}: nothing is brought in before ${wrong === 1 ? 'it is' : 'they are'} mended.`
      : unknown > 0
        ? `Say what ${plural(unknown, 'part')} ${unknown === 1 ? 'is' : 'are'}.`
        : sketch === null
          ? 'Nothing was found.'
          : `${plural(sketch.components.length, 'component')}, ${plural(sketch.links.length, 'link')}.`;
  return (
    <>
      <p role="status" className={css.result}>
        {said}
      </p>
      {findings.length === 0 ? null : <Findings findings={findings} />}
      {guesses.length === 0 ? null : <Guesses guesses={guesses} palette={palette} onRole={onRole} />}
      {preview === null ? null : <Picture svg={preview} alt="Preview of the drawing" />}
    </>
  );
}

/** A reason with its full stop: a remedy follows. */
const sentence = (words: string): string => (/[.!?]$/.test(words) ? words : `${words}.`);

function Findings({ findings }: { findings: readonly ImportFinding[] }) {
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a place that scrolls must be reachable by keyboard
    <ul className={css.findings} aria-label="Findings" data-testid="import-findings" tabIndex={0}>
      {findings.map((finding, index) => (
        <li key={index}>
          <StateIcon state={finding.error ? 'fail' : 'unknown'} label={finding.error ? 'Error' : 'Note'} />
          <span>
            <b>
              Line {finding.line}
              {finding.column === null ? '' : `, column ${finding.column}`}:
            </b>{' '}
            {sentence(finding.message)} {finding.hint}
          </span>
        </li>
      ))}
    </ul>
  );
}

/** What each node is taken for and why, unknown ones first. */
function Guesses({ guesses, palette, onRole }: { guesses: readonly ImportGuess[] } & Omit<ResultProps, 'imported'>) {
  const options = palette.map(({ id, name }) => ({ value: id, label: name }));
  const ordered = [...guesses].sort((a, b) => Number(a.role !== null) - Number(b.role !== null));
  return (
    <ul className={css.guesses} aria-label="What each part is taken for" data-testid="import-guesses">
      {ordered.map(({ node, text, line, role, why }) => (
        <li key={node}>
          <span className={css.part}>
            <bdi>{text}</bdi>
            <span className={css.why}>
              line {line}: {why}
            </span>
          </span>
          <Select
            label={`${text} is`}
            hideLabel
            small
            value={role}
            placeholder="Say what it is"
            options={options}
            onChange={(chosen) => onRole(node, chosen)}
          />
        </li>
      ))}
    </ul>
  );
}
