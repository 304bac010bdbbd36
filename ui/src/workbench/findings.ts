// Findings of the check, counted and worded: per component, and for the status bar. It decides no severity.
import type { Check, Diagnostic, Severity } from '../rpc/contract';
import { plural } from '../format';

const ORDER: readonly Severity[] = ['error', 'warning', 'note'];

const NONE: readonly Diagnostic[] = [];

/** A check never changes once made, so each is indexed once: every box asks for its findings whenever one is chosen or dragged. */
const byComponent = new WeakMap<Check, Map<string, Diagnostic[]>>();

export function findingsOf(check: Check | null, component: string): readonly Diagnostic[] {
  if (check === null) return NONE;
  let index = byComponent.get(check);
  if (index === undefined) {
    index = new Map();
    for (const finding of check.diagnostics) {
      if (finding.component === null) continue;
      const others = index.get(finding.component);
      if (others === undefined) index.set(finding.component, [finding]);
      else others.push(finding);
    }
    byComponent.set(check, index);
  }
  return index.get(component) ?? NONE;
}

export interface Counted {
  severity: Severity;
  count: number;
  text: string;
}

/** `3 warnings`, `1 note`: worst first, kinds without findings left out. */
export function counted(findings: readonly Diagnostic[]): Counted[] {
  return ORDER.flatMap((severity) => {
    const count = findings.filter((finding) => finding.severity === severity).length;
    return count === 0 ? [] : [{ severity, count, text: plural(count, severity) }];
  });
}

/** The worst finding as one sentence: where, what, and what follows. */
export function worst(check: Check | null, nameOf: (component: string) => string): string | null {
  for (const severity of ORDER) {
    const finding = check?.diagnostics.find((each) => each.severity === severity);
    if (finding === undefined) continue;
    const named = finding.component !== null && !finding.reason.startsWith(nameOf(finding.component));
    return `${named ? `${nameOf(finding.component ?? '')}: ` : ''}${finding.reason}`;
  }
  return null;
}

/** Name of a component for a screen reader: `Feed service, 7 instances, 2 warnings`. */
export function spokenName(name: string, instances: number, findings: readonly Diagnostic[]): string {
  return [name, plural(instances, 'instance'), ...counted(findings).map(({ text }) => text)].join(', ');
}
