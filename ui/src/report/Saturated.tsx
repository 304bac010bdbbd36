// What saturated, and why: the arithmetic line by line, worst component first, each line with its origin.
import { EmptyPlace, OriginMark } from '../parts';
import { routeHash } from '../app/route';
import type { SectionProps } from './ReportPage';
import css from './Report.module.css';
import { Section } from './Section';
import { splitResult } from './words';

export function Saturated({ record: { report, card } }: SectionProps) {
  const design = routeHash({ screen: 'workbench', exercise: report.exercise, design: card.design_id });
  if (report.saturated.length === 0) {
    return (
      <Section id="saturated" title="What saturated, and why">
        <EmptyPlace>Nothing saturated: no component was asked for more than it can do.</EmptyPlace>
      </Section>
    );
  }
  return (
    <Section id="saturated" title="What saturated, and why" right={<a href={design}>Show on the canvas</a>}>
      {report.saturated.map((each) => {
        const name = report.components[each.component]?.name ?? each.component;
        return (
          <div key={each.component} className={css.worked}>
            <h3>{name}</h3>
            <ol aria-label={`Why ${name} saturated`}>
              {each.lines.map((line, index) => {
                const { before, result } = splitResult(line.text);
                return (
                  <li key={index}>
                    <span className="dim">{index + 1}</span>
                    <span className="mid">{line.label}</span>
                    <span>
                      {before}
                      {result === '' ? null : <b>{result}</b>}
                    </span>
                    <OriginMark
                      tag={line.tag}
                      of={line.label}
                      word
                      source={
                        line.tag === 'measured' ? `${line.text}. Measured in run ${card.number}, seed ${report.seed}.` : `${line.text}.`
                      }
                    />
                  </li>
                );
              })}
            </ol>
          </div>
        );
      })}
    </Section>
  );
}
