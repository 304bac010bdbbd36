// Which side panels are open, remembered as settings of the app. The canvas is never under 560 wide: the left panel shuts first.
import { useEffect, useSyncExternalStore } from 'react';
import { create } from 'zustand';
import { call } from '../host';
import { Icon } from '../parts';
import css from './Workbench.module.css';

type Side = 'left' | 'right';

const useWished = create<Record<Side, boolean> & { loaded: boolean }>(() => ({ left: true, right: true, loaded: false }));

async function load(): Promise<void> {
  useWished.setState({ loaded: true });
  for (const side of ['left', 'right'] as const) {
    try {
      const { value } = await call('setting_get', { key: `panel.${side}`, value: null });
      if (value === 'shut') useWished.setState({ [side]: false });
    } catch (thrown) {
      console.warn(`Whether the ${side} panel was shut could not be read; it is open.`, thrown);
    }
  }
}

function set(side: Side, open: boolean): void {
  useWished.setState({ [side]: open });
  call('setting_put', { key: `panel.${side}`, value: open ? 'open' : 'shut' }).catch((thrown: unknown) => {
    console.warn(`The ${side} panel could not be remembered.`, thrown);
  });
}

/** Opens a panel that something is to be shown in. */
export function openPanel(side: Side): void {
  if (!useWished.getState()[side]) set(side, true);
}

/** Left 264, right 272, canvas 560. */
const WIDE = window.matchMedia('(min-width: 1096px)');

function useWide(): boolean {
  return useSyncExternalStore(
    (changed) => {
      WIDE.addEventListener('change', changed);
      return () => WIDE.removeEventListener('change', changed);
    },
    () => WIDE.matches,
  );
}

/** A run opens the left panel where there is room: it holds the clock and Stop. */
export function usePanels(running: boolean): Record<Side, boolean> {
  const wished = useWished();
  const wide = useWide();
  useEffect(() => {
    if (!useWished.getState().loaded) void load();
  }, []);
  return { left: (wished.left || running) && wide, right: wished.right };
}

export function PanelToggle({ side }: { side: Side }) {
  return (
    <button
      type="button"
      className={css.shut}
      aria-label={`Shut the ${side} panel`}
      title={`Shut the ${side} panel`}
      onClick={() => set(side, false)}
    >
      <Icon name="close" size={12} />
    </button>
  );
}

/** In the toolbar, for panels that are shut. */
export function PanelOpeners() {
  const wished = useWished();
  return (['left', 'right'] as const).map((side) =>
    wished[side] ? null : (
      <button key={side} type="button" className={css.opener} onClick={() => set(side, true)}>
        {side === 'left' ? 'Brief' : 'Inspector'}
      </button>
    ),
  );
}
