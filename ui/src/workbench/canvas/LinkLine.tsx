// One link on the canvas: the routed path, its arrowhead, the name of its port when the component that owns it is chosen, and during a run
// the rate along it, at the far end of the chosen component's links and where calls fail.
import { EdgeLabelRenderer, type Edge, type EdgeProps } from '@xyflow/react';
import { memo, useMemo } from 'react';
import { rate } from '../../format';
import { freshTick, useMetrics } from '../run/metrics';
import { linkWidth } from '../run/state';
import { isLocked, useRun } from '../run/store';
import { useDrawing } from '../sketch/store';
import { cx } from '../../parts';
import css from './LinkLine.module.css';
import { rateAt } from './rates';
import type { End } from './route';
import { onlyChosen, select, useSelection } from './selection';
import { placeOf, type DrawnLink } from './wiring';

export type LinkEdge = Edge<{ drawn: DrawnLink }, 'link'>;

export const LinkLine = memo(function LinkLine({ id, data, selected }: EdgeProps<LinkEdge>) {
  // Which of its ends is chosen, and no more: what is chosen elsewhere draws no link again.
  const chosen = useSelection((state) => {
    const only = onlyChosen(state);
    return only !== null && (only === data?.drawn.link.from || only === data?.drawn.link.to) ? only : null;
  });
  const locked = useRun(({ status }) => isLocked(status));
  const load = useLoad(data?.drawn);
  if (data === undefined) return null;
  const { route, flow, owner, link } = data.drawn;
  const lit = selected === true || (!locked && owner !== null && owner === chosen);
  const names = cx(css.link, css[flow], lit && css.lit, load.failing && css.bad, css[`w${load.width}`]);
  const end = owner === link.from ? route.tail : route.tip;
  const told = load.per_s !== null && (load.failing || lit || chosen === link.from || chosen === link.to);
  return (
    <>
      <path className={css.hit} d={route.path} onClick={() => select.link(id)} />
      <path className={names} d={route.path} />
      <path className={cx(css.head, css[`${flow}Head`], lit && css.litHead, load.failing && css.badHead)} d={route.head} />
      {owner !== null && owner === chosen && !locked ? (
        <EdgeLabelRenderer>
          <EndLabel end={end} text={link.port} />
        </EdgeLabelRenderer>
      ) : null}
      {told && load.per_s !== null ? (
        <EdgeLabelRenderer>
          <Rate end={chosen === link.to ? route.tail : route.tip} per_s={load.per_s} failing={load.failing} />
        </EdgeLabelRenderer>
      ) : null}
    </>
  );
});

/** From the box to the middle of a name: below or above it, and beside it, in the middle of the usual gap. */
const OUT = 12;
const BESIDE = 24;

function EndLabel({ end, text }: { end: End; text: string }) {
  const shift: Record<End['side'], string> = {
    bottom: `translate(-50%, -50%) translate(${end.x}px, ${end.y + OUT}px)`,
    top: `translate(-50%, -50%) translate(${end.x}px, ${end.y - OUT}px)`,
    right: `translate(-50%, -50%) translate(${end.x + BESIDE}px, ${end.y}px)`,
    left: `translate(-50%, -50%) translate(${end.x - BESIDE}px, ${end.y}px)`,
  };
  return (
    <span className={css.label} style={{ transform: shift[end.side] }}>
      {text}
    </span>
  );
}

function Rate({ end, per_s, failing }: { end: End; per_s: number; failing: boolean }) {
  const components = useDrawing(({ sketch }) => sketch.components);
  const { x, y, anchor } = useMemo(
    () =>
      rateAt(
        end,
        components.map(({ at }) => placeOf(at)),
      ),
    [end, components],
  );
  return (
    <span
      className={cx(css.label, css.rate, failing && css.rateBad)}
      style={{ transform: `translate(${anchor === 'middle' ? '-50%' : '0'}, -50%) translate(${x}px, ${y}px)` }}
    >
      {rate(per_s)}
    </span>
  );
}

interface Load {
  width: 1 | 2 | 3;
  failing: boolean;
  /** A second of life; null where nobody counts the calls. */
  per_s: number | null;
}

/** Width by share of the load that enters. A link that nobody counts, that shares its ends with another, or whose figures are old, stays thin. Red
 * where calls fail. */
function useLoad(drawn: DrawnLink | undefined): Load {
  const { from, to, port } = drawn?.link ?? { from: '', to: '', port: '' };
  const isCall = drawn?.flow === 'call';
  const running = useRun(({ status }) => isLocked(status));
  const key = useMetrics((metrics) => {
    const tick = freshTick(metrics);
    if (!running || tick === null) return '';
    const head = tick.components[to];
    const counted = tick.links.find((link) => link.from === from && link.to === to && link.port === port);
    const failing = isCall && head !== undefined && head.refused_per_s + head.failed_per_s > 0;
    return `${counted === undefined ? '' : linkWidth(counted.per_s, tick.sent_per_s)} ${failing ? 'failing' : ''} ${counted?.per_s ?? ''}`;
  });
  const [width, failing, per_s = ''] = key.split(' ');
  return { width: width === '3' ? 3 : width === '2' ? 2 : 1, failing: failing === 'failing', per_s: per_s === '' ? null : Number(per_s) };
}
