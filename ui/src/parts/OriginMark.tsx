// Where a figure comes from: ● measured, ○ modelled, ◌ assumed. Choosing the mark opens the run, formula or source. Form carries it, not colour.
import * as Popover from '@radix-ui/react-popover';
import type { Tag } from '../rpc/contract';
import { cx } from './cx';
import floating from './Floating.module.css';
import css from './OriginMark.module.css';

const words: Record<Tag, string> = {
  measured: 'measured in this run',
  modelled: 'modelled by a formula',
  assumed: 'assumed, with a source',
};

/** The bare shape, for keys and text; it opens nothing. */
export function OriginShape({ tag }: { tag: Tag }) {
  return (
    <svg className={cx(css.shape, css[tag])} width="8" height="8" viewBox="0 0 8 8" aria-hidden="true">
      <circle cx="4" cy="4" r="3" />
    </svg>
  );
}

interface Props {
  tag: Tag;
  /** Run, formula or source, in words. */
  source: string;
  /** The figure it belongs to, for a screen reader. */
  of: string;
  /** Show the word beside the shape. */
  word?: boolean;
}

export function OriginMark({ tag, source, of, word = false }: Props) {
  return (
    <Popover.Root>
      <Popover.Trigger className={cx(css.mark, word && css.withWord)} aria-label={`${of}: ${tag}. Show the origin`}>
        <OriginShape tag={tag} />
        {word ? tag : null}
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content className={floating.popover} sideOffset={4} collisionPadding={8}>
          <h4>
            <OriginShape tag={tag} />
            {of}: {tag}
          </h4>
          <p>{source === '' ? 'unknown: no origin was recorded' : source}</p>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

/** The key to the marks, at the foot of every panel that shows figures. `stacked` says them in full, one a line, with the prediction's line. */
export function OriginKey({ stacked = false }: { stacked?: boolean }) {
  const tags: Tag[] = ['measured', 'modelled', 'assumed'];
  return (
    <ul className={cx(css.key, stacked && css.stacked)} aria-label="Key to the marks beside figures">
      {tags.map((tag) => (
        <li key={tag}>
          <OriginShape tag={tag} />
          {stacked ? words[tag] : tag}
        </li>
      ))}
      {stacked ? (
        <li className={css.prediction}>
          <svg className={css.shape} width="8" height="10" viewBox="0 0 8 10" aria-hidden="true">
            <path d="M4 0v10" />
          </svg>
          your prediction
        </li>
      ) : null}
    </ul>
  );
}
