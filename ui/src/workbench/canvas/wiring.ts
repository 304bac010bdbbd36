// From the drawing to what the canvas shows: boxes, routed links, sockets of empty ports. Pure; the canvas gives it live places while dragging.
import type { Flow, Link, Sketch } from '../../rpc/contract';
import { BOX, linkId, snap } from '../sketch/edit';
import { emptyPorts, flowOf, ownerOf, type Roles } from '../sketch/ports';
import { routeAll, type Route, type Wire } from './route';

export interface Socket {
  port: string;
  needed: boolean;
  /** From the left edge of the box, canvas pixels. */
  x: number;
}

export interface DrawnLink {
  id: string;
  link: Link;
  flow: Flow;
  /** Component whose port it fills; null when it fits none. */
  owner: string | null;
  route: Route;
}

export interface Wiring {
  links: DrawnLink[];
  dots: [number, number][];
  sockets: Map<string, Socket[]>;
}

const SOCKET_PLACES = [72, 48, 96, 24, 120, 60, 84, 36, 108];

/** Farther out than this nothing is drawn: a file may say any number. Canvas pixels. */
const FAR = 60_000;

const near = (value: number): number => snap(Math.min(Math.max(value, -FAR), FAR));

export function placeOf(at: readonly [number, number]): { x: number; y: number } {
  return { x: near(at[0]), y: near(at[1]) };
}

export function wire(sketch: Sketch, roles: Roles, places: ReadonlyMap<string, { x: number; y: number }>): Wiring {
  const boxes = sketch.components.map(({ id, at }) => {
    const { x, y } = places.get(id) ?? placeOf(at);
    return { id, x: snap(x), y: snap(y) };
  });
  const wires: Wire[] = sketch.links.map((link) => ({
    id: linkId(link),
    from: link.from,
    to: link.to,
    trunk: `${link.from}:${link.port}:${flowOf(link, sketch, roles)}`,
  }));
  const { routes, dots } = routeAll(boxes, wires);
  const links = sketch.links.flatMap((link): DrawnLink[] => {
    const id = linkId(link);
    const route = routes.get(id);
    if (route === undefined) return [];
    const owned = ownerOf(link, sketch, roles);
    return [{ id, link, flow: owned?.port.flow ?? 'call', owner: owned?.owner ?? null, route }];
  });
  const ends = links.flatMap(({ route }) => [route.tail, route.tip]);
  const sockets = new Map<string, Socket[]>();
  for (const [n, component] of sketch.components.entries()) {
    const box = boxes[n];
    const empty = emptyPorts(component, sketch, roles);
    if (box === undefined || empty.length === 0) continue;
    const taken = ends.filter((end) => end.side === 'bottom' && end.y === box.y + BOX.height).map((end) => end.x - box.x);
    // Each socket takes the place with most room to links and other sockets.
    const places = empty.map(() => {
      const room = (x: number): number => Math.min(72, ...taken.map((other) => Math.abs(other - x)));
      const best = SOCKET_PLACES.reduce((a, b) => (room(b) > room(a) ? b : a));
      taken.push(best);
      return best;
    });
    sockets.set(
      component.id,
      empty.map(({ port, needed }, index) => ({ port: port.name, needed, x: places[index] ?? BOX.width / 2 })),
    );
  }
  return { links, dots, sockets };
}
