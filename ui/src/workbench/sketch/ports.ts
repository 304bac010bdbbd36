// Which port a link between two components would fill, and what fills each port now. It changes nothing; `edit.ts` does.
import type { Component, Flow, Link, Palette, Port, Role, Sketch } from '../../rpc/contract';

export type Roles = ReadonlyMap<string, Role>;

export function rolesById(palette: Palette): Roles {
  return new Map(palette.roles.map((role) => [role.id, role]));
}

/** A link that could be drawn. */
export interface Fit {
  from: string;
  to: string;
  port: Port;
  /** Component whose port it is: the tail, or the head of an incoming port. */
  owner: string;
  /** Component at the other end of the link that fills the port now, when it takes one link only. */
  replaces: Link | null;
}

/** What to do when somebody joins two components. */
export type Choice = { kind: 'take'; fit: Fit } | { kind: 'ask'; fits: Fit[] } | { kind: 'none'; reason: string };

/** Sketches never change once made, so each is indexed once: the first component with an id is the one that links mean. */
const byId = new WeakMap<Sketch, Map<string, Component>>();

export function componentOf(sketch: Sketch, id: string): Component | undefined {
  let index = byId.get(sketch);
  if (index === undefined) {
    index = new Map();
    for (const component of sketch.components) if (!index.has(component.id)) index.set(component.id, component);
    byId.set(sketch, index);
  }
  return index.get(id);
}

/** Component that owns the port which a link names: the tail unless only the head has such a port that comes in. */
export function ownerOf(link: Link, sketch: Sketch, roles: Roles): { owner: string; port: Port } | null {
  const tail = componentOf(sketch, link.from);
  const head = componentOf(sketch, link.to);
  if (tail === undefined || head === undefined) return null;
  const out = roles.get(tail.role)?.ports.find((port) => !port.incoming && port.name === link.port && port.accepts.includes(head.role));
  if (out !== undefined) return { owner: tail.id, port: out };
  const into = roles.get(head.role)?.ports.find((port) => port.incoming && port.name === link.port && port.accepts.includes(tail.role));
  return into === undefined ? null : { owner: head.id, port: into };
}

/** How a link is drawn. A link that fits no port is drawn as a call: the check says what is wrong with it. */
export function flowOf(link: Link, sketch: Sketch, roles: Roles): Flow {
  return ownerOf(link, sketch, roles)?.port.flow ?? 'call';
}

/** Links that fill one port of one component. */
export function fillsOf(owner: string, port: Port, sketch: Sketch, roles: Roles): Link[] {
  let index = fills.get(sketch);
  if (index?.roles !== roles) {
    index = { roles, links: new Map() };
    for (const link of sketch.links) {
      const owned = ownerOf(link, sketch, roles);
      if (owned === null) continue;
      const key = portKey(owned.owner, owned.port);
      index.links.set(key, [...(index.links.get(key) ?? []), link]);
    }
    fills.set(sketch, index);
  }
  return index.links.get(portKey(owner, port)) ?? [];
}

const fills = new WeakMap<Sketch, { roles: Roles; links: Map<string, Link[]> }>();

function portKey(owner: string, port: Port): string {
  return `${owner} ${port.incoming ? 'in' : 'out'} ${port.name}`;
}

function directed(from: Component, to: Component, sketch: Sketch, roles: Roles): Fit[] {
  if (from.id === to.id) return [];
  const fits: Fit[] = [];
  const consider = (owner: Component, other: Component, incoming: boolean): void => {
    for (const port of roles.get(owner.role)?.ports ?? []) {
      if (port.incoming !== incoming || !port.accepts.includes(other.role)) continue;
      const fills = fillsOf(owner.id, port, sketch, roles);
      if (fills.some((link) => link.from === from.id && link.to === to.id)) continue;
      fits.push({ from: from.id, to: to.id, port, owner: owner.id, replaces: port.many ? null : (fills[0] ?? null) });
    }
  };
  consider(from, to, false);
  consider(to, from, true);
  return fits;
}

/** Ports that a link from one to the other would fill. Drawn the wrong way round (worker to log), the link is turned. */
export function fitsBetween(from: Component, to: Component, sketch: Sketch, roles: Roles): Fit[] {
  const forward = directed(from, to, sketch, roles);
  return forward.length > 0 ? forward : directed(to, from, sketch, roles);
}

/** Takes the only empty port, asks among several, and refills a full port only when no empty one is left. */
export function choose(from: Component, to: Component, sketch: Sketch, roles: Roles): Choice {
  const fits = fitsBetween(from, to, sketch, roles);
  const open = fits.filter((fit) => fit.replaces === null);
  const candidates = open.length > 0 ? open : fits;
  const first = candidates[0];
  if (first === undefined) return { kind: 'none', reason: refusal(from, to, sketch, roles) };
  return candidates.length === 1 ? { kind: 'take', fit: first } : { kind: 'ask', fits: candidates };
}

function refusal(from: Component, to: Component, sketch: Sketch, roles: Roles): string {
  if (from.id === to.id) return `${from.name} cannot be linked to itself.`;
  const joined = sketch.links.some((link) => (link.from === from.id && link.to === to.id) || (link.from === to.id && link.to === from.id));
  if (joined) return `${from.name} and ${to.name} are linked already.`;
  const wants = (roles.get(from.role)?.ports ?? []).flatMap((port) => port.accepts).map((role) => roles.get(role)?.name ?? role);
  const list = [...new Set(wants)].join(', ');
  return list === ''
    ? `${from.name} has no port for ${to.name}.`
    : `${from.name} has no port for ${to.name}. It can be linked with: ${list}.`;
}

export interface EmptyPort {
  port: Port;
  /** Square and red when needed, a ring when the component works without it. */
  needed: boolean;
}

export function emptyPorts(component: Component, sketch: Sketch, roles: Roles): EmptyPort[] {
  const ports = roles.get(component.role)?.ports ?? [];
  return ports
    .filter((port) => fillsOf(component.id, port, sketch, roles).length === 0)
    .map((port) => ({ port, needed: port.required }))
    .sort((a, b) => Number(b.needed) - Number(a.needed));
}

/** Components that could fill a port, drawing order. */
export function candidatesFor(owner: string, port: Port, sketch: Sketch): Component[] {
  return sketch.components.filter((component) => component.id !== owner && port.accepts.includes(component.role));
}
