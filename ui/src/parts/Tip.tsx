// A tooltip for controls that show only an icon. It repeats a name; no fact may live in it alone.
import * as Tooltip from '@radix-ui/react-tooltip';
import type { ReactElement } from 'react';
import css from './Floating.module.css';

export const TipProvider = Tooltip.Provider;

export function Tip({ text, keys, children }: { text: string; keys?: string; children: ReactElement }) {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger
        asChild
        onFocus={(event) => {
          // Focus that comes back from a menu or a dialog, and was not moved by a key, says nothing.
          if (!event.currentTarget.matches(':focus-visible')) event.preventDefault();
        }}
      >
        {children}
      </Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Content className={css.tip} sideOffset={4} collisionPadding={8}>
          {text}
          {keys === undefined ? null : <kbd className={css.tipKey}>{keys}</kbd>}
        </Tooltip.Content>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}
