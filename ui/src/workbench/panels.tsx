// Which side panels are open, remembered as settings of the app. The canvas is never under 560 wide:
// where there is no room for both, one of them is shown, the right one until the left one is asked for.
import { useEffect, useSyncExternalStore } from 'react';
import { create } from 'zustand';
import { call } from '../host';
import { Icon } from '../parts';
import css from './Workbench.module.css';

type Side = 'left' | 'right';

interface Wished extends Record<Side, boolean> {
  loaded: boolean;
  /** Where there is room for one only: the left one stands in the place of the right one. */
  instead: boolean;
}

const useWished = create<Wished>(() => ({ left: true, right: true, loaded: false, instead: false }));

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

/** Left 264, right 272, canvas 560. */
const WIDE = window.matchMedia('(min-width: 1096px)');

/** Opens a panel: somebody asked for it, or something is to be shown in it. */
export function openPanel(side: Side): void {
  if (!useWished.getState()[side]) set(side, true);
  useWished.setState({ instead: side === 'left' });
}

function shutPanel(side: Side): void {
  // In a narrow window this makes room for the other one, and says nothing of what is wished for elsewhere.
  if (side === 'left' && !WIDE.matches) useWished.setState({ instead: false });
  else set(side, false);
}

function shown({ left, right, instead }: Wished, wide: boolean, running: boolean): Record<Side, boolean> {
  return wide ? { left: left || running, right } : { left: instead, right: right && !instead };
}

/** Whether a panel is there to show something. */
export const isPanelShown = (side: Side): boolean => shown(useWished.getState(), WIDE.matches, false)[side];

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
  return shown(wished, wide, running);
}

export function PanelToggle({ side }: { side: Side }) {
  return (
    <button
      type="button"
      className={css.shut}
      aria-label={`Shut the ${side} panel`}
      title={`Shut the ${side} panel`}
      onClick={() => shutPanel(side)}
    >
      <Icon name="close" size={12} />
    </button>
  );
}

const NAMES: Record<Side, string> = { left: 'Brief', right: 'Inspector' };

/** In the toolbar, for panels that are not shown. */
export function PanelOpeners({ running }: { running: boolean }) {
  const shown = usePanels(running);
  return (['left', 'right'] as const).map((side) =>
    shown[side] ? null : (
      <button key={side} type="button" className={css.opener} data-testid={`open-${side}`} onClick={() => openPanel(side)}>
        {side === 'left' && running ? 'Run' : NAMES[side]}
      </button>
    ),
  );
}
