// A menu that opens from a button, as data. It is for actions and choices; to pick a value in a form use Select.
import * as Dropdown from '@radix-ui/react-dropdown-menu';
import type { ReactElement } from 'react';
import floating from './Floating.module.css';
import { Icon } from './icons';

export type MenuEntry =
  | { kind: 'action'; label: string; detail?: string; chosen?: boolean; disabled?: boolean; onChoose: () => void }
  | { kind: 'heading'; label: string }
  | { kind: 'separator' };

export function Menu({
  trigger,
  entries,
  align = 'start',
}: {
  trigger: ReactElement;
  entries: readonly MenuEntry[];
  align?: 'start' | 'end';
}) {
  // Not modal: hiding the rest of the page from a screen reader while it keeps its tab stops is worse than leaving it there.
  return (
    <Dropdown.Root modal={false}>
      <Dropdown.Trigger asChild>{trigger}</Dropdown.Trigger>
      <Dropdown.Portal>
        <Dropdown.Content className={floating.menu ?? ''} sideOffset={4} align={align} collisionPadding={8}>
          {entries.map((entry, index) => {
            if (entry.kind === 'separator') return <Dropdown.Separator key={index} className={floating.separator ?? ''} />;
            if (entry.kind === 'heading')
              return (
                <Dropdown.Label key={index} className={floating.menuLabel ?? ''}>
                  {entry.label}
                </Dropdown.Label>
              );
            return (
              <Dropdown.Item
                key={index}
                className={floating.item ?? ''}
                disabled={entry.disabled ?? false}
                onSelect={entry.onChoose}
                {...(entry.chosen === true ? { 'aria-current': true } : {})}
              >
                <span className={floating.itemMark}>{entry.chosen === true ? <Icon name="check" size={12} /> : null}</span>
                <span className={floating.itemText}>
                  {entry.label}
                  {entry.detail === undefined ? null : <span className={floating.itemSub}>{entry.detail}</span>}
                </span>
              </Dropdown.Item>
            );
          })}
        </Dropdown.Content>
      </Dropdown.Portal>
    </Dropdown.Root>
  );
}
