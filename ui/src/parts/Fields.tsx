// Fields that take a value: number with unit, text, search, choice, steps, switch. They report a value when it is settled; they store none.
import { useId, useState, type KeyboardEvent, type ReactNode, type Ref } from 'react';
import { number } from '../format';
import { Icon } from './icons';
import { cx } from './cx';
import css from './Fields.module.css';

interface NumberFieldProps {
  label: string;
  /** Null: blank. */
  value: number | null;
  unit: string;
  onCommit: (value: number | null) => void;
  min?: number;
  max?: number;
  whole?: boolean;
  /** A blank is allowed and means "not said". */
  mayBeBlank?: boolean;
  placeholder?: string;
  /** 24 high, inside settings. */
  small?: boolean;
  hideLabel?: boolean;
  disabled?: boolean;
}

const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 9 });

/** Commas between groups of three digits, before any point. */
const THOUSANDS = /^[+-]?\d{1,3}(,\d{3})+(\.\d*)?\s*[kKM]?$/;

/** What a typed number came to: the value, or why it does not count. */
export type Parsed = { value: number | null; problem: null } | { value: null; problem: string };

export function parseNumber(typed: string, limits: { min?: number; max?: number; whole?: boolean; mayBeBlank?: boolean }): Parsed {
  const trimmed = typed.trim();
  const bare = trimmed.replace(/,/g, '');
  if (bare === '') return limits.mayBeBlank === true ? { value: null, problem: null } : { value: null, problem: 'A number is needed.' };
  // `1,5` is one and a half to some and fifteen to nobody.
  if (trimmed.includes(',') && !THOUSANDS.test(trimmed)) return { value: null, problem: 'Write 1.5 with a point.' };
  const suffix = /^(.*?)([kKM])$/.exec(bare);
  const scale = suffix === null ? 1 : suffix[2] === 'M' ? 1e6 : 1e3;
  const digits = (suffix?.[1] ?? bare).trim();
  const value = Number(digits) * scale;
  if (digits === '' || !Number.isFinite(value)) return { value: null, problem: 'Not a number.' };
  if (limits.whole === true && !Number.isInteger(value)) return { value: null, problem: 'Whole numbers only.' };
  if (limits.min !== undefined && value < limits.min) return { value: null, problem: `At least ${number(limits.min, 6)}.` };
  if (limits.max !== undefined && value > limits.max) return { value: null, problem: `At most ${number(limits.max, 6)}.` };
  return { value, problem: null };
}

/** What a field takes: `1 to 1,024, whole`. */
function rangeText({ min, max, whole = false }: { min?: number; max?: number; whole?: boolean }): string | null {
  const words = whole ? ', whole' : '';
  if (min !== undefined && max !== undefined) return `${number(min, 6)} to ${number(max, 6)}${words}`;
  if (min !== undefined) return `${number(min, 6)} or more${words}`;
  return max === undefined ? null : `${number(max, 6)} or less${words}`;
}

/** Commits on Enter and on leaving; Escape takes the typing back. A value out of range stays shown with its reason and is not committed. */
export function NumberField(props: NumberFieldProps) {
  const { label, value, unit, onCommit, placeholder, small = false, hideLabel = false, disabled = false } = props;
  const id = useId();
  const [typed, setTyped] = useState<string | null>(null);
  const parsed = typed === null ? null : parseNumber(typed, props);
  const problem = parsed?.problem ?? null;

  const range = rangeText(props);

  const commit = (): void => {
    if (parsed?.problem !== null) return;
    setTyped(null);
    if (parsed.value !== value) onCommit(parsed.value);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Enter') commit();
    if (event.key === 'Escape' && typed !== null) {
      event.stopPropagation();
      setTyped(null);
    }
  };

  return (
    <div className={css.wrap}>
      <label htmlFor={id} className={hideLabel ? 'vh' : css.label}>
        {label}
      </label>
      <span
        className={cx(css.field, small && css.small, problem !== null && css.wrong, disabled && css.disabled)}
        title={range ?? undefined}
      >
        <input
          id={id}
          className={cx(css.input, css.number)}
          inputMode="decimal"
          autoComplete="off"
          disabled={disabled}
          value={typed ?? (value === null ? '' : grouped.format(value))}
          placeholder={placeholder}
          aria-invalid={problem !== null}
          aria-describedby={problem !== null ? `${id}-why` : range !== null ? `${id}-range` : undefined}
          onChange={(event) => setTyped(event.target.value)}
          onBlur={commit}
          onKeyDown={onKeyDown}
        />
        {unit === '' ? null : <span className={css.unit}>{unit}</span>}
      </span>
      {range === null ? null : (
        <span id={`${id}-range`} className="vh">
          {range}
        </span>
      )}
      {problem === null ? null : (
        <span id={`${id}-why`} className={css.problem}>
          {problem}
        </span>
      )}
    </div>
  );
}

interface TextFieldProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  onDone?: () => void;
  /** Escape; nothing else hears it then. */
  onCancel?: () => void;
  placeholder?: string;
  hideLabel?: boolean;
  /** Stands before the text, inside the field. */
  before?: ReactNode;
  after?: ReactNode;
  type?: 'text' | 'search';
  inputRef?: Ref<HTMLInputElement>;
}

export function TextField({
  label,
  value,
  onChange,
  onDone,
  onCancel,
  placeholder,
  hideLabel = false,
  before,
  after,
  type = 'text',
  inputRef,
}: TextFieldProps) {
  const id = useId();
  return (
    <div className={css.wrap}>
      <label htmlFor={id} className={hideLabel ? 'vh' : css.label}>
        {label}
      </label>
      <span className={css.field}>
        {before}
        <input
          id={id}
          ref={inputRef}
          type={type}
          className={css.input}
          value={value}
          placeholder={placeholder}
          autoComplete="off"
          spellCheck={type === 'text'}
          onChange={(event) => onChange(event.target.value)}
          onBlur={onDone}
          onKeyDown={(event) => {
            if (event.key === 'Enter') onDone?.();
            if (event.key === 'Escape' && onCancel !== undefined) {
              event.stopPropagation();
              onCancel();
            }
          }}
        />
        {after}
      </span>
    </div>
  );
}

/** For `inputRef`: the field takes the focus once, when it comes. A function made anew at each render would take it at each render. */
export function focusWhenShown(field: HTMLElement | null): void {
  field?.focus();
}

interface SegmentedProps<T extends string> {
  label: string;
  value: T;
  options: readonly { value: T; label: string; icon?: ReactNode }[];
  onChange: (value: T) => void;
  wide?: boolean;
  disabled?: boolean;
}

/** One of a few. Arrows move the choice, as in any group of radio buttons. An option with an icon keeps its label for screen readers. */
export function Segmented<T extends string>({ label, value, options, onChange, wide = false, disabled = false }: SegmentedProps<T>) {
  const name = useId();
  return (
    <fieldset className={cx(css.segmented, wide && css.wide)} disabled={disabled}>
      <legend className="vh">{label}</legend>
      {options.map((option) => (
        <label key={option.value} className={css.segment} title={option.icon === undefined ? undefined : option.label}>
          <input
            className="vh"
            type="radio"
            name={name}
            value={option.value}
            checked={option.value === value}
            onChange={() => onChange(option.value)}
          />
          {option.icon === undefined ? (
            option.label
          ) : (
            <>
              {option.icon}
              <span className="vh">{option.label}</span>
            </>
          )}
        </label>
      ))}
    </fieldset>
  );
}

interface StepperProps {
  label: string;
  value: number;
  min: number;
  max: number;
  onChange: (value: number) => void;
  disabled?: boolean;
}

export function Stepper({ label, value, min, max, onChange, disabled = false }: StepperProps) {
  return (
    <span className={css.stepper} role="group" aria-label={label}>
      <button type="button" aria-label={`${label}: one fewer`} disabled={disabled || value <= min} onClick={() => onChange(value - 1)}>
        <Icon name="minus" size={12} />
      </button>
      <output aria-label={label}>{value}</output>
      <button type="button" aria-label={`${label}: one more`} disabled={disabled || value >= max} onClick={() => onChange(value + 1)}>
        <Icon name="plus" size={12} />
      </button>
    </span>
  );
}

interface SwitchProps {
  label: string;
  on: boolean;
  onChange: (on: boolean) => void;
  disabled?: boolean;
}

export function Switch({ label, on, onChange, disabled = false }: SwitchProps) {
  return (
    <button
      type="button"
      role="switch"
      aria-checked={on}
      aria-label={label}
      className={css.switch}
      disabled={disabled}
      onClick={() => onChange(!on)}
    />
  );
}
