// What the status bar says: findings and saving while drawing, whether the counts add up while running.
import { clock, count, moment, plural, ratio, share } from '../format';
import type { RunTick, Soundness } from '../rpc/contract';
import { StateIcon } from '../parts';
import { counted, worst } from './findings';
import { freshTick, useMetrics } from './run/metrics';
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

/** Why: a figure between words. */
type Why = [before: string, figure: string, after: string];

/** Whether the laptop keeps up, in words, against the limit that the report will judge by. */
export function soundnessText({ keeps_up, chain_error, max_chain_error, overrun, max_overrun }: Soundness): { word: string; why: Why } {
  const chain: Why = ['its own delays are', share(chain_error), `of an answer’s time, at most ${share(max_chain_error)}`];
  if (keeps_up) return { word: 'The laptop keeps up', why: chain };
  const late: Why = ['answers leave', share(overrun), `of a service time late, at most ${share(max_overrun)}`];
  return { word: 'Host-limited if it stays so', why: overrun > max_overrun ? late : chain };
}

/** A share that changes while one looks: what stands after it stays where it is. */
function Moving({ children }: { children: string }) {
  return <span className={css.moving}>{children}</span>;
}

function RunStatus() {
  const tick = useMetrics(freshTick);
  const plan = useRun((state) => state.plan);
  return (
    <>
      {tick === null ? <NoFigures /> : <RunFigures tick={tick} />}
      {plan === null ? null : <span>{plan.dilation === 1 ? 'At life speed' : `${ratio(plan.dilation)} slower than life`}</span>}
    </>
  );
}

function RunFigures({ tick: { soundness, host_cpu } }: { tick: RunTick }) {
  const said = soundness === null ? null : soundnessText(soundness);
  return (
    <>
      {said === null ? (
        <span>
          <StateIcon state="unknown" />
          Nothing answered yet
        </span>
      ) : (
        <span data-testid="soundness" className={css.worst}>
          <StateIcon state={soundness?.keeps_up === true ? 'pass' : 'busy'} />
          <b>{said.word}:</b> {said.why[0]} <Moving>{said.why[1]}</Moving> {said.why[2]}
        </span>
      )}
      <span>
        Laptop <Moving>{share(host_cpu)}</Moving>
      </span>
    </>
  );
}

/** Before the first figures, or since the last ones. */
function NoFigures() {
  const last_s = useMetrics(({ tick }) => tick?.t_s ?? null);
  if (last_s === null) return <span>No figures yet</span>;
  return (
    <span data-testid="no-figures">
      <StateIcon state="unknown" />
      No figures since {moment(last_s)}
    </span>
  );
}

export function StatusRight() {
  const locked = useRun(({ status }) => isLocked(status));
  return locked ? <Conservation /> : <SaveState />;
}

function Conservation() {
  const load = useMetrics((state) => freshTick(state)?.load);
  if (load === undefined) return null;
  const exact = load.scheduled === load.sent + load.dropped;
  return (
    <span>
      <StateIcon state={exact ? 'pass' : 'fail'} label={exact ? 'The counts add up' : 'The counts do not add up'} />
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
