// Groups and comments: marks that lie on the canvas and change nothing in a run. Pure changes of a sketch, like `edit.ts`. What a group holds is
// what lies in it: no list of members is kept, so none can be wrong.
import type { Comment, Component, Group, Sketch } from '../../rpc/contract';
import { BOX, snap } from './edit';

export interface Rect {
  x: number;
  y: number;
  width: number;
  height: number;
}

export type MarkKind = 'group' | 'comment';

/** Smallest and largest sides, canvas pixels. */
export const LEAST = { group: { width: 168, height: 108 }, comment: { width: 96, height: 36 } } as const;
export const MOST_SIDE = 20_000;
/** The longest text of a comment or note, in characters as the app counts them; it refuses longer ones. */
export const MAX_TEXT = 4000;
/** Room between a frame and what it holds, canvas pixels; above there is the name. */
const PADDING = 24;
const HEADER = 36;

/** One word for a mark among the ids of the canvas: components' ids hold no colon. */
export function markKey(kind: MarkKind, id: string): string {
  return `${kind}:${id}`;
}

export function parseMark(key: string): { kind: MarkKind; id: string } | null {
  const at = key.indexOf(':');
  const kind = key.slice(0, Math.max(at, 0));
  return kind === 'group' || kind === 'comment' ? { kind, id: key.slice(at + 1) } : null;
}

const side = (value: number, least: number): number => Math.min(Math.max(snap(value), least), MOST_SIDE);

export function rectOf(mark: { at: readonly [number, number]; size: readonly [number, number] }, kind: MarkKind): Rect {
  return {
    x: snap(mark.at[0]),
    y: snap(mark.at[1]),
    width: side(mark.size[0], LEAST[kind].width),
    height: side(mark.size[1], LEAST[kind].height),
  };
}

export function boxOf(component: Component): Rect {
  return { x: snap(component.at[0]), y: snap(component.at[1]), ...BOX };
}

/** How far places that are tried lie apart, canvas pixels. */
const TRY = 36;

/** The place nearest to `rect` where it covers no component and no mark; `rect` itself when there is none near. */
export function freeRect(sketch: Sketch, rect: Rect): Rect {
  const taken = [...sketch.components.map(boxOf), ...marksOf(sketch).map((mark) => mark.rect)];
  const isFree = ({ x, y, width, height }: Rect): boolean =>
    taken.every((other) => x >= other.x + other.width || other.x >= x + width || y >= other.y + other.height || other.y >= y + height);
  for (let ring = 0; ring < 40; ring += 1) {
    const steps = Array.from({ length: 2 * ring + 1 }, (_, n) => (n - ring) * TRY).sort((a, b) => Math.abs(a) - Math.abs(b));
    const edge = ring * TRY;
    const around = steps.flatMap((step) => [
      [step, edge],
      [step, -edge],
      [edge, step],
      [-edge, step],
    ]);
    const free = around.map(([dx = 0, dy = 0]) => ({ ...rect, x: snap(rect.x + dx), y: snap(rect.y + dy) })).find(isFree);
    if (free !== undefined) return free;
  }
  return rect;
}

/** Every mark by its key, groups first. */
export function marksOf(sketch: Sketch): { key: string; kind: MarkKind; rect: Rect }[] {
  const groups = (sketch.groups ?? []).map((group) => ({
    key: markKey('group', group.id),
    kind: 'group' as const,
    rect: rectOf(group, 'group'),
  }));
  const comments = (sketch.comments ?? []).map((comment) => ({
    key: markKey('comment', comment.id),
    kind: 'comment' as const,
    rect: rectOf(comment, 'comment'),
  }));
  return [...groups, ...comments];
}

function holds(frame: Rect, inner: Rect): boolean {
  const [x, y] = [inner.x + inner.width / 2, inner.y + inner.height / 2];
  return x >= frame.x && x <= frame.x + frame.width && y >= frame.y && y <= frame.y + frame.height;
}

/** What lies in a group: components, comments and smaller groups whose middle is inside. */
export function heldBy(sketch: Sketch, groupId: string): { components: Set<string>; marks: Set<string> } {
  const group = sketch.groups?.find(({ id }) => id === groupId);
  if (group === undefined) return { components: new Set(), marks: new Set() };
  const frame = rectOf(group, 'group');
  const area = (rect: Rect): number => rect.width * rect.height;
  const own = markKey('group', groupId);
  return {
    components: new Set(sketch.components.filter((component) => holds(frame, boxOf(component))).map(({ id }) => id)),
    marks: new Set(
      marksOf(sketch)
        .filter(({ key, kind, rect }) => key !== own && holds(frame, rect) && (kind === 'comment' || area(rect) < area(frame)))
        .map(({ key }) => key),
    ),
  };
}

/** The smallest frame with room round all of these. */
export function around(rects: readonly Rect[]): Rect | null {
  if (rects.length === 0) return null;
  const left = snap(Math.min(...rects.map(({ x }) => x)) - PADDING);
  const top = snap(Math.min(...rects.map(({ y }) => y)) - HEADER);
  const right = snap(Math.max(...rects.map(({ x, width }) => x + width)) + PADDING);
  const bottom = snap(Math.max(...rects.map(({ y, height }) => y + height)) + PADDING);
  return { x: left, y: top, width: right - left, height: bottom - top };
}

function freeId(kind: MarkKind, taken: readonly { id: string }[]): string {
  const ids = new Set(taken.map(({ id }) => id));
  let n = taken.length + 1;
  while (ids.has(`${kind}-${n}`)) n += 1;
  return `${kind}-${n}`;
}

export function addGroup(sketch: Sketch, name: string, rect: Rect, note = ''): { sketch: Sketch; key: string } {
  const groups = sketch.groups ?? [];
  const id = freeId('group', groups);
  const group: Group = { id, name, ...(note === '' ? {} : { note }), at: [rect.x, rect.y], size: [rect.width, rect.height] };
  return { sketch: { ...sketch, groups: [...groups, group] }, key: markKey('group', id) };
}

export function addComment(sketch: Sketch, text: string, rect: Rect): { sketch: Sketch; key: string } {
  const comments = sketch.comments ?? [];
  const id = freeId('comment', comments);
  const comment: Comment = { id, text, at: [rect.x, rect.y], size: [rect.width, rect.height] };
  return { sketch: { ...sketch, comments: [...comments, comment] }, key: markKey('comment', id) };
}

/** With these groups and comments; a list that is empty is not written. */
function withMarks(sketch: Sketch, groups: readonly Group[], comments: readonly Comment[]): Sketch {
  const next: Sketch = { ...sketch, groups: [...groups], comments: [...comments] };
  if (groups.length === 0) delete next.groups;
  if (comments.length === 0) delete next.comments;
  return next;
}

/** The same list when no entry changed. */
function changed<T extends { id: string }>(list: readonly T[] | undefined, edit: (entry: T) => T): { list: readonly T[]; same: boolean } {
  const before = list ?? [];
  const after = before.map(edit);
  return { list: after, same: after.every((entry, n) => entry === before[n]) };
}

function edited(sketch: Sketch, group: (entry: Group) => Group, comment: (entry: Comment) => Comment): Sketch {
  const groups = changed(sketch.groups, group);
  const comments = changed(sketch.comments, comment);
  return groups.same && comments.same ? sketch : withMarks(sketch, groups.list, comments.list);
}

/** Moves and resizes marks by their keys. */
export function placeMarks(sketch: Sketch, rects: ReadonlyMap<string, Rect>): Sketch {
  const placed = <T extends Group | Comment>(mark: T, kind: MarkKind): T => {
    const to = rects.get(markKey(kind, mark.id));
    if (to === undefined) return mark;
    const { x, y, width, height } = rectOf({ at: [to.x, to.y], size: [to.width, to.height] }, kind);
    if (x === mark.at[0] && y === mark.at[1] && width === mark.size[0] && height === mark.size[1]) return mark;
    return { ...mark, at: [x, y], size: [width, height] };
  };
  return edited(
    sketch,
    (group) => placed(group, 'group'),
    (comment) => placed(comment, 'comment'),
  );
}

/** What is kept of a text: no more than the app takes, and no half of a character, which no save could write. */
function kept(text: string): string {
  return Array.from(text.trim()).slice(0, MAX_TEXT).join('');
}

export function writeComment(sketch: Sketch, id: string, text: string): Sketch {
  const said = kept(text);
  return edited(
    sketch,
    (group) => group,
    (comment) => (comment.id !== id || comment.text === said ? comment : { ...comment, text: said }),
  );
}

export function writeGroup(sketch: Sketch, id: string, name: string, note: string): Sketch {
  const [called, said] = [name.trim(), kept(note)];
  return edited(
    sketch,
    (group) => {
      if (group.id !== id || (group.name === called && (group.note ?? '') === said)) return group;
      const bare: Group = { ...group, name: called === '' ? group.name : called };
      delete bare.note;
      return said === '' ? bare : { ...bare, note: said };
    },
    (comment) => comment,
  );
}

export function removeMarks(sketch: Sketch, keys: ReadonlySet<string>): Sketch {
  const groups = (sketch.groups ?? []).filter(({ id }) => !keys.has(markKey('group', id)));
  const comments = (sketch.comments ?? []).filter(({ id }) => !keys.has(markKey('comment', id)));
  const gone = groups.length !== (sketch.groups?.length ?? 0) || comments.length !== (sketch.comments?.length ?? 0);
  return gone ? withMarks(sketch, groups, comments) : sketch;
}

export interface Moved {
  /** New corners of components. */
  places: Map<string, [number, number]>;
  /** New rectangles of groups and comments, by key. */
  rects: Map<string, Rect>;
}

/** New corners for components and marks alike, and for all that lies in a group that moves. What has a corner of its own keeps to it. */
export function carry(sketch: Sketch, corners: ReadonlyMap<string, readonly [number, number]>): Moved {
  const before = new Map<string, Rect>([
    ...sketch.components.map((component): [string, Rect] => [component.id, boxOf(component)]),
    ...marksOf(sketch).map(({ key, rect }): [string, Rect] => [key, rect]),
  ]);
  const all = new Map(corners);
  for (const [key, corner] of corners) {
    const mark = parseMark(key);
    const rect = before.get(key);
    if (mark?.kind !== 'group' || rect === undefined) continue;
    const held = heldBy(sketch, mark.id);
    for (const inner of [...held.components, ...held.marks]) {
      const at = before.get(inner);
      if (at !== undefined && !all.has(inner)) all.set(inner, [at.x + corner[0] - rect.x, at.y + corner[1] - rect.y]);
    }
  }
  const moved: Moved = { places: new Map(), rects: new Map() };
  for (const [key, [x, y]] of all) {
    const rect = before.get(key);
    if (rect === undefined) continue;
    if (parseMark(key) === null) moved.places.set(key, [x, y]);
    else moved.rects.set(key, { ...rect, x, y });
  }
  return moved;
}
