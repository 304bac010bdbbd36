// The learner's newest drawing as a small picture: boxes and links, no names. Before an attempt it says so and shows no solution.
import type { Component, Sketch } from '../rpc/contract';
import { cx } from '../parts';
import css from './Thumbnail.module.css';

const box = { width: 144, height: 72 };

export function Thumbnail({
  sketch,
  title,
  label = `Your newest drawing of ${title}`,
}: {
  sketch: Sketch | null;
  title: string;
  label?: string;
}) {
  if (sketch === null || sketch.components.length === 0) return <div className={cx(css.place, css.empty)}>not drawn yet</div>;
  const xs = sketch.components.map((each) => each.at[0]);
  const ys = sketch.components.map((each) => each.at[1]);
  const left = Math.min(...xs) - 16;
  const top = Math.min(...ys) - 16;
  const width = Math.max(Math.max(...xs) + box.width + 16 - left, 480);
  const height = Math.max(Math.max(...ys) + box.height + 16 - top, 240);
  const at = new Map(sketch.components.map((each) => [each.id, each]));
  return (
    <div className={css.place}>
      <svg
        className={css.picture}
        viewBox={`${left} ${top} ${width} ${height}`}
        role="img"
        aria-label={`${label}: ${sketch.components.length} components`}
      >
        {sketch.links.map((link) => {
          const from = at.get(link.from);
          const to = at.get(link.to);
          return from === undefined || to === undefined ? null : <path key={`${link.from}>${link.to}:${link.port}`} d={path(from, to)} />;
        })}
        {sketch.components.map((each) => (
          <rect key={each.id} x={each.at[0]} y={each.at[1]} width={box.width} height={box.height} rx="10" />
        ))}
      </svg>
    </div>
  );
}

/** At right angles, out of the nearer side: sideways within a row, else down or up. */
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
