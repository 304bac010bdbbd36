// The canvas: the drawing with its tools, locked while a run is on. Nodes hold places and sockets only; figures are read by each box itself.
import { ConnectionMode, ReactFlow, SelectionMode, ViewportPortal, useReactFlow, type NodeChange, type OnConnectEnd } from '@xyflow/react';
import '@xyflow/react/dist/base.css';
import { useDeferredValue, useEffect, useMemo, useRef, useState, type MouseEvent as ReactMouseEvent } from 'react';
import { cx } from '../../parts';
import { findingsOf, spokenName } from '../findings';
import { isLocked, useRun } from '../run/store';
import { useSession } from '../session';
import { BOX, GRID } from '../sketch/edit';
import { draw, useDrawing } from '../sketch/store';
import css from './Canvas.module.css';
import { LinkLine, type LinkEdge } from './LinkLine';
import { MiniMap } from './MiniMap';
import { NodeBox, type BoxNode } from './NodeBox';
import { PortMenu } from './PortMenu';
import { dropRole, fitting, useAddedInView, useFitOnResize } from './fit';
import { join } from './linking';
import { select, useSelection } from './selection';
import { placeOf, wire } from './wiring';

const NODE_TYPES = { component: NodeBox };
const EDGE_TYPES = { link: LinkLine };
const NO_SOCKETS: readonly never[] = [];
/** Ends for the canvas library; the routes are our own. */
const HANDLES = [
  { id: 'right', type: 'source' as const, position: 'right' as never, x: BOX.width, y: BOX.height / 2, width: 1, height: 1 },
  { id: 'left', type: 'source' as const, position: 'left' as never, x: 0, y: BOX.height / 2, width: 1, height: 1 },
];

type Place = { x: number; y: number };
const NO_DRAG: ReadonlyMap<string, Place> = new Map();

export function Canvas() {
  const sketch = useDrawing((state) => state.sketch);
  const roles = useSession((session) => session.roles);
  const check = useSession((session) => session.check);
  const locked = useRun(({ status }) => isLocked(status));
  const components = useSelection((state) => state.components);
  const links = useSelection((state) => state.links);
  const tool = useSelection((state) => state.tool);
  const [drag, setDrag] = useState(NO_DRAG);
  const { screenToFlowPosition } = useReactFlow();
  const frame = useRef<HTMLDivElement>(null);
  useFitOnResize(frame);
  useAddedInView();
  useEffect(() => {
    const element = frame.current;
    element?.addEventListener('focusin', followFocus);
    return () => element?.removeEventListener('focusin', followFocus);
  }, []);

  // Routing a large drawing takes longer than a frame: while dragging, links follow when there is time.
  const routed = useDeferredValue(drag);
  const wiring = useMemo(() => wire(sketch, roles, routed), [sketch, roles, routed]);
  const corners = useMemo(() => wiring.links.map(({ route }) => route.points), [wiring]);
  const nodes = useMemo(
    () =>
      sketch.components.map((component): BoxNode => {
        const { id } = component;
        const spoken = spokenName(component.name, component.instances, findingsOf(check, id));
        return {
          id,
          type: 'component',
          position: drag.get(id) ?? placeOf(component.at),
          data: { sockets: wiring.sockets.get(id) ?? NO_SOCKETS },
          selected: components.has(id),
          width: BOX.width,
          height: BOX.height,
          measured: { width: BOX.width, height: BOX.height },
          handles: HANDLES,
          ariaLabel: spoken,
          ariaRole: 'group',
          domAttributes: { 'data-testid': `node-${id}` } as NonNullable<BoxNode['domAttributes']>,
        };
      }),
    [sketch.components, check, drag, wiring, components],
  );
  const edges = useMemo(
    () =>
      wiring.links.map((drawn): LinkEdge => {
        const { id, link } = drawn;
        const ends = { source: link.from, target: link.to, sourceHandle: 'right', targetHandle: 'left' };
        return { id, type: 'link', ...ends, data: { drawn }, selected: links.has(id), focusable: false };
      }),
    [wiring, links],
  );

  const onNodesChange = (changes: NodeChange<BoxNode>[]): void => {
    const moved = new Map(drag);
    const chosen = new Set(useSelection.getState().components);
    for (const change of changes) {
      if (change.type === 'position' && change.position !== undefined) moved.set(change.id, change.position);
      if (change.type === 'select') {
        if (change.selected) chosen.add(change.id);
        else chosen.delete(change.id);
      }
    }
    if (changes.some((change) => change.type === 'position' && change.dragging === true)) setDrag(moved);
    if (changes.some((change) => change.type === 'select')) select.set(chosen, useSelection.getState().links);
  };
  const settle = (): void => {
    draw.move(new Map([...drag].map(([id, { x, y }]) => [id, [x, y] as const])));
    setDrag(NO_DRAG);
  };
  const onConnectEnd: OnConnectEnd = (event, state) => {
    const point = 'changedTouches' in event ? event.changedTouches[0] : event;
    const from = state.fromNode?.id;
    if (point === undefined || from === undefined) return;
    const to = componentUnder(point.clientX, point.clientY) ?? state.toNode?.id;
    if (to === undefined) select.endLink();
    else join(from, to, null, { x: point.clientX, y: point.clientY });
  };
  const onNodeClick = (event: ReactMouseEvent, node: BoxNode): void => {
    if (locked) return;
    const { tool: inHand, linking } = useSelection.getState();
    if (linking !== null) join(linking.from, node.id, linking.port, { x: event.clientX, y: event.clientY });
    else if (inHand.kind === 'link') select.beginLink(node.id);
  };
  const onPaneClick = (event: ReactMouseEvent): void => {
    const { tool: inHand, linking } = useSelection.getState();
    if (inHand.kind === 'place' && !locked) {
      const { x, y } = screenToFlowPosition({ x: event.clientX, y: event.clientY });
      dropRole(inHand.role, [x - BOX.width / 2, y - BOX.height / 2]);
    } else if (linking !== null) select.endLink();
    else select.nothing();
  };

  return (
    <div ref={frame} className={cx(css.canvas, locked && 'locked', tool.kind !== 'choose' && css.aiming)} data-testid="canvas">
      <ReactFlow<BoxNode, LinkEdge>
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
        connectionMode={ConnectionMode.Loose}
        connectionLineStyle={{ stroke: 'var(--accent)', strokeWidth: 2 }}
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
      {sketch.components.length === 0 ? (
        <div className={css.empty}>
          <p>
            <b>Nothing is drawn yet.</b>
          </p>
          <p>
            Add a component: <kbd>A</kbd>
          </p>
          <p>Then link it: drag from its edge, or press L and choose two components.</p>
        </div>
      ) : (
        <>
          <MiniMap routes={corners} />
          <KeyToLinks />
        </>
      )}
      <Said />
      <PortMenu />
    </div>
  );
}

function componentUnder(x: number, y: number): string | undefined {
  const node = document.elementFromPoint(x, y)?.closest('.react-flow__node');
  return node instanceof HTMLElement ? node.dataset.id : undefined;
}

/** A component that the keyboard reaches is chosen, so that the inspector follows; not while a link is drawn. */
function followFocus(event: FocusEvent): void {
  const target = event.target;
  if (!(target instanceof HTMLElement) || !target.classList.contains('react-flow__node') || !target.matches(':focus-visible')) return;
  const { tool, linking } = useSelection.getState();
  const id = target.dataset.id;
  if (id !== undefined && tool.kind === 'choose' && linking === null) select.component(id);
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
