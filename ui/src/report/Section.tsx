// A section of the report: heading, a remark beside it, and its content. It can be focused, so that the list of sections leads into it.
import type { ReactNode } from 'react';
import css from './Report.module.css';

interface Props {
  id: string;
  title: string;
  remark?: ReactNode;
  right?: ReactNode;
  children: ReactNode;
}

export function Section({ id, title, remark, right, children }: Props) {
  return (
    <section id={id} className={css.section} aria-labelledby={`${id}-title`} tabIndex={-1}>
      <div className={css.head}>
        <h2 id={`${id}-title`}>{title}</h2>
        {remark === undefined ? null : <span className={css.remark}>{remark}</span>}
        <span className={css.grow} />
        {right === undefined ? null : <span className={css.right}>{right}</span>}
      </div>
      {children}
    </section>
  );
}
