// Which components of two drawings their differences are about.
import type { Change } from '../rpc/contract';

export function touched(changes: readonly Change[]): { a: ReadonlySet<string>; b: ReadonlySet<string> } {
  const running = changes.filter(({ runs }) => runs);
  const ids = (side: 'a' | 'b'): ReadonlySet<string> => new Set(running.flatMap((change) => change[side] ?? []));
  return { a: ids('a'), b: ids('b') };
}
