// What the learner must be told about the design that is open: a run that failed or would not stop, a fault that was not
// taken, a copy that was made, a drawing that is not saved. It stands above the canvas, since panels may be shut.
import { Button, ErrorPanel } from '../parts';
import css from './Workbench.module.css';
import { useRun } from './run/store';
import { copyRead, saveAgain, useSession } from './session';

export function Notices() {
  const failed = useRun(({ status }) => status === 'failed');
  const error = useRun((state) => state.error);
  const stopError = useRun((state) => state.stopError);
  const faultRefused = useRun((state) => state.faultRefused);
  const saveError = useSession((session) => session.saveError);
  const copied = useSession((session) => session.copied);
  return (
    <div className={css.notices}>
      {failed && error !== null ? (
        <div className={css.section} data-testid="run-failed">
          <h3>The run did not come to a report</h3>
          <ErrorPanel error={error} />
          <Button look="quiet" onClick={() => useRun.getState().clear()}>
            Put away
          </Button>
        </div>
      ) : null}
      {stopError !== null ? (
        <div className={css.section} data-testid="stop-failed">
          <h3>The run was not stopped</h3>
          <ErrorPanel error={stopError} onAgain={() => void useRun.getState().stop()} />
        </div>
      ) : null}
      {faultRefused !== null ? (
        <div className={css.section} data-testid="fault-refused">
          <h3>
            {faultRefused.node} was not {faultRefused.kind === 'kill' ? 'killed' : 'started again'}
          </h3>
          <ErrorPanel error={faultRefused.error} />
          <Button look="quiet" onClick={() => useRun.getState().faultRead()}>
            Put away
          </Button>
        </div>
      ) : null}
      {copied !== null ? (
        <div className={css.section} data-testid="copied" role="alert">
          <h3>Both drawings are kept</h3>
          <p>{copied}</p>
          <Button look="quiet" onClick={copyRead}>
            I have read it
          </Button>
        </div>
      ) : null}
      {saveError !== null ? (
        <div className={css.section} data-testid="save-failed">
          <h3>Not saved yet: the drawing is kept in this window</h3>
          <ErrorPanel error={saveError} onAgain={() => void saveAgain()} againLabel="Save again" />
        </div>
      ) : null}
    </div>
  );
}
