// Buttons: plain, primary (one a screen), quiet, stop; and the square one with only an icon, which always has a name and a tooltip.
import type { ComponentProps, ReactNode } from 'react';
import { cx } from './cx';
import css from './Button.module.css';
import { Tip } from './Tip';

type Look = 'plain' | 'primary' | 'quiet' | 'stop';

interface ButtonProps extends Omit<ComponentProps<'button'>, 'className'> {
  look?: Look;
  /** 36 high, for Run. */
  big?: boolean;
  /** 24 high, within settings and tables. */
  small?: boolean;
  /** As wide as its place. */
  wide?: boolean;
}

export function Button({ look = 'plain', big = false, small = false, wide = false, type = 'button', ...rest }: ButtonProps) {
  return <button type={type} className={cx(css.button, css[look], big && css.big, small && css.small, wide && css.wide)} {...rest} />;
}

interface IconButtonProps extends Omit<ComponentProps<'button'>, 'className' | 'aria-label' | 'children'> {
  /** What it does: read aloud and shown as a tooltip. */
  label: string;
  /** A key that does the same, shown in the tooltip. */
  keys?: string;
  /** Set for a button that stays down. */
  on?: boolean;
  children: ReactNode;
}

export function IconButton({ label, keys, on, type = 'button', children, ...rest }: IconButtonProps) {
  return (
    <Tip text={label} {...(keys === undefined ? {} : { keys })}>
      <button
        type={type}
        className={cx(css.button, css.quiet, css.icon, on === true && css.on)}
        aria-label={label}
        {...(on === undefined ? {} : { 'aria-pressed': on })}
        {...rest}
      >
        {children}
      </button>
    </Tip>
  );
}

/** A key on the keyboard. */
export function Key({ children }: { children: ReactNode }) {
  return <kbd className={css.key}>{children}</kbd>;
}
