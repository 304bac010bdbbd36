// Every figure of the run with its unit, its origin and where it comes from. What has no honest number is unknown.
import { EmptyPlace, Figure, OriginShape } from '../parts';
import type { SectionProps } from './ReportPage';
import css from './Report.module.css';
import { Section } from './Section';
import { figureLabel } from './words';

export function Figures({ record: { report }, scenario }: SectionProps) {
  if (report.figures.length === 0) {
    return (
      <Section id="figures" title="Figures and origins">
        <EmptyPlace>This run has no named figures.</EmptyPlace>
      </Section>
    );
  }
  return (
    <Section id="figures" title="Figures and origins">
      <table className={css.figures}>
        <thead>
          <tr>
            <th scope="col">Figure</th>
            <th scope="col">value</th>
            <th scope="col">origin</th>
            <th scope="col">run, formula or source</th>
          </tr>
        </thead>
        <tbody>
          {report.figures.map((figure) => {
            const label = figureLabel(figure.name, report, scenario);
            return (
              <tr key={figure.name}>
                <th scope="row">
                  {label}
                  <span className={css.name}>{figure.name}</span>
                </th>
                <td className={css.value}>
                  <Figure value={figure.value} unit={figure.unit} label={label} />
                </td>
                <td className={css.origin}>
                  <OriginShape tag={figure.tag} /> {figure.tag}
                </td>
                <td>{figure.source}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Section>
  );
}
