// One figure: number, quieter unit, and the mark of its origin. Unknown is said, never shown as 0.
import { figure } from '../format';
import type { Tag } from '../rpc/contract';
import { cx } from './cx';
import css from './Figure.module.css';
import { OriginMark } from './OriginMark';

interface Props {
  value: number | null;
  /** As the app gives it: `ms`, `%`, `/s`, `per tweet`, or nothing. Percent is in percent. */
  unit: string;
  /** Name of the figure, for its origin. */
  label: string;
  tag?: Tag;
  source?: string;
  tone?: 'plain' | 'over' | 'pred';
  size?: 'body' | 'title';
}

export function Figure({ value, unit, label, tag, source, tone = 'plain', size = 'body' }: Props) {
  const shown = figure(value, unit);
  return (
    <span className={cx(css.figure, css[size])}>
      <b className={cx(css.number, value === null ? css.unknown : css[tone])}>{shown.number}</b>
      {shown.unit === '' ? null : <span className={cx(css.unit, shown.gap && css.gap)}>{shown.unit}</span>}
      {tag === undefined ? null : <OriginMark tag={tag} source={source ?? ''} of={label} />}
    </span>
  );
}
