// Changes of a sketch as pure functions: each takes a sketch and gives a new one, or the same one when nothing changed. No state, no IO.
import type { Component, Link, Role, SettingValue, Sketch } from '../../rpc/contract';
import type { Fit } from './ports';

/** Nodes sit on this grid, canvas pixels. */
export const GRID = 12;
/** A component's box, canvas pixels. */
export const BOX = { width: 144, height: 72 } as const;

export function snap(value: number): number {
  return Math.round(value / GRID) * GRID;
}

export function sameLink(a: Link, b: Link): boolean {
  return a.from === b.from && a.to === b.to && a.port === b.port;
}

export function linkId(link: Link): string {
  return `${link.from}>${link.to}:${link.port}`;
}

function freeId(role: string, sketch: Sketch): string {
  const stem = role.replaceAll('_', '-');
  const taken = new Set(sketch.components.map((component) => component.id));
  let id = stem;
  for (let n = 2; taken.has(id); n += 1) id = `${stem}-${n}`;
  return id;
}

function freeName(name: string, sketch: Sketch): string {
  const taken = new Set(sketch.components.map((component) => component.name));
  let free = name;
  for (let n = 2; taken.has(free); n += 1) free = `${name} ${n}`;
  return free;
}

/** Room that links and their names need between boxes, canvas pixels. */
export const LANE = 48;

/**
 * The place itself when it is free, with `gap` canvas pixels around it: a pointer may put boxes close together. Else the nearest free one to the
 * right and below, with room for links.
 */
export function freePlace(sketch: Sketch, near: [number, number], gap = GRID): [number, number] {
  const isFree = (x: number, y: number, room: number): boolean =>
    sketch.components.every(({ at }) => Math.abs(snap(at[0]) - x) >= BOX.width + room || Math.abs(snap(at[1]) - y) >= BOX.height + room);
  const [x0, y0] = [snap(near[0]), snap(near[1])];
  if (isFree(x0, y0, gap)) return [x0, y0];
  for (let ring = 1; ring < 40; ring += 1) {
    for (let step = 0; step <= ring; step += 1) {
      const [x, y] = [x0 + (ring - step) * (BOX.width + LANE), y0 + step * (BOX.height + LANE)];
      if (isFree(x, y, LANE)) return [x, y];
    }
  }
  return [x0, y0];
}

export function addComponent(sketch: Sketch, role: Role, at: [number, number]): { sketch: Sketch; id: string } {
  const id = freeId(role.id, sketch);
  const component: Component = { id, role: role.id, name: freeName(role.name, sketch), instances: 1, at: [snap(at[0]), snap(at[1])] };
  return { sketch: { ...sketch, components: [...sketch.components, component] }, id };
}

export function addLink(sketch: Sketch, fit: Fit): Sketch {
  const link: Link = { from: fit.from, to: fit.to, port: fit.port.name };
  const { replaces } = fit;
  const kept = sketch.links.filter((other) => !sameLink(other, link) && (replaces === null || !sameLink(other, replaces)));
  return { ...sketch, links: [...kept, link] };
}

export function removeParts(sketch: Sketch, components: ReadonlySet<string>, links: ReadonlySet<string>): Sketch {
  const gone =
    sketch.components.some(({ id }) => components.has(id)) || (links.size > 0 && sketch.links.some((link) => links.has(linkId(link))));
  if (!gone) return sketch;
  return {
    ...sketch,
    components: sketch.components.filter(({ id }) => !components.has(id)),
    links: sketch.links.filter((link) => !components.has(link.from) && !components.has(link.to) && !links.has(linkId(link))),
  };
}

function replaced(sketch: Sketch, components: Component[]): Sketch {
  const same = components.every((component, n) => component === sketch.components[n]);
  return same ? sketch : { ...sketch, components };
}

function change(sketch: Sketch, id: string, edit: (component: Component) => Component): Sketch {
  return replaced(
    sketch,
    sketch.components.map((component) => (component.id === id ? edit(component) : component)),
  );
}

/** Moves several at once, so that one undo takes all of it back. */
export function moveComponents(sketch: Sketch, places: ReadonlyMap<string, readonly [number, number]>): Sketch {
  const components = sketch.components.map((component) => {
    const to = places.get(component.id);
    if (to === undefined) return component;
    const at: [number, number] = [snap(to[0]), snap(to[1])];
    if (at[0] === component.at[0] && at[1] === component.at[1]) return component;
    return { ...component, at };
  });
  return replaced(sketch, components);
}

export function renameComponent(sketch: Sketch, id: string, name: string): Sketch {
  const trimmed = name.trim();
  return change(sketch, id, (component) => (trimmed === '' || trimmed === component.name ? component : { ...component, name: trimmed }));
}

export function setInstances(sketch: Sketch, id: string, instances: number, most: number): Sketch {
  const bounded = Math.min(Math.max(Math.round(instances), 1), most);
  return change(sketch, id, (component) => (component.instances === bounded ? component : { ...component, instances: bounded }));
}

/** The component with these settings; none at all is not written. */
function withSettings(component: Component, settings: Record<string, SettingValue>): Component {
  if (Object.keys(settings).length > 0) return { ...component, settings };
  const bare = { ...component };
  delete bare.settings;
  return bare;
}

/** Sets a setting; the catalog's default is not written, so a sketch says only what differs. */
export function setSetting(sketch: Sketch, id: string, name: string, value: SettingValue, byDefault: SettingValue): Sketch {
  return change(sketch, id, (component) => {
    const before = component.settings?.[name] ?? byDefault;
    if (before === value) return component;
    const others = Object.entries(component.settings ?? {}).filter(([key]) => key !== name);
    return withSettings(component, Object.fromEntries(value === byDefault ? others : [...others, [name, value]]));
  });
}

/** Takes a setting out, whether the catalog knows it or not. */
export function dropSetting(sketch: Sketch, id: string, name: string): Sketch {
  return change(sketch, id, (component) => {
    if (!Object.hasOwn(component.settings ?? {}, name)) return component;
    return withSettings(component, Object.fromEntries(Object.entries(component.settings ?? {}).filter(([key]) => key !== name)));
  });
}

/** Without the second and later of links that are alike. */
export function keepOne(sketch: Sketch, link: Link): Sketch {
  const first = sketch.links.findIndex((other) => sameLink(other, link));
  const links = sketch.links.filter((other, n) => n === first || !sameLink(other, link));
  return links.length === sketch.links.length ? sketch : { ...sketch, links };
}
