// The nodes that the canvas library gets: places, sockets and what is chosen; never a figure of a run. A node whose inputs are the same is the same
// object, so that choosing one component draws one component.
import type { Node } from '@xyflow/react';
import type { Check, Sketch } from '../../rpc/contract';
import { findingsOf, spokenName } from '../findings';
import { BOX } from '../sketch/edit';
import { marksOf, parseMark, type Rect } from '../sketch/marks';
import { beginning } from '../sketch/words';
import type { LinkEdge } from './LinkLine';
import { placeOf, type DrawnLink, type Socket, type Wiring } from './wiring';

export type BoxNode = Node<{ sockets: readonly Socket[] }, 'component'>;
export type FrameNode = Node<{ size: string }, 'frame'>;
export type CommentNode = Node<{ size: string }, 'comment'>;
export type CanvasNode = BoxNode | FrameNode | CommentNode;

const NO_SOCKETS: readonly never[] = [];
/** Ends for the canvas library; the routes are our own. */
const HANDLES = [
  { id: 'right', type: 'source' as const, position: 'right' as never, x: BOX.width, y: BOX.height / 2, width: 1, height: 1 },
  { id: 'left', type: 'source' as const, position: 'left' as never, x: 0, y: BOX.height / 2, width: 1, height: 1 },
];

/** Frames come first, so boxes lie on them; comments lie on all. */
const LAYER = { frame: 0, comment: 1 } as const;

export interface Inputs {
  sketch: Sketch;
  check: Check | null;
  /** Places while dragging or resizing, by component id or mark. */
  live: ReadonlyMap<string, Rect>;
  wiring: Wiring;
  components: ReadonlySet<string>;
  marks: ReadonlySet<string>;
}

const testId = (id: string) => ({ 'data-testid': id }) as unknown as NonNullable<CanvasNode['domAttributes']>;

function socketsText(sockets: readonly Socket[]): string {
  return sockets.map(({ port, needed, x }) => `${port} ${String(needed)} ${x}`).join(',');
}

/** Makes nodes, and remembers the last ones: what did not change is given out again. */
export function nodeMaker(): (inputs: Inputs) => CanvasNode[] {
  let before = new Map<string, { key: string; node: CanvasNode }>();
  return ({ sketch, check, live, wiring, components, marks }) => {
    const after = new Map<string, { key: string; node: CanvasNode }>();
    const give = (id: string, key: string, make: () => CanvasNode): CanvasNode => {
      const old = before.get(id);
      const kept = old?.key === key ? old : { key, node: make() };
      after.set(id, kept);
      return kept.node;
    };
    const frames = marksOf(sketch).map(({ key: id, kind, rect }): CanvasNode => {
      const { x, y, width, height } = live.get(id) ?? rect;
      const selected = marks.has(id);
      const type = kind === 'group' ? 'frame' : 'comment';
      const words = markWords(sketch, id);
      return give(id, [x, y, width, height, selected, words].join(' '), () => ({
        id,
        type,
        position: { x, y },
        data: { size: `${width} ${height}` },
        selected,
        zIndex: LAYER[type],
        width,
        height,
        measured: { width, height },
        connectable: false,
        ariaLabel: words,
        ariaRole: 'group',
        domAttributes: testId(`mark-${id}`),
        // Inside a frame the canvas is the canvas: only its name and its edges take the pointer.
        ...(type === 'frame' ? { style: { pointerEvents: 'none' as const } } : {}),
      }));
    });
    const boxes = sketch.components.map((component): CanvasNode => {
      const { id } = component;
      const spoken = spokenName(component.name, component.instances, findingsOf(check, id));
      const { x, y } = live.get(id) ?? placeOf(component.at);
      const sockets = wiring.sockets.get(id) ?? NO_SOCKETS;
      const selected = components.has(id);
      return give(id, [x, y, selected, socketsText(sockets), spoken].join(' '), () => ({
        id,
        type: 'component',
        position: { x, y },
        data: { sockets },
        selected,
        width: BOX.width,
        height: BOX.height,
        measured: { width: BOX.width, height: BOX.height },
        handles: HANDLES,
        ariaLabel: spoken,
        ariaRole: 'group',
        domAttributes: testId(`node-${id}`),
      }));
    });
    before = after;
    return [...frames, ...boxes];
  };
}

/** `Group Storage: what is kept`, `Comment: why two?`. */
export function markWords(sketch: Sketch, key: string): string {
  const mark = parseMark(key);
  if (mark?.kind === 'group') {
    const group = sketch.groups?.find(({ id }) => id === mark.id);
    const note = group?.note ?? '';
    return `Group ${group?.name ?? ''}${note === '' ? '' : `: ${beginning(note, 120)}`}`;
  }
  const text = sketch.comments?.find(({ id }) => id === mark?.id)?.text ?? '';
  return text === '' ? 'Comment, empty' : `Comment: ${beginning(text, 120)}`;
}

const edgesMade = new WeakMap<DrawnLink, LinkEdge>();

/** A link for the canvas library: the same object while it is drawn the same. */
export function edgeOf(drawn: DrawnLink, selected: boolean): LinkEdge {
  const made = edgesMade.get(drawn);
  if (made?.selected === selected) return made;
  const { id, link } = drawn;
  const ends = { source: link.from, target: link.to, sourceHandle: 'right', targetHandle: 'left' };
  const edge: LinkEdge = { id, type: 'link', ...ends, data: { drawn }, selected, focusable: false };
  edgesMade.set(drawn, edge);
  return edge;
}
