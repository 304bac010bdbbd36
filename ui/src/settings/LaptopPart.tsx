// How much of the laptop a run may take, and what that means. The rule itself is the app's: it chooses a run's scale by it.
import { useState } from 'react';
import { useCall } from '../app/useCall';
import { number, plural } from '../format';
import { asHostError, call, type HostError } from '../host';
import { ErrorPanel, NumberField } from '../parts';
import { Setting } from './SettingsScreen';
import css from './Settings.module.css';

const KEY = 'laptop_share';
const USUAL = 50;

export function LaptopPart() {
  const kept = useCall('setting_get', { key: KEY, value: null });
  const [share, setShare] = useState<number | null>(null);
  const [error, setError] = useState<HostError | null>(null);
  const now = share ?? (kept.value?.value == null ? USUAL : Number(kept.value.value));
  const keep = (value: number | null): void => {
    const next = value ?? USUAL;
    setError(null);
    call('setting_put', { key: KEY, value: String(next) })
      .then(() => setShare(next))
      .catch((thrown: unknown) => setError(asHostError(thrown)));
  };
  return (
    <section aria-labelledby="runs">
      <h2 id="runs">Runs</h2>
      {kept.error === null ? null : <ErrorPanel error={kept.error} onAgain={kept.again} />}
      {error === null ? null : <ErrorPanel error={error} />}
      <Setting name="Share of the laptop" text={<Meaning percent={now} />}>
        <div className={css.number} data-testid="laptop-share">
          <NumberField label="Share of the laptop" hideLabel unit="%" min={20} max={80} whole value={now} onCommit={keep} />
        </div>
      </Setting>
    </section>
  );
}

function Meaning({ percent }: { percent: number }) {
  // The web view does not say how many cores there are: it rounds, so that pages cannot know one machine from another.
  const cores = useCall('about', {}).value?.cores ?? null;
  const some = cores === null ? '' : `: about ${number((cores * percent) / 100, 2)} of ${plural(cores, 'core')} here`;
  return (
    <>
      {`A run is planned to keep at most ${percent}% of the processor busy${some}. From 20 to 80%, usually 50%.`} A larger share runs nearer
      to life speed and leaves less for everything else; when the laptop cannot keep up, the report says so and concludes nothing. In the
      terminal: <code className="mono nowrap">--laptop-share {percent}</code>
    </>
  );
}
