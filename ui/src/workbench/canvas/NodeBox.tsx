// One component on the canvas: 144 by 72, three lines, the same box in every state. It reads its figures from the metrics store itself, so
// that a tick redraws texts and widths of this box only.
import { Handle, Position, type NodeProps } from '@xyflow/react';
import { memo, useMemo } from 'react';
import type { Component, Role } from '../../rpc/contract';
import { count, plural, rate, share, short } from '../../format';
import { Comb, Icon, Meter, StateIcon, cx, iconOf } from '../../parts';
import { counted, findingsOf } from '../findings';
import { freshTick, useMetrics } from '../run/metrics';
import { usePredictedLoad } from '../run/predicted';
import { conditionOf, readingOf, type Condition } from '../run/state';
import { isLocked, useRun } from '../run/store';
import { scenarioOf, useSession } from '../session';
import { componentOf } from '../sketch/ports';
import { useDrawing } from '../sketch/store';
import { PARTS_STATE, SEVERITY_STATE, TONE } from '../tones';
import { fitsFor, offer } from './linking';
import css from './NodeBox.module.css';
import { openFixes } from './Boxes';
import type { BoxNode } from './nodes';
import { Sockets } from './Sockets';
import { useSelection } from './selection';

const SIDES = [
  ['top', Position.Top],
  ['right', Position.Right],
  ['bottom', Position.Bottom],
  ['left', Position.Left],
] as const;

export const NodeBox = memo(function NodeBox({ id, data, selected }: NodeProps<BoxNode>) {
  const component = useDrawing(({ sketch }) => componentOf(sketch, id));
  const role = useSession(({ roles }) => (component === undefined ? undefined : roles.get(component.role)));
  const running = useRun(({ status, phase }) => isLocked(status) && phase !== 'starting' && phase !== 'seeding');
  const locked = useRun(({ status }) => isLocked(status));
  if (component === undefined) return null;
  return (
    <>
      {running ? (
        <RunningBox component={component} role={role} selected={selected} />
      ) : (
        <DrawnBox component={component} role={role} selected={selected} locked={locked} />
      )}
      {locked ? null : <Sockets component={component} sockets={data.sockets} chosen={selected} />}
      {SIDES.map(([side, position]) => (
        <Handle key={side} id={side} type="source" position={position} className={css.handle ?? ''} isConnectable={!locked} />
      ))}
    </>
  );
});

function Title({ component, role }: { component: Component; role: Role | undefined }) {
  return (
    <div className={css.title}>
      <Icon name={role === undefined ? 'service' : iconOf(role.kind, role.id)} />
      <span className={css.name}>{component.name}</span>
      {role?.max_instances === 1 ? null : <span className={css.times}>×{component.instances}</span>}
    </div>
  );
}

interface BoxProps {
  component: Component;
  role: Role | undefined;
  selected: boolean;
}

/** Before a run: what it can do, never how loaded it will be. */
function DrawnBox({ component, role, selected, locked }: BoxProps & { locked: boolean }) {
  const check = useSession((session) => session.check);
  const ability = check?.abilities[component.id];
  const findings = useMemo(() => findingsOf(check, component.id), [check, component.id]);
  const [worst] = counted(findings);
  // What is written on the badge is part of its name.
  const found = worst?.count === findings.length ? worst.text : `${plural(findings.length, 'finding')}, ${worst?.text ?? ''}`;
  const accepts = useAcceptance(component.id);
  const drawnOnly = role !== undefined && !role.runs;
  return (
    <div
      className={cx(
        css.box,
        drawnOnly && css.ghost,
        selected && css.selected,
        accepts.kind === 'yes' && css.accepts,
        accepts.kind === 'no' && css.dimmed,
      )}
    >
      <Title component={component} role={role} />
      {drawnOnly ? (
        <>
          <div className={css.line}>drawn only:</div>
          <div className={css.line}>does not run yet</div>
        </>
      ) : role?.kind === 'client' ? (
        <ClientLines />
      ) : (
        <>
          <div className={css.line}>{ability?.short ?? ''}</div>
          <div className={css.line}>
            <Comb each={component.instances} label={`${component.instances} instances`} most={10} />
            {/* A box is narrow: `at most` is a sign here. */}
            <span className={css.end} title={ability?.each}>
              {ability?.each.replace(/^at most /, '≤ ') ?? ''}
            </span>
          </div>
        </>
      )}
      {worst === undefined || locked ? null : (
        <button
          type="button"
          className={cx(css.badge, css.open, css[`badge-${worst.severity}`], 'nodrag', 'nopan')}
          title={findings[0]?.reason}
          aria-label={`${component.name}: ${found}. Show fixes`}
          data-testid={`badge-${component.id}`}
          tabIndex={-1}
          onClick={(event) => {
            event.stopPropagation();
            openFixes(component.id);
          }}
        >
          <StateIcon state={SEVERITY_STATE[worst.severity]} />
          {findings.length}
        </button>
      )}
      {accepts.kind === 'yes' ? <span className={css.offer}>{accepts.text}</span> : null}
    </div>
  );
}

function ClientLines() {
  const scenario = useSession(scenarioOf);
  const asked = useSession(({ wish }) => wish.rate_per_s);
  if (scenario === null) return null;
  const perSecond = asked ?? scenario.operation.reduce((sum, operation) => sum + operation.per_s, 0);
  return (
    <>
      <div className={css.line}>
        <span>
          <b>{short(scenario.population.users)}</b> {scenario.population.users === 1 ? 'user' : 'users'}
        </span>
      </div>
      <div className={css.line}>
        <span>
          <b>{short(perSecond)}</b> requests/s
        </span>
      </div>
    </>
  );
}

type Acceptance = { kind: 'idle' } | { kind: 'yes'; text: string } | { kind: 'no' };

/** While a link is drawn: whether this component accepts it, and the port that it would fill. */
function useAcceptance(id: string): Acceptance {
  const linking = useSelection((state) => state.linking);
  const sketch = useDrawing((state) => (linking === null ? null : state.sketch));
  const roles = useSession((session) => session.roles);
  return useMemo(() => {
    if (linking === null || sketch === null || linking.from === id) return { kind: 'idle' };
    const text = offer(fitsFor(linking.from, linking.port, id, sketch, roles));
    return text === null ? { kind: 'no' } : { kind: 'yes', text };
  }, [linking, sketch, roles, id]);
}

function RunningBox({ component, role, selected }: BoxProps) {
  if (role?.kind === 'client') return <RunningClient component={component} role={role} selected={selected} />;
  return <RunningComponent component={component} role={role} selected={selected} />;
}

function RunningClient({ component, role, selected }: BoxProps) {
  const tick = useMetrics(freshTick);
  const asked = tick === null ? 0 : tick.ok_per_s + tick.failed_per_s;
  const failing = tick !== null && tick.failed_per_s > 0;
  return (
    <div className={cx(css.box, selected && css.selected)}>
      <Title component={component} role={role} />
      <div className={css.line}>
        <span>sends</span>
        <span className={css.end}>{tick === null ? 'unknown' : <b>{rate(tick.sent_per_s)}</b>}</span>
      </div>
      <div className={cx(css.line, failing && css.bad)}>
        {failing ? (
          <>
            <span>fails {share(asked > 0 ? tick.failed_per_s / asked : null)}</span>
            <span className={css.end}>{rate(tick.failed_per_s)}</span>
          </>
        ) : (
          <span>{tick === null ? '' : tick.ok_per_s > 0 ? 'all answered' : `${count(tick.in_flight)} in flight`}</span>
        )}
      </div>
    </div>
  );
}

/** State of a component in the run under way. */
export function useCondition(id: string): Condition {
  const key = useMetrics((metrics) => {
    const { state, word, reason } = conditionOf(freshTick(metrics)?.components[id], rate);
    return `${state}\n${word}\n${reason ?? ''}`;
  });
  return useMemo(() => {
    const [state = 'unknown', word = '', reason = ''] = key.split('\n');
    return { state: state as Condition['state'], word, reason: reason === '' ? null : reason };
  }, [key]);
}

function RunningComponent({ component, role, selected }: BoxProps) {
  const { id } = component;
  const condition = useCondition(id);
  const predicted = usePredictedLoad(id);
  const tone = TONE[condition.state];
  if (role !== undefined && !role.runs) {
    return (
      <div className={cx(css.box, css.ghost, selected && css.selected)}>
        <Title component={component} role={role} />
        <div className={css.line}>drawn only:</div>
        <div className={css.line}>does not run yet</div>
      </div>
    );
  }
  const icon = PARTS_STATE[condition.state];
  return (
    <div className={cx(css.box, tone !== null && css[tone], selected && css.selected)}>
      <Title component={component} role={role} />
      {condition.state === 'unknown' ? (
        <>
          <div className={css.line}>no figures</div>
          <div className={css.line}>
            <Comb each={component.instances} label={`${component.instances} instances`} most={10} />
            <span className={css.end}>unknown</span>
          </div>
        </>
      ) : (
        <Figures id={id} name={component.name} predicted={predicted === null ? null : predicted / 100} tone={tone} />
      )}
      {condition.reason === null ? null : (
        <div className={css.strip}>
          {icon === null ? null : <StateIcon state={icon} size={10} />}
          <span className={css.name}>{condition.reason}</span>
        </div>
      )}
      {icon !== null && condition.reason === null ? (
        <span className={cx(css.badge, css.bare, tone === 'busy' && css['badge-warning'], tone === 'over' && css['badge-error'])}>
          <StateIcon state={icon} label={condition.word} />
        </span>
      ) : null}
    </div>
  );
}

function Figures({
  id,
  name,
  predicted,
  tone,
}: {
  id: string;
  name: string;
  predicted: number | null;
  tone: 'busy' | 'over' | 'down' | null;
}) {
  const tick = useMetrics((state) => state.tick);
  const metric = useMetrics((state) => state.metric);
  const figures = tick?.components[id];
  if (tick === null || figures === undefined) return null;
  const reading = readingOf(metric, figures, Object.values(tick.components));
  const meterTone = metric === 'load' && tone !== 'down' ? tone : metric === 'errors' && reading.share > 0 ? 'over' : null;
  return (
    <>
      <div className={css.line}>
        <Meter
          value={reading.share}
          label={`${name}, ${metric}`}
          modelled={metric === 'load' ? figures.utilisation_modelled : null}
          predicted={metric === 'load' ? predicted : null}
          state={meterTone}
        />
        <span className={css.percent}>{reading.text}</span>
      </div>
      <div className={css.line}>
        <Comb each={figures.each} label={`${name}, load by instance`} most={10} />
        <span className={cx(figures.queue >= 1000 && css.strong)}>
          q {figures.queue < 10_000 ? count(figures.queue) : short(figures.queue)}
        </span>
        <span className={css.end}>{rate(figures.per_s)}</span>
      </div>
    </>
  );
}
