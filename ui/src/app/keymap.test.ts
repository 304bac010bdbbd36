// The table of keys: no chord twice, chords read as they are written, and signs whatever keyboard makes them.
import { describe, expect, it } from 'vitest';
import { GROUPS, TABLE, chordText, isChord, keysText, rowFor, rowOf, rowsIn, type Pressed } from './keymap';

const press = (key: string, modifiers: Partial<Pressed> = {}): Pressed => ({
  key,
  code: /^[a-z]$/i.test(key) ? `Key${key.toUpperCase()}` : key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...modifiers,
});

describe('the table', () => {
  it('has no id and no chord twice', () => {
    const ids = TABLE.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const chords = TABLE.flatMap(({ keys }): readonly string[] => keys);
    expect(chords.filter((chord, n) => chords.indexOf(chord) !== n)).toEqual([]);
  });

  it('puts every row into a group of the sheet', () => {
    expect(GROUPS.flatMap((group) => rowsIn(group)).length).toBe(TABLE.length);
  });
});

describe('chords', () => {
  it.each<[string, Pressed, boolean]>([
    ['Mod+Z', press('z', { ctrlKey: true }), true],
    ['Mod+Z', press('z', { metaKey: true }), true],
    ['Mod+Z', press('Z', { ctrlKey: true, shiftKey: true }), false],
    ['Mod+Shift+Z', press('Z', { ctrlKey: true, shiftKey: true }), true],
    ['Z', press('z', { ctrlKey: true }), false],
    ['V', press('v'), true],
    ['V', press('V', { shiftKey: true }), false],
    ['?', press('?', { shiftKey: true }), true],
    ['+', press('+', { shiftKey: true }), true],
    ['+', press('+'), true],
    ['Alt+A', press('å', { altKey: true, code: 'KeyA' }), true],
    ['Alt+A', press('a'), false],
    ['Shift+ArrowLeft', press('ArrowLeft', { shiftKey: true }), true],
    ['ArrowLeft', press('ArrowLeft', { shiftKey: true }), false],
    ['Mod+.', press('.', { ctrlKey: true }), true],
    ['Shift+Space', press(' ', { shiftKey: true }), true],
    ['Shift+Space', press(' '), false],
  ])('%s for %o: %s', (chord, event, is) => {
    expect(isChord(chord, event)).toBe(is);
  });

  it.each([
    ['redo by its second key', press('y', { ctrlKey: true }), 'edit.redo'],
    ['walking', press('ArrowUp'), 'walk'],
    ['moving', press('ArrowUp', { shiftKey: true }), 'move'],
    ['resizing', press('ArrowUp', { shiftKey: true, altKey: true }), 'resize'],
    ['nothing', press('q'), undefined],
  ])('finds %s', (_, event, id) => {
    expect(rowFor(event)?.id).toBe(id);
  });

  it('shows chords as people write them', () => {
    expect(chordText('Mod+Shift+Z')).toBe('Ctrl Shift Z');
    expect(keysText(rowOf('move'))).toBe('Shift Arrows');
    expect(keysText(rowOf('view.in'))).toBe('+');
    expect(keysText(rowOf('layout'))).toBeUndefined();
  });
});
