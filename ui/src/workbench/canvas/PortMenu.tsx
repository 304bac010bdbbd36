// The small menu that asks which port is meant when a link could fill several.
import { useEffect, useRef } from 'react';
import css from './Canvas.module.css';
import { useInWindow } from './inWindow';
import { take } from './linking';
import { select, useSelection, type Selection } from './selection';

export function PortMenu() {
  const asking = useSelection((state) => state.asking);
  return asking === null ? null : <Question asking={asking} />;
}

function Question({ asking }: { asking: NonNullable<Selection['asking']> }) {
  const { box, place } = useInWindow<HTMLDivElement>(asking);
  const first = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    first.current?.focus();
    return () => {
      // Whatever the answer was, its button is gone: the focus goes back to where the link was drawn from.
      if (document.activeElement === document.body && before instanceof HTMLElement) before.focus();
    };
  }, [asking]);
  return (
    <div ref={box} className={css.ask} style={place} role="menu" aria-label="Which port" data-testid="port-menu">
      {asking.fits.map((fit, index) => (
        <button
          key={fit.port.name}
          ref={index === 0 ? first : null}
          type="button"
          role="menuitem"
          data-testid={`port-choice-${fit.port.name}`}
          onClick={() => take(fit)}
          onKeyDown={(event) => {
            const step = event.key === 'ArrowDown' ? 'nextElementSibling' : event.key === 'ArrowUp' ? 'previousElementSibling' : null;
            if (step === null) return;
            event.preventDefault();
            event.stopPropagation();
            const other = event.currentTarget[step];
            if (other instanceof HTMLElement) other.focus();
          }}
        >
          <span className="mono">{fit.port.name}</span>
          <span className="dim">{fit.port.summary}</span>
        </button>
      ))}
      <button type="button" role="menuitem" onClick={() => select.endLink()}>
        Not now
      </button>
    </div>
  );
}
