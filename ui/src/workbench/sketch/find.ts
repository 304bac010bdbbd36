// Finding parts of the drawing by what they say: names, roles, settings, notes. Pure; the canvas walks the matches.
import type { Role, SettingValue, Sketch } from '../../rpc/contract';
import { markKey } from './marks';
import type { Roles } from './ports';
import { beginning } from './words';

export interface Match {
  /** Component id, or the key of a group or comment. */
  key: string;
  /** What was found, for the list: `Feed service`. */
  name: string;
  /** Where the words stand: `name`, `role`, `Workers: 4`. */
  where: string;
}

/** A setting as the inspector shows it: `Timeline is built: On write`. */
export function settingText(role: Role | undefined, name: string, value: SettingValue): string {
  const setting = role?.settings.find((each) => each.name === name);
  if (setting === undefined) return `${name}: ${String(value)}`;
  const { range, unit, label } = setting;
  if (range.type === 'switch') return `${label}: ${value === true ? 'on' : 'off'}`;
  if (range.type === 'choice') return `${label}: ${range.words.find(([word]) => word === value)?.[1] ?? String(value)}`;
  return `${label}: ${String(value)}${unit === '' ? '' : ` ${unit}`}`;
}

/** Parts in which every word of the search stands, in drawing order; components by name first. An empty search finds nothing. */
export function findParts(sketch: Sketch, roles: Roles, search: string): Match[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  const has = (text: string): boolean => words.every((word) => text.toLowerCase().includes(word));
  const byName: Match[] = [];
  const byRest: Match[] = [];
  for (const component of sketch.components) {
    const role = roles.get(component.role);
    const { id, name } = component;
    if (has(name)) {
      byName.push({ key: id, name, where: 'name' });
      continue;
    }
    if (has(`${component.role} ${role?.name ?? ''} ${role?.kind ?? ''}`)) {
      byRest.push({ key: id, name, where: `role ${component.role}` });
      continue;
    }
    // The settings in force, the catalog's included: "who has 4 workers" does not care who said so.
    const given = component.settings ?? {};
    const settings =
      role === undefined ? Object.entries(given) : role.settings.map((each) => [each.name, given[each.name] ?? each.default] as const);
    const found = settings
      .map(([key, value]) => ({ key, text: settingText(role, key, value) }))
      .find(({ key, text }) => has(`${key} ${text}`));
    if (found !== undefined) byRest.push({ key: id, name, where: found.text });
  }
  for (const group of sketch.groups ?? []) {
    if (has(group.name)) byName.push({ key: markKey('group', group.id), name: group.name, where: 'group' });
    else if (has(group.note ?? '')) byRest.push({ key: markKey('group', group.id), name: group.name, where: beginning(group.note ?? '') });
  }
  for (const comment of sketch.comments ?? []) {
    if (has(comment.text)) byRest.push({ key: markKey('comment', comment.id), name: 'Comment', where: beginning(comment.text) });
  }
  return [...byName, ...byRest];
}
