// The canvas: the drawing with its tools, locked while a run is on. Nodes hold places and sockets only; figures are read by each box itself.
import {
  ConnectionMode,
  ReactFlow,
  SelectionMode,
  ViewportPortal,
  useReactFlow,
  useStore,
  useStoreApi,
  type NodeChange,
  type OnConnectEnd,
} from '@xyflow/react';
import '@xyflow/react/dist/base.css';
import { useDeferredValue, useEffect, useMemo, useRef, useState, type MouseEvent as ReactMouseEvent } from 'react';
import { keysText, rowOf } from '../../app/keymap';
import { cx } from '../../parts';
import { isLocked, useRun } from '../run/store';
import { useSession } from '../session';
import { GRID } from '../sketch/edit';
import { boxOf, carry, marksOf, parseMark, type Rect } from '../sketch/marks';
import { useNews } from '../sketch/news';
import { draw, useDrawing } from '../sketch/store';
import { Boxes } from './Boxes';
import css from './Canvas.module.css';
import { LinkLine, type LinkEdge } from './LinkLine';
import { CommentBox, FrameBox } from './MarkBoxes';
import { MiniMap } from './MiniMap';
import { NodeBox } from './NodeBox';
import { PortMenu } from './PortMenu';
import { perform } from './actions';
import { dropRole, fitting, useAddedInView, useFitOnResize } from './fit';
import { join } from './linking';
import { edgeOf, nodeMaker, type CanvasNode } from './nodes';
import { select, useSelection } from './selection';
import { cornerFor, pointAt, stage, useStage } from './stage';
import { useWiring } from './useWiring';

const NODE_TYPES = { component: NodeBox, frame: FrameBox, comment: CommentBox };
const EDGE_TYPES = { link: LinkLine };
/** From so many components on, only those in view are drawn, and from afar without the lines that nobody could read. */
const MANY = 300;
/** Zoom below which the lines of a box are smaller than 5 pixels. */
const AFAR = 0.45;
/** Places while something is dragged or resized. */
const STILL: ReadonlyMap<string, Rect> = new Map();

export function Canvas() {
  const sketch = useDrawing((state) => state.sketch);
  const roles = useSession((session) => session.roles);
  const check = useSession((session) => session.check);
  const locked = useRun(({ status }) => isLocked(status));
  const components = useSelection((state) => state.components);
  const links = useSelection((state) => state.links);
  const marks = useSelection((state) => state.marks);
  const tool = useSelection((state) => state.tool);
  const [live, setLive] = useState(STILL);
  /** The same at once: the pointer may let go before its last step is drawn. */
  const held = useRef(STILL);
  const [makeNodes] = useState(nodeMaker);
  const flow = useReactFlow();
  const { screenToFlowPosition } = flow;
  const library = useStoreApi();
  const many = sketch.components.length > MANY;
  const afar = useStore(({ transform }) => transform[2] < AFAR);
  const marquee = useRef(false);
  const frame = useRef<HTMLDivElement>(null);
  useFitOnResize(frame);
  useAddedInView();
  useEffect(() => {
    useStage.setState({ flow });
    return () => stage.leave();
  }, [flow]);
  useEffect(() => listenOn(frame.current), []);

  // Routing a large drawing takes longer than a frame: while dragging, links follow when there is time.
  const routed = useDeferredValue(live);
  const wiring = useWiring(sketch, roles, routed);
  const corners = useMemo(() => wiring.links.map(({ route }) => route.points), [wiring]);
  const nodes = useMemo(
    () => makeNodes({ sketch, check, live, wiring, components, marks }),
    [makeNodes, sketch, check, live, wiring, components, marks],
  );
  const edges = useMemo(() => wiring.links.map((drawn) => edgeOf(drawn, links.has(drawn.id))), [wiring, links]);

  const show = (places: ReadonlyMap<string, Rect>): void => {
    held.current = places;
    setLive(places);
  };
  const onNodesChange = (changes: NodeChange<CanvasNode>[]): void => {
    choose(changes, marquee.current, library.getState().multiSelectionActive);
    const corner = new Map<string, readonly [number, number]>();
    for (const change of changes) {
      if (change.type === 'position' && change.dragging === true && change.position !== undefined)
        corner.set(change.id, [change.position.x, change.position.y]);
    }
    if (corner.size > 0) {
      const { places, rects } = carry(sketch, corner);
      const boxes = sketch.components.flatMap((component): [string, Rect][] => {
        const at = places.get(component.id);
        return at === undefined ? [] : [[component.id, { ...boxOf(component), x: at[0], y: at[1] }]];
      });
      show(new Map([...boxes, ...rects]));
      return;
    }
    resize(changes, held.current, show);
  };
  const settle = (): void => {
    const moved = [...held.current];
    if (moved.length === 0) return;
    const places = moved.filter(([id]) => parseMark(id) === null).map(([id, { x, y }]) => [id, [x, y] as const] as const);
    const frames = moved.filter(([id]) => parseMark(id) !== null);
    draw.move(new Map(places), new Map(frames));
    show(STILL);
  };
  const onConnectEnd: OnConnectEnd = (event, state) => {
    const point = 'changedTouches' in event ? event.changedTouches[0] : event;
    const from = state.fromNode?.id;
    if (point === undefined || from === undefined) return;
    const to = componentUnder(point.clientX, point.clientY) ?? state.toNode?.id;
    if (to === undefined) select.endLink();
    else join(from, to, null, { x: point.clientX, y: point.clientY });
  };
  const onNodeClick = (event: ReactMouseEvent, node: CanvasNode): void => {
    if (locked || node.type !== 'component') return;
    const { tool: inHand, linking } = useSelection.getState();
    if (linking !== null) join(linking.from, node.id, linking.port, { x: event.clientX, y: event.clientY });
    else if (inHand.kind === 'link') select.beginLink(node.id);
  };
  const onPaneClick = (event: ReactMouseEvent): void => {
    const { tool: inHand, linking } = useSelection.getState();
    if (inHand.kind === 'place' && !locked) {
      dropRole(inHand.role, cornerFor(screenToFlowPosition({ x: event.clientX, y: event.clientY })));
    } else if (linking !== null) select.endLink();
    else select.nothing();
  };

  return (
    <div
      ref={frame}
      className={cx(css.canvas, locked && 'locked', tool.kind !== 'choose' && css.aiming)}
      data-afar={many && afar ? '' : undefined}
      data-testid="canvas"
    >
      <ReactFlow<CanvasNode, LinkEdge>
        nodes={nodes}
        edges={edges}
        nodeTypes={NODE_TYPES}
        edgeTypes={EDGE_TYPES}
        onNodesChange={onNodesChange}
        onNodeDragStop={settle}
        onSelectionDragStop={settle}
        onConnectStart={(_, { nodeId }) => {
          if (nodeId !== null) select.beginLink(nodeId);
        }}
        onConnectEnd={onConnectEnd}
        onNodeClick={onNodeClick}
        onPaneClick={onPaneClick}
        onNodeDoubleClick={(_, { id, type }) => {
          if (locked) return;
          if (type === 'component') perform('rename');
          else stage.write(id);
        }}
        onSelectionStart={() => {
          marquee.current = true;
        }}
        onSelectionEnd={() => {
          marquee.current = false;
        }}
        connectionMode={ConnectionMode.Loose}
        connectionLineStyle={{ stroke: 'var(--accent)', strokeWidth: 2 }}
        onlyRenderVisibleElements={many}
        snapToGrid
        snapGrid={[GRID, GRID]}
        nodeDragThreshold={4}
        nodesDraggable={!locked && tool.kind === 'choose'}
        nodesConnectable={!locked}
        deleteKeyCode={null}
        multiSelectionKeyCode={['Shift', 'Control', 'Meta']}
        selectionKeyCode={null}
        selectionOnDrag={!locked}
        selectionMode={SelectionMode.Partial}
        panOnDrag={locked ? true : [1, 2]}
        panOnScroll
        zoomOnDoubleClick={false}
        elevateNodesOnSelect={false}
        disableKeyboardA11y
        minZoom={0.25}
        maxZoom={2}
        fitView
        fitViewOptions={fitting()}
        proOptions={{ hideAttribution: true }}
      >
        <ViewportPortal>
          <svg className={css.dots} aria-hidden="true">
            {wiring.dots.map(([x, y]) => (
              <circle key={`${x} ${y}`} cx={x} cy={y} r="2.5" />
            ))}
          </svg>
        </ViewportPortal>
      </ReactFlow>
      {sketch.components.length + marksOf(sketch).length === 0 ? (
        <div className={css.empty}>
          <p>
            <b>Nothing is drawn yet.</b>
          </p>
          <p>
            Add a component: <kbd>{keysText(rowOf('add'))}</kbd>
          </p>
          <p>Then link it: drag from its edge, or press {keysText(rowOf('tool.link'))} and choose two components.</p>
        </div>
      ) : (
        <>
          <MiniMap routes={corners} />
          <KeyToLinks />
        </>
      )}
      <Said />
      <News />
      <PortMenu />
      <Boxes />
    </div>
  );
}

function componentUnder(x: number, y: number): string | undefined {
  const node = document.elementFromPoint(x, y)?.closest('.react-flow__node');
  return node instanceof HTMLElement ? node.dataset.id : undefined;
}

/** A part that the keyboard reaches is chosen, so that the inspector follows; not while a link is drawn. */
function followFocus(event: FocusEvent): void {
  const target = event.target;
  if (!(target instanceof HTMLElement) || !target.classList.contains('react-flow__node') || !target.matches(':focus-visible')) return;
  const { tool, linking, components } = useSelection.getState();
  const id = target.dataset.id;
  if (id === undefined || tool.kind !== 'choose' || linking !== null) return;
  if (parseMark(id) !== null) select.mark(id);
  else if (!components.has(id)) select.arrive(id);
}

/** The keyboard's focus and the pointer's place, as far as the actions of the canvas need them. */
function listenOn(element: HTMLElement | null): () => void {
  const onMove = (event: PointerEvent): void => pointAt({ x: event.clientX, y: event.clientY });
  const onLeave = (): void => pointAt(null);
  element?.addEventListener('focusin', followFocus);
  element?.addEventListener('pointermove', onMove);
  element?.addEventListener('pointerleave', onLeave);
  return () => {
    element?.removeEventListener('focusin', followFocus);
    element?.removeEventListener('pointermove', onMove);
    element?.removeEventListener('pointerleave', onLeave);
  };
}

/** What the canvas library chose by click or marquee. A marquee takes boxes and comments, never the frame that it is drawn in. */
function choose(changes: readonly NodeChange<CanvasNode>[], marquee: boolean, several: boolean): void {
  const chosen = useSelection.getState();
  const [components, marks] = [new Set(chosen.components), new Set(chosen.marks)];
  let changed = false;
  for (const change of changes) {
    if (change.type !== 'select') continue;
    const mark = parseMark(change.id);
    if (marquee && mark?.kind === 'group') continue;
    const set = mark === null ? components : marks;
    if (change.selected) set.add(change.id);
    else set.delete(change.id);
    changed = true;
  }
  if (changed) select.set(components, several ? chosen.links : new Set(), marks);
}

/** Follows the handles of a group or comment; the end of it is one step of undo. */
function resize(
  changes: readonly NodeChange<CanvasNode>[],
  live: ReadonlyMap<string, Rect>,
  show: (live: ReadonlyMap<string, Rect>) => void,
): void {
  for (const change of changes) {
    if (change.type !== 'dimensions' || change.resizing === undefined || parseMark(change.id) === null) continue;
    const before = live.get(change.id) ?? marksOf(useDrawing.getState().sketch).find(({ key }) => key === change.id)?.rect;
    if (before === undefined) continue;
    const moved = changes.find((each) => each.type === 'position' && each.id === change.id);
    const at = moved?.type === 'position' ? (moved.position ?? before) : before;
    const rect = { ...before, x: at.x, y: at.y, ...(change.resizing ? change.dimensions : {}) };
    if (change.resizing) show(new Map([[change.id, rect]]));
    else {
      draw.resize(change.id, rect);
      show(STILL);
    }
  }
}

/** Reads out what the last action did. */
function News() {
  const { text, number } = useNews();
  return (
    <div className="vh" role="status" aria-live="polite" data-testid="news">
      <span key={number}>{text}</span>
    </div>
  );
}

function KeyToLinks() {
  const lines = [
    ['call', undefined],
    ['queue', '5 3'],
    ['copy', '1.5 3'],
  ] as const;
  return (
    <ul className={css.key} aria-label="Key to the links">
      {lines.map(([name, dash]) => (
        <li key={name}>
          <svg width="20" height="8" viewBox="0 0 20 8" aria-hidden="true">
            <path d="M0 4h20" strokeDasharray={dash} />
          </svg>
          {name}
        </li>
      ))}
    </ul>
  );
}

/** What the tool in hand waits for, or why a link was refused. */
function Said() {
  const said = useSelection((state) => state.said);
  const tool = useSelection((state) => state.tool);
  const linking = useSelection((state) => state.linking);
  const name = useDrawing(({ sketch }) => sketch.components.find(({ id }) => id === linking?.from)?.name);
  const role = useSession(({ roles }) => (tool.kind === 'place' ? roles.get(tool.role)?.name : undefined));
  const text =
    said ??
    (linking !== null
      ? `Link from ${name ?? ''}${linking.port === null ? '' : `, port ${linking.port}`}: choose the other component. Esc ends.`
      : tool.kind === 'link'
        ? 'Link: choose the first component. Esc ends.'
        : tool.kind === 'place'
          ? `${role ?? ''}: choose a place on the canvas. Esc ends.`
          : null);
  return (
    <div className={css.said} role="status" data-shown={text !== null}>
      {text}
    </div>
  );
}
