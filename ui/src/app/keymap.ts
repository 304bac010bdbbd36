// The one table of what keys do. The listener, the finder and the sheet of shortcuts all read it; who does each thing is bound by the screens.
export type Group = 'Everywhere' | 'Library' | 'Drawing' | 'Editing' | 'Arranging' | 'Looking' | 'Running';

export interface Row {
  /** Stable: `edit.copy`. */
  id: string;
  label: string;
  group: Group;
  /** `Mod+Shift+Z`; Mod is Ctrl, and Cmd on a Mac. The first one is shown in menus. */
  keys: readonly string[];
  /** How a family of keys is shown: `Arrows`. */
  shown?: string;
  /** Makes sense as a key only: the finder leaves it out. */
  onlyKeys?: true;
  /** The browser turns the key into an event of its own (copy, cut, paste): the listener leaves the key to it. */
  native?: true;
}

const ARROW_KEYS = ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown'] as const;
const arrows = (modifier: string): string[] => ARROW_KEYS.map((key) => `${modifier}${key}`);

export const TABLE = [
  { id: 'finder', label: 'Find or do anything', group: 'Everywhere', keys: ['Mod+K'] },
  { id: 'shortcuts', label: 'Shortcuts', group: 'Everywhere', keys: ['?'] },
  { id: 'settings', label: 'Settings', group: 'Everywhere', keys: ['Mod+,'] },
  { id: 'library.search', label: 'Search', group: 'Library', keys: ['/'] },

  { id: 'tool.choose', label: 'Choose', group: 'Drawing', keys: ['V'] },
  { id: 'tool.link', label: 'Link', group: 'Drawing', keys: ['L'] },
  { id: 'link.list', label: 'Link the chosen component: list what fits', group: 'Drawing', keys: ['Shift+L'] },
  { id: 'add', label: 'Add a component', group: 'Drawing', keys: ['A'] },
  { id: 'comment', label: 'Add a comment', group: 'Drawing', keys: ['C'] },
  { id: 'open', label: 'Settings of the component, or begin and end a link', group: 'Drawing', keys: ['Enter'], onlyKeys: true },
  { id: 'rename', label: 'Rename', group: 'Drawing', keys: ['F2'] },
  { id: 'instances.more', label: 'One instance more', group: 'Drawing', keys: [']'] },
  { id: 'instances.fewer', label: 'One instance fewer', group: 'Drawing', keys: ['['] },
  { id: 'fix', label: 'Findings and quick fixes of the component', group: 'Drawing', keys: ['Mod+.'] },

  { id: 'edit.undo', label: 'Undo', group: 'Editing', keys: ['Mod+Z'] },
  { id: 'edit.redo', label: 'Redo', group: 'Editing', keys: ['Mod+Shift+Z', 'Mod+Y'] },
  { id: 'edit.copy', label: 'Copy', group: 'Editing', keys: ['Mod+C'], native: true },
  { id: 'edit.cut', label: 'Cut', group: 'Editing', keys: ['Mod+X'], native: true },
  { id: 'edit.paste', label: 'Paste', group: 'Editing', keys: ['Mod+V'], native: true },
  { id: 'edit.duplicate', label: 'Duplicate', group: 'Editing', keys: ['Mod+D'] },
  { id: 'edit.delete', label: 'Delete what is chosen', group: 'Editing', keys: ['Delete', 'Backspace'] },
  { id: 'edit.all', label: 'Choose all', group: 'Editing', keys: ['Mod+A'] },
  {
    id: 'edit.more',
    label: 'Add the component to what is chosen, or take it out',
    group: 'Editing',
    keys: ['Shift+Space'],
    onlyKeys: true,
  },
  { id: 'edit.group', label: 'Group what is chosen', group: 'Editing', keys: ['Mod+G'] },
  { id: 'edit.ungroup', label: 'Take the group away', group: 'Editing', keys: ['Mod+Shift+G'] },

  { id: 'move', label: 'Move what is chosen', group: 'Arranging', keys: arrows('Shift+'), shown: 'Shift Arrows', onlyKeys: true },
  {
    id: 'resize',
    label: 'Resize the chosen group or comment',
    group: 'Arranging',
    keys: arrows('Alt+Shift+'),
    shown: 'Alt Shift Arrows',
    onlyKeys: true,
  },
  { id: 'align.left', label: 'Align left', group: 'Arranging', keys: ['Alt+A'] },
  { id: 'align.centre', label: 'Align centres', group: 'Arranging', keys: ['Alt+H'] },
  { id: 'align.right', label: 'Align right', group: 'Arranging', keys: ['Alt+D'] },
  { id: 'align.top', label: 'Align top', group: 'Arranging', keys: ['Alt+W'] },
  { id: 'align.middle', label: 'Align middles', group: 'Arranging', keys: ['Alt+V'] },
  { id: 'align.bottom', label: 'Align bottom', group: 'Arranging', keys: ['Alt+S'] },
  { id: 'distribute.across', label: 'Distribute across', group: 'Arranging', keys: ['Alt+Shift+H'] },
  { id: 'distribute.down', label: 'Distribute down', group: 'Arranging', keys: ['Alt+Shift+V'] },
  { id: 'layout', label: 'Arrange the whole drawing', group: 'Arranging', keys: [] },

  {
    id: 'walk',
    label: 'Walk along links; with several chosen, move them',
    group: 'Looking',
    keys: arrows(''),
    shown: 'Arrows',
    onlyKeys: true,
  },
  { id: 'find', label: 'Find on the canvas', group: 'Looking', keys: ['Mod+F'] },
  { id: 'find.next', label: 'Next match', group: 'Looking', keys: ['F3'] },
  { id: 'find.previous', label: 'Match before', group: 'Looking', keys: ['Shift+F3'] },
  { id: 'view.fit', label: 'Zoom to fit', group: 'Looking', keys: ['F'] },
  { id: 'view.chosen', label: 'Zoom to what is chosen', group: 'Looking', keys: ['Shift+F'] },
  { id: 'view.in', label: 'Zoom in', group: 'Looking', keys: ['+', '='] },
  { id: 'view.out', label: 'Zoom out', group: 'Looking', keys: ['-'] },
  { id: 'view.life', label: 'Zoom to 100%', group: 'Looking', keys: ['0'] },
  { id: 'outline', label: 'Outline: the drawing as text', group: 'Looking', keys: ['O'] },

  { id: 'run', label: 'Run', group: 'Running', keys: ['Mod+Enter'] },
  { id: 'fault.kill', label: 'Kill an instance of the chosen component', group: 'Running', keys: ['K'] },
  { id: 'fault.restart', label: 'Start a killed instance of the chosen component again', group: 'Running', keys: ['Shift+K'] },
  { id: 'hold', label: 'Hold the view, or let it go on', group: 'Running', keys: ['P'] },
  { id: 'escape', label: 'Stop the run; else let go of the tool or of what is chosen', group: 'Running', keys: ['Escape'], onlyKeys: true },
] as const satisfies readonly Row[];

export type ActionId = (typeof TABLE)[number]['id'];

/** What the canvas listens for: all but what every screen shares. */
export type CanvasAction = Exclude<ActionId, 'finder' | 'shortcuts' | 'settings' | 'library.search'>;

const ROWS: readonly Row[] = TABLE;

export const GROUPS: readonly Group[] = ['Everywhere', 'Library', 'Drawing', 'Editing', 'Arranging', 'Looking', 'Running'];

export function rowOf(id: ActionId): Row {
  const row = ROWS.find((each) => each.id === id);
  if (row === undefined) throw new Error(`no row ${id} in the table of keys`);
  return row;
}

export function rowsIn(group: Group): readonly Row[] {
  return ROWS.filter((row) => row.group === group);
}

export interface Pressed {
  key: string;
  /** Physical key; Alt makes other letters of some. */
  code: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
}

/** Whether a key press is a chord of the table: `Mod+Shift+Z`. */
export function isChord(chord: string, event: Pressed): boolean {
  const parts = chord.split('+');
  const named = chord.endsWith('+') ? '+' : (parts.at(-1) ?? '');
  const has = (modifier: string): boolean => parts.slice(0, -1).includes(modifier);
  if (has('Mod') !== (event.ctrlKey || event.metaKey) || has('Alt') !== event.altKey) return false;
  const letter = /^[A-Z]$/.test(named);
  // A sign such as `?` or `+` may need Shift on one keyboard and not on another.
  const sign = named.length === 1 && !letter;
  if (!sign && has('Shift') !== event.shiftKey) return false;
  if (letter) return event.altKey ? event.code === `Key${named}` : event.key.toUpperCase() === named;
  if (named === 'Space') return event.key === ' ';
  return event.key === named;
}

/** The row whose key was pressed, among those that `of` lets through. */
export function rowFor(event: Pressed, of: (row: Row) => boolean = () => true): Row | null {
  return ROWS.find((row) => of(row) && row.keys.some((chord) => isChord(chord, event))) ?? null;
}

const SIGNS: Record<string, string> = { ArrowLeft: '←', ArrowRight: '→', ArrowUp: '↑', ArrowDown: '↓', Escape: 'Esc', Enter: '↵' };

/** A chord as it is shown: `Ctrl Shift Z`. */
export function chordText(chord: string): string {
  const words = chord === '+' ? ['+'] : chord.split('+');
  return words.map((word) => (word === 'Mod' ? 'Ctrl' : (SIGNS[word] ?? word))).join(' ');
}

/** The key of a row as menus and tips show it; undefined when it has none. */
export function keysText(row: Row): string | undefined {
  const [first] = row.keys;
  return row.shown ?? (first === undefined ? undefined : chordText(first));
}
