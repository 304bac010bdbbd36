// Findings of the check: what is wrong and what to do. Choosing one goes to its component.
import type { Diagnostic } from '../../rpc/contract';
import { StateIcon } from '../../parts';
import { FixButtons } from '../canvas/Boxes';
import { select } from '../canvas/selection';
import { componentOf } from '../sketch/ports';
import { useDrawing } from '../sketch/store';
import { SEVERITY_STATE } from '../tones';
import css from './Inspector.module.css';

export function Findings({ findings, named = false }: { findings: readonly Diagnostic[]; named?: boolean }) {
  const sketch = useDrawing((state) => state.sketch);
  if (findings.length === 0) return <p className={css.caption}>None.</p>;
  return (
    <ul className={css.findings}>
      {findings.map((finding, index) => {
        const component = finding.component === null ? undefined : componentOf(sketch, finding.component);
        return (
          <li key={`${finding.code} ${finding.component ?? ''} ${index}`} data-testid={`finding-${finding.code}`}>
            <StateIcon state={SEVERITY_STATE[finding.severity]} label={finding.severity} />
            <div>
              {named && component !== undefined ? (
                <p>
                  <button type="button" className={css.goTo} onClick={() => select.component(component.id)}>
                    {component.name}
                  </button>
                  : {bare(finding.reason, component.name)}
                </p>
              ) : (
                <p>{finding.reason}</p>
              )}
              <p className="dim">{finding.remedy}</p>
              <FixButtons finding={finding} />
            </div>
          </li>
        );
      })}
    </ul>
  );
}

/** The reason without the name that stands before it. */
function bare(reason: string, name: string): string {
  return reason.startsWith(`${name}: `) ? reason.slice(name.length + 2) : reason;
}
