// Copies of parts: what the clipboard carries is a sketch file's text. Pasted text comes from anywhere, so it is read as hostile: every value is
// checked, limits hold, and a refusal says which place is wrong. It touches no clipboard; `canvas/clipboard.ts` does.
import type { Comment, Component, Group, Link, SettingValue, Sketch } from '../../rpc/contract';
import { snap } from './edit';
import { LEAST, MAX_TEXT, MOST_SIDE, boxOf, heldBy, markKey, marksOf, type Rect } from './marks';

/** The sketch format that the app reads and writes. */
const FORMAT = 1;
const MAX = { bytes: 2 * 1024 * 1024, components: 2000, links: 10_000, groups: 500, comments: 1000, instances: 64, settings: 100 } as const;
const MAX_NAME = 200;
/** Coordinates farther out than this are no place on a canvas. */
const FAR = 1_000_000;

export type Parsed = { ok: true; clip: Sketch } | { ok: false; reason: string };

class Refused extends Error {}

function refuse(where: string, what: string): never {
  throw new Refused(`${where}: ${what}`);
}

type Fields = Record<string, unknown>;

function fieldsOf(value: unknown, where: string, allowed: readonly string[]): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return refuse(where, 'an object is expected');
  const unknown = Object.keys(value).find((key) => !allowed.includes(key));
  if (unknown !== undefined) return refuse(where, `the field ${JSON.stringify(unknown.slice(0, 40))} is not part of a sketch`);
  return value as Fields;
}

function listOf(value: unknown, where: string, most: number): unknown[] {
  if (!Array.isArray(value)) return refuse(where, 'a list is expected');
  if (value.length > most) return refuse(where, `${value.length} entries, more than the ${most} that can be drawn`);
  return value;
}

function textOf(value: unknown, where: string, most: number): string {
  if (typeof value !== 'string') return refuse(where, 'a text is expected');
  if (Array.from(value).length > most) return refuse(where, `a text of more than ${most} characters`);
  return value;
}

function idOf(value: unknown, where: string): string {
  const id = textOf(value, where, 48);
  return /^[a-z0-9-]{1,48}$/.test(id) ? id : refuse(where, '1 to 48 lower-case letters, digits and dashes are expected');
}

/** Names of roles, ports and settings. */
function wordOf(value: unknown, where: string): string {
  const word = textOf(value, where, 64);
  return /^[a-z0-9_]{1,64}$/.test(word) ? word : refuse(where, '1 to 64 lower-case letters, digits and underscores are expected');
}

function pairOf(value: unknown, where: string, least: number, most: number): [number, number] {
  const pair = listOf(value, where, 2);
  const [a, b] = pair;
  if (pair.length !== 2 || typeof a !== 'number' || typeof b !== 'number') return refuse(where, 'two numbers are expected');
  if (![a, b].every((n) => Number.isFinite(n) && n >= least && n <= most))
    return refuse(where, `numbers from ${least} to ${most} are expected`);
  return [a, b];
}

const placeIn = (value: unknown, where: string): [number, number] => pairOf(value, where, -FAR, FAR);
const sizeIn = (value: unknown, where: string): [number, number] => pairOf(value, where, 1, MOST_SIDE);

function settingsOf(value: unknown, where: string): Record<string, SettingValue> | undefined {
  if (value === undefined) return undefined;
  const fields = fieldsOf(value, where, Object.keys(value ?? {}));
  const entries = Object.entries(fields);
  if (entries.length > MAX.settings) return refuse(where, `more than ${MAX.settings} settings`);
  if (entries.length === 0) return undefined;
  return Object.fromEntries(
    entries.map(([key, setting]): [string, SettingValue] => {
      const name = wordOf(key, where);
      if (typeof setting === 'boolean') return [name, setting];
      if (typeof setting === 'number' && Number.isFinite(setting)) return [name, setting];
      if (typeof setting === 'string') return [name, textOf(setting, `${where}.${name}`, MAX_NAME)];
      return refuse(`${where}.${name}`, 'a number, a word or true or false is expected');
    }),
  );
}

function componentIn(value: unknown, where: string): Component {
  const fields = fieldsOf(value, where, ['id', 'role', 'name', 'instances', 'settings', 'at']);
  const instances = fields.instances ?? 1;
  if (typeof instances !== 'number' || !Number.isInteger(instances) || instances < 1 || instances > MAX.instances)
    return refuse(`${where}.instances`, `a whole number from 1 to ${MAX.instances} is expected`);
  const settings = settingsOf(fields.settings, `${where}.settings`);
  return {
    id: idOf(fields.id, `${where}.id`),
    role: wordOf(fields.role, `${where}.role`),
    name: textOf(fields.name, `${where}.name`, MAX_NAME),
    instances,
    ...(settings === undefined ? {} : { settings }),
    at: placeIn(fields.at, `${where}.at`),
  };
}

function linkIn(value: unknown, where: string): Link {
  const fields = fieldsOf(value, where, ['from', 'to', 'port']);
  return {
    from: idOf(fields.from, `${where}.from`),
    to: idOf(fields.to, `${where}.to`),
    port: wordOf(fields.port, `${where}.port`),
  };
}

function groupIn(value: unknown, where: string): Group {
  const fields = fieldsOf(value, where, ['id', 'name', 'note', 'at', 'size']);
  const note = fields.note === undefined ? '' : textOf(fields.note, `${where}.note`, MAX_TEXT);
  return {
    id: idOf(fields.id, `${where}.id`),
    name: textOf(fields.name, `${where}.name`, MAX_NAME),
    ...(note === '' ? {} : { note }),
    at: placeIn(fields.at, `${where}.at`),
    size: sizeIn(fields.size, `${where}.size`),
  };
}

function commentIn(value: unknown, where: string): Comment {
  const fields = fieldsOf(value, where, ['id', 'text', 'at', 'size']);
  return {
    id: idOf(fields.id, `${where}.id`),
    text: textOf(fields.text, `${where}.text`, MAX_TEXT),
    at: placeIn(fields.at, `${where}.at`),
    size: sizeIn(fields.size, `${where}.size`),
  };
}

function oneEach(ids: readonly string[], where: string): void {
  const seen = new Set<string>();
  for (const id of ids) {
    if (seen.has(id)) refuse(where, `the id ${id} stands there twice`);
    seen.add(id);
  }
}

function sketchIn(text: string): Sketch {
  if (text.length > MAX.bytes) refuse('the text', `${text.length} characters, more than the ${MAX.bytes} that are read`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    refuse('the text', 'it is not a sketch: copy components in Loadline, or the text of a sketch file');
  }
  const fields = fieldsOf(value, 'the sketch', ['format', 'title', 'components', 'links', 'groups', 'comments']);
  if (fields.format !== FORMAT) refuse('format', `${FORMAT} is expected`);
  const each = <T>(name: 'components' | 'links' | 'groups' | 'comments', read: (entry: unknown, where: string) => T): T[] =>
    listOf(fields[name] ?? [], name, MAX[name]).map((entry, n) => read(entry, `${name}[${n}]`));
  const clip: Sketch = {
    format: FORMAT,
    title: textOf(fields.title ?? '', 'title', MAX_NAME),
    components: each('components', componentIn),
    links: each('links', linkIn),
    groups: each('groups', groupIn),
    comments: each('comments', commentIn),
  };
  oneEach(
    clip.components.map(({ id }) => id),
    'components',
  );
  if (clip.components.length === 0 && clip.groups?.length === 0 && clip.comments?.length === 0)
    refuse('the sketch', 'nothing is drawn in it');
  return clip;
}

/** Reads text that somebody wants to paste. */
export function parseClip(text: string): Parsed {
  try {
    return { ok: true, clip: sketchIn(text) };
  } catch (thrown) {
    if (thrown instanceof Refused) return { ok: false, reason: thrown.message };
    throw thrown;
  }
}

/** What is chosen, what lies in chosen groups, and the links among all of it; null when nothing is. */
export function clipOf(sketch: Sketch, components: ReadonlySet<string>, marks: ReadonlySet<string>): Sketch | null {
  const chosen = new Set(components);
  const marked = new Set(marks);
  for (const group of sketch.groups ?? []) {
    if (!marks.has(markKey('group', group.id))) continue;
    const held = heldBy(sketch, group.id);
    held.components.forEach((id) => chosen.add(id));
    held.marks.forEach((key) => marked.add(key));
  }
  const clip: Sketch = {
    format: FORMAT,
    title: sketch.title,
    components: sketch.components.filter(({ id }) => chosen.has(id)),
    links: sketch.links.filter(({ from, to }) => chosen.has(from) && chosen.has(to)),
    groups: (sketch.groups ?? []).filter(({ id }) => marked.has(markKey('group', id))),
    comments: (sketch.comments ?? []).filter(({ id }) => marked.has(markKey('comment', id))),
  };
  return clip.components.length + (clip.groups?.length ?? 0) + (clip.comments?.length ?? 0) === 0 ? null : clip;
}

/** The text for the clipboard: a sketch file as the app writes it. */
export function clipText(clip: Sketch): string {
  const { groups, comments, ...rest } = clip;
  const file = {
    ...rest,
    ...(groups === undefined || groups.length === 0 ? {} : { groups }),
    ...(comments === undefined || comments.length === 0 ? {} : { comments }),
  };
  return `${JSON.stringify(file, null, 2)}\n`;
}

/** The rectangle round everything in a clip. */
export function extentOf(clip: Sketch): Rect {
  const rects = [...clip.components.map(boxOf), ...marksOf(clip).map(({ rect }) => rect)];
  const [x, y] = [Math.min(...rects.map((rect) => rect.x)), Math.min(...rects.map((rect) => rect.y))];
  return {
    x,
    y,
    width: Math.max(...rects.map((rect) => rect.x + rect.width)) - x,
    height: Math.max(...rects.map((rect) => rect.y + rect.height)) - y,
  };
}

export interface Pasted {
  sketch: Sketch;
  components: Set<string>;
  marks: Set<string>;
  /** Links of the clip that end outside it. */
  leftOut: number;
}

/** Why a drawing with these parts would be refused when it is opened again; null when it would not. */
export function excess(sketch: Sketch, more: Partial<Sketch> = {}): string | null {
  for (const part of ['components', 'links', 'groups', 'comments'] as const) {
    const count = (sketch[part]?.length ?? 0) + (more[part]?.length ?? 0);
    if (count > MAX[part]) return `The drawing would have ${count} ${part}, more than the ${MAX[part]} that can be drawn.`;
  }
  return null;
}

/** Gives out free words: the stem, then the stem with a number. */
function free(taken: Iterable<string>, join: string): (stem: string) => string {
  const used = new Set(taken);
  const last = new Map<string, number>();
  return (stem) => {
    let word = stem;
    let n = last.get(stem) ?? 1;
    while (used.has(word)) {
      n += 1;
      word = `${stem}${join}${n}`;
    }
    last.set(stem, n);
    used.add(word);
    return word;
  };
}

/** Puts a clip into a sketch, moved by `by`, with ids and names of its own. Says why when it would be too much to draw. */
export function paste(sketch: Sketch, clip: Sketch, by: readonly [number, number]): Pasted | { refused: string } {
  const refused = excess(sketch, clip);
  if (refused !== null) return { refused };
  const freeId = free(
    sketch.components.map(({ id }) => id),
    '-',
  );
  const freeName = free(
    sketch.components.map(({ name }) => name),
    ' ',
  );
  const ids = new Map<string, string>();
  const at = ([x, y]: readonly [number, number]): [number, number] => [snap(x + by[0]), snap(y + by[1])];
  const components = clip.components.map((component): Component => {
    const id = freeId(component.role.replaceAll('_', '-').slice(0, 40) || 'part');
    ids.set(component.id, id);
    // A name that ends in a number counts on: `KV cache 2` beside `KV cache` gives `KV cache 3`.
    const name = freeName(component.name.replace(/ \d+$/, ''));
    return { ...component, id, name, at: at(component.at) };
  });
  const links = clip.links.flatMap((link): Link[] => {
    const [from, to] = [ids.get(link.from), ids.get(link.to)];
    return from === undefined || to === undefined ? [] : [{ ...link, from, to }];
  });
  const marks = new Set<string>();
  const freeMark = (kind: 'group' | 'comment', before: readonly { id: string }[] | undefined): (() => string) => {
    const next = free(
      (before ?? []).map(({ id }) => id),
      '-',
    );
    return () => {
      const id = next(kind);
      marks.add(markKey(kind, id));
      return id;
    };
  };
  const [groupId, commentId] = [freeMark('group', sketch.groups), freeMark('comment', sketch.comments)];
  const placed = <T extends Group | Comment>(mark: T, id: string, least: { width: number; height: number }): T => ({
    ...mark,
    id,
    at: at(mark.at),
    size: [Math.max(mark.size[0], least.width), Math.max(mark.size[1], least.height)],
  });
  const groups = [...(sketch.groups ?? []), ...(clip.groups ?? []).map((group) => placed(group, groupId(), LEAST.group))];
  const comments = [...(sketch.comments ?? []), ...(clip.comments ?? []).map((comment) => placed(comment, commentId(), LEAST.comment))];
  return {
    sketch: {
      ...sketch,
      components: [...sketch.components, ...components],
      links: [...sketch.links, ...links],
      ...(groups.length === 0 ? {} : { groups }),
      ...(comments.length === 0 ? {} : { comments }),
    },
    components: new Set(components.map(({ id }) => id)),
    marks,
    leftOut: clip.links.length - links.length,
  };
}
