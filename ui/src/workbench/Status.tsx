// What the status bar says: findings and saving while drawing, whether the counts add up while running.
import { clock, count, ms, plural, ratio, share } from '../format';
import { StateIcon } from '../parts';
import { counted, worst } from './findings';
import { useMetrics } from './run/metrics';
import { isLocked, useRun } from './run/store';
import { saveAgain, useSession } from './session';
import { componentOf } from './sketch/ports';
import { useDrawing } from './sketch/store';
import { SEVERITY_STATE } from './tones';
import css from './Workbench.module.css';

export function Status() {
  const locked = useRun(({ status }) => isLocked(status));
  return locked ? <RunStatus /> : <DrawStatus />;
}

function DrawStatus() {
  const check = useSession((session) => session.check);
  const error = useSession((session) => session.checkError);
  const sketch = useDrawing((state) => state.sketch);
  if (error !== null) {
    return (
      <span role="alert">
        <StateIcon state="unknown" />
        <b>Not checked:</b> {error.message} {error.hint}
      </span>
    );
  }
  if (check === null) return null;
  const kinds = counted(check.diagnostics);
  const sentence = worst(check, (id) => componentOf(sketch, id)?.name ?? id);
  return (
    <>
      {kinds.length === 0 ? <span data-testid="findings">No findings</span> : null}
      {kinds.map(({ severity, text }) => (
        <span key={severity} data-testid={`findings-${severity}`}>
          <StateIcon state={SEVERITY_STATE[severity]} />
          <b>{text}</b>
        </span>
      ))}
      {sentence === null ? null : <span className={css.worst}>{sentence}</span>}
    </>
  );
}

function RunStatus() {
  const tick = useMetrics((state) => state.tick);
  const plan = useRun((state) => state.plan);
  if (tick === null) return <span>No figures yet</span>;
  const { scheduled, sent, dropped } = tick.load;
  const exact = scheduled === sent + dropped;
  return (
    <>
      <span>
        <StateIcon state={exact ? 'pass' : 'fail'} />
        <b>{exact ? 'The counts add up' : 'The counts do not add up'}</b>
      </span>
      <span>Laptop {share(tick.host_cpu)}</span>
      <span>Generator late {ms(tick.generator_late_ms)}</span>
      {plan === null ? null : <span>{ratio(plan.dilation)} slower than life, figures scaled back</span>}
    </>
  );
}

export function StatusRight() {
  const locked = useRun(({ status }) => isLocked(status));
  return locked ? <Conservation /> : <SaveState />;
}

function Conservation() {
  const load = useMetrics(({ tick }) => tick?.load);
  if (load === undefined) return null;
  return (
    <span>
      Scheduled = sent + dropped: {count(load.scheduled)} = {count(load.sent)} + {count(load.dropped)}
    </span>
  );
}

function SaveState() {
  const savedMs = useSession((session) => session.savedMs);
  const unsaved = useSession((session) => session.unsaved);
  const error = useSession((session) => session.saveError);
  const plan = useSession((session) => session.check?.plan);
  return (
    <>
      {error !== null ? (
        <span role="alert" className={css.notSaved}>
          <StateIcon state="fail" />
          Not saved: {error.message}
          <button type="button" onClick={() => void saveAgain()}>
            Save again
          </button>
        </span>
      ) : (
        <span data-testid="saved">{unsaved ? 'Saving' : savedMs === null ? '' : `Saved ${clock(savedMs)}`}</span>
      )}
      {plan == null ? null : (
        <span>
          {plural(plan.processes, 'process', 'processes')}, laptop share {share(plan.laptop_share)}
        </span>
      )}
    </>
  );
}
