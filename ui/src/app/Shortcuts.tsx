// The sheet of shortcuts, on `?` and from the finder. It lists the table that the screens listen by; it listens only for its own key.
import { useEffect, useState } from 'react';
import { Key, Sheet } from '../parts';
import { offer } from './finding';
import { GROUPS, chordText, isChord, keysText, rowOf, rowsIn, type Row } from './keymap';
import css from './Shortcuts.module.css';

const SHORTCUTS = rowOf('shortcuts');

/** Every chord of a row, or the one word for a family of keys. */
function allKeys(row: Row): readonly string[] {
  return row.shown === undefined ? row.keys.map(chordText) : [row.shown];
}

const inField = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable], [role="dialog"]') !== null;

export function Shortcuts() {
  const [open, setOpen] = useState(false);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (!SHORTCUTS.keys.some((chord) => isChord(chord, event)) || inField(event.target)) return;
      event.preventDefault();
      setOpen(true);
    };
    window.addEventListener('keydown', onKey);
    const takeBack = offer('window', [
      { id: 'window.shortcuts', label: SHORTCUTS.label, group: 'Window', keys: keysText(SHORTCUTS) ?? '', run: () => setOpen(true) },
    ]);
    return () => {
      window.removeEventListener('keydown', onKey);
      takeBack();
    };
  }, []);
  return (
    <Sheet title="Shortcuts" open={open} onClose={() => setOpen(false)}>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, and the keyboard must be able to */}
      <div className={css.groups} role="region" aria-label="Keys" tabIndex={0}>
        {GROUPS.map((group) => (
          <section key={group} aria-label={group}>
            <h3>{group}</h3>
            <dl>
              {rowsIn(group).map((row) => (
                <div key={row.id}>
                  <dt>
                    {allKeys(row).map((keys) => (
                      <Key key={keys}>{keys}</Key>
                    ))}
                    {row.keys.length === 0 ? <span className={css.none}>in the finder</span> : null}
                  </dt>
                  <dd>{row.label}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Sheet>
  );
}
