// One figure: number, quieter unit, and the mark of its origin. Unknown is said, never shown as 0.
import { besideLimit, figure } from '../format';
import type { Tag } from '../rpc/contract';
import { cx } from './cx';
import css from './Figure.module.css';
import { OriginMark } from './OriginMark';

interface Props {
  value: number | null;
  /** As the app gives it: `ms`, `%`, `/s`, `per tweet`, or nothing. Percent is in percent. */
  unit: string;
  /** What it should not pass, where that stands beside it. */
  limit?: number;
  /** Name of the figure, for its origin. */
  label: string;
  tag?: Tag;
  source?: string;
  tone?: 'plain' | 'over' | 'pred';
  size?: 'body' | 'title';
}

export function Figure({ value, unit, limit, label, tag, source, tone = 'plain', size = 'body' }: Props) {
  const shown = limit === undefined ? figure(value, unit) : besideLimit(value, limit, unit);
  return (
    <span className={cx(css.figure, css[size])}>
      <b className={cx(css.number, value === null ? css.unknown : css[tone])}>{shown.number}</b>
      {shown.unit === '' ? null : <span className={cx(css.unit, shown.gap && css.gap)}>{shown.unit}</span>}
      {tag === undefined ? null : <OriginMark tag={tag} source={source ?? ''} of={label} />}
    </span>
  );
}
