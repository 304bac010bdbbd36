// Joining two components: which ports fit, which is taken, and what each component says while a link is being drawn. It draws nothing.
import type { Sketch } from '../../rpc/contract';
import { useSession } from '../session';
import { choose, componentOf, fitsBetween, type Fit, type Roles } from '../sketch/ports';
import { draw, useDrawing } from '../sketch/store';
import { select } from './selection';

/** Ports that a link to a component could fill; narrowed to one port of the component where the link began. */
export function fitsFor(from: string, port: string | null, to: string, sketch: Sketch, roles: Roles): Fit[] {
  const [tail, head] = [componentOf(sketch, from), componentOf(sketch, to)];
  if (tail === undefined || head === undefined || from === to) return [];
  const fits = fitsBetween(tail, head, sketch, roles);
  return port === null ? fits : fits.filter((fit) => fit.owner === from && fit.port.name === port);
}

/** Joins two components, or asks which port is meant, or says why it cannot be. `at`: where to ask, window pixels. */
export function join(from: string, to: string, port: string | null, at: { x: number; y: number }): void {
  const { sketch } = useDrawing.getState();
  const { roles } = useSession.getState();
  const [tail, head] = [componentOf(sketch, from), componentOf(sketch, to)];
  if (tail === undefined || head === undefined || from === to) {
    select.endLink();
    return;
  }
  if (port !== null) {
    const fit = fitsFor(from, port, to, sketch, roles)[0];
    if (fit === undefined) select.endLink(`${head.name} does not fit the port ${port} of ${tail.name}.`);
    else take(fit);
    return;
  }
  const choice = choose(tail, head, sketch, roles);
  if (choice.kind === 'take') take(choice.fit);
  else if (choice.kind === 'ask') select.ask(choice.fits, at.x, at.y);
  else select.endLink(choice.reason);
}

/** Draws the link and goes back to choosing. */
export function take(fit: Fit): void {
  draw.link(fit);
  select.tool({ kind: 'choose' });
  select.component(fit.owner);
}

/** Text on a component while a link is drawn: the ports that would be filled, or null when it does not accept. */
export function offer(fits: readonly Fit[]): string | null {
  if (fits.length === 0) return null;
  const open = fits.filter((fit) => fit.replaces === null);
  const names = (open.length > 0 ? open : fits).map((fit) => fit.port.name);
  return `${open.length > 0 ? '' : 'refill '}${names.join(' or ')}`;
}
