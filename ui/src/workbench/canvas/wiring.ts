// From the drawing to what the canvas shows: boxes, routed links, sockets of empty ports. Pure; the canvas gives it live places while dragging.
import type { Flow, Link, Sketch } from '../../rpc/contract';
import { BOX, linkId, snap } from '../sketch/edit';
import { emptyPorts, flowOf, ownerOf, type Roles } from '../sketch/ports';
import { markKey, rectOf } from '../sketch/marks';
import { routing, toTheEnd, type Frame, type Route, type Wire } from './route';

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
  /** Where each box was when this was routed, and the trunk of each link. */
  boxes: ReadonlyMap<string, { x: number; y: number }>;
  trunks: ReadonlyMap<string, string>;
  links: DrawnLink[];
  dots: [number, number][];
  sockets: Map<string, Socket[]>;
}

/** A letter of a group's name, canvas pixels. */
const LETTER = 6;

const SOCKET_PLACES = [72, 48, 96, 24, 120, 60, 84, 36, 108];

/** Farther out than this nothing is drawn: a file may say any number. Canvas pixels. */
const FAR = 60_000;

const near = (value: number): number => snap(Math.min(Math.max(value, -FAR), FAR));

export function placeOf(at: readonly [number, number]): { x: number; y: number } {
  return { x: near(at[0]), y: near(at[1]) };
}

type Places = ReadonlyMap<string, { x: number; y: number }>;

/** Routes that may stay: of links whose ends are where they were. */
function keptFrom(before: Wiring, boxes: Places, trunks: ReadonlyMap<string, string>): Map<string, Route> {
  const still = (id: string): boolean => {
    const [was, is] = [before.boxes.get(id), boxes.get(id)];
    return was !== undefined && was.x === is?.x && was.y === is.y;
  };
  return new Map(
    before.links
      .filter(({ id, link }) => trunks.get(id) === before.trunks.get(id) && still(link.from) && still(link.to))
      .map(({ id, route }) => [id, route]),
  );
}

/** All at once. With `before`, links whose ends did not move keep their lanes: quick, for while something is dragged; past `most`, links are plain. */
export function wire(sketch: Sketch, roles: Roles, places: Places, before: Wiring | null = null, most = Infinity): Wiring {
  return toTheEnd(wiring(sketch, roles, places, before, most));
}

/** In pieces, as `routing` is. */
export function* wiring(sketch: Sketch, roles: Roles, places: Places, before: Wiring | null, most = Infinity): Generator<number, Wiring> {
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
  const frames = (sketch.groups ?? []).map((group): Frame => {
    const rect = places.get(markKey('group', group.id)) ?? rectOf(group, 'group');
    const letters = group.name.length + (group.note?.length ?? 0);
    return { ...rectOf(group, 'group'), x: rect.x, y: rect.y, name: Math.min(letters * LETTER + 24, group.size[0]) };
  });
  const at: Places = new Map(boxes.map(({ id, x, y }) => [id, { x, y }]));
  const trunks = new Map(wires.map(({ id, trunk }) => [id, trunk]));
  const kept = before === null ? undefined : keptFrom(before, at, trunks);
  const { routes, dots } = yield* routing(boxes, wires, frames, kept, most);
  const drawnBefore = new Map((before?.links ?? []).map((drawn) => [drawn.id, drawn]));
  const links = sketch.links.flatMap((link): DrawnLink[] => {
    const id = linkId(link);
    const route = routes.get(id);
    if (route === undefined) return [];
    const owned = ownerOf(link, sketch, roles);
    const drawn: DrawnLink = { id, link, flow: owned?.port.flow ?? 'call', owner: owned?.owner ?? null, route };
    // What did not change is the same object, so that it is not drawn again.
    const old = drawnBefore.get(id);
    return [old?.route === route && old.flow === drawn.flow && old.owner === drawn.owner ? old : drawn];
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
  return { boxes: at, trunks, links, dots, sockets };
}
