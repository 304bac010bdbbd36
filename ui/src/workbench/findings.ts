// Findings of the check, counted and worded: per component, and for the status bar. It decides no severity.
import type { Check, Diagnostic, Severity } from '../rpc/contract';
import { plural } from '../format';

const ORDER: readonly Severity[] = ['error', 'warning', 'note'];

export function findingsOf(check: Check | null, component: string): Diagnostic[] {
  return check?.diagnostics.filter((finding) => finding.component === component) ?? [];
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
