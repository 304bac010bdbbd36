// One link on the canvas: the routed path, its arrowhead, and the name of its port when the component that owns it is chosen.
import { EdgeLabelRenderer, type Edge, type EdgeProps } from '@xyflow/react';
import { memo } from 'react';
import { useMetrics } from '../run/metrics';
import { linkWidth } from '../run/state';
import { isLocked, useRun } from '../run/store';
import { useDrawing } from '../sketch/store';
import { cx } from '../../parts';
import css from './LinkLine.module.css';
import type { End } from './route';
import { onlyChosen, select, useSelection } from './selection';
import type { DrawnLink } from './wiring';

export type LinkEdge = Edge<{ drawn: DrawnLink }, 'link'>;

export const LinkLine = memo(function LinkLine({ id, data, selected }: EdgeProps<LinkEdge>) {
  const chosen = useSelection(onlyChosen);
  const locked = useRun(({ status }) => isLocked(status));
  const load = useLoad(data?.drawn);
  if (data === undefined) return null;
  const { route, flow, owner, link } = data.drawn;
  const lit = selected === true || (!locked && owner !== null && owner === chosen);
  const names = cx(css.link, css[flow], lit && css.lit, load.failing && css.bad, css[`w${load.width}`]);
  const end = owner === link.from ? route.tail : route.tip;
  return (
    <>
      <path className={css.hit} d={route.path} onClick={() => select.link(id)} />
      <path className={names} d={route.path} />
      <path className={cx(css.head, css[`${flow}Head`], lit && css.litHead, load.failing && css.badHead)} d={route.head} />
      {owner !== null && owner === chosen && !locked ? (
        <EdgeLabelRenderer>
          <PortLabel end={end} text={link.port} />
        </EdgeLabelRenderer>
      ) : null}
    </>
  );
});

/** From the box to the middle of a name: below or above it, and beside it, in the middle of the usual gap. */
const OUT = 12;
const BESIDE = 24;

function PortLabel({ end, text }: { end: End; text: string }) {
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

interface Load {
  width: 1 | 2 | 3;
  failing: boolean;
}

/** Width by share of the load, where one figure tells it: the only link into a component, or the only one out of it. Red where calls fail. */
function useLoad(drawn: DrawnLink | undefined): Load {
  const from = drawn?.link.from ?? '';
  const to = drawn?.link.to ?? '';
  const isCall = drawn?.flow === 'call';
  const onlyIn = useDrawing(({ sketch }) => sketch.links.filter((link) => link.to === to).length === 1);
  const onlyOut = useDrawing(({ sketch }) => sketch.links.filter((link) => link.from === from).length === 1);
  const running = useRun(({ status }) => isLocked(status));
  const key = useMetrics(({ tick }) => {
    if (!running || tick === null) return '1';
    const head = tick.components[to];
    const tail = tick.components[from];
    const perSecond = onlyIn && head !== undefined ? head.per_s : onlyOut && tail !== undefined ? tail.per_s : null;
    const failing = isCall && head !== undefined && head.refused_per_s + head.failed_per_s > 0;
    return `${linkWidth(isCall ? perSecond : null, tick.sent_per_s)}${failing ? '!' : ''}`;
  });
  const width = key.startsWith('3') ? 3 : key.startsWith('2') ? 2 : 1;
  return { width, failing: key.endsWith('!') };
}
