// A dialog over the page, with a title that screen readers hear. Escape closes it and focus goes back to where it was.
import * as Dialog from '@radix-ui/react-dialog';
import type { ReactNode } from 'react';
import floating from './Floating.module.css';
import css from './Sheet.module.css';

interface Props {
  title: string;
  open: boolean;
  onClose: () => void;
  children: ReactNode;
  /** The title is only for screen readers. */
  hideTitle?: boolean;
}

export function Sheet({ title, open, onClose, children, hideTitle = false }: Props) {
  return (
    <Dialog.Root
      open={open}
      onOpenChange={(now) => {
        if (!now) onClose();
      }}
    >
      <Dialog.Portal>
        <Dialog.Overlay className={floating.overlay ?? ''} />
        <Dialog.Content className={floating.dialog ?? ''} aria-describedby={undefined}>
          <Dialog.Title className={hideTitle ? 'vh' : (css.title ?? '')}>{title}</Dialog.Title>
          {children}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
