// Load from 0 to 100%: fill = measured, outline = modelled, plum line = predicted. And the comb: one small bar an instance.
import { share } from '../format';
import { cx } from './cx';
import { loadState } from './load';
import css from './Meter.module.css';

interface MeterProps {
  /** 0 to 1, measured; null: no figure, so no fill. */
  value: number | null;
  /** What it is of, for screen readers. */
  label: string;
  /** 0 and up, modelled: an outline, cut at 100%. */
  modelled?: number | null;
  /** 0 and up, the learner's: a line, held inside the meter. */
  predicted?: number | null;
  state?: 'busy' | 'over' | null;
}

const width = (value: number): string => `${Math.min(1, Math.max(0, value)) * 100}%`;

export function Meter({ value, label, modelled = null, predicted = null, state = null }: MeterProps) {
  const said = [
    value === null ? 'unknown' : share(value),
    modelled === null ? '' : `modelled ${share(modelled)}`,
    predicted === null ? '' : `predicted ${share(predicted)}`,
  ].filter((part) => part !== '');
  return (
    <span className={cx(css.meter, state !== null && css[state])} role="img" aria-label={`${label}: ${said.join(', ')}`}>
      {value === null ? null : <span className={css.fill} style={{ width: width(value) }} />}
      {modelled === null ? null : <span className={css.outline} style={{ width: width(modelled) }} />}
      {predicted === null ? null : <span className={css.prediction} style={{ left: width(predicted) }} />}
    </span>
  );
}

interface CombProps {
  /** 0 to 1 for each instance; null: it is gone. Undefined: nothing runs, so the bars are only counted. */
  each: readonly (number | null)[] | number;
  label: string;
  /** The most bars that are drawn. */
  most?: number;
}

function combTone(value: number): string | undefined {
  const state = loadState(value);
  return state === null ? undefined : state === 'over' ? css.combOver : css.combBusy;
}

/** A hot instance stands out, a dead one is crossed. Past `most`, the last bars give way to a count. */
export function Comb({ each, label, most = 12 }: CombProps) {
  const bars: readonly (number | null | undefined)[] = typeof each === 'number' ? Array.from({ length: each }, () => undefined) : each;
  const shown = bars.slice(0, most);
  return (
    <span className={css.comb} role="img" aria-label={label}>
      {shown.map((value, index) => {
        if (value === undefined) return <i key={index} className={css.idle} />;
        if (value === null) return <i key={index} className={css.gone} />;
        return (
          <i key={index} className={combTone(value)}>
            <b style={{ height: width(value) }} />
          </i>
        );
      })}
      {bars.length > most ? <span className={css.more}>+{bars.length - most}</span> : null}
    </span>
  );
}
