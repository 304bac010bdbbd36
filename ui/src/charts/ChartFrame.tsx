// What all charts share: the title in words with the unit, a sentence for a screen reader, and the table behind the plot.
import type { ReactNode } from 'react';
import css from './charts.module.css';
import { useWidth } from './useWidth';

interface Props {
  title: string;
  /** After the title: the unit and the kind of axis. */
  unit: string;
  /** What the chart shows, in a sentence. */
  sentence: string;
  height: number;
  /** Draws the plot for a width in px. */
  plot: (width: number) => ReactNode;
  table: TableBehind;
}

export interface TableBehind {
  head: readonly string[];
  rows: readonly (readonly string[])[];
}

export function ChartFrame({ title, unit, sentence, height, plot, table }: Props) {
  const [place, width] = useWidth(480);
  return (
    <figure className={css.frame}>
      <figcaption className={css.title}>
        {title}
        <span>{unit}</span>
      </figcaption>
      <div ref={place}>
        <svg className={css.chart} width={width} height={height} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={sentence}>
          {plot(width)}
        </svg>
      </div>
      <details className={css.behind}>
        <summary>Table</summary>
        <DataTable {...table} caption={`${title}, ${unit}`} />
      </details>
    </figure>
  );
}

/** A plain table of figures: the first column is what, the rest are numbers. */
export function DataTable({ head, rows, caption }: TableBehind & { caption: string }) {
  return (
    <table className={css.table}>
      <caption className="vh">{caption}</caption>
      <thead>
        <tr>
          {head.map((each) => (
            <th key={each} scope="col">
              {each}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row, index) => (
          <tr key={index}>
            {row.map((cell, column) =>
              column === 0 ? (
                <th key={column} scope="row">
                  {cell}
                </th>
              ) : (
                <td key={column}>{cell}</td>
              ),
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
