// The settings: how the window looks, how much of the laptop a run may take, where the data is. Each takes effect at once and is kept.
import { useState, type ReactNode } from 'react';
import { Frame } from '../app/Frame';
import { chooseMotion, chooseTextSize, chooseTheme, useLook, type Motion, type TextSize, type ThemeChoice } from '../app/theme';
import { asHostError, type HostError } from '../host';
import { ErrorPanel, Segmented, StateIcon } from '../parts';
import { DataPart } from './DataPart';
import { LaptopPart } from './LaptopPart';
import css from './Settings.module.css';

export function SettingsScreen() {
  // Settings are part of the data: with another folder, what that one holds is shown.
  const [folder, setFolder] = useState<string | null>(null);
  return (
    <Frame
      status={
        <span>
          <StateIcon state="info" />
          Settings take effect at once and are kept with your data
        </span>
      }
    >
      <main className={css.page} aria-label="Settings">
        <div className={css.sheet}>
          <h1>Settings</h1>
          <LookPart />
          <LaptopPart key={folder} />
          <DataPart onFolder={setFolder} />
        </div>
      </main>
    </Frame>
  );
}

/** One setting: its name and what it means on the left, its choice on the right. */
export function Setting({ name, text, children }: { name: string; text: ReactNode; children: ReactNode }) {
  return (
    <div className={css.setting}>
      <div>
        <h3>{name}</h3>
        <p className="mid">{text}</p>
      </div>
      <div className={css.choice}>{children}</div>
    </div>
  );
}

const themes: readonly { value: ThemeChoice; label: string }[] = [
  { value: 'system', label: 'As the system' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
];
const sizes: readonly { value: TextSize; label: string }[] = [
  { value: '100', label: '100%' },
  { value: '110', label: '110%' },
  { value: '125', label: '125%' },
];
const motions: readonly { value: Motion; label: string }[] = [
  { value: 'system', label: 'As the system' },
  { value: 'on', label: 'On' },
  { value: 'off', label: 'Off' },
];

function LookPart() {
  const { theme, textSize, motion } = useLook();
  const [error, setError] = useState<HostError | null>(null);
  const chosen = (keeping: Promise<void>): void => {
    setError(null);
    keeping.catch((thrown: unknown) => setError(asHostError(thrown)));
  };
  return (
    <section aria-labelledby="look">
      <h2 id="look">Look</h2>
      {error === null ? null : <ErrorPanel error={error} />}
      <Setting name="Theme" text="Colours of the window.">
        <Segmented label="Theme of the window" value={theme} options={themes} onChange={(value) => chosen(chooseTheme(value))} />
      </Setting>
      <Setting name="Text size" text="Everything grows with the text. At 125% it still fits a screen of 1280 × 800.">
        <Segmented label="Text size" value={textSize} options={sizes} onChange={(value) => chosen(chooseTextSize(value))} />
      </Setting>
      <Setting name="Motion" text="Off: nothing fades or slides. The canvas and the charts never do.">
        <Segmented label="Motion" value={motion} options={motions} onChange={(value) => chosen(chooseMotion(value))} />
      </Setting>
    </section>
  );
}
