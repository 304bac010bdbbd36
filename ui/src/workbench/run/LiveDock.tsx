// The dock during a run: requests by outcome, latency of the first target's operation, and events. The future is empty, not guessed.
import { useDeferredValue, useEffect, useMemo, useState, type ReactNode } from 'react';
import type { Scenario } from '../../rpc/contract';
import { DataTable, type TableBehind } from '../../charts/ChartFrame';
import { happened, moment, ms, number, rate, short } from '../../format';
import { LevelIcon } from '../../parts';
import { scenarioOf, useSession } from '../session';
import { LatencyChart, RequestsChart, type Mark } from './charts';
import { freshTick, metrics, useMetrics, type Points } from './metrics';
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

/** A chart with the table behind it: one of the two is shown. */
function LiveChart({ title, unit, table, children }: { title: string; unit: string; table: () => TableBehind; children: ReactNode }) {
  const [asTable, setAsTable] = useState(false);
  return (
    <div className={css.chart}>
      <h3 className={css.chartTitle}>
        {title}
        <span>{unit}</span>
        <button
          type="button"
          className={css.tableToggle}
          aria-pressed={asTable}
          aria-label={`${title} as a table`}
          onClick={() => setAsTable(!asTable)}
        >
          {asTable ? 'Chart' : 'Table'}
        </button>
      </h3>
      {asTable ? (
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a place that scrolls must be reachable by keyboard
        <div className={css.tableBehind} role="region" aria-label={title} tabIndex={0}>
          <DataTable {...table()} caption={`${title}, ${unit}, newest first`} />
        </div>
      ) : (
        children
      )}
    </div>
  );
}

/** Rows of a table, newest first and one a second at most: of the ticks within a second, the last. */
export function newest(t_s: readonly number[], cells: (index: number) => string[]): string[][] {
  const rows: string[][] = [];
  let second: number | null = null;
  for (let index = t_s.length - 1; index >= 0; index -= 1) {
    const t = t_s[index] ?? 0;
    if (Math.round(t) === second) continue;
    second = Math.round(t);
    rows.push([moment(t), ...cells(index)]);
  }
  return rows;
}

/** What broke or came back while there was load, as far as the view goes. */
function useMarks(): Mark[] {
  const notes = useRun((state) => state.notes);
  return useMemo(() => notes.flatMap(({ t_s, mark }) => (mark === undefined || t_s < 0 ? [] : [{ t_s, text: mark }])), [notes]);
}

/** What was measured so far, for the charts: they are drawn when the boxes have been, so that no update holds up a frame with both. */
const usePoints = (): Points => useDeferredValue(useMetrics((state) => state.points));

/** The newest figure of a line for its sentence, while figures come. */
function useNewest(): (line: readonly (number | null)[]) => number | null {
  const isFresh = useMetrics((state) => freshTick(state) !== null);
  return (line) => (isFresh ? (line.at(-1) ?? null) : null);
}

function useDuration(): number {
  const planned = useRun((state) => state.plan?.duration_s ?? 60);
  return useMetrics(({ tick }) => tick?.duration_s ?? null) ?? planned;
}

function Requests() {
  const points = usePoints();
  const duration_s = useDuration();
  const planned_per_s = useRun((state) => state.plan?.rate_per_s ?? 0);
  const marks = useMarks();
  const newestOf = useNewest();
  return (
    <LiveChart
      title="Requests"
      unit="per second of life, by outcome"
      table={() => ({
        head: ['Time', 'Answered, /s', 'Failed or dropped, /s'],
        rows: newest(points.t_s, (n) => [short(points.ok_per_s[n] ?? 0), short(points.failed_per_s[n] ?? 0)]),
      })}
    >
      <RequestsChart
        points={points}
        marks={marks}
        duration_s={duration_s}
        planned_per_s={planned_per_s}
        label={`Requests a second of life: ${rate(newestOf(points.ok_per_s))} answered, ${rate(newestOf(points.failed_per_s))} failed or dropped`}
      />
    </LiveChart>
  );
}

function Latency({ scenario, name, label }: { scenario: Scenario; name: string; label: string }) {
  const points = usePoints();
  const duration_s = useDuration();
  const marks = useMarks();
  const newestOf = useNewest();
  const figure = `${name}.p99_ms`;
  const predicted = useSession(({ predictions }) => predictions.values[figure] ?? null);
  const target = scenario.target.find((each) => each.figure === figure)?.at_most ?? null;
  const said = [
    `${label} latency in milliseconds of life, logarithmic: p99 ${ms(newestOf(points.p99_ms))}`,
    target === null ? '' : `target ${ms(target)}`,
    predicted === null ? '' : `you said ${ms(predicted)}`,
  ];
  return (
    <LiveChart
      title={`${label}, latency`}
      unit="ms of life, log scale"
      table={() => ({
        head: ['Time', 'p50, ms', 'p95, ms', 'p99, ms'],
        rows: newest(points.t_s, (n) => [points.p50_ms, points.p95_ms, points.p99_ms].map((line) => number(line[n] ?? Number.NaN))),
      })}
    >
      <LatencyChart
        points={points}
        marks={marks}
        duration_s={duration_s}
        target_ms={target}
        predicted_ms={predicted}
        predictedFrom_s={Math.min(scenario.run.warmup_s, duration_s)}
        label={said.filter((part) => part !== '').join(', ')}
      />
    </LiveChart>
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
            <span className="dim">{happened(t_s)}</span>
            <LevelIcon level={level} />
            <span>{text}</span>
          </li>
        ))}
      </ol>
    </div>
  );
}
