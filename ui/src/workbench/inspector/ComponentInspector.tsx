// A component while drawing: name, instances, settings with their origins, what it can do as arithmetic, ports, findings.
import { useMemo, useState } from 'react';
import type { Component, Port, Role } from '../../rpc/contract';
import { Icon, OriginMark, Select, Stepper, iconOf } from '../../parts';
import { findingsOf } from '../findings';
import { useSession } from '../session';
import { linkId } from '../sketch/edit';
import { candidatesFor, componentOf, fillsOf, type Fit } from '../sketch/ports';
import { draw, useDrawing } from '../sketch/store';
import { Findings } from './Findings';
import css from './Inspector.module.css';
import { SettingRow } from './SettingRow';

export function ComponentInspector({ id }: { id: string }) {
  const component = useDrawing(({ sketch }) => componentOf(sketch, id));
  const role = useSession(({ roles }) => (component === undefined ? undefined : roles.get(component.role)));
  const check = useSession((session) => session.check);
  const findings = useMemo(() => findingsOf(check, id), [check, id]);
  if (component === undefined) return null;
  if (role === undefined) {
    return (
      <div className={css.section}>
        <h3>{component.name}</h3>
        <p className={css.caption}>
          The role {component.role} is not in this version. Delete the component, or open the design with a newer version.
        </p>
      </div>
    );
  }
  return (
    <>
      <Head component={component} role={role} />
      <div className={css.scroll}>
        {findings.length === 0 ? null : (
          <div className={css.section}>
            <Findings findings={findings} />
          </div>
        )}
        <Settings component={component} role={role} />
        <Abilities id={id} />
        {role.ports.length === 0 ? null : <Ports component={component} role={role} />}
        {role.runs ? null : (
          <div className={css.section}>
            <p className={css.caption}>Drawn only: does not run yet. A run leaves it out.</p>
          </div>
        )}
      </div>
    </>
  );
}

function Head({ component, role }: { component: Component; role: Role }) {
  return (
    <div className={css.head}>
      <div className={css.titleRow}>
        <Icon name={iconOf(role.kind, role.id)} />
        <NameField component={component} />
        {role.max_instances === 1 ? null : (
          <span data-testid="instances">
            <Stepper
              label="Instances"
              value={component.instances}
              min={1}
              max={role.max_instances}
              onChange={(instances) => draw.instances(component.id, instances, role.max_instances)}
            />
          </span>
        )}
      </div>
      <p className={css.caption}>
        Role <span className="mono">{role.id}</span>. {role.summary}
      </p>
    </div>
  );
}

function NameField({ component }: { component: Component }) {
  const [typed, setTyped] = useState<string | null>(null);
  const commit = (): void => {
    if (typed !== null) draw.rename(component.id, typed);
    setTyped(null);
  };
  return (
    <input
      className={css.nameField}
      aria-label="Name"
      data-testid="component-name"
      maxLength={40}
      value={typed ?? component.name}
      onChange={(event) => setTyped(event.target.value)}
      onBlur={commit}
      onKeyDown={(event) => {
        if (event.key === 'Enter') commit();
        if (event.key === 'Escape') setTyped(null);
      }}
    />
  );
}

function Settings({ component, role }: { component: Component; role: Role }) {
  const groups = useMemo(() => {
    const byName = new Map<string, Role['settings']>();
    for (const setting of role.settings) byName.set(setting.group, [...(byName.get(setting.group) ?? []), setting]);
    return [...byName];
  }, [role]);
  return groups.map(([name, settings]) => (
    <section key={name} className={css.section}>
      <h4 className="cap">{name}</h4>
      <div className={css.settings}>
        {settings.map((setting) => (
          <SettingRow key={setting.name} component={component} setting={setting} />
        ))}
      </div>
    </section>
  ));
}

/** What it can do, as worked arithmetic: never how loaded it will be. */
function Abilities({ id }: { id: string }) {
  const ability = useSession(({ check }) => check?.abilities[id]);
  if (ability === undefined || ability.lines.length === 0) return null;
  return (
    <section className={css.section}>
      <h4 className="cap">What it can do</h4>
      {ability.lines.map(({ operation, text }) => (
        <p key={operation} className={css.arithmetic}>
          {ability.lines.length > 1 ? <span className="dim">{operation}: </span> : null}
          {text} <OriginMark tag="modelled" source={`Workers ÷ mean service time: ${text}`} of={operation} />
        </p>
      ))}
    </section>
  );
}

function Ports({ component, role }: { component: Component; role: Role }) {
  return (
    <section className={css.section}>
      <h4 className="cap">Ports</h4>
      {role.ports.map((port) => (
        <PortRow key={port.name} component={component} port={port} />
      ))}
    </section>
  );
}

const EMPTY = '-';

function PortRow({ component, port }: { component: Component; port: Port }) {
  const sketch = useDrawing((state) => state.sketch);
  const roles = useSession((session) => session.roles);
  const fills = fillsOf(component.id, port, sketch, roles);
  const other = (link: { from: string; to: string }): string => (port.incoming ? link.from : link.to);
  const candidates = candidatesFor(component.id, port, sketch);
  const open = candidates.filter(({ id }) => !fills.some((link) => other(link) === id));
  const name = (id: string): string => componentOf(sketch, id)?.name ?? id;
  const fill = (id: string, replaces: Fit['replaces']): void => {
    const [from, to] = port.incoming ? [id, component.id] : [component.id, id];
    draw.link({ from, to, port, owner: component.id, replaces });
  };
  const accepted = port.accepts.map((role) => roles.get(role)?.name ?? role).join(', ');
  const current = fills[0];
  const nothing = { value: EMPTY, label: candidates.length === 0 ? 'nothing drawn fits' : 'empty' };
  return (
    <div className={css.port}>
      <div className={css.portHead}>
        <span className="mono">{port.name}</span>
        {port.required && fills.length === 0 ? <span className={css.needed}>needed</span> : null}
        {port.required ? null : <span className="dim">optional</span>}
      </div>
      {port.many ? (
        <>
          {fills.map((link) => (
            <div key={linkId(link)} className={css.filled}>
              <span>{name(other(link))}</span>
              <button
                type="button"
                aria-label={`Unlink ${name(other(link))} from port ${port.name}`}
                onClick={() => draw.remove(new Set(), new Set([linkId(link)]))}
              >
                <Icon name="close" size={12} />
              </button>
            </div>
          ))}
          {open.length === 0 && fills.length > 0 ? null : (
            <div data-testid={`port-select-${component.id}-${port.name}`}>
              <Select
                label={`Add to port ${port.name}`}
                hideLabel
                small
                value={null}
                placeholder={open.length === 0 ? nothing.label : 'Link another'}
                disabled={open.length === 0}
                options={open.map(({ id, name: label }) => ({ value: id, label }))}
                onChange={(id) => fill(id, null)}
              />
            </div>
          )}
        </>
      ) : (
        <div data-testid={`port-select-${component.id}-${port.name}`}>
          <Select
            label={`Port ${port.name}`}
            hideLabel
            small
            disabled={candidates.length === 0}
            value={current === undefined ? EMPTY : other(current)}
            options={[nothing, ...candidates.map(({ id, name: label }) => ({ value: id, label }))]}
            onChange={(id) => {
              if (id !== EMPTY) fill(id, current ?? null);
              else if (current !== undefined) draw.remove(new Set(), new Set([linkId(current)]));
            }}
          />
        </div>
      )}
      <p className={css.caption}>
        {port.summary} Filled by: {accepted}.
      </p>
    </div>
  );
}
