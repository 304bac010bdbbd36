// The frame of every screen: top bar, the screen, status bar. Screens fill its places; it knows none of them.
import { useEffect, type ReactNode } from 'react';
import { Icon, IconButton, Menu, cx } from '../parts';
import { Finder } from './Finder';
import css from './Frame.module.css';
import { keysText, rowOf } from './keymap';
import { go, useRoute } from './route';
import { chooseTheme, useLook, type ThemeChoice } from './theme';

export type LoopStep = 'draw' | 'predict' | 'run' | 'explain';

const steps: readonly { step: LoopStep; label: string }[] = [
  { step: 'draw', label: 'Draw' },
  { step: 'predict', label: 'Predict' },
  { step: 'run', label: 'Run' },
  { step: 'explain', label: 'Explain' },
];

interface Props {
  /** Set inside an exercise: its title, which leads back to the library. Absent: the main menu. */
  exercise?: string;
  /** Beside the title: the design menu. */
  design?: ReactNode;
  /** Where the learner is in the loop; absent outside an exercise. */
  step?: LoopStep;
  /** Steps that lead somewhere from here. */
  leads?: Partial<Record<LoopStep, () => void>>;
  /** Left and right parts of the status bar. */
  status?: ReactNode;
  statusRight?: ReactNode;
  children: ReactNode;
}

export function Frame({ exercise, design, step, leads = {}, status, statusRight, children }: Props) {
  useEffect(() => {
    document.title = exercise === undefined || exercise === '' ? 'Loadline' : `${exercise} · Loadline`;
  }, [exercise]);
  return (
    <div className={css.frame}>
      <header className={css.bar}>
        {exercise === undefined ? <MainMenu /> : <Crumb exercise={exercise} design={design} />}
        <span className={css.grow} />
        {step === undefined ? null : <Loop step={step} leads={leads} />}
        {step === undefined ? null : <span className={css.grow} />}
        <Finder />
        <ThemeMenu />
        <IconButton label="Settings" keys={keysText(rowOf('settings')) ?? ''} onClick={() => go({ screen: 'settings' })}>
          <Icon name="gear" />
        </IconButton>
      </header>
      {children}
      <footer className={css.status}>
        <div className={css.statusPart}>{status}</div>
        <div className={css.statusPart}>{statusRight}</div>
      </footer>
    </div>
  );
}

/** The line on a ship's hull. */
function Mark() {
  return (
    <svg width="24" height="20" viewBox="0 0 24 20" fill="none" stroke="currentColor" aria-hidden="true">
      <circle cx="12" cy="10" r="6.5" strokeWidth="1.8" />
      <path d="M1.5 10h21" strokeWidth="2.2" />
    </svg>
  );
}

const places = [
  { screen: 'library', label: 'Library' },
  { screen: 'settings', label: 'Settings' },
  { screen: 'about', label: 'About' },
] as const;

function MainMenu() {
  const here = useRoute(({ route }) => route.screen);
  return (
    <>
      <span className={css.mark}>
        <Mark />
        Loadline
      </span>
      <nav className={css.nav} aria-label="Main menu">
        {places.map(({ screen, label }) => (
          <a key={screen} href={`#/${screen}`} aria-current={screen === here ? 'page' : undefined}>
            {label}
          </a>
        ))}
      </nav>
    </>
  );
}

function Crumb({ exercise, design }: { exercise: string; design: ReactNode }) {
  return (
    <>
      <a className={css.mark} href="#/library" aria-label="Loadline: library">
        <Mark />
      </a>
      <nav className={css.crumb} aria-label="Where this is">
        <a
          href="#/library"
          onClick={(event) => {
            event.preventDefault();
            go({ screen: 'library' });
          }}
        >
          Library
        </a>
        <Icon name="chevronRight" size={12} />
        <b>{exercise}</b>
      </nav>
      {design}
    </>
  );
}

function Loop({ step, leads }: { step: LoopStep; leads: Partial<Record<LoopStep, () => void>> }) {
  const at = steps.findIndex((each) => each.step === step);
  return (
    <ol className={css.loop} aria-label="Where you are in the loop">
      {steps.map(({ step: each, label }, index) => (
        <li key={each} className={cx(index < at && css.done)} aria-current={index === at ? 'step' : undefined}>
          {leads[each] === undefined ? (
            <>
              <span className={css.number}>{index + 1}</span>
              {label}
            </>
          ) : (
            <button type="button" className={css.lead} onClick={leads[each]}>
              <span className={css.number}>{index + 1}</span>
              {label}
            </button>
          )}
        </li>
      ))}
    </ol>
  );
}

function ThemeMenu() {
  const choice = useLook((look) => look.theme);
  const options: [ThemeChoice, string][] = [
    ['system', 'As the system'],
    ['light', 'Light'],
    ['dark', 'Dark'],
  ];
  return (
    <Menu
      align="end"
      trigger={
        <IconButton label="Theme">
          <Icon name="theme" />
        </IconButton>
      }
      entries={options.map(([value, label]) => ({
        kind: 'action',
        label,
        chosen: value === choice,
        onChoose: () => void chooseTheme(value),
      }))}
    />
  );
}
