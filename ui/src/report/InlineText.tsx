// A line of text that is edited where it stands: choosing it opens a field, Enter or leaving saves, Escape takes it back. It keeps
// the text when the app refuses, and no screen is left before it is saved.
import { useEffect, useRef, useState } from 'react';
import { keep, notSaved } from '../app/leaving';
import { asHostError, type HostError } from '../host';
import { ErrorPanel, Icon, TextField, cx, focusWhenShown } from '../parts';
import css from './InlineText.module.css';

interface Props {
  /** What it is: `Name of run 14`. */
  label: string;
  value: string;
  /** Shown where there is no text yet: `Name it`. */
  empty: string;
  onSave: (text: string) => Promise<void>;
  testid?: string;
}

export function InlineText({ label, value, empty, onSave, testid }: Props) {
  const [typed, setTyped] = useState<string | null>(null);
  const [error, setError] = useState<HostError | null>(null);
  const field = useRef<HTMLSpanElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  /** What is being saved, and what comes of it: null, or why it was refused. */
  const underWay = useRef<{ text: string; outcome: Promise<HostError | null> } | null>(null);
  const close = (): void => {
    // Who ends it with a key stays here; who went elsewhere stays there.
    const held = field.current?.contains(document.activeElement) === true;
    setTyped(null);
    setError(null);
    if (!held) return;
    requestAnimationFrame(() => {
      // Something that was opened meanwhile has the focus already, and keeps it.
      if (document.activeElement === document.body) button.current?.focus();
    });
  };
  const begin = async (text: string): Promise<HostError | null> => {
    try {
      await onSave(text);
      return null;
    } catch (thrown) {
      return asHostError(thrown);
    }
  };
  const save = async (): Promise<HostError | null> => {
    if (typed === null) return null;
    const text = typed.trim();
    const before = underWay.current;
    if (before?.text === text) return before.outcome;
    if (before !== null) {
      await before.outcome;
      return latest.current.save();
    }
    if (text === value) {
      close();
      return null;
    }
    const outcome = begin(text).finally(() => {
      underWay.current = null;
    });
    underWay.current = { text, outcome };
    const refused = await outcome;
    const now = latest.current.typed;
    // What was typed meanwhile stays; what was given up is not brought back.
    if (refused === null && now?.trim() === text) close();
    else if (now !== null) setError(refused);
    return refused;
  };

  const latest = useRef({ typed, value, save, close });
  useEffect(() => {
    latest.current = { typed, value, save, close };
  });
  const isOpen = typed !== null;
  useEffect(() => {
    if (!isOpen) return;
    return keep({
      isQuiet: () => underWay.current === null && (latest.current.typed ?? '').trim() === latest.current.value,
      settle: async () => {
        const refused = await latest.current.save();
        return refused === null ? null : notSaved(refused);
      },
      letGo: () => latest.current.close(),
    });
  }, [isOpen]);

  if (typed === null) {
    return (
      <button
        ref={button}
        type="button"
        className={cx(css.text, value === '' && css.empty)}
        aria-label={value === '' ? `${empty}. ${label}: none` : `${label}: ${value}. Change it`}
        data-testid={testid}
        onClick={() => setTyped(value)}
      >
        {value === '' ? empty : value}
        <Icon name="edit" size={12} />
      </button>
    );
  }
  return (
    <span ref={field} className={css.field}>
      <TextField
        label={label}
        hideLabel
        value={typed}
        onChange={setTyped}
        onDone={() => void save()}
        onCancel={close}
        placeholder={empty}
        inputRef={focusWhenShown}
      />
      {error === null ? null : <ErrorPanel error={error} />}
    </span>
  );
}
