// A drawing, small: names, and a mark on what was busy or saturated in a run, or on what differs from another drawing. To change it, open it on the
// workbench.
import { cx, loadState } from '../parts';
import type { Component, Report, Sketch } from '../rpc/contract';
import { share } from '../format';
import css from './DrawingThatRan.module.css';

const box = { width: 144, height: 72 };

interface Props {
  sketch: Sketch;
  /** The run whose load is shown; null: none. */
  report: Report | null;
  /** What the picture is: `The drawing that ran`. */
  title?: string;
  /** Components that differ from another drawing. */
  differs?: ReadonlySet<string>;
}

export function DrawingThatRan({ sketch, report, title = 'The drawing that ran', differs }: Props) {
  if (sketch.components.length === 0) return null;
  const leftmost = Math.min(...sketch.components.map((each) => each.at[0])) - 8;
  const top = Math.min(...sketch.components.map((each) => each.at[1])) - 8;
  const drawn = Math.max(...sketch.components.map((each) => each.at[0])) + box.width + 8 - leftmost;
  // A small drawing is not blown up: it stands in the middle of a usual width.
  const width = Math.max(drawn, 720);
  const left = leftmost - (width - drawn) / 2;
  const height = Math.max(...sketch.components.map((each) => each.at[1])) + box.height + 8 - top;
  const at = new Map(sketch.components.map((each) => [each.id, each]));
  return (
    <svg
      className={css.drawing}
      viewBox={`${left} ${top} ${width} ${height}`}
      role="img"
      aria-label={`${title}: ${sketch.components.map((each) => each.name).join(', ')}`}
    >
      {sketch.links.map((link) => {
        const from = at.get(link.from);
        const to = at.get(link.to);
        return from === undefined || to === undefined ? null : (
          <path key={`${link.from}>${link.to}:${link.port}`} className={css.link} d={path(from, to)} />
        );
      })}
      {sketch.components.map((each) => {
        const measured = report?.components[each.id];
        const differing = differs?.has(each.id) === true;
        const state = measured === undefined ? null : loadState(measured.utilisation, measured.refused > 0);
        const [x, y] = each.at;
        return (
          <g key={each.id}>
            <rect
              className={cx(css.box, state !== null && css[state], differing && css.differs)}
              x={x}
              y={y}
              width={box.width}
              height={box.height}
              rx="4"
            />
            <text
              className={css.name}
              x={x + 10}
              y={y + 30}
              {...(each.name.length > 12 ? { textLength: box.width - 20, lengthAdjust: 'spacingAndGlyphs' } : {})}
            >
              {each.name.length > 14 ? `${each.name.slice(0, 13)}…` : each.name}
            </text>
            <text className={css.load} x={x + 10} y={y + 54}>
              {measured === undefined ? `×${each.instances}` : `×${each.instances}, ${share(measured.utilisation)}`}
              {differing ? ', differs' : ''}
            </text>
          </g>
        );
      })}
    </svg>
  );
}

/** At right angles: sideways within a row, else down or up. */
function path(from: Component, to: Component): string {
  const [fx, fy] = from.at;
  const [tx, ty] = to.at;
  const fromX = fx + box.width / 2;
  const toX = tx + box.width / 2;
  if (Math.abs(fy - ty) < box.height) return `M${fromX} ${fy + box.height / 2}H${toX}`;
  const down = ty > fy;
  const startY = down ? fy + box.height : fy;
  const endY = down ? ty : ty + box.height;
  return `M${fromX} ${startY}V${(startY + endY) / 2}H${toX}V${endY}`;
}
