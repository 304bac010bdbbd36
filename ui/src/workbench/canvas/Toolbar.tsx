// The bar over the canvas: tools, palette, undo, arrange, fit; during a run the switch of what the components show.
import { useStore } from '@xyflow/react';
import { useState } from 'react';
import { Button, Icon, Menu, Segmented, Tip, cx, type IconName, type MenuEntry } from '../../parts';
import { chordText, rowOf, type CanvasAction } from '../../app/keymap';
import { metrics, useMetrics } from '../run/metrics';
import { ClockHere } from '../run/RunPanel';
import type { Metric } from '../run/state';
import { isLocked, useRun } from '../run/store';
import { PanelOpeners, usePanels } from '../panels';
import { useHistory } from '../sketch/store';
import { AddMenu, PaletteIcons } from './Palette';
import css from './Toolbar.module.css';
import { perform } from './actions';
import { useCanvasKeys } from './keys';
import { useSelection } from './selection';
import { useStage } from './stage';

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
  const [adding, setAdding] = useState(false);
  useCanvasKeys();
  return (
    <div className={css.bar} role="group" aria-label="Drawing">
      {locked ? (
        <>
          {left ? (
            <span className={css.locked}>Drawing is locked while it runs</span>
          ) : (
            <>
              <StopHere />
              <ClockHere />
            </>
          )}
          <span className={css.grow} />
          <div className={css.metric}>
            <Segmented label="What the components show" value={metric} options={METRICS} onChange={metrics.choose} />
          </div>
        </>
      ) : (
        <Drawing adding={adding} onAdd={setAdding} />
      )}
      {locked ? null : <span className={css.grow} />}
      <PanelOpeners running={locked} />
      <span className={css.zoom}>{zoom}%</span>
      <Tool act="view.fit" icon="fit" testId="fit" />
    </div>
  );
}

function Drawing({ adding, onAdd }: { adding: boolean; onAdd: (open: boolean) => void }) {
  const tool = useSelection((state) => state.tool.kind);
  const canUndo = useHistory(({ pastStates }) => pastStates.length > 0);
  const canRedo = useHistory(({ futureStates }) => futureStates.length > 0);
  const outline = useStage((state) => state.outline);
  return (
    <>
      <Tool act="tool.choose" icon="choose" testId="tool-choose" on={tool === 'choose'} />
      <Tool act="tool.link" icon="link" testId="tool-link" on={tool === 'link'} />
      <span className={css.separator} />
      <span className={css.palette}>
        <PaletteIcons />
      </span>
      <AddMenu open={adding} onOpen={onAdd} />
      <Tool act="comment" icon="comment" testId="tool-comment" />
      <span className={css.separator} />
      <Tool act="edit.undo" icon="undo" testId="undo" disabled={!canUndo} />
      <Tool act="edit.redo" icon="redo" testId="redo" disabled={!canRedo} />
      <Tool act="layout" icon="layout" testId="layout" />
      <LineUp />
      <Tool act="outline" icon="outline" testId="outline-toggle" on={outline} />
    </>
  );
}

const LINE_UP: readonly (readonly CanvasAction[])[] = [
  ['align.left', 'align.centre', 'align.right'],
  ['align.top', 'align.middle', 'align.bottom'],
  ['distribute.across', 'distribute.down'],
  ['edit.group', 'edit.duplicate'],
];

/** Aligning, distributing and grouping what is chosen. */
function LineUp() {
  const count = useSelection(({ components, marks }) => components.size + marks.size);
  const entries = LINE_UP.flatMap((ids, n): MenuEntry[] => [
    ...(n === 0 ? [] : [{ kind: 'separator' as const }]),
    ...ids.map((id): MenuEntry => {
      const { label } = rowOf(id);
      const least = id.startsWith('distribute') ? 3 : id.startsWith('align') ? 2 : 1;
      return { kind: 'action', label, disabled: count < least, onChoose: () => void perform(id) };
    }),
  ]);
  return (
    <Menu
      trigger={
        <button
          type="button"
          className={css.tool}
          aria-label="Align, distribute, group"
          title="Align, distribute, group"
          data-testid="line-up"
        >
          <Icon name="align" />
        </button>
      }
      entries={entries}
    />
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
  act: CanvasAction;
  icon: IconName;
  testId: string;
  on?: boolean;
  disabled?: boolean;
}

/** A button for an action of the table: its name and its key come from there. */
function Tool({ act, icon, testId, on, disabled = false }: ToolProps) {
  const { label, keys } = rowOf(act);
  const [key] = keys;
  return (
    <Tip text={label} {...(key === undefined ? {} : { keys: chordText(key) })}>
      <button
        type="button"
        className={cx(css.tool, on === true && css.on)}
        aria-label={label}
        {...(on === undefined ? {} : { 'aria-pressed': on })}
        disabled={disabled}
        data-testid={testId}
        onClick={() => void perform(act)}
      >
        <Icon name={icon} />
      </button>
    </Tip>
  );
}
