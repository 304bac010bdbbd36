// What differs between two drawings, in the app's words: first what makes the system run otherwise, then what only looks different.
import { EmptyPlace, Icon } from '../parts';
import type { Change, ChangeKind } from '../rpc/contract';
import css from './Compare.module.css';

const signs: Record<ChangeKind, 'plus' | 'minus' | 'edit'> = { added: 'plus', removed: 'minus', changed: 'edit' };

/** `changes` is null where a report does not hold its drawing. */
export function Changes({ changes, title }: { changes: readonly Change[] | null; title: string }) {
  const running = changes?.filter(({ runs }) => runs) ?? [];
  const looks = changes?.filter(({ runs }) => !runs) ?? [];
  return (
    <section className={css.changes} aria-label={title} data-testid="changes">
      <h3>{title}</h3>
      {changes === null ? <EmptyPlace>Unknown: one of the reports does not hold its drawing.</EmptyPlace> : null}
      {changes !== null && running.length === 0 ? <p className="mid">The same system: no part, setting or link differs.</p> : null}
      <ul>
        {running.map((change, index) => (
          <li key={index}>
            <Icon name={signs[change.kind]} size={12} />
            {change.text}
          </li>
        ))}
      </ul>
      {looks.length === 0 ? null : <p className="dim">{`Nothing runs differently for: ${looks.map(({ text }) => text).join('; ')}.`}</p>}
    </section>
  );
}
