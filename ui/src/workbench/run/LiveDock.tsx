// The dock during a run: requests by outcome, latency of the first target's operation, and events. The future is empty, not guessed.
import { useEffect, useMemo } from 'react';
import type { Scenario } from '../../rpc/contract';
import { moment, ms, rate } from '../../format';
import { StateIcon } from '../../parts';
import { scenarioOf, useSession } from '../session';
import { LEVEL_STATE } from '../tones';
import { LatencyChart, RequestsChart } from './charts';
import { metrics, useMetrics } from './metrics';
import css from './Run.module.css';
import { useRun } from './store';

/** Operation of the first target that is about one, else the first operation. */
export function watchedOperation(scenario: Scenario | null): { name: string; label: string } | null {
  if (scenario === null) return null;
  for (const { figure } of scenario.target) {
    const operation = scenario.operation.find(({ name }) => figure.startsWith(`${name}.`));
    if (operation !== undefined) return operation;
  }
  return scenario.operation[0] ?? null;
}

export function LiveDock() {
  const scenario = useSession(scenarioOf);
  const operation = useMemo(() => watchedOperation(scenario), [scenario]);
  useEffect(() => metrics.watch(operation?.name ?? null), [operation]);
  useEffect(() => {
    // Without ticks, figures grow old and turn unknown.
    const timer = setInterval(metrics.age, 1000);
    return () => clearInterval(timer);
  }, []);
  return (
    <>
      <div className={css.charts}>
        <Requests />
        {scenario === null || operation === null ? <div /> : <Latency scenario={scenario} name={operation.name} label={operation.label} />}
      </div>
      <Events />
    </>
  );
}

function useDuration(): number {
  const planned = useRun((state) => state.plan?.duration_s ?? 60);
  return useMetrics(({ tick }) => tick?.duration_s ?? null) ?? planned;
}

function Requests() {
  const history = useMetrics((state) => state.history);
  const duration_s = useDuration();
  const planned_per_s = useRun((state) => state.plan?.rate_per_s ?? 0);
  const ok = history.ok_per_s.at(-1) ?? null;
  const failed = history.failed_per_s.at(-1) ?? null;
  return (
    <div className={css.chart}>
      <h3 className={css.chartTitle}>
        Requests<span>per second, by outcome</span>
      </h3>
      <RequestsChart
        history={history}
        duration_s={duration_s}
        planned_per_s={planned_per_s}
        label={`Requests a second: ${rate(ok)} answered in time, ${rate(failed)} failed or dropped`}
      />
    </div>
  );
}

function Latency({ scenario, name, label }: { scenario: Scenario; name: string; label: string }) {
  const history = useMetrics((state) => state.history);
  const duration_s = useDuration();
  const figure = `${name}.p99_ms`;
  const predicted = useSession(({ predictions }) => predictions.values[figure] ?? null);
  const target = scenario.target.find((each) => each.figure === figure)?.at_most ?? null;
  const said = [
    `${label} latency in milliseconds, logarithmic: p99 ${ms(history.p99_ms.at(-1) ?? null)}`,
    target === null ? '' : `target ${ms(target)}`,
    predicted === null ? '' : `you said ${ms(predicted)}`,
  ];
  return (
    <div className={css.chart}>
      <h3 className={css.chartTitle}>
        {label}, latency<span>ms, log scale</span>
      </h3>
      <LatencyChart
        history={history}
        duration_s={duration_s}
        target_ms={target}
        predicted_ms={predicted}
        predictedFrom_s={Math.min(scenario.run.warmup_s, duration_s)}
        label={said.filter((part) => part !== '').join(', ')}
      />
    </div>
  );
}

function Events() {
  const notes = useRun((state) => state.notes);
  const newestFirst = useMemo(() => [...notes].reverse(), [notes]);
  return (
    <div className={css.events}>
      <div className={css.eventsHead}>
        <h3>Events</h3>
        <span>{notes.length === 0 ? 'none yet' : `${notes.length}, newest first`}</span>
      </div>
      <ol className={css.eventList} data-testid="events" aria-live="polite">
        {newestFirst.map(({ t_s, level, text }, index) => (
          <li key={notes.length - index}>
            <span className="dim">{moment(t_s)}</span>
            <StateIcon state={LEVEL_STATE[level]} label={level} />
            <span>{text}</span>
          </li>
        ))}
      </ol>
    </div>
  );
}
