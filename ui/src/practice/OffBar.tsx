// How far an answer is from the worked one, on a log axis: what was said is a line, what is near enough a shaded band. It says nothing that the
// words beside it do not.
import css from './Worksheet.module.css';

const WIDTH = 240;
const HEIGHT = 14;
/** The axis reaches from 1/16 to 16 times the worked answer; what lies past it stands at its end. */
const REACH = 4;

const x = (ratio: number): number => {
  const log = ratio <= 0 ? -REACH : Math.max(-REACH, Math.min(REACH, Math.log2(ratio)));
  return WIDTH / 2 + (log / REACH) * (WIDTH / 2 - 2);
};

export function OffBar({ ratio, tolerance }: { ratio: number; tolerance: number }) {
  const band = [x(1 / tolerance), x(tolerance)] as const;
  return (
    <svg className={css.bar} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} width={WIDTH} height={HEIGHT} aria-hidden="true">
      <rect className={css.band} x={band[0]} y={2} width={band[1] - band[0]} height={HEIGHT - 4} />
      <path className={css.axis} d={`M0 ${HEIGHT - 2}H${WIDTH}`} />
      <circle className={css.dot} cx={WIDTH / 2} cy={HEIGHT / 2} r={3} />
      <path className={css.said} d={`M${x(ratio)} 0V${HEIGHT}`} />
    </svg>
  );
}
