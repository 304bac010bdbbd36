// The whole drawing in small, bottom left, with the part that is in view. During a run it shows where the trouble is.
import { useReactFlow, useStore } from '@xyflow/react';
import { useMemo, useRef, type PointerEvent } from 'react';
import { cx } from '../../parts';
import type { Component, Group } from '../../rpc/contract';
import { isLocked, useRun } from '../run/store';
import { BOX } from '../sketch/edit';
import { rectOf } from '../sketch/marks';
import { useDrawing } from '../sketch/store';
import { TONE } from '../tones';
import css from './Canvas.module.css';
import { useCondition } from './NodeBox';
import { placeOf } from './wiring';

const WIDTH = 128;
/** Around the drawing, canvas pixels. */
const MARGIN = 24;
/** Lines around groups, pixels of the window. */
const THIN = 1;

/** What does not change while the view moves: it is drawn again only when the drawing changes. A width of 0: nothing is drawn. */
function mapOf(components: readonly Component[], groups: readonly Group[], running: boolean) {
  const places = components.map(({ id, at }) => ({ id, ...placeOf(at) }));
  const frames = groups.map((group) => ({ id: group.id, ...rectOf(group, 'group') }));
  const all = [...places.map((place) => ({ ...place, ...BOX })), ...frames];
  if (all.length === 0) return { places, shapes: null, left: 0, top: 0, width: 0, height: 0 };
  const left = Math.min(...all.map(({ x }) => x)) - MARGIN;
  const top = Math.min(...all.map(({ y }) => y)) - MARGIN;
  const width = Math.max(...all.map((rect) => rect.x + rect.width)) + MARGIN - left;
  const height = Math.max(...all.map((rect) => rect.y + rect.height)) + MARGIN - top;
  const shapes = (
    <>
      {frames.map(({ id, ...rect }) => (
        <rect key={`group ${id}`} className={css.miniFrame} {...rect} strokeWidth={(THIN * width) / WIDTH} />
      ))}
      {places.map(({ id, x, y }) => (running ? <Live key={id} id={id} x={x} y={y} /> : <rect key={id} x={x} y={y} {...BOX} />))}
    </>
  );
  return { places, shapes, left, top, width, height };
}

/** `routes` are the corners of all links: where everything is in view already and the map would lie on the drawing, it gives way. */
export function MiniMap({ routes }: { routes: readonly (readonly [number, number])[][] }) {
  const components = useDrawing(({ sketch }) => sketch.components);
  const view = useStore(({ transform: [x, y, zoom], width, height }) =>
    [-x / zoom, -y / zoom, width / zoom, height / zoom].map(Math.round).join(' '),
  );
  const zoom = useStore(({ transform }) => transform[2]);
  const running = useRun(({ status }) => isLocked(status));
  const { setCenter, getZoom } = useReactFlow();
  const groups = useDrawing(({ sketch }) => sketch.groups);
  const comments = useDrawing(({ sketch }) => sketch.comments);
  const dragging = useRef(false);
  const { places, shapes, left, top, width, height } = useMemo(
    () => mapOf(components, groups ?? [], running),
    [components, groups, running],
  );
  const [vx = 0, vy = 0, vw = 0, vh = 0] = view.split(' ').map(Number);
  const scale = WIDTH / width;
  const [x0, y0] = [Math.max(vx, left + 6), Math.max(vy, top + 6)];
  const [x1, y1] = [Math.min(vx + vw, left + width - 6), Math.min(vy + vh, top + height - 6)];
  const inView = vx <= left + MARGIN && vy <= top + MARGIN && vx + vw >= left + width - MARGIN && vy + vh >= top + height - MARGIN;
  const covers = (): boolean => {
    const corner = { x: vx, y: vy + vh - (Math.min(height * scale, 120) + 24) / zoom, width: (WIDTH + 24) / zoom };
    return (
      [...places.map((place) => ({ ...place, ...BOX })), ...(comments ?? []).map((comment) => rectOf(comment, 'comment'))].some(
        ({ x, y, height: tall }) => x < corner.x + corner.width && y + tall > corner.y,
      ) || routes.some((points) => points.some((b, n) => crosses(points[n - 1] ?? b, b, corner)))
    );
  };
  if (width === 0 || (inView && covers())) return null;
  const go = (event: PointerEvent<HTMLButtonElement>): void => {
    const bounds = event.currentTarget.getBoundingClientRect();
    const [x, y] = [left + (event.clientX - bounds.left) / scale, top + (event.clientY - bounds.top) / scale];
    void setCenter(x, y, { zoom: getZoom() });
  };
  return (
    <button
      type="button"
      className={css.mini}
      tabIndex={-1}
      aria-label="Map of the drawing"
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        dragging.current = true;
        go(event);
      }}
      onPointerMove={(event) => {
        if (dragging.current) go(event);
      }}
      onPointerUp={() => {
        dragging.current = false;
      }}
      onPointerCancel={() => {
        dragging.current = false;
      }}
    >
      <svg width={WIDTH} height={Math.min(height * scale, 120)} viewBox={`${left} ${top} ${width} ${height}`} aria-hidden="true">
        {shapes}
        {x1 > x0 && y1 > y0 ? (
          <rect className={css.miniView} x={x0} y={y0} width={x1 - x0} height={y1 - y0} strokeWidth={2 / scale} />
        ) : null}
      </svg>
    </button>
  );
}

interface Corner {
  x: number;
  y: number;
  width: number;
}

/** Whether a level or upright line reaches into the corner at the bottom left. */
function crosses(a: readonly [number, number], b: readonly [number, number], corner: Corner): boolean {
  return Math.min(a[0], b[0]) < corner.x + corner.width && Math.max(a[1], b[1]) > corner.y;
}

function Live({ id, x, y }: { id: string; x: number; y: number }) {
  const tone = TONE[useCondition(id).state];
  return <rect className={cx(tone === 'busy' && css.miniWarm, (tone === 'over' || tone === 'down') && css.miniHot)} x={x} y={y} {...BOX} />;
}
