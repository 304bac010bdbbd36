// The dock while drawing: how it would be run, what the learner predicts, and Run with what it takes. It shows no modelled answer.
import { useId } from 'react';
import { useShallow } from 'zustand/react/shallow';
import { keysText, rowOf } from '../../app/keymap';
import { pace, plural, seconds, share } from '../../format';
import { Button, Icon, Key, NumberField, OriginMark, Segmented, Select } from '../../parts';
import {
  because,
  checkAgain,
  chooseScenario,
  permissionOf,
  predict,
  readPredictions,
  run,
  scenarioOf,
  useSession,
  wishFor,
} from '../session';
import { progressText } from './predicting';
import css from './Dock.module.css';
import type { PlanPreview, ScaleWish } from '../../rpc/contract';
import { SHAPES, shapeName } from './shapes';

export function PredictDock() {
  return (
    <>
      <Scenario />
      <Predicting />
      <RunColumn />
    </>
  );
}

function Scenario() {
  const exercise = useSession((session) => session.exercise);
  const wish = useSession((session) => session.wish);
  const scenario = useSession(scenarioOf);
  if (exercise === null) return null;
  const shape = wish.shape ?? scenario?.run.shape ?? 'baseline';
  const usual = scenario?.operation.reduce((sum, operation) => sum + operation.per_s, 0) ?? 0;
  return (
    <div className={css.scenario}>
      <div data-testid="scenario">
        <Select
          label="Scenario"
          value={wish.scenario}
          options={exercise.scenarios.map(({ name, title, summary }) => ({ value: name, label: title, detail: summary }))}
          onChange={(name) => void chooseScenario(name)}
        />
      </div>
      {scenario === null ? null : (
        <>
          <div>
            <div className={css.row}>
              <span className="cap">Shape: {shapeName(shape)}</span>
              <span className="cap">seed {wish.seed ?? scenario.run.seed}</span>
            </div>
            <Segmented
              label="Shape of the load"
              wide
              value={shape}
              options={SHAPES}
              onChange={(next) => wishFor({ shape: next === scenario.run.shape ? null : next })}
            />
          </div>
          <div className={css.two}>
            <div data-testid="duration">
              <NumberField
                label="Runs for"
                unit="s"
                min={1}
                max={3600}
                mayBeBlank
                value={wish.duration_s ?? scenario.run.duration_s}
                onCommit={(value) => wishFor({ duration_s: value === scenario.run.duration_s ? null : value })}
              />
            </div>
            <div data-testid="rate">
              <NumberField
                label="Rate, in all"
                unit="/s"
                min={0.01}
                max={100_000_000}
                mayBeBlank
                value={wish.rate_per_s ?? usual}
                onCommit={(value) => wishFor({ rate_per_s: value === usual ? null : value })}
              />
            </div>
          </div>
        </>
      )}
    </div>
  );
}

function Predicting() {
  const scenario = useSession(scenarioOf);
  const predictions = useSession((session) => session.predictions);
  const read = useSession((session) => session.predictionsRead);
  const error = useSession((session) => session.predictionError);
  const unsaved = useSession((session) => session.predictionsUnsaved);
  const id = useId();
  if (scenario === null) return <div />;
  return (
    <div className={css.predict}>
      <div className={css.predictHead}>
        <h3>Predict</h3>
        <span data-testid="predict-progress">
          {scenario.predict.length === 0 ? 'This scenario asks for no prediction.' : progressText(scenario.predict, predictions)}
        </span>
        <span className={css.shut}>The model’s answers stay shut until you run</span>
      </div>
      <div className={css.figures}>
        {scenario.predict.map(({ figure, label, unit }) => (
          <div key={`${scenario.name} ${figure}`} data-testid={`predict-${figure}`} title={label}>
            <NumberField
              label={label}
              unit={unit}
              min={0}
              mayBeBlank
              placeholder="your figure"
              disabled={!read}
              value={predictions.values[figure] ?? null}
              onCommit={(value) => predict(figure, value)}
            />
          </div>
        ))}
      </div>
      <div className={css.because}>
        <label htmlFor={id}>Because</label>
        <input
          id={id}
          data-testid="because"
          maxLength={2000}
          disabled={!read}
          value={predictions.because}
          onChange={(event) => because(event.target.value)}
        />
      </div>
      {error === null ? null : (
        <p role="alert" className={css.error}>
          {unsaved ? 'Predictions are not saved, and no run begins without them' : 'Predictions could not be read'}: {error.message}{' '}
          {error.hint}
          {read ? null : (
            <Button small onClick={() => void readPredictions()}>
              Read again
            </Button>
          )}
        </p>
      )}
    </div>
  );
}

function RunColumn() {
  const scenario = useSession(scenarioOf);
  const check = useSession((session) => session.check);
  const checkFailed = useSession((session) => session.checkError !== null);
  const permission = useSession(useShallow(permissionOf));
  const plan = check?.plan ?? null;
  return (
    <div className={css.run}>
      <Button look="primary" big wide data-testid="run" disabled={!permission.run} onClick={() => void run()}>
        <Icon name="play" />
        Run
        <Key>{keysText(rowOf('run'))}</Key>
      </Button>
      {(scenario?.predict.length ?? 0) === 0 ? null : (
        <Button look="quiet" wide data-testid="run-without" disabled={!permission.without} onClick={() => void run()}>
          Run without predicting
        </Button>
      )}
      {permission.why === null ? null : (
        <p className={css.why} role="status">
          {permission.why}
        </p>
      )}
      {checkFailed ? (
        <Button small onClick={() => void checkAgain()}>
          Check again
        </Button>
      ) : null}
      {plan === null ? null : <Scale plan={plan} />}
    </div>
  );
}

const WISHES: readonly { value: ScaleWish; label: string }[] = [
  { value: 'instances', label: 'All instances' },
  { value: 'speed', label: 'Life speed' },
];

/** What the run takes, and what it would rather take: each wish with its consequence in one line. */
function Scale({ plan }: { plan: PlanPreview }) {
  const prefer = useSession(({ wish }) => wish.prefer);
  const choice = plan.choices.find((each) => each.prefer === prefer);
  const { processes, dilation, slice } = choice ?? plan;
  return (
    <div className={css.scale} data-testid="scale">
      <Segmented label="Rather" wide value={prefer} options={WISHES} onChange={(next) => wishFor({ prefer: next })} />
      <p>
        <b>
          {plural(processes, 'process', 'processes')}, {pace(dilation)}
        </b>
        {slice === 1 ? null : `: 1/${slice} of the traffic on 1/${slice} of the instances`}
      </p>
      {choice?.why == null ? null : <p>{choice.why}</p>}
      <p className={css.takes}>
        {seconds(plan.duration_s)} here, {seconds(plan.duration_s / dilation)} of life;{' '}
        <span className={css.together}>
          laptop about {share(plan.laptop_share)}
          <OriginMark
            tag="modelled"
            of="Share of the laptop"
            source="Modelled from the plan: processes, rate and dilation. The run measures it."
          />
        </span>
      </p>
    </div>
  );
}
