// Find on the canvas: one field, how many match, and the way to the next. Matches are chosen as they are walked, so the inspector follows.
import { useEffect, useRef } from 'react';
import { Icon } from '../../parts';
import { useSession } from '../session';
import { findParts } from '../sketch/find';
import { useDrawing } from '../sketch/store';
import css from './FindBar.module.css';
import { find, placeIn, useFind } from './finder';
import { focusPart, stage } from './stage';

export function FindBar() {
  const finding = useFind();
  const { search } = finding;
  const sketch = useDrawing((state) => state.sketch);
  const roles = useSession((session) => session.roles);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    field.current?.focus();
    field.current?.select();
  }, []);
  const found = findParts(sketch, roles, search);
  const at = placeIn(finding, found);
  const current = found[at];
  const leave = (): void => {
    stage.shut();
    if (current !== undefined) focusPart(current.key);
  };
  return (
    <div className={css.bar} role="search" aria-label="Find on the canvas" data-testid="find-bar">
      <Icon name="search" />
      <input
        ref={field}
        type="text"
        aria-label="Find by name, role, setting or note"
        placeholder="Name, role, setting, note"
        autoComplete="off"
        spellCheck={false}
        value={search}
        onChange={(event) => find.type(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') find.step(event.shiftKey ? -1 : 1);
          else if (event.key === 'Escape') leave();
          else return;
          event.preventDefault();
          event.stopPropagation();
        }}
      />
      <span className={css.count}>
        {search.trim() === '' ? '' : found.length === 0 ? 'none' : `${Math.max(at, 0) + 1} of ${found.length}`}
      </span>
      <button
        type="button"
        aria-label="Match before"
        title="Match before: Shift F3"
        disabled={found.length === 0}
        onClick={() => find.step(-1)}
      >
        <Icon name="chevronRight" size={12} />
      </button>
      <button type="button" aria-label="Next match" title="Next match: F3" disabled={found.length === 0} onClick={() => find.step(1)}>
        <Icon name="chevronRight" size={12} />
      </button>
      <button type="button" aria-label="Shut the search" title="Shut: Esc" onClick={leave}>
        <Icon name="close" size={12} />
      </button>
      {current === undefined || current.where === 'name' ? null : (
        <p className={css.where}>
          <b>{current.name}</b> {current.where}
        </p>
      )}
    </div>
  );
}
