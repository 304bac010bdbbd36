// Load and scale: every request accounted for, and how the run relates to life and to the laptop.
import { count, ms, number, pace, plural, seconds, share } from '../format';
import { OriginMark, StateIcon } from '../parts';
import type { SectionProps } from './ReportPage';
import css from './Report.module.css';
import { Section } from './Section';
import { reasonWords, sums } from './words';

/** `1/2 of the traffic on 1/2 of the instances`. */
const sliceText = (slice: number): string => `1/${number(slice)} of the traffic on 1/${number(slice)} of the instances`;

export function Scale({ record: { report, card } }: SectionProps) {
  const { load, scale } = report;
  const facts: [string, string][] = [
    ['Instances', scale.slice === 1 ? `all${scale.prefer === 'speed' ? ': no slice was to be had' : ''}` : sliceText(scale.slice)],
    ['Speed', pace(scale.dilation)],
    ['Time', `${seconds(scale.wall_s)} here, ${seconds(scale.life_s)} of life`],
    ['Load', `${report.shape}, seed ${report.seed}`],
    ['Processes', `${count(scale.processes)}, healthy in ${seconds(scale.healthy_s)}, seeded in ${seconds(scale.seeding_s)}`],
    ['Laptop’s CPU, mean', share(scale.host_cpu)],
    ['Answers later than promised', `${share(scale.overrun)} of the service time, worst component`],
    ['Error along a chain of calls', `${share(scale.chain_error)} of the end-to-end time, worst operation`],
    ['Generator late, median', `${scale.generator_late_ms < 0.01 ? 'under 0.01 ms' : ms(scale.generator_late_ms)} of wall time`],
  ];
  return (
    <Section
      id="scale"
      title="Load and scale"
      remark={`${seconds(scale.wall_s)} here, ${seconds(scale.life_s)} of life`}
      right={
        <OriginMark
          tag="measured"
          word
          of="Counts and scale"
          source={`Counted by the generator and the nodes of run ${card.number}. A run is not trusted when the chain error passes 1.5% or the overrun passes 4%.`}
        />
      }
    >
      <div className={css.two}>
        <dl className={css.pairs} aria-label="Every request accounted for">
          {sums(load).map((sum) => (
            <div key={sum.left}>
              <dt>{sum.left}</dt>
              <dd>
                {sum.right}
                {sum.holds ? null : <StateIcon state="fail" label="does not add up" />}
              </dd>
            </div>
          ))}
          {load.failures.map((failure) => (
            <div key={`${failure.component} ${failure.reason}`}>
              <dt
                className={css.inset}
              >{`${report.components[failure.component]?.name ?? (failure.component === 'client' ? 'Client' : failure.component)}: ${reasonWords(failure.reason)}`}</dt>
              <dd>{plural(failure.count, 'request')}</dd>
            </div>
          ))}
        </dl>
        <dl className={css.pairs} aria-label="Scale of the run">
          {facts.map(([what, value]) => (
            <div key={what}>
              <dt>{what}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      </div>
    </Section>
  );
}
