// Quick fixes: what a finding's remedy comes down to, where it is mechanical, as edits of the sketch. The app decides what is wrong; here are only
// ports and instances as the catalog gives them. A finding with no mechanical remedy has no fix.
import type { Component, Diagnostic, Link, Role, SettingValue, Sketch } from '../../rpc/contract';
import { freePlace, linkId } from '../sketch/edit';
import { componentOf, emptyPorts, fillsOf, fitsBetween, ownerOf, type Fit, type Roles } from '../sketch/ports';
import { draw, useDrawing } from '../sketch/store';
import { linkText, nameOf } from '../sketch/words';
import { plural } from '../../format';
import { select } from './selection';

export type Fix = { label: string } & (
  | { kind: 'link'; fit: Fit }
  /** Adds a component of a role and links it with `owner`'s port, or from `owner` by whatever port fits. */
  | { kind: 'add'; role: Role; beside: string | null; port: string | null }
  | { kind: 'unlink'; link: Link }
  | { kind: 'once'; link: Link }
  | { kind: 'delete'; component: string }
  | { kind: 'instances'; component: string; count: number; most: number }
  | { kind: 'default'; component: string; setting: string }
  | { kind: 'set'; component: string; setting: string; value: number; byDefault: SettingValue }
);

/** `an API gateway`, `a User service`: names that begin with U begin with its sound. */
export const withArticle = (name: string): string => `${/^[aeio]/i.test(name) ? 'an' : 'a'} ${name}`;

/** As many as a person reads. */
const MOST = 8;

/** Ports that a reason names; all of them when it names none. */
function named<T>(reason: string, ports: readonly T[], nameOfPort: (port: T) => string): readonly T[] {
  const words = new Set(reason.toLowerCase().match(/[a-z0-9_]+/g) ?? []);
  const said = ports.filter((port) => words.has(nameOfPort(port)));
  return said.length > 0 ? said : ports;
}

function linksInto(owner: Component, sketch: Sketch, roles: Roles, finding: Diagnostic, alsoAdd: boolean): Fix[] {
  const ports = named(
    finding.reason,
    emptyPorts(owner, sketch, roles).filter(({ needed }) => needed === alsoAdd),
    ({ port }) => port.name,
  );
  return ports.flatMap(({ port }): Fix[] => {
    const fits = sketch.components.flatMap((other) =>
      fitsBetween(owner, other, sketch, roles).filter((fit) => fit.owner === owner.id && fit.port.name === port.name),
    );
    const links = fits.map((fit): Fix => {
      const other = fit.from === owner.id ? fit.to : fit.from;
      return { kind: 'link', fit, label: `Link to ${nameOf(sketch, other)} (${port.name})` };
    });
    if (!alsoAdd) return links;
    const added = port.accepts.flatMap((id): Fix[] => {
      const role = roles.get(id);
      if (role === undefined) return [];
      return [{ kind: 'add', role, beside: owner.id, port: port.name, label: `Add ${withArticle(role.name)} and link it (${port.name})` }];
    });
    return [...links, ...added];
  });
}

/** Links that would lead to a component, from parts whose port takes it without giving another up. */
function linksFrom(target: Component, sketch: Sketch, roles: Roles): Fix[] {
  return sketch.components.flatMap((other) =>
    fitsBetween(other, target, sketch, roles)
      .filter((fit) => fit.from === other.id && fit.to === target.id && fit.replaces === null)
      .map((fit): Fix => ({ kind: 'link', fit, label: `Link from ${other.name} (${fit.port.name})` })),
  );
}

const unlink = (sketch: Sketch, link: Link): Fix => ({ kind: 'unlink', link, label: `Remove the link ${linkText(sketch, link)}` });

/** Links of a component that fill no port, with a port that fits in their place where there is one. */
function badLinks(component: Component, sketch: Sketch, roles: Roles, finding: Diagnostic): Fix[] {
  const bad = sketch.links.filter(
    (link) => (link.from === component.id || link.to === component.id) && ownerOf(link, sketch, roles) === null,
  );
  return named(finding.reason, bad, ({ port }) => port).flatMap((link): Fix[] => {
    const [from, to] = [componentOf(sketch, link.from), componentOf(sketch, link.to)];
    const fits = from === undefined || to === undefined ? [] : fitsBetween(from, to, sketch, roles).filter((fit) => fit.replaces === null);
    const instead = fits.map((fit): Fix => ({
      kind: 'link',
      fit: { ...fit, replaces: link },
      label: `Use port ${fit.port.name} in place of ${link.port}`,
    }));
    return [...instead, unlink(sketch, link)];
  });
}

function twice(sketch: Sketch, from: string): Fix[] {
  const seen = new Map<string, number>();
  for (const link of sketch.links) seen.set(linkId(link), (seen.get(linkId(link)) ?? 0) + 1);
  return sketch.links
    .filter(
      (link, n) =>
        link.from === from && (seen.get(linkId(link)) ?? 0) > 1 && sketch.links.findIndex((other) => linkId(other) === linkId(link)) === n,
    )
    .map((link): Fix => ({ kind: 'once', link, label: `Keep one link ${linkText(sketch, link)}` }));
}

function tooMany(component: Component, sketch: Sketch, roles: Roles, finding: Diagnostic): Fix[] {
  const full = (roles.get(component.role)?.ports ?? []).filter(
    (port) => !port.many && fillsOf(component.id, port, sketch, roles).length > 1,
  );
  return named(finding.reason, full, ({ name }) => name).flatMap((port) =>
    fillsOf(component.id, port, sketch, roles).map((link) => unlink(sketch, link)),
  );
}

function outOfRange(component: Component, role: Role | undefined): Fix[] {
  const given = Object.entries(component.settings ?? {});
  const bad = given.filter(([name, value]) => {
    const setting = role?.settings.find((each) => each.name === name);
    return role !== undefined && (setting === undefined || !inRange(setting.range, value));
  });
  return bad.map(([name]): Fix => {
    const label = role?.settings.find((setting) => setting.name === name)?.label;
    const words = label === undefined ? `Remove the setting ${name}` : `${label}: back to the default`;
    return { kind: 'default', component: component.id, setting: name, label: words };
  });
}

function inRange(range: Role['settings'][number]['range'], value: SettingValue): boolean {
  if (range.type === 'switch') return typeof value === 'boolean';
  if (range.type === 'choice') return range.words.some(([word]) => word === value);
  if (range.type === 'addresses') return typeof value === 'string';
  return typeof value === 'number' && value >= range.min && value <= range.max && (!range.whole || Number.isInteger(value));
}

/** A role that a remedy asks to add, linked from each part that has a port for it. */
function addAsked(sketch: Sketch, roles: Roles, finding: Diagnostic): Fix[] {
  const role = [...roles.values()].find(({ name }) => finding.remedy.startsWith(`Add ${name} `));
  if (role === undefined) return [];
  return sketch.components.flatMap((component): Fix[] => {
    const port = roles
      .get(component.role)
      ?.ports.find(
        (each) =>
          !each.incoming && each.accepts.includes(role.id) && (each.many || fillsOf(component.id, each, sketch, roles).length === 0),
      );
    if (port === undefined) return [];
    return [
      {
        kind: 'add',
        role,
        beside: component.id,
        port: port.name,
        label: `Add ${withArticle(role.name)} and link it from ${component.name}`,
      },
    ];
  });
}

/** Instances and numbers that a remedy names: `Run 4 instances ..`, `Set "Workers" to 8 ..`. */
function numbersAsked(component: Component, role: Role, finding: Diagnostic): Fix[] {
  const run = /\bRun (two|\d+) (?:or more )?instances\b/.exec(finding.remedy)?.[1];
  const count = run === 'two' ? 2 : Number(run ?? 0);
  const more: Fix[] =
    count > component.instances && count <= role.max_instances
      ? [
          {
            kind: 'instances',
            component: component.id,
            count,
            most: role.max_instances,
            label: `Run ${plural(count, 'instance')} of ${component.name}`,
          },
        ]
      : [];
  const [, label, number] = /\bSet "([^"]+)" to (\d+)/.exec(finding.remedy) ?? [];
  const setting = role.settings.find((each) => each.label === label);
  const value = Number(number);
  if (setting === undefined || !inRange(setting.range, value)) return more;
  const { name, default: byDefault } = setting;
  return [...more, { kind: 'set', component: component.id, setting: name, value, byDefault, label: `Set ${setting.label} to ${value}` }];
}

/** What could be done about a finding, as edits; none when that takes a person. */
export function fixesFor(finding: Diagnostic, sketch: Sketch, roles: Roles): Fix[] {
  const component = finding.component === null ? undefined : componentOf(sketch, finding.component);
  const role = component === undefined ? undefined : roles.get(component.role);
  const remove: Fix[] = component === undefined ? [] : [{ kind: 'delete', component: component.id, label: `Delete ${component.name}` }];
  const found = ((): Fix[] => {
    switch (finding.code) {
      case 'no_client': {
        const client = [...roles.values()].find(({ kind }) => kind === 'client');
        return client === undefined
          ? []
          : [{ kind: 'add', role: client, beside: null, port: null, label: `Add ${withArticle(client.name)}` }];
      }
      case 'link_dangling':
        return sketch.links
          .filter((link) => [link.from, link.to].some((id) => componentOf(sketch, id) === undefined))
          .map((link) => unlink(sketch, link));
      case 'operation_unanswered':
        return component === undefined ? addAsked(sketch, roles, finding) : linksFrom(component, sketch, roles);
    }
    if (component === undefined) return [];
    switch (finding.code) {
      case 'port_empty':
        return linksInto(component, sketch, roles, finding, true);
      case 'port_unused':
        return linksInto(component, sketch, roles, finding, false);
      case 'unreachable':
        return [...linksFrom(component, sketch, roles), ...remove];
      case 'port_does_not_fit':
      case 'port_unknown':
        return badLinks(component, sketch, roles, finding);
      case 'link_twice':
        return twice(sketch, component.id);
      case 'port_full':
        return tooMany(component, sketch, roles, finding);
      case 'several_clients':
        return remove;
      case 'single_point_of_failure':
      case 'no_copy':
      case 'replicas_too_few':
      case 'never_in_sync':
        return role === undefined ? [] : numbersAsked(component, role, finding);
      case 'instances_out_of_range': {
        const count = Math.min(Math.max(component.instances, 1), role?.max_instances ?? 1);
        return role === undefined
          ? []
          : [{ kind: 'instances', component: component.id, count, most: role.max_instances, label: `Set ${plural(count, 'instance')}` }];
      }
      case 'setting_unknown':
      case 'setting_invalid':
        return outOfRange(component, role);
      default:
        return [];
    }
  })();
  return found.slice(0, MOST);
}

/** The fit of a new component with the port of another, whichever side owns it. */
function fitOf(beside: string, port: string, roles: Roles) {
  return (sketch: Sketch, id: string): Fit | null => {
    const [owner, added] = [componentOf(sketch, beside), componentOf(sketch, id)];
    if (owner === undefined || added === undefined) return null;
    return fitsBetween(owner, added, sketch, roles).find((fit) => fit.owner === beside && fit.port.name === port) ?? null;
  };
}

/** Does it: one step of undo. What came of it is chosen. */
export function applyFix(fix: Fix, roles: Roles): void {
  const { sketch } = useDrawing.getState();
  switch (fix.kind) {
    case 'link':
      draw.link(fix.fit);
      break;
    case 'add': {
      const beside = fix.beside === null ? undefined : componentOf(sketch, fix.beside);
      const [x, y] = beside?.at ?? sketch.components[0]?.at ?? [0, 0];
      const place = freePlace(sketch, beside === undefined ? [x - 192, y] : [x, y + 120]);
      const { port } = fix;
      const id =
        fix.beside === null || port === null ? draw.add(fix.role, place) : draw.addLinked(fix.role, place, fitOf(fix.beside, port, roles));
      select.component(id);
      break;
    }
    case 'unlink':
      draw.unlink(fix.link);
      break;
    case 'once':
      draw.once(fix.link);
      break;
    case 'delete':
      draw.remove(new Set([fix.component]), new Set());
      select.nothing();
      break;
    case 'instances':
      draw.instances(fix.component, fix.count, fix.most);
      break;
    case 'default':
      draw.reset(fix.component, fix.setting);
      break;
    case 'set':
      draw.setting(fix.component, fix.setting, fix.value, fix.byDefault);
  }
}
