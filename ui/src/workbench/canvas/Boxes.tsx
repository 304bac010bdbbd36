// The boxes that open over the canvas: add at the pointer, link to what fits, quick fixes of a component. Each is a list; the work is done elsewhere.
import { useMemo, useState } from 'react';
import { Icon, StateIcon, iconOf } from '../../parts';
import type { Component, Diagnostic, Role } from '../../rpc/contract';
import { findingsOf } from '../findings';
import { isLocked, useRun } from '../run/store';
import { useSession } from '../session';
import { GRID, LANE, addComponent, freePlace } from '../sketch/edit';
import { boxOf } from '../sketch/marks';
import { componentOf, fitsBetween, type Fit, type Roles } from '../sketch/ports';
import { draw, useDrawing } from '../sketch/store';
import { nameOf } from '../sketch/words';
import { SEVERITY_STATE } from '../tones';
import css from './Canvas.module.css';
import { FindBar } from './FindBar';
import { PickBox, filterPicks, type Pick } from './PickBox';
import { dropRole } from './fit';
import { applyFix, fixesFor } from './fixes';
import { onlyChosen, select, useSelection } from './selection';
import { cornerFor, focusPart, middleOfView, openAt, openUnder, pointerOnCanvas, stage, useStage } from './stage';

export function Boxes() {
  const box = useStage((state) => state.box);
  const locked = useRun(({ status }) => isLocked(status));
  if (box === null) return null;
  if (box.kind === 'find') return <FindBar />;
  if (locked) return null;
  switch (box.kind) {
    case 'add':
      return <AddBox />;
    case 'link':
      return <LinkBox from={box.from} port={box.port} />;
    case 'fixes':
      return <FixBox key={box.component} id={box.component} />;
  }
}

/** Roles by what was typed: names that match before summaries that do. */
export function rankRoles(roles: readonly Role[], typed: string): Role[] {
  const words = typed.trim().toLowerCase();
  const found = roles.filter(
    (role) => words === '' || `${role.name} ${role.id} ${role.kind} ${role.summary}`.toLowerCase().includes(words),
  );
  const begins = (role: Role): number => (role.name.toLowerCase().startsWith(words) ? 0 : role.name.toLowerCase().includes(words) ? 1 : 2);
  return [...found].sort((a, b) => begins(a) - begins(b));
}

/** The first port by which a new component of a role could be linked with a component; empty ports first. */
function firstFit(owner: string, roles: Roles) {
  return (sketch: ReturnType<typeof useDrawing.getState>['sketch'], id: string): Fit | null => {
    const [a, b] = [componentOf(sketch, owner), componentOf(sketch, id)];
    if (a === undefined || b === undefined) return null;
    const fits = fitsBetween(a, b, sketch, roles);
    return fits.find((fit) => fit.replaces === null) ?? null;
  };
}

function AddBox() {
  const roles = useSession((session) => session.roles);
  const sketch = useDrawing((state) => state.sketch);
  const beside = useSelection(onlyChosen);
  const from = beside === null ? undefined : componentOf(sketch, beside);
  const [at] = useState(() => ({
    window: openAt(from === undefined ? null : boxOf(from)),
    corner: cornerOf(from),
    gap: pointerOnCanvas() === null ? LANE : GRID,
  }));
  const list = useMemo(() => [...roles.values()], [roles]);
  const picks = (typed: string): Pick[] =>
    rankRoles(list, typed).map((role): Pick => {
      const links = from !== undefined && linksTo(from, role, roles);
      return {
        id: role.id,
        label: role.name,
        detail: links ? `${role.summary} Shift ↵ links it.` : role.summary,
        icon: <Icon name={iconOf(role.kind, role.id)} />,
        run: () => arrive(dropRole(role.id, at.corner, at.gap)),
        ...(links
          ? {
              runWithShift: () =>
                arrive(draw.addLinked(role, freePlace(useDrawing.getState().sketch, at.corner, at.gap), firstFit(from.id, roles))),
            }
          : {}),
      };
    });
  const hint = from === undefined ? '↵ adds.' : `↵ adds. Shift ↵ adds and links it with ${from.name}.`;
  return (
    <PickBox
      title="Add a component"
      placeholder="Name of a component"
      picks={picks}
      at={at.window}
      none="No component by that name."
      hint={hint}
      testId="add-box"
    />
  );
}

function arrive(id: string | null): void {
  if (id === null) return;
  select.component(id);
  focusPart(id);
}

/** At the pointer, else below the component, else where one looks. */
function cornerOf(from: Component | undefined): [number, number] {
  const pointer = pointerOnCanvas();
  if (pointer !== null) return cornerFor(pointer);
  return from === undefined ? cornerFor(middleOfView()) : [from.at[0], from.at[1] + 132];
}

/** Whether a new component of this role could be linked with a component without taking a link away. */
function linksTo(from: Component, role: Role, roles: Roles): boolean {
  const { sketch } = useDrawing.getState();
  const tried = addComponent(sketch, role, [0, 0]);
  return firstFit(from.id, roles)(tried.sketch, tried.id) !== null;
}

/** Everything that a component can be linked with, as entries: needed ports first, then empty ones, then those that would be refilled. */
export function linkPicks(id: string, port: string | null, sketch: ReturnType<typeof useDrawing.getState>['sketch'], roles: Roles): Pick[] {
  const from = componentOf(sketch, id);
  if (from === undefined) return [];
  const fits = sketch.components.flatMap((other) => fitsBetween(from, other, sketch, roles).map((fit) => ({ fit, other })));
  const rank = ({ fit }: { fit: Fit }): number => (fit.replaces !== null ? 2 : fit.port.required && fit.owner === id ? 0 : 1);
  return fits
    .filter(({ fit }) => port === null || (fit.owner === id && fit.port.name === port))
    .sort((a, b) => rank(a) - rank(b))
    .map(({ fit, other }): Pick => {
      const outward = fit.from === id;
      const ends = `${nameOf(sketch, fit.from)} → ${nameOf(sketch, fit.to)}`;
      const instead =
        fit.replaces === null ? '' : ` In place of ${nameOf(sketch, fit.owner === fit.from ? fit.replaces.to : fit.replaces.from)}.`;
      return {
        id: `${fit.from} ${fit.to} ${fit.port.name}`,
        label: `${outward ? '' : 'from '}${other.name} (${fit.port.name})`,
        detail: `${ends}. ${fit.port.summary}${instead}`,
        run: () => {
          draw.link(fit);
          select.component(id);
          focusPart(id);
        },
      };
    });
}

function LinkBox({ from, port }: { from: string; port: string | null }) {
  const sketch = useDrawing((state) => state.sketch);
  const roles = useSession((session) => session.roles);
  const component = componentOf(sketch, from);
  const [at] = useState(() => openUnder(component === undefined ? null : boxOf(component)));
  const list = useMemo(() => linkPicks(from, port, sketch, roles), [from, port, sketch, roles]);
  return (
    <PickBox
      title={`Link ${component?.name ?? ''}`}
      placeholder="Component or port"
      picks={(typed) => filterPicks(list, typed)}
      at={at}
      none="Nothing on the canvas fits. Add a component first: A."
      testId="link-box"
    />
  );
}

function FixBox({ id }: { id: string }) {
  const sketch = useDrawing((state) => state.sketch);
  const roles = useSession((session) => session.roles);
  const check = useSession((session) => session.check);
  const findings = useMemo(() => findingsOf(check, id), [check, id]);
  const component = componentOf(sketch, id);
  const [at] = useState(() => openUnder(component === undefined ? null : boxOf(component)));
  const picks = useMemo(
    () =>
      findings.flatMap((finding, n): Pick[] => {
        const icon = <StateIcon state={SEVERITY_STATE[finding.severity]} label={finding.severity} />;
        const fixes = fixesFor(finding, sketch, roles);
        const read: Pick = { id: `${n}`, label: finding.reason, detail: finding.remedy, icon, run: () => focusPart(id) };
        if (fixes.length === 0) return [read];
        return fixes.map((fix, m): Pick => ({
          id: `${n} ${m}`,
          label: fix.label,
          detail: finding.reason,
          icon,
          run: () => {
            applyFix(fix, roles);
            focusPart(id);
          },
        }));
      }),
    [findings, sketch, roles, id],
  );
  return (
    <PickBox
      title={`Findings: ${component?.name ?? ''}`}
      placeholder="Fix"
      picks={(typed) => filterPicks(picks, typed)}
      at={at}
      none={findings.length === 0 ? 'Nothing was found.' : 'No fix by that name.'}
      testId="fix-box"
    />
  );
}

/** Quick fixes of one finding as buttons, for wherever findings are listed. */
export function FixButtons({ finding }: { finding: Diagnostic }) {
  const sketch = useDrawing((state) => state.sketch);
  const roles = useSession((session) => session.roles);
  const fixes = useMemo(() => fixesFor(finding, sketch, roles), [finding, sketch, roles]);
  if (fixes.length === 0) return null;
  return (
    <div className={css.fixes} role="group" aria-label="Quick fixes">
      {fixes.map((fix) => (
        <button key={fix.label} type="button" onClick={() => applyFix(fix, roles)}>
          {fix.label}
        </button>
      ))}
    </div>
  );
}

/** Opens the findings of a component where its badge is. */
export function openFixes(id: string): void {
  select.component(id);
  stage.open({ kind: 'fixes', component: id });
}
