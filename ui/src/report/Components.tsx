// Components: load measured, modelled and predicted in one meter, each instance in the comb, then queue, wait and what it cost.
import { count, number, rate, share } from '../format';
import { Comb, EmptyPlace, Meter, OriginMark, StateIcon, cx, loadState } from '../parts';
import type { ComponentReport, Report } from '../rpc/contract';
import css from './Report.module.css';
import type { SectionProps } from './ReportPage';
import { Section } from './Section';
import { saidLoad } from './words';

export function Components({ record: { report, card } }: SectionProps) {
  const all = Object.entries(report.components);
  if (all.length === 0) {
    return (
      <Section id="components" title="Components">
        <EmptyPlace>No component was measured.</EmptyPlace>
      </Section>
    );
  }
  return (
    <Section
      id="components"
      title="Components"
      remark="load: filled measured, outline modelled, line yours"
      right={
        <span className={css.marks}>
          <OriginMark
            tag="measured"
            word
            of="Load, queue, wait, rates"
            source={`Counted by each node of run ${card.number} itself: busy time of its workers ÷ (workers × time). CPU and memory are what the operating system says.`}
          />
          <OriginMark
            tag="modelled"
            word
            of="Modelled load"
            source="Closed form: requests asked of it × service time ÷ (instances × workers). Over 100% means more than it can do."
          />
        </span>
      }
    >
      <div className={css.wide}>
        <table className={css.table}>
          <thead>
            <tr>
              <th scope="col">Component</th>
              <th scope="col" className={css.left}>
                each
              </th>
              <th scope="col" className={css.left} colSpan={2}>
                load
              </th>
              <th scope="col">modelled</th>
              <th scope="col">queue p99</th>
              <th scope="col">wait p99, ms</th>
              <th scope="col">asked</th>
              <th scope="col">served</th>
              <th scope="col">refused</th>
              <th scope="col">CPU, s</th>
              <th scope="col">MB</th>
            </tr>
          </thead>
          <tbody>
            {all.map(([id, each]) => (
              <Row key={id} id={id} each={each} report={report} />
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}

/** Too little to be shown is not nothing, and not worth six decimals. */
function waitText(wait_ms: number | null): string {
  if (wait_ms === null) return 'unknown';
  return wait_ms > 0 && wait_ms < 0.001 ? '<0.001' : number(wait_ms);
}

function Row({ id, each, report }: { id: string; each: ComponentReport; report: Report }) {
  const state = loadState(each.utilisation, each.refused > 0);
  const said = saidLoad(id, report);
  const more = [
    each.hit_ratio === null ? '' : `hits ${share(each.hit_ratio)}`,
    each.replication_lag_ms_p99 === null ? '' : `lag p99 ${number(each.replication_lag_ms_p99)} ms`,
  ].filter((part) => part !== '');
  const asksMore = each.utilisation_modelled !== null && each.utilisation_modelled > 1;
  return (
    <tr>
      <th scope="row">
        {each.name} <span className="dim">×{each.instances}</span>
        {more.length === 0 ? null : <span className={css.more}>{more.join(', ')}</span>}
      </th>
      <td className={css.left}>
        <Comb
          each={each.each.map((instance) => instance.utilisation)}
          most={8}
          label={`Load of each instance: ${each.each.map((instance) => share(instance.utilisation)).join(', ')}`}
        />
      </td>
      <td className={css.meter}>
        <Meter
          label={`Load of ${each.name}`}
          value={each.utilisation}
          modelled={each.utilisation_modelled}
          predicted={said === null ? null : said / 100}
          state={state}
        />
      </td>
      <td className={cx(css.load, state === 'over' && css.missed)}>
        {share(each.utilisation)}
        {state === null ? null : <StateIcon state={state} label={state === 'over' ? 'saturated' : 'busy'} />}
      </td>
      <td className={cx(asksMore && css.strongCell, each.utilisation_modelled === null && css.unknown)}>
        {share(each.utilisation_modelled)}
      </td>
      <td>{count(Math.round(each.queue_p99))}</td>
      <td className={cx(each.wait_ms_p99 === null && css.unknown)}>{waitText(each.wait_ms_p99)}</td>
      <td>{rate(each.asked_per_s)}</td>
      <td>{rate(each.served_per_s)}</td>
      <td className={cx(each.refused > 0 && css.missed)}>{count(each.refused)}</td>
      <td>{number(each.cpu_s)}</td>
      <td>{number(each.rss_mb)}</td>
    </tr>
  );
}
