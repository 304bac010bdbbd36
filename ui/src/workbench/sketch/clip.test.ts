// Copies: what goes along, what is new, and what pasted text may not say.
import { describe, expect, it } from 'vitest';
import type { Component, Sketch } from '../../rpc/contract';
import { clipOf, clipText, extentOf, parseClip, paste } from './clip';

const part = (id: string, role: string, name: string, x = 0, y = 0, over: Partial<Component> = {}): Component => ({
  id,
  role,
  name,
  instances: 2,
  at: [x, y],
  ...over,
});

const DRAWN: Sketch = {
  format: 1,
  title: 'A',
  components: [
    part('feed', 'feed', 'Feed', 0, 0, { settings: { workers: 8, timeline_built: 'hybrid' } }),
    part('kv', 'kv', 'KV cache', 192, 0),
    part('kv-2', 'kv', 'KV cache 2', 384, 0),
  ],
  links: [
    { from: 'feed', to: 'kv', port: 'timeline' },
    { from: 'feed', to: 'kv-2', port: 'other' },
  ],
  groups: [{ id: 'group-1', name: 'Reads', at: [-24, -36], size: [384, 144] }],
  comments: [{ id: 'comment-1', text: 'why?', at: [0, 120], size: [96, 36] }],
};

describe('copying', () => {
  it('takes the links among what is chosen, and no others', () => {
    const clip = clipOf(DRAWN, new Set(['feed', 'kv']), new Set());
    expect(clip?.components.map(({ id }) => id)).toEqual(['feed', 'kv']);
    expect(clip?.links).toEqual([{ from: 'feed', to: 'kv', port: 'timeline' }]);
  });

  it('takes along what lies in a group', () => {
    const clip = clipOf(DRAWN, new Set(), new Set(['group:group-1']));
    expect(clip?.components.map(({ id }) => id)).toEqual(['feed', 'kv']);
    expect(clip?.groups?.length).toBe(1);
    expect(clip?.comments).toEqual([]);
  });

  it('is nothing when nothing is chosen', () => {
    expect(clipOf(DRAWN, new Set(['gone']), new Set(['comment:gone']))).toBeNull();
  });

  it('is the text of a sketch, which reads back the same', () => {
    const clip = clipOf(DRAWN, new Set(['feed', 'kv']), new Set(['comment:comment-1']));
    if (clip === null) throw new Error('nothing was copied');
    const text = clipText(clip);
    expect(text).not.toContain('groups');
    expect(parseClip(text)).toEqual({ ok: true, clip });
  });
});

describe('pasting', () => {
  const all = clipOf(DRAWN, new Set(['feed', 'kv', 'kv-2']), new Set(['group:group-1', 'comment:comment-1']));
  if (all === null) throw new Error('nothing was copied');

  it('gives new ids and names, keeps settings, instances and links', () => {
    const pasted = paste(DRAWN, all, [24, 24]);
    if ('refused' in pasted) throw new Error(pasted.refused);
    const added = pasted.sketch.components.slice(3);
    expect(added.map(({ id, name, at }) => [id, name, at])).toEqual([
      ['feed-2', 'Feed 2', [24, 24]],
      ['kv-3', 'KV cache 3', [216, 24]],
      ['kv-4', 'KV cache 4', [408, 24]],
    ]);
    expect(added[0]).toMatchObject({ instances: 2, settings: { workers: 8, timeline_built: 'hybrid' } });
    expect(pasted.sketch.links.slice(2)).toEqual([
      { from: 'feed-2', to: 'kv-3', port: 'timeline' },
      { from: 'feed-2', to: 'kv-4', port: 'other' },
    ]);
    expect([...pasted.components]).toEqual(['feed-2', 'kv-3', 'kv-4']);
    expect([...pasted.marks]).toEqual(['group:group', 'comment:comment']);
    expect(pasted.leftOut).toBe(0);
  });

  it('leaves the drawing that it pastes into as it was', () => {
    const before = structuredClone(DRAWN);
    paste(DRAWN, all, [24, 24]);
    expect(DRAWN).toEqual(before);
  });

  it('counts links that end outside the copy', () => {
    const pasted = paste(DRAWN, { ...all, components: all.components.slice(0, 2) }, [0, 0]);
    expect('refused' in pasted ? null : pasted.leftOut).toBe(1);
  });

  it('refuses more than can be drawn', () => {
    const many = { ...DRAWN, components: Array.from({ length: 1999 }, (_, n) => part(`p${n}`, 'kv', `P ${n}`)) };
    expect(paste(many, all, [0, 0])).toEqual({ refused: 'The drawing would have 2002 components, more than the 2000 that can be drawn.' });
  });

  it('knows how much room a copy takes', () => {
    expect(extentOf(all)).toEqual({ x: -24, y: -36, width: 552, height: 192 });
  });
});

describe('hostile text', () => {
  const good = { format: 1, title: '', components: [part('kv', 'kv', 'KV')], links: [] };
  const withPart = (over: Record<string, unknown>): string =>
    JSON.stringify({ ...good, components: [{ ...part('kv', 'kv', 'KV'), ...over }] });
  const withComment = (over: Record<string, unknown>): string =>
    JSON.stringify({ ...good, comments: [{ id: 'c', text: 'x', at: [0, 0], size: [96, 36], ...over }] });

  it.each<[string, string, RegExp]>([
    ['words', 'hello', /^the text: it is not a sketch/],
    ['nothing', '', /^the text: it is not a sketch/],
    ['a truncated sketch', JSON.stringify(good).slice(0, -5), /^the text: it is not a sketch/],
    ['a number', '7', /^the sketch: an object is expected/],
    ['null', 'null', /^the sketch: an object is expected/],
    ['a list', '[]', /^the sketch: an object is expected/],
    ['another format', JSON.stringify({ ...good, format: 9 }), /^format: 1 is expected/],
    ['an unknown field', JSON.stringify({ ...good, script: 'x' }), /the field "script" is not part of a sketch/],
    ['a prototype', '{"format":1,"__proto__":{"x":1},"components":[],"links":[]}', /the field "__proto__" is not part of a sketch/],
    ['a prototype in settings', withPart({}).replace('"instances"', '"settings":{"__proto__":{"x":1}},"instances"'), /settings/],
    ['nothing drawn', JSON.stringify({ ...good, components: [] }), /nothing is drawn in it/],
    ['components of another sort', JSON.stringify({ ...good, components: {} }), /^components: a list is expected/],
    [
      'too many',
      JSON.stringify({ ...good, components: Array.from({ length: 2001 }, () => 0) }),
      /^components: 2001 entries, more than the 2000/,
    ],
    ['markup as an id', withPart({ id: '<img src=x>' }), /^components\[0\]\.id: 1 to 48 lower-case/],
    [
      'the same id twice',
      JSON.stringify({ ...good, components: [part('kv', 'kv', 'A'), part('kv', 'kv', 'B')] }),
      /the id kv stands there twice/,
    ],
    ['a place that is none', withPart({ at: [0, null] }), /^components\[0\]\.at: two numbers/],
    ['a place too far', withPart({ at: [0, 1e300] }), /^components\[0\]\.at: numbers from/],
    ['half an instance', withPart({ instances: 0.5 }), /^components\[0\]\.instances: a whole number from 1 to 64/],
    ['a thousand instances', withPart({ instances: 1000 }), /instances: a whole number/],
    ['a setting that is a list', withPart({ settings: { workers: [1] } }), /^components\[0\]\.settings\.workers: a number, a word/],
    ['a name without end', withPart({ name: 'x'.repeat(201) }), /^components\[0\]\.name: a text of more than 200/],
    ['a text without end', withComment({ text: 'x'.repeat(4001) }), /^comments\[0\]\.text: a text of more than 4000/],
    ['a size of nothing', withComment({ size: [0, 10] }), /^comments\[0\]\.size: numbers from 1/],
    ['more than is read', `${JSON.stringify(good)}${' '.repeat(2 * 1024 * 1024)}`, /more than the 2097152 that are read/],
  ])('%s is refused with the place', (_, text, reason) => {
    const parsed = parseClip(text);
    expect(parsed.ok ? 'taken' : parsed.reason).toMatch(reason);
  });

  it('takes emoji, right-to-left and combining text as text', () => {
    for (const name of ['👩🏽‍🚀 cache', 'ذاكرة', 'e\u0301\u0323']) {
      const parsed = parseClip(withPart({ name }));
      expect(parsed.ok && parsed.clip.components[0]?.name).toBe(name);
    }
  });
});
