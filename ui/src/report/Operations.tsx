// Operations: percentiles from the scheduled time, and the percentile curve.
import { useState } from 'react';
import { CurveChart } from '../charts/CurveChart';
import { count, number } from '../format';
import { EmptyPlace, OriginMark, cx } from '../parts';
import type { Latency } from '../rpc/contract';
import css from './Report.module.css';
import type { SectionProps } from './ReportPage';
import { Section } from './Section';
import { mainOperation, saidOf, targetOf } from './words';

const columns: readonly { key: keyof Latency; label: string }[] = [
  { key: 'mean', label: 'mean' },
  { key: 'p50', label: 'p50' },
  { key: 'p95', label: 'p95' },
  { key: 'p99', label: 'p99' },
  { key: 'max', label: 'max' },
];

export function Operations({ record: { report, card } }: SectionProps) {
  const [asked, setAsked] = useState<string | null>(null);
  const all = Object.entries(report.operations);
  const chosen = asked ?? mainOperation(report);
  const curves = all.flatMap(([id, each]) => (each.curve.length < 2 ? [] : [{ id, label: each.label, points: each.curve }]));
  if (all.length === 0) {
    return (
      <Section id="operations" title="Operations">
        <EmptyPlace>No operation was measured.</EmptyPlace>
      </Section>
    );
  }
  return (
    <Section
      id="operations"
      title="Operations"
      remark="latency from the scheduled time, ms of life"
      right={
        <OriginMark
          tag="measured"
          word
          of="Latency"
          source={`Measured in run ${card.number} by the generator, from the moment a request was due, so that a stalled server cannot hide. Answers in the warm-up are left out.`}
        />
      }
    >
      <div className={css.operations}>
        <table className={css.table}>
          <thead>
            <tr>
              <th scope="col">Operation</th>
              <th scope="col">count</th>
              {columns.map((column) => (
                <th key={column.key} scope="col">
                  {column.label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {all.map(([id, each]) => {
              const target = targetOf(report, id);
              return (
                <tr key={id}>
                  <th scope="row">
                    {curves.length > 1 && each.curve.length > 1 ? (
                      <button type="button" className={css.rowButton} aria-pressed={id === chosen} onClick={() => setAsked(id)}>
                        {each.label}
                      </button>
                    ) : (
                      each.label
                    )}
                  </th>
                  <td>{count(each.count)}</td>
                  {columns.map(({ key }) => {
                    const value = each.latency_ms?.[key] ?? null;
                    const missed = target !== null && value !== null && key === `p${target.percentile}` && value > target.at_most_ms;
                    return (
                      <td key={key} className={cx(missed && css.missed, value === null && css.unknown)}>
                        {value === null ? 'unknown' : number(value)}
                      </td>
                    );
                  })}
                </tr>
              );
            })}
          </tbody>
        </table>
        {chosen === null || curves.length === 0 ? null : (
          <CurveChart curves={curves} chosen={chosen} target={targetOf(report, chosen)} said={saidOf(report, chosen)} />
        )}
      </div>
    </Section>
  );
}
