// A line of text that is edited where it stands: choosing it opens a field, Enter or leaving saves, Escape takes it back. It keeps the text when the app refuses.
import { useRef, useState } from 'react';
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
  const [saving, setSaving] = useState(false);
  const field = useRef<HTMLSpanElement>(null);
  const button = useRef<HTMLButtonElement>(null);
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
  const save = (): void => {
    if (typed === null || saving) return;
    if (typed.trim() === value) {
      close();
      return;
    }
    setSaving(true);
    onSave(typed.trim())
      .then(close)
      .catch((thrown: unknown) => setError(asHostError(thrown)))
      .finally(() => setSaving(false));
  };
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
        onDone={save}
        onCancel={close}
        placeholder={empty}
        inputRef={focusWhenShown}
      />
      {error === null ? null : <ErrorPanel error={error} />}
    </span>
  );
}
