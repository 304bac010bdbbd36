// The run over time: what was answered and what failed, and the latency of one operation.
import { TimeChart, type TimeLine } from '../charts/TimeChart';
import { ms } from '../format';
import { OriginMark } from '../parts';
import type { SectionProps } from './ReportPage';
import css from './Report.module.css';
import { Section } from './Section';
import { mainOperation, saidOf, targetOf } from './words';

export function OverTime({ record: { report, card }, scenario }: SectionProps) {
  const { series } = report;
  const main = mainOperation(report);
  const operation = main !== null && series.latency_ms[main] !== undefined ? main : (Object.keys(series.latency_ms)[0] ?? null);
  const latency = operation === null ? undefined : series.latency_ms[operation];
  const label = operation === null ? '' : (report.operations[operation]?.label ?? operation);
  const target = operation === null ? null : targetOf(report, operation);
  const said = operation === null ? undefined : saidOf(report, operation).find(({ percentile }) => percentile === 99);
  const answered: TimeLine[] = [{ label: 'ok', tone: 'p95', values: series.ok_per_s }];
  if (series.failed_per_s.some((value) => value > 0)) answered.push({ label: 'failed', tone: 'failed', values: series.failed_per_s });
  // What broke and came back stands on the charts by name, else the first bad moment; all of them are in the list of events.
  const end = series.t_s.at(-1) ?? 0;
  const during = report.events.filter(({ t_s }) => t_s >= 0 && t_s <= end);
  const marks = during.flatMap(({ t_s, mark }) => (mark === undefined ? [] : [{ t_s, text: mark }]));
  const worst = during.filter(({ level }) => level === 'bad').map(({ t_s, text }) => ({ t_s, text: text.split('. ')[0] ?? text }));
  const events = marks.length > 0 ? marks : worst.slice(0, 1);
  return (
    <Section
      id="time"
      title="Over time"
      remark="wall time from the start of the load"
      right={
        <OriginMark
          tag="measured"
          word
          of="Rates and latency over time"
          source={`Counted by the generator of run ${card.number} up to each point from the one before, the warm-up too; latency is from the moment a request was due.`}
        />
      }
    >
      <div className={css.two}>
        <TimeChart
          title="Answered and failed"
          unit="requests a second of life"
          t_s={series.t_s}
          lines={answered}
          log={false}
          events={events}
          target={null}
          said={null}
        />
        {latency === undefined ? null : (
          <TimeChart
            title={label}
            unit={[
              'ms of life, log scale',
              target === null ? '' : `target ${ms(target.at_most_ms)} at p${target.percentile}`,
              said === undefined ? '' : `you: ${ms(said.ms)} at p99`,
            ]
              .filter((part) => part !== '')
              .join('; ')}
            t_s={series.t_s}
            lines={[
              { label: 'p50', tone: 'p50', values: latency[0] },
              { label: 'p95', tone: 'p95', values: latency[1] },
              { label: 'p99', tone: 'p99', values: latency[2] },
            ]}
            log
            events={marks}
            target={target === null ? null : { value: target.at_most_ms, name: 'target' }}
            said={said === undefined ? null : { value: said.ms, from_s: scenario?.run.warmup_s ?? 0 }}
          />
        )}
      </div>
    </Section>
  );
}
