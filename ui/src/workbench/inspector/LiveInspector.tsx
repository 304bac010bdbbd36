// A component during a run: its state with the reason, figures as measured, each instance, and commands to look inside.
import { useState } from 'react';
import type { ComponentTick } from '../../rpc/contract';
import { copyText } from '../../app/interchange/state';
import { count, figure, rate, share, text } from '../../format';
import { Button, Icon, Meter, OriginMark, StateLabel, cx, iconOf, loadState } from '../../parts';
import { useCondition } from '../canvas/NodeBox';
import { freshTick, useMetrics } from '../run/metrics';
import { usePredictedLoad } from '../run/predicted';
import { isUnderLoad, useRun } from '../run/store';
import { useSession } from '../session';
import { componentOf } from '../sketch/ports';
import { useDrawing } from '../sketch/store';
import { PARTS_STATE } from '../tones';
import css from './Inspector.module.css';

export function LiveInspector({ id }: { id: string }) {
  const component = useDrawing(({ sketch }) => componentOf(sketch, id));
  const role = useSession(({ roles }) => (component === undefined ? undefined : roles.get(component.role)));
  const tick = useMetrics((state) => freshTick(state)?.components[id]);
  const condition = useCondition(id);
  const number = useRun((state) => state.number);
  if (component === undefined || role === undefined) return null;
  const isClient = role.kind === 'client';
  const state = PARTS_STATE[condition.state];
  return (
    <>
      <div className={css.head}>
        <div className={css.titleRow}>
          <Icon name={iconOf(role.kind, role.id)} />
          <h3 className={css.grow}>{component.name}</h3>
          {isClient || state === null ? null : <StateLabel state={state}>{condition.word}</StateLabel>}
        </div>
        <p className={css.caption}>{isClient ? role.summary : (reason(tick, condition.state) ?? role.summary)}</p>
      </div>
      <div className={css.scroll}>
        {isClient ? (
          <ClientFigures run={number} />
        ) : condition.state === 'unknown' || tick === undefined ? (
          <NoFigures />
        ) : (
          <Figures id={id} tick={tick} run={number} />
        )}
        <Calls id={id} run={number} />
        <LookInside id={id} />
      </div>
    </>
  );
}

/** In words, from the figures of this tick. */
function reason(tick: ComponentTick | undefined, state: string): string | null {
  if (tick === undefined) return null;
  const asked = tick.per_s + tick.refused_per_s + tick.failed_per_s;
  if (state === 'saturated' && tick.refused_per_s > 0)
    return `Asked for ${rate(asked)}, serves ${rate(tick.per_s)}. The queue is full; the rest is refused.`;
  if (state === 'saturated') return `All workers are busy. Serves ${rate(tick.per_s)}; ${count(tick.queue)} wait.`;
  if (state === 'failed') return `Asked for ${rate(asked)}; ${rate(tick.failed_per_s)} fail.`;
  return null;
}

function NoFigures() {
  return (
    <div className={css.section}>
      <p className={css.caption}>No figures from this component now. They are shown as unknown, never as zero.</p>
    </div>
  );
}

function Pair({
  label,
  value,
  unit,
  run,
  over = false,
}: {
  label: string;
  value: number | null;
  unit: string;
  run: number | null;
  over?: boolean;
}) {
  const shown = figure(value, unit);
  return (
    <div>
      <dt>{label}</dt>
      <dd>
        <b className={cx(over && css.over)}>{shown.number}</b>
        <span className={cx(css.figureUnit, shown.gap && css.gap)}>{shown.unit}</span>
        {value === null ? null : (
          <OriginMark tag="measured" source={`Run ${run ?? ''}, under way: the newest figures of its processes.`} of={label} />
        )}
      </dd>
    </div>
  );
}

function ClientFigures({ run }: { run: number | null }) {
  const tick = useMetrics(freshTick);
  if (tick === null) return <NoFigures />;
  return (
    <div className={css.section}>
      <dl className={css.pairs}>
        <Pair label="Sent" value={tick.sent_per_s} unit="/s" run={run} />
        <Pair label="Answered" value={tick.ok_per_s} unit="/s" run={run} />
        <Pair label="Failed or dropped" value={tick.failed_per_s} unit="/s" run={run} over={tick.failed_per_s > 0} />
        <Pair label="In flight" value={tick.in_flight} unit="" run={run} />
        <Pair label="Late so far" value={tick.load.late} unit="" run={run} />
      </dl>
    </div>
  );
}

function Figures({ id, tick, run }: { id: string; tick: ComponentTick; run: number | null }) {
  const predicted = usePredictedLoad(id);
  return (
    <>
      <div className={css.section}>
        <dl className={css.pairs}>
          <Pair label="Utilisation" value={tick.utilisation * 100} unit="%" run={run} over={loadState(tick.utilisation) === 'over'} />
          {predicted === null ? null : (
            <div>
              <dt>You said</dt>
              <dd className={css.pred}>{text(predicted, '%')}</dd>
            </div>
          )}
          {tick.utilisation_modelled === null ? null : (
            <div>
              <dt>Expected at this rate</dt>
              <dd>
                <b>{share(tick.utilisation_modelled)}</b>
                <OriginMark
                  tag="modelled"
                  source="Asked per second × mean service time ÷ workers, at the rate that is offered now."
                  of="Expected"
                />
              </dd>
            </div>
          )}
          <Pair label="Waiting" value={tick.queue} unit="" run={run} />
          <Pair label="Served" value={tick.per_s} unit="/s" run={run} />
          <Pair label="Refused, queue full" value={tick.refused_per_s} unit="/s" run={run} over={tick.refused_per_s > 0} />
          <Pair label="Failed otherwise" value={tick.failed_per_s} unit="/s" run={run} over={tick.failed_per_s > 0} />
          {tick.hit_ratio === null ? null : <Pair label="Hits" value={tick.hit_ratio * 100} unit="%" run={run} />}
          {tick.lag_ms === null ? null : <Pair label="Copy lag, worst" value={tick.lag_ms} unit="ms" run={run} />}
          <Pair label="CPU" value={tick.cpu} unit="cores" run={run} />
          <Pair label="Memory" value={tick.rss_mb} unit="MB" run={run} />
        </dl>
      </div>
      <div className={css.section}>
        <table className={css.table}>
          <thead>
            <tr>
              <th>Instance</th>
              <th colSpan={2}>Busy</th>
              <td />
            </tr>
          </thead>
          <tbody>
            {tick.each.map((busy, index) => (
              <tr key={index}>
                <td className="mono">
                  {id}-{index + 1}
                </td>
                <td className={css.meterCell}>
                  <Meter
                    value={busy}
                    label={`${id}-${index + 1}`}
                    predicted={predicted === null ? null : predicted / 100}
                    state={busy === null ? null : loadState(busy)}
                  />
                </td>
                <td className={css.number}>{busy === null ? 'gone' : share(busy)}</td>
                <td className={css.number}>
                  <FaultKey node={`${id}-${index + 1}`} gone={busy === null} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

/** Kills one instance, or starts it again. The event list says what the operating system confirmed. */
function FaultKey({ node, gone }: { node: string; gone: boolean }) {
  const underLoad = useRun(isUnderLoad);
  const real = useRun(({ addresses }) => addresses.find(({ id }) => id === node)?.is_real === true);
  if (real) return null;
  return (
    <Button
      small
      disabled={!underLoad}
      data-testid={`fault-${node}`}
      aria-label={gone ? `Start ${node} again` : `Kill ${node}`}
      onClick={() => void useRun.getState().fault(gone ? 'restart' : 'kill', node)}
    >
      {gone ? 'Restart' : 'Kill'}
    </Button>
  );
}

/** Calls along the links of this component that are counted: who asks it, and whom it asks. */
function Calls({ id, run }: { id: string; run: number | null }) {
  // Which links are counted is known as long as the run is on; how much goes along them only while figures come.
  const links = useMetrics(({ tick }) => tick?.links);
  const fresh = useMetrics((state) => freshTick(state) !== null);
  const components = useDrawing(({ sketch }) => sketch.components);
  const nameOf = (other: string): string => components.find((each) => each.id === other)?.name ?? other;
  const told = [
    ['Who asks', links?.filter(({ to }) => to === id) ?? [], 'from'],
    ['Whom it asks', links?.filter(({ from }) => from === id) ?? [], 'to'],
  ] as const;
  return told.map(([title, mine, end]) =>
    mine.length === 0 ? null : (
      <div key={title} className={css.section} data-testid={`calls-${end}`}>
        <h4 className="cap">{title}</h4>
        <dl className={css.pairs}>
          {mine.map((link) => (
            <Pair key={`${link[end]} ${link.port}`} label={nameOf(link[end])} value={fresh ? link.per_s : null} unit="/s" run={run} />
          ))}
        </dl>
      </div>
    ),
  );
}

function LookInside({ id }: { id: string }) {
  const addresses = useRun((state) => state.addresses);
  const mine = addresses.filter(({ component }) => component === id);
  if (mine.length === 0) return null;
  return (
    <div className={css.section}>
      <h4 className="cap">Look inside</h4>
      {mine.map(({ id: node, command }) => (
        <Command key={node} node={node} command={command} />
      ))}
    </div>
  );
}

function Command({ node, command }: { node: string; command: string }) {
  const [copied, setCopied] = useState<'no' | 'yes' | 'failed'>('no');
  const copy = async (): Promise<void> => setCopied((await copyText(command)) ? 'yes' : 'failed');
  return (
    <div className={css.command}>
      <code title={command}>{command}</code>
      <button type="button" aria-label={`Copy the command for ${node}`} data-testid={`copy-${node}`} onClick={() => void copy()}>
        <Icon name={copied === 'yes' ? 'check' : 'copy'} size={12} />
      </button>
      {copied === 'failed' ? <span role="alert">Could not copy: mark the text and copy it by hand.</span> : null}
    </div>
  );
}
