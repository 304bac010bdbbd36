// The workbench: draw, predict, run. It puts canvas, panels and dock in their places, opens the design, and goes to the report when a run ends.
import { ReactFlowProvider } from '@xyflow/react';
import { useCallback, useEffect, useRef, useState } from 'react';
import { Frame, type LoopStep } from '../app/Frame';
import { go } from '../app/route';
import { asHostError, type HostError } from '../host';
import { ErrorPanel, OriginKey, cx } from '../parts';
import { Brief } from './Brief';
import { Status, StatusRight } from './Status';
import { DesignTitle } from './DesignTitle';
import { Notices } from './Notices';
import css from './Workbench.module.css';
import { Canvas } from './canvas/Canvas';
import { Outline } from './canvas/Outline';
import { Toolbar } from './canvas/Toolbar';
import { stage, useStage } from './canvas/stage';
import { PredictDock } from './dock/PredictDock';
import { Inspector } from './inspector/Inspector';
import { PanelToggle, usePanels } from './panels';
import { LiveDock } from './run/LiveDock';
import { RunPanel } from './run/RunPanel';
import { isLocked, useRun } from './run/store';
import { closeSession, goesOnAsCopy, openSession, useSession } from './session';

export function WorkbenchScreen({ exercise, design }: { exercise: string; design: string }) {
  const [failure, setFailure] = useState<{ design: string; error: HostError } | null>(null);
  const open = useCallback(() => {
    openSession(exercise, design).catch((thrown: unknown) => setFailure({ design, error: asHostError(thrown) }));
  }, [exercise, design]);
  const again = (): void => {
    setFailure(null);
    open();
  };
  /** Whether the address changed and nothing else: a save had to become a copy, and the same session goes on. */
  const goesOn = useRef(false);
  useEffect(() => {
    if (!goesOn.current) open();
    goesOn.current = false;
    return () => {
      goesOn.current = goesOnAsCopy(design);
      if (goesOn.current) return;
      const { status, stop } = useRun.getState();
      if (isLocked(status)) void stop();
      useRun.getState().clear();
      void closeSession();
    };
  }, [open, design]);
  const error = failure?.design === design ? failure.error : null;
  const ready = useSession((session) => session.design === design && session.exercise !== null);
  const title = useSession((session) => session.exercise?.card.title);
  const step = useStep();
  const leads = useLeads();
  useReportWhenFinished();
  return (
    <Frame
      exercise={title ?? exercise}
      design={ready ? <DesignTitle /> : null}
      step={step}
      leads={leads}
      status={<Status />}
      statusRight={<StatusRight />}
    >
      {error !== null ? (
        <main className={css.failed}>
          <ErrorPanel error={error} onAgain={again} />
        </main>
      ) : ready ? (
        <ReactFlowProvider>
          <Bench />
        </ReactFlowProvider>
      ) : (
        <main className={css.failed} aria-busy="true">
          Opening the design
        </main>
      )}
    </Frame>
  );
}

function useStep(): LoopStep {
  const locked = useRun(({ status }) => isLocked(status));
  const canRun = useSession(({ check }) => check?.plan != null);
  return locked ? 'run' : canRun ? 'predict' : 'draw';
}

/** Explain leads to the newest report of this design; while a run is on there is nowhere to go. */
function useLeads(): Partial<Record<LoopStep, () => void>> {
  const newest = useSession(({ exercise, design }) => exercise?.runs.find(({ design_id }) => design_id === design)?.id);
  const locked = useRun(({ status }) => isLocked(status));
  return newest === undefined || locked ? {} : { explain: () => go({ screen: 'report', run: newest }) };
}

function useReportWhenFinished(): void {
  const status = useRun((state) => state.status);
  const id = useRun((state) => state.id);
  useEffect(() => {
    if (status === 'finished' && id !== null) go({ screen: 'report', run: id });
  }, [status, id]);
}

function Bench() {
  const locked = useRun(({ status }) => isLocked(status));
  const { left, right } = usePanels(locked);
  return (
    <div className={cx(css.bench, !left && css.noLeft, !right && css.noRight)}>
      {left ? (
        <aside className={css.panel} aria-label={locked ? 'Run' : 'Brief'}>
          {locked ? <RunPanel /> : <BriefPanel />}
        </aside>
      ) : null}
      <main className={css.canvas} aria-label={locked ? 'Canvas, run in progress' : 'Canvas'}>
        <Toolbar />
        <Notices />
        <Canvas />
      </main>
      {right ? (
        <aside className={css.panel} aria-label="Inspector" data-testid="inspector">
          <div className={css.tabs}>
            <span className={css.tab}>Inspector</span>
            <PanelToggle side="right" />
          </div>
          <Inspector />
          <div className={css.key}>
            <OriginKey />
          </div>
        </aside>
      ) : null}
      <section className={css.dock} aria-label={locked ? 'Live' : 'Predict and run'}>
        {locked ? <LiveDock /> : <PredictDock />}
      </section>
    </div>
  );
}

function BriefPanel() {
  const outline = useStage((state) => state.outline);
  return (
    <>
      <div className={css.tabs}>
        <LeftTabs outline={outline} />
        <PanelToggle side="left" />
      </div>
      <div className={css.scroll}>{outline ? <Outline /> : <Brief />}</div>
    </>
  );
}

function LeftTabs({ outline }: { outline: boolean }) {
  const tab = (shown: boolean, label: string, choose: () => void) =>
    shown ? (
      <span className={css.tab} aria-current="page">
        {label}
      </span>
    ) : (
      <button type="button" className={css.otherTab} onClick={choose}>
        {label}
      </button>
    );
  return (
    <>
      {tab(!outline, 'Brief', () => stage.outline(false))}
      {tab(outline, 'Outline', () => stage.outline(true))}
    </>
  );
}
