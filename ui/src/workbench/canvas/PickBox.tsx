// A small box over the canvas with one field and a list under it: adding at the pointer, linking by keyboard, quick fixes. It filters and chooses;
// what an entry does is the caller's.
import { useEffect, useId, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { cx } from '../../parts';
import { useInWindow } from './inWindow';
import css from './PickBox.module.css';
import { stage, type Point } from './stage';

export interface Pick {
  id: string;
  label: string;
  /** Smaller, beside or below. */
  detail?: string;
  icon?: ReactNode;
  run: () => void;
  /** What Shift and Enter do. */
  runWithShift?: () => void;
}

interface Props {
  title: string;
  placeholder: string;
  /** Entries that match what was typed, best first. */
  picks: (typed: string) => readonly Pick[];
  at: Point;
  /** Said when nothing matches. */
  none: string;
  /** Shown under the list. */
  hint?: string;
  testId: string;
}

const WIDTH = 320;

/** Entries whose words all begin a word of the label or detail; for callers with a plain list. */
export function filterPicks(picks: readonly Pick[], typed: string): readonly Pick[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  return picks.filter(({ label, detail }) => {
    const parts = `${label} ${detail ?? ''}`.toLowerCase().split(/[\s:,()→_]+/);
    return words.every((word) => parts.some((part) => part.startsWith(word)));
  });
}

export function PickBox({ title, placeholder, picks, at, none, hint, testId }: Props) {
  const listId = useId();
  const { box, place } = useInWindow<HTMLDivElement>(at);
  const field = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState('');
  const [current, setCurrent] = useState(0);
  const found = picks(typed);
  const chosen = Math.min(current, found.length - 1);

  useEffect(() => {
    const before = document.activeElement;
    field.current?.focus();
    return () => {
      // Back to the canvas, unless the action has put the focus somewhere.
      if (document.activeElement === document.body && before instanceof HTMLElement) before.focus();
    };
  }, []);

  const take = (pick: Pick | undefined, shift: boolean): void => {
    if (pick === undefined) return;
    stage.shut();
    if (shift && pick.runWithShift !== undefined) pick.runWithShift();
    else pick.run();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowDown') setCurrent(Math.min(found.length - 1, chosen + 1));
    else if (event.key === 'ArrowUp') setCurrent(Math.max(0, chosen - 1));
    else if (event.key === 'Enter') take(found[chosen], event.shiftKey);
    else if (event.key === 'Escape' || event.key === 'Tab') stage.shut();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div ref={box} className={css.box} style={{ ...place, width: WIDTH }} role="dialog" aria-label={title} data-testid={testId}>
      <p className={css.title}>{title}</p>
      <input
        ref={field}
        className={css.field}
        role="combobox"
        aria-expanded="true"
        aria-controls={listId}
        aria-activedescendant={found[chosen] === undefined ? undefined : `${listId}-${chosen}`}
        aria-label={title}
        placeholder={placeholder}
        autoComplete="off"
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value);
          setCurrent(0);
        }}
        onKeyDown={onKeyDown}
        onBlur={(event) => {
          if (!(event.relatedTarget instanceof Node && box.current?.contains(event.relatedTarget) === true)) stage.shut();
        }}
      />
      <div id={listId} role="listbox" aria-label={title} className={css.list}>
        {found.map((pick, index) => (
          <div
            key={pick.id}
            id={`${listId}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === chosen}
            className={cx(css.option, index === chosen && css.current)}
            onMouseMove={() => setCurrent(index)}
            onMouseDown={(event) => event.preventDefault()}
            onClick={(event) => take(pick, event.shiftKey)}
            onKeyDown={onKeyDown}
            ref={(element) => {
              if (index === chosen) element?.scrollIntoView({ block: 'nearest' });
            }}
          >
            {pick.icon}
            <span className={css.words}>
              <span>{pick.label}</span>
              {pick.detail === undefined ? null : <span className={css.detail}>{pick.detail}</span>}
            </span>
          </div>
        ))}
      </div>
      {found.length === 0 ? <p className={css.none}>{none}</p> : null}
      {hint === undefined ? null : <p className={css.hint}>{hint}</p>}
    </div>
  );
}
