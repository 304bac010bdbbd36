// The sheet of shortcuts, on `?` and from the finder. It lists what the screens listen for; it listens only for its own key.
import { useEffect, useState } from 'react';
import { Key, Sheet } from '../parts';
import { offer } from './finding';
import css from './Shortcuts.module.css';

const groups: readonly { title: string; keys: readonly (readonly [string, string])[] }[] = [
  {
    title: 'Everywhere',
    keys: [
      ['Ctrl K', 'Find or do anything'],
      ['?', 'This sheet'],
      ['/', 'Search, in the library'],
    ],
  },
  {
    title: 'Drawing',
    keys: [
      ['V', 'Choose'],
      ['L', 'Link'],
      ['A', 'Add a component'],
      ['F', 'Fit the drawing'],
      ['Arrows', 'Walk along links'],
      ['Shift Arrows', 'Move what is chosen'],
      ['Enter', 'Settings of the component, or begin and end a link'],
      ['Delete', 'Remove what is chosen'],
      ['Ctrl A', 'Choose all'],
      ['Ctrl Z', 'Undo'],
      ['Ctrl Shift Z', 'Redo'],
    ],
  },
  {
    title: 'Running',
    keys: [
      ['Ctrl ↵', 'Run'],
      ['Esc', 'Stop'],
    ],
  },
];

const inField = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable], [role="dialog"]') !== null;

export function Shortcuts() {
  const [open, setOpen] = useState(false);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== '?' || event.ctrlKey || event.metaKey || inField(event.target)) return;
      event.preventDefault();
      setOpen(true);
    };
    window.addEventListener('keydown', onKey);
    const takeBack = offer('window', [
      { id: 'window.shortcuts', label: 'Shortcuts', group: 'Window', keys: '?', run: () => setOpen(true) },
    ]);
    return () => {
      window.removeEventListener('keydown', onKey);
      takeBack();
    };
  }, []);
  return (
    <Sheet title="Shortcuts" open={open} onClose={() => setOpen(false)}>
      <div className={css.groups}>
        {groups.map((group) => (
          <section key={group.title} aria-label={group.title}>
            <h3>{group.title}</h3>
            <dl>
              {group.keys.map(([keys, what]) => (
                <div key={keys}>
                  <dt>
                    <Key>{keys}</Key>
                  </dt>
                  <dd>{what}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Sheet>
  );
}
