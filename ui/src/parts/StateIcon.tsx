// States by shape, word and colour, in that order. The shape alone must tell them apart; it is not used for what is well on the canvas.
import type { ReactElement, ReactNode } from 'react';
import type { NoteLevel } from '../rpc/contract';
import { cx } from './cx';
import css from './StateIcon.module.css';

export type StateName = 'busy' | 'over' | 'fail' | 'down' | 'pass' | 'unknown' | 'part' | 'info';

const octagon = <path className={css.fill} d="M3.8.6h4.4l3.2 3.2v4.4l-3.2 3.2H3.8L.6 8.2V3.8z" />;

const shapes: Record<StateName, ReactElement> = {
  busy: (
    <>
      <path className={css.fill} d="M6 .9 11.6 11.1H.4z" />
      <path className={css.holeSurface} d="M6 4.4v3.2M6 9.2v.4" />
    </>
  ),
  over: (
    <>
      {octagon}
      <path className={cx(css.hole, css.bar)} d="M3 6h6" />
    </>
  ),
  fail: (
    <>
      {octagon}
      <path className={css.hole} d="m4 4 4 4M8 4 4 8" />
    </>
  ),
  down: (
    <>
      <rect className={css.fill} x="0.5" y="0.5" width="11" height="11" />
      <path className={css.holeDown} d="m3.5 3.5 5 5M8.5 3.5l-5 5" />
    </>
  ),
  pass: (
    <>
      <circle className={css.fill} cx="6" cy="6" r="5.5" />
      <path className={css.hole} d="m3.4 6.2 1.9 1.9 3.4-3.9" />
    </>
  ),
  unknown: (
    <>
      <circle className={cx(css.ring, css.dotted)} cx="6" cy="6" r="5" />
      <path className={css.ring} d="M4.6 4.9c0-2 2.8-1.8 2.8-.2 0 1-1.4 1-1.4 2.2M6 8.7v.3" />
    </>
  ),
  part: (
    <>
      <circle className={css.ring} cx="6" cy="6" r="5" />
      <path className={css.fill} d="M6 1a5 5 0 0 1 0 10z" />
    </>
  ),
  info: (
    <>
      <circle className={css.ring} cx="6" cy="6" r="5" />
      <path className={css.ring} d="M6 5.5v3.2M6 3.2v.3" />
    </>
  ),
};

interface Props {
  state: StateName;
  /** Read aloud; leave it out where a word stands beside the shape. */
  label?: string;
  size?: 10 | 12 | 14;
}

export function StateIcon({ state, label, size = 12 }: Props) {
  const name = label === undefined ? { 'aria-hidden': true } : { role: 'img', 'aria-label': label };
  return (
    <svg className={cx(css.icon, css[state])} width={size} height={size} viewBox="0 0 12 12" data-state={state} {...name}>
      {shapes[state]}
    </svg>
  );
}

/** The shape with its word. */
export function StateLabel({ state, children }: { state: StateName; children: ReactNode }) {
  return (
    <span className={cx(css.label, css[`${state}Text`])}>
      <StateIcon state={state} />
      {children}
    </span>
  );
}

const levels: Record<NoteLevel, { state: StateName; word: string }> = {
  info: { state: 'info', word: 'note' },
  good: { state: 'pass', word: 'well' },
  warning: { state: 'busy', word: 'warning' },
  bad: { state: 'fail', word: 'trouble' },
};

/** The shape beside an event of a run, with its word for a screen reader. */
export function LevelIcon({ level }: { level: NoteLevel }) {
  const { state, word } = levels[level];
  return <StateIcon state={state} label={word} />;
}
