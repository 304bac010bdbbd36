// The bar over the canvas: tools, palette, undo, arrange, fit; during a run the switch of what the components show.
import { useReactFlow, useStore } from '@xyflow/react';
import { useState } from 'react';
import { Button, Icon, Segmented, Tip, cx, type IconName } from '../../parts';
import { asHostError, call, type HostError } from '../../host';
import { metrics, useMetrics } from '../run/metrics';
import type { Metric } from '../run/state';
import { isLocked, useRun } from '../run/store';
import { PanelOpeners, usePanels } from '../panels';
import { draw, useDrawing, useHistory } from '../sketch/store';
import { AddMenu, PaletteIcons } from './Palette';
import css from './Toolbar.module.css';
import { fitting } from './fit';
import { useCanvasKeys } from './keys';
import { select, useSelection } from './selection';

/** Asks the app for places and takes them as one step of undo. */
async function arrange(): Promise<HostError | null> {
  const { sketch } = useDrawing.getState();
  try {
    const { at } = await call('layout', { sketch });
    draw.move(new Map(Object.entries(at)));
    return null;
  } catch (thrown) {
    return asHostError(thrown);
  }
}

const METRICS: readonly { value: Metric; label: string }[] = [
  { value: 'load', label: 'Load' },
  { value: 'cpu', label: 'CPU' },
  { value: 'memory', label: 'Memory' },
  { value: 'errors', label: 'Errors' },
];

export function Toolbar() {
  const locked = useRun(({ status }) => isLocked(status));
  const { left } = usePanels(locked);
  const metric = useMetrics((state) => state.metric);
  const zoom = useStore(({ transform }) => Math.round(transform[2] * 100));
  const { fitView } = useReactFlow();
  const [adding, setAdding] = useState(false);
  useCanvasKeys({ add: () => setAdding(true), fit: () => void fitView(fitting()) });
  return (
    <div className={css.bar} role="toolbar" aria-label="Drawing">
      {locked ? (
        <>
          {left ? null : <StopHere />}
          <span className={css.locked}>Drawing is locked while it runs</span>
          <span className={css.grow} />
          <div className={css.metric}>
            <Segmented label="What the components show" value={metric} options={METRICS} onChange={metrics.choose} />
          </div>
        </>
      ) : (
        <Drawing adding={adding} onAdd={setAdding} />
      )}
      {locked ? null : <span className={css.grow} />}
      {locked ? null : <PanelOpeners />}
      <span className={css.zoom}>{zoom}%</span>
      <Tool label="Zoom to fit" keys="F" icon="fit" testId="fit" onClick={() => void fitView(fitting())} />
    </div>
  );
}

function Drawing({ adding, onAdd }: { adding: boolean; onAdd: (open: boolean) => void }) {
  const tool = useSelection((state) => state.tool.kind);
  const canUndo = useHistory(({ pastStates }) => pastStates.length > 0);
  const canRedo = useHistory(({ futureStates }) => futureStates.length > 0);
  const { fitView } = useReactFlow();
  const arrangeAll = async (): Promise<void> => {
    const error = await arrange();
    if (error === null) requestAnimationFrame(() => void fitView(fitting()));
    else select.endLink(`${error.message} ${error.hint}`);
  };
  return (
    <>
      <Tool
        label="Choose"
        keys="V"
        icon="choose"
        testId="tool-choose"
        on={tool === 'choose'}
        onClick={() => select.tool({ kind: 'choose' })}
      />
      <Tool label="Link" keys="L" icon="link" testId="tool-link" on={tool === 'link'} onClick={() => select.tool({ kind: 'link' })} />
      <span className={css.separator} />
      <PaletteIcons />
      <AddMenu open={adding} onOpen={onAdd} />
      <span className={css.separator} />
      <Tool label="Undo" keys="Ctrl Z" icon="undo" testId="undo" disabled={!canUndo} onClick={draw.undo} />
      <Tool label="Redo" keys="Ctrl Shift Z" icon="redo" testId="redo" disabled={!canRedo} onClick={draw.redo} />
      <Tool label="Arrange" icon="layout" testId="layout" onClick={() => void arrangeAll()} />
    </>
  );
}

/** Stop, where there is no room for the panel of the run. */
function StopHere() {
  const stopping = useRun(({ status }) => status === 'stopping');
  return (
    <Button look="stop" data-testid="stop" disabled={stopping} onClick={() => void useRun.getState().stop()}>
      <Icon name="stop" />
      {stopping ? 'Stopping' : 'Stop'}
    </Button>
  );
}

interface ToolProps {
  label: string;
  keys?: string;
  icon: IconName;
  testId: string;
  on?: boolean;
  disabled?: boolean;
  onClick: () => void;
}

function Tool({ label, keys, icon, testId, on, disabled = false, onClick }: ToolProps) {
  return (
    <Tip text={label} {...(keys === undefined ? {} : { keys })}>
      <button
        type="button"
        className={cx(css.tool, on === true && css.on)}
        aria-label={label}
        {...(on === undefined ? {} : { 'aria-pressed': on })}
        disabled={disabled}
        data-testid={testId}
        onClick={onClick}
      >
        <Icon name={icon} />
      </button>
    </Tip>
  );
}
