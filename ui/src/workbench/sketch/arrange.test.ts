// Aligning, distributing, groups and what lies in them.
import { describe, expect, it } from 'vitest';
import type { Sketch } from '../../rpc/contract';
import { align, distribute, type Edge } from './arrange';
import {
  MAX_TEXT,
  addComment,
  addGroup,
  around,
  carry,
  freeRect,
  heldBy,
  placeMarks,
  removeMarks,
  writeComment,
  writeGroup,
  type Rect,
} from './marks';

const box = (x: number, y: number, width = 144, height = 72): Rect => ({ x, y, width, height });
const BOXES = new Map([
  ['a', box(0, 0)],
  ['b', box(240, 120)],
  ['c', box(120, 300, 96, 36)],
]);

describe('align', () => {
  it.each<[Edge, [number, number][]]>([
    [
      'left',
      [
        [0, 0],
        [0, 120],
        [0, 300],
      ],
    ],
    [
      'centre',
      [
        [120, 0],
        [120, 120],
        [144, 300],
      ],
    ],
    [
      'right',
      [
        [240, 0],
        [240, 120],
        [288, 300],
      ],
    ],
    [
      'top',
      [
        [0, 0],
        [240, 0],
        [120, 0],
      ],
    ],
    [
      'middle',
      [
        [0, 132],
        [240, 132],
        [120, 156],
      ],
    ],
    [
      'bottom',
      [
        [0, 264],
        [240, 264],
        [120, 300],
      ],
    ],
  ])('%s', (edge, places) => {
    expect([...align(BOXES, edge).values()]).toEqual(places);
  });
});

describe('distribute', () => {
  it('makes the gaps alike and leaves the ends', () => {
    const boxes = new Map([
      ['a', box(0, 0)],
      ['b', box(160, 60)],
      ['c', box(600, 0)],
    ]);
    expect([...distribute(boxes, 'across')]).toEqual([
      ['a', [0, 0]],
      ['b', [300, 60]],
      ['c', [600, 0]],
    ]);
  });

  it('goes down in the order of the boxes, whatever order they were chosen in', () => {
    const boxes = new Map([
      ['low', box(0, 480)],
      ['high', box(0, 0)],
      ['mid', box(0, 96)],
    ]);
    expect([...distribute(boxes, 'down')].map(([id, [, y]]) => [id, y])).toEqual([
      ['high', 0],
      ['mid', 240],
      ['low', 480],
    ]);
  });

  it('does nothing with two', () => {
    expect(
      distribute(
        new Map([
          ['a', box(0, 0)],
          ['b', box(9, 9)],
        ]),
        'down',
      ).size,
    ).toBe(0);
  });
});

const PARTS: Sketch = {
  format: 1,
  title: 'A',
  components: [
    { id: 'kv', role: 'kv', name: 'KV', instances: 1, at: [0, 0] },
    { id: 'log', role: 'log', name: 'Log', instances: 1, at: [600, 0] },
  ],
  links: [],
};

describe('groups and comments', () => {
  const frame = around([box(0, 0)]);
  if (frame === null) throw new Error('no frame');
  const grouped = addGroup(PARTS, 'Storage', frame);
  const both = addComment(grouped.sketch, 'why?', box(24, 12, 96, 36));

  it('frames what is chosen with room for the name', () => {
    expect(frame).toEqual({ x: -24, y: -36, width: 192, height: 132 });
    expect(around([])).toBeNull();
  });

  it('holds what lies in it', () => {
    const held = heldBy(both.sketch, 'group-1');
    expect([[...held.components], [...held.marks]]).toEqual([['kv'], ['comment:comment-1']]);
  });

  it('carries what it holds', () => {
    const moved = carry(both.sketch, new Map([['group:group-1', [0, 0] as const]]));
    expect([...moved.places]).toEqual([['kv', [24, 36]]]);
    expect(moved.rects.get('comment:comment-1')).toMatchObject({ x: 48, y: 48 });
    expect(moved.rects.get('group:group-1')).toMatchObject({ x: 0, y: 0, width: 192 });
  });

  it('carries nothing twice', () => {
    const moved = carry(
      both.sketch,
      new Map([
        ['group:group-1', [0, 0] as const],
        ['kv', [12, 12] as const],
      ]),
    );
    expect(moved.places.get('kv')).toEqual([12, 12]);
  });

  it('has a least size', () => {
    const small = placeMarks(both.sketch, new Map([['comment:comment-1', box(0, 0, 1, 1)]]));
    expect(small.comments?.[0]?.size).toEqual([96, 36]);
  });

  it('is the same sketch when nothing changed', () => {
    expect(writeComment(both.sketch, 'comment-1', ' why? ')).toBe(both.sketch);
    expect(writeGroup(both.sketch, 'group-1', 'Storage', '')).toBe(both.sketch);
    expect(removeMarks(both.sketch, new Set(['comment:none']))).toBe(both.sketch);
  });

  it('is not written when it is gone, so that an old file stays as it was', () => {
    const gone = removeMarks(both.sketch, new Set(['comment:comment-1', 'group:group-1']));
    expect(gone).toEqual(PARTS);
    expect(Object.keys(gone)).toEqual(['format', 'title', 'components', 'links']);
  });

  it.each([
    ['a text that fits', 'why?', 'why?'],
    ['one that does not', 'x'.repeat(MAX_TEXT + 1), 'x'.repeat(MAX_TEXT)],
    ['one of emoji, without halves of them', `x${'🚀'.repeat(MAX_TEXT)}`, `x${'🚀'.repeat(MAX_TEXT - 1)}`],
  ])('keeps no more of a comment or a note than the app takes: %s', (_, typed, kept) => {
    const written = writeGroup(writeComment(both.sketch, 'comment-1', typed), 'group-1', 'Storage', typed);
    expect([written.comments?.[0]?.text, written.groups?.[0]?.note]).toEqual([kept, kept]);
  });

  it('keeps its name when somebody leaves it blank, and drops an empty note', () => {
    const written = writeGroup(grouped.sketch, 'group-1', ' ', 'what is kept');
    expect(written.groups?.[0]).toMatchObject({ name: 'Storage', note: 'what is kept' });
    expect(writeGroup(written, 'group-1', 'Storage', '').groups?.[0]).not.toHaveProperty('note');
  });
});

describe('room for a comment', () => {
  const rect = { x: 0, y: 0, width: 192, height: 72 };
  const box = (id: string, x: number, y: number) => ({ id, role: 'kv', name: id, instances: 1, at: [x, y] as [number, number] });
  const empty: Sketch = { format: 1, title: '', components: [], links: [] };

  it('is where it is asked for when nothing is there', () => {
    expect(freeRect(empty, rect)).toEqual(rect);
  });

  it('is the nearest that covers nothing', () => {
    const sketch = addComment({ ...empty, components: [box('a', 0, 0)] }, 'there', { x: 0, y: 72, width: 192, height: 72 }).sketch;
    const free = freeRect(sketch, rect);
    expect(free).toMatchObject({ x: 0, y: -72 });
  });
});
