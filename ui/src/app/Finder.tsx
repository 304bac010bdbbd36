// Ctrl K: finds or does anything. A list under one field; arrows choose, Enter does. It holds no action of its own but going places and the theme.
import { useEffect, useId, useState, type KeyboardEvent } from 'react';
import { asHostError, call, type HostError } from '../host';
import { ErrorPanel, Icon, Key, Sheet, cx } from '../parts';
import type { ExerciseCard } from '../rpc/contract';
import css from './Finder.module.css';
import { closeFinder, find, openFinder, useFinder, type Action } from './finding';
import { chordText, isChord, rowOf } from './keymap';
import { go } from './route';
import { chooseTheme, type ThemeChoice } from './theme';

/** The button in the top bar, and Ctrl K everywhere. */
export function Finder() {
  const open = useFinder((state) => state.open);
  useEffect(() => {
    const onKey = (event: globalThis.KeyboardEvent): void => {
      if (!rowOf('finder').keys.some((chord) => isChord(chord, event))) return;
      event.preventDefault();
      if (useFinder.getState().open) closeFinder();
      else openFinder();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
  return (
    <>
      <button type="button" className={css.trigger} onClick={openFinder}>
        <Icon name="search" />
        <span>Find or do anything</span>
        <Key>{chordText(rowOf('finder').keys[0] ?? '')}</Key>
      </button>
      <Sheet title="Find or do anything" hideTitle open={open} onClose={closeFinder}>
        <Panel />
      </Sheet>
    </>
  );
}

const themes: readonly [ThemeChoice, string][] = [
  ['light', 'Light theme'],
  ['dark', 'Dark theme'],
  ['system', 'Theme as the system'],
];

function Panel() {
  const listId = useId();
  const offered = useFinder((state) => state.offered);
  const [search, setSearch] = useState('');
  const [at, setAt] = useState(0);
  const [cards, setCards] = useState<readonly ExerciseCard[]>([]);
  const [error, setError] = useState<HostError | null>(null);

  useEffect(() => {
    let late = false;
    call('library', {})
      .then(({ exercises }) => {
        if (!late) setCards(exercises);
      })
      .catch((thrown: unknown) => {
        if (!late) setError(asHostError(thrown));
      });
    return () => {
      late = true;
    };
  }, []);

  const places: Action[] = [
    { id: 'go.library', label: 'Library', group: 'Go to', run: () => go({ screen: 'library' }) },
    ...cards.map((card) => ({
      id: `go.${card.id}`,
      label: card.title,
      group: card.kind === 'lab' ? 'Lab' : 'Exercise',
      run: () => go({ screen: 'exercise', exercise: card.id }),
    })),
    ...themes.map(([choice, label]) => ({ id: `theme.${choice}`, label, group: 'Window', run: () => void chooseTheme(choice) })),
  ];
  const possible = Object.values(offered).flatMap((actions) => actions.filter((action) => action.when?.() ?? true));
  const found = find([...possible, ...places], search);
  const current = Math.min(at, found.length - 1);

  const doIt = (action: Action | undefined): void => {
    if (action === undefined) return;
    closeFinder();
    action.run();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowDown') setAt(Math.min(found.length - 1, current + 1));
    else if (event.key === 'ArrowUp') setAt(Math.max(0, current - 1));
    else if (event.key === 'Enter') doIt(found[current]);
    else return;
    event.preventDefault();
  };

  return (
    <>
      <div className={css.field}>
        <Icon name="search" />
        <input
          role="combobox"
          aria-expanded="true"
          aria-controls={listId}
          aria-activedescendant={found[current] === undefined ? undefined : `${listId}-${current}`}
          aria-label="Find or do anything"
          placeholder="An exercise, a lab, an action"
          autoComplete="off"
          value={search}
          onChange={(event) => {
            setSearch(event.target.value);
            setAt(0);
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      {error === null ? null : <ErrorPanel error={error} />}
      <div id={listId} role="listbox" aria-label="Found" className={css.list}>
        {found.map((action, index) => (
          <div
            key={action.id}
            id={`${listId}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === current}
            className={cx(css.option, index === current && css.current)}
            onMouseMove={() => setAt(index)}
            onClick={() => doIt(action)}
            onKeyDown={onKeyDown}
            ref={(element) => {
              if (index === current) element?.scrollIntoView({ block: 'nearest' });
            }}
          >
            <span>{action.label}</span>
            <span className={css.group}>{action.group}</span>
            {action.keys === undefined ? null : <Key>{action.keys}</Key>}
          </div>
        ))}
        {found.length === 0 ? <p className={css.none}>Nothing is called that.</p> : null}
      </div>
    </>
  );
}
