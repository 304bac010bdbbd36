// Asks once before a solution is opened without an attempt. What counts as an attempt is for the app to say; the opening is recorded there.
import { Button, Sheet } from '../parts';
import type { BundledDesign } from '../rpc/contract';
import css from './DesignMenu.module.css';

/** Beside a design that is shut, in place of its summary: that would give the answer away. */
export const SHUT = 'Shut until you have run a design of your own, or opened anyway.';

interface Props {
  /** The design that is asked for; null: nothing is asked. */
  design: BundledDesign | null;
  onClose: () => void;
  onOpen: (design: BundledDesign) => void;
}

export function Solution({ design, onClose, onOpen }: Props) {
  return (
    <Sheet title={`Open ${design?.title ?? ''} before an attempt?`} open={design !== null} onClose={onClose}>
      <div className={css.form}>
        <p className="mid">
          It is a solution. It stays shut until you have run a design of your own for this exercise; a changed copy of an open one counts.
        </p>
        <p className="mid">Opening it now is recorded, and is not asked again.</p>
        <div className={css.buttons}>
          <Button onClick={onClose}>Keep it shut</Button>
          <Button
            look="primary"
            onClick={() => {
              if (design !== null) onOpen(design);
              onClose();
            }}
          >
            Open anyway
          </Button>
        </div>
      </div>
    </Sheet>
  );
}
