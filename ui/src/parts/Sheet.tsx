// A dialog over the page, with a title that screen readers hear. Escape closes it and focus goes back to where it was.
import * as Dialog from '@radix-ui/react-dialog';
import { useRef, type ReactNode } from 'react';
import { cx } from './cx';
import floating from './Floating.module.css';
import { rememberPlace, returnFrom } from './places';
import css from './Sheet.module.css';

interface Props {
  title: string;
  open: boolean;
  onClose: () => void;
  children: ReactNode;
  /** The title is only for screen readers. */
  hideTitle?: boolean;
  /** For lists with pictures. */
  wide?: boolean;
}

/** Whether a dialog lies over the page: what the page does by keys waits until it is shut. */
export const isSheetOpen = (): boolean => document.querySelector('[data-sheet]') !== null;

export function Sheet({ title, open, onClose, children, hideTitle = false, wide = false }: Props) {
  const content = useRef<HTMLDivElement>(null);
  /** It is gone from the page when the place is asked for. */
  const dialog = useRef<Element | null>(null);
  return (
    <Dialog.Root
      open={open}
      onOpenChange={(now) => {
        if (!now) onClose();
      }}
    >
      <Dialog.Portal>
        <Dialog.Overlay className={floating.overlay ?? ''} />
        <Dialog.Content
          ref={content}
          data-sheet
          className={cx(floating.dialog, wide && css.wide)}
          aria-describedby={undefined}
          onOpenAutoFocus={() => {
            dialog.current = content.current;
            if (dialog.current !== null) rememberPlace(dialog.current);
          }}
          onCloseAutoFocus={(event) => {
            // The library would look for a trigger of its own, and there is none.
            event.preventDefault();
            if (dialog.current !== null) returnFrom(dialog.current);
          }}
        >
          <Dialog.Title className={hideTitle ? 'vh' : (css.title ?? '')}>{title}</Dialog.Title>
          {children}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
