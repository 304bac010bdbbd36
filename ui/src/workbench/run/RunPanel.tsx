// Left panel during a run: the clock, phases that count, Stop, and the prediction beside what is measured so far.
import type { RunPhase, Scenario } from '../../rpc/contract';
import { keysText, rowOf } from '../../app/keymap';
import { besideLimit, figure, moment, target, text, type FigureText } from '../../format';
import { Button, Icon, Key, OriginMark, StateIcon, cx } from '../../parts';
import { scenarioOf, useSession } from '../session';
import { useDrawing } from '../sketch/store';
import { freshTick, metrics, useMetrics } from './metrics';
import css from './Run.module.css';
import { useRun } from './store';

const PHASES: Record<RunPhase, string> = {
  starting: 'Starting',
  seeding: 'Writing test data',
  warm_up: 'Warm-up',
  running: 'Measuring',
  draining: 'Waiting for the last answers',
  stopping: 'Stopping',
};

export function RunPanel() {
  const scenario = useSession(scenarioOf);
  return (
    <>
      <Clock scenario={scenario} />
      <div className={css.scroll}>{scenario === null ? null : <SoFar scenario={scenario} />}</div>
    </>
  );
}

/** The phase in a word or two; while the cluster is made, how far it is, else nothing. */
function usePhase(): { word: string; count: string } {
  const { status, phase, progress } = useRun();
  const word = status === 'stopping' ? 'Stopping' : status === 'asked' ? 'Starting' : PHASES[phase];
  const loaded = phase === 'warm_up' || phase === 'running';
  return { word, count: progress !== null && !loaded ? `${progress[0]} of ${progress[1]}` : '' };
}

/** Clock and phase in one line, where there is no room for the panel. */
export function ClockHere() {
  const total_s = useRun(({ plan }) => plan?.duration_s ?? 0);
  const t_s = useMetrics(({ tick }) => (tick === null ? 0 : Math.floor(tick.t_s)));
  const { word, count } = usePhase();
  return (
    <span className={css.here}>
      <b data-testid="run-clock">{moment(t_s)}</b> of {moment(total_s)},{' '}
      <span data-testid="run-phase">{count === '' ? word : `${word} ${count}`}</span>
    </span>
  );
}

function Clock({ scenario }: { scenario: Scenario | null }) {
  const { status, number, phase, progress, plan } = useRun();
  const t = useMetrics(({ tick }) => (tick === null ? 0 : Math.floor(tick.t_s)));
  const total = useMetrics(({ tick }) => tick?.duration_s ?? null) ?? plan?.duration_s ?? 0;
  const held = useMetrics((state) => state.held);
  const isOld = useMetrics((state) => state.tick !== null && freshTick(state) === null);
  const stopping = status === 'stopping';
  const warm = scenario?.run.warmup_s ?? 0;
  const making = phase === 'starting' || phase === 'seeding';
  const [done, all] = making ? (progress ?? [0, 0]) : [t, total];
  const share = all > 0 ? Math.min(done / all, 1) : 0;
  const { word, count } = usePhase();
  const isHeld = held && !stopping;
  const warming = phase === 'warm_up' && !stopping ? `, ${warm} s that percentiles leave out` : '';
  const more = isOld ? '. No figures since then' : count === '' ? warming : ` ${count}`;
  return (
    <div className={css.clock}>
      <div className={css.clockRow}>
        <span className={css.time} data-testid="run-clock">
          {moment(t)}
        </span>
        <span className="dim">of {moment(total)}</span>
        <span className={css.number}>{number === null ? '' : `Run ${number}`}</span>
      </div>
      <div
        className={css.progress}
        role="progressbar"
        aria-label={word}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(share * 100)}
        aria-valuetext={count === '' ? undefined : count}
      >
        <i style={{ width: `${share * 100}%` }} />
        {!making && warm > 0 && total > warm ? <b style={{ left: `${(warm / total) * 100}%` }} /> : null}
      </div>
      <p className={css.phase} data-testid="run-phase">
        {/* Only the word is told as it changes: a count would be read out at each step. All is one line, so that what stands below does not move. */}
        <span role="status">{isHeld ? 'The view is held; the run goes on' : word}</span>
        {isHeld ? '' : more}
      </p>
      <div className={css.keys}>
        <Button look="stop" wide data-testid="stop" disabled={stopping} onClick={() => void useRun.getState().stop()}>
          <Icon name="stop" />
          {stopping ? 'Stopping' : 'Stop'}
          {stopping ? null : <Key>{keysText(rowOf('escape'))}</Key>}
        </Button>
        <Hold />
      </div>
    </div>
  );
}

/** Holds what is shown, not what runs. */
function Hold() {
  const held = useMetrics((state) => state.held);
  return (
    <Button data-testid="hold" aria-pressed={held} title="The run goes on while you look" onClick={() => metrics.hold(!held)}>
      {held ? 'Go on' : 'Hold'}
      <Key>{keysText(rowOf('hold'))}</Key>
    </Button>
  );
}

function Unit({ of }: { of: FigureText | null }) {
  return of === null || of.unit === '' ? null : <span className={cx(css.unit, of.gap && css.gap)}>{of.unit}</span>;
}

/** A prediction is off from this factor on. */
const FAR = 2;

/** Where the figures of a list come from; each of them has the same origin. */
function Origin({ of, number }: { of: string; number: number | null }) {
  return (
    <OriginMark
      tag="measured"
      word
      of={of}
      source={`Run ${number ?? ''}, under way, by its generator and its processes. Percentiles and loads are the newest; shares and counts are since the load began.`}
    />
  );
}

function SoFar({ scenario }: { scenario: Scenario }) {
  const number = useRun((state) => state.number);
  const values = useSession(({ predictions }) => predictions.values);
  const figures = useMetrics((state) => freshTick(state)?.figures);
  const standIns = useMetrics(({ tick }) => tick?.stand_ins);
  const components = useDrawing(({ sketch }) => sketch.components);
  /** The component that stands in for the one that the scenario names. */
  const of = (figureName: string): string | null => components.find(({ id }) => id === standIns?.[figureName])?.name ?? null;
  const asked = scenario.predict.filter(({ figure: name }) => values[name] !== undefined);
  return (
    <>
      <section className={css.section}>
        <div className={css.caps}>
          <h3 className="cap">Your prediction, so far</h3>
          {asked.length === 0 ? null : <Origin of="What is measured so far" number={number} />}
        </div>
        {asked.length === 0 ? <p className={css.caption}>Nothing was predicted for this run.</p> : null}
        <dl className={css.pairs}>
          {asked.map(({ figure: name, label, unit }) => {
            const said = values[name] ?? 0;
            const measured = figures?.[name] ?? null;
            const far = measured !== null && (measured > said * FAR || measured < said / FAR);
            const predicted = figure(said, unit);
            const shown = figure(measured, unit);
            // The unit is written once, unless the two are so far apart that they have units of their own: `50 ms → 1.2 s`.
            const apart = measured !== null && predicted.unit !== shown.unit;
            return (
              <div key={name}>
                <dt title={label}>
                  {label}
                  {of(name) === null ? null : <span className={css.of}>of {of(name)}</span>}
                </dt>
                <dd>
                  <span className={css.pred}>{apart ? text(said, unit) : predicted.number}</span>
                  <span aria-hidden="true"> → </span>
                  <b className={cx(far && css.over, measured === null && css.unknown)}>{measured === null ? 'unknown' : shown.number}</b>
                  <Unit of={measured === null ? null : shown} />
                </dd>
              </div>
            );
          })}
        </dl>
      </section>
      {scenario.target.length === 0 ? null : (
        <section className={css.section}>
          <div className={css.caps}>
            <h3 className="cap">Targets</h3>
            <Origin of="What targets are about" number={number} />
          </div>
          <dl className={css.pairs}>
            {scenario.target.map(({ figure: name, label, at_most, unit }) => {
              const measured = figures?.[name] ?? null;
              const shown = besideLimit(measured, at_most, unit);
              return (
                <div key={name}>
                  <dt title={label}>{label}</dt>
                  <dd>
                    {measured === null ? (
                      <StateIcon state="unknown" label="unknown" />
                    ) : (
                      <>
                        <b className={cx(measured > at_most && css.over)}>{shown.number}</b>
                        <Unit of={shown} />
                      </>
                    )}{' '}
                    <span className="dim">{target(at_most, unit)}</span>
                  </dd>
                </div>
              );
            })}
          </dl>
        </section>
      )}
    </>
  );
}
