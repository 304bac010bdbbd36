// The drawing as text that can be edited: components with their links in words, groups and comments. It is the canvas for whoever does not see it,
// or would rather type; it and the canvas choose the same parts.
import { memo, useEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react';
import { Button, Icon, Select, Stepper, cx, iconOf } from '../../parts';
import type { Component, Link, Role, Sketch } from '../../rpc/contract';
import { plural } from '../../format';
import { counted, findingsOf } from '../findings';
import { isLocked, useRun } from '../run/store';
import { useSession } from '../session';
import { LANE, freePlace, linkId } from '../sketch/edit';
import { MAX_TEXT, heldBy, markKey, parseMark } from '../sketch/marks';
import { componentOf, type Roles } from '../sketch/ports';
import { draw, useDrawing } from '../sketch/store';
import { beginning, linkText, nameOf } from '../sketch/words';
import { linkPicks } from './Boxes';
import css from './Outline.module.css';
import { toSettings } from './actions';
import { onlyChosen, select, useSelection } from './selection';
import { cornerFor, middleOfView } from './stage';

export function Outline() {
  const sketch = useDrawing((state) => state.sketch);
  const roles = useSession((session) => session.roles);
  const chosen = useSelection(onlyChosen);
  const marks = useSelection((state) => state.marks);
  const locked = useRun(({ status }) => isLocked(status));
  const { components, links, groups = [], comments = [] } = sketch;
  const isOpen = (mark: string): boolean => marks.size === 1 && marks.has(mark);
  return (
    <div className={css.outline} data-testid="outline">
      <p className={css.caption}>
        {plural(components.length, 'component')}, {plural(links.length, 'link')}. Up and down go through them, Enter opens one.
      </p>
      {locked ? <p className={css.caption}>Locked while it runs.</p> : <AddRole />}
      <ol className={css.list} aria-label="Components">
        {components.map((component) => (
          <Row key={component.id} component={component} role={roles.get(component.role)} open={component.id === chosen} locked={locked} />
        ))}
      </ol>
      {groups.length + comments.length === 0 ? null : (
        <>
          <h3 className="cap">Groups and comments</h3>
          <ul className={css.list} aria-label="Groups and comments">
            {groups.map(({ id, name, note }) => (
              <Mark key={id} id={markKey('group', id)} name={name} note={note ?? ''} open={isOpen(markKey('group', id))} locked={locked} />
            ))}
            {comments.map(({ id, text }) => (
              <Mark key={id} id={markKey('comment', id)} name={null} note={text} open={isOpen(markKey('comment', id))} locked={locked} />
            ))}
          </ul>
        </>
      )}
    </div>
  );
}

const rowsAround = (element: Element): HTMLElement[] => [
  ...(element.closest('[data-testid="outline"]')?.querySelectorAll<HTMLElement>('[data-row]') ?? []),
];

/** Up and down go from row to row, whatever is open in between. */
function stepRow(event: KeyboardEvent): void {
  if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
  const rows = rowsAround(event.currentTarget);
  const at = rows.findIndex((row) => row === event.target);
  event.preventDefault();
  event.stopPropagation();
  rows[at + (event.key === 'ArrowDown' ? 1 : -1)]?.focus();
}

/** The row after the one that this is in, or the one before: where the focus goes when that row is removed. */
function neighbour(element: Element): HTMLElement | undefined {
  const rows = rowsAround(element);
  const at = rows.findIndex((row) => row.parentElement?.contains(element));
  return rows[at + 1] ?? rows[at - 1];
}

interface Ends {
  out: Link[];
  into: Link[];
}

/** A list of links never changes once made, so each is gone through once. */
const byEnd = new WeakMap<readonly Link[], Map<string, Ends>>();

function endsOf(links: readonly Link[], id: string): Ends {
  let index = byEnd.get(links);
  if (index === undefined) {
    index = new Map();
    for (const link of links) {
      endsIn(index, link.from).out.push(link);
      endsIn(index, link.to).into.push(link);
    }
    byEnd.set(links, index);
  }
  return endsIn(index, id);
}

function endsIn(index: Map<string, Ends>, id: string): Ends {
  const ends = index.get(id) ?? { out: [], into: [] };
  index.set(id, ends);
  return ends;
}

function AddRole() {
  const palette = useSession((session) => session.palette);
  const options = (palette?.roles ?? []).map(({ id, name }) => ({ value: id, label: name }));
  return (
    <div data-testid="outline-add">
      <Select
        label="Add a component"
        hideLabel
        small
        value={null}
        placeholder="Add a component"
        options={options}
        onChange={(id) => {
          const role = palette?.roles.find((each) => each.id === id);
          if (role === undefined) return;
          select.component(draw.add(role, freePlace(useDrawing.getState().sketch, cornerFor(middleOfView()), LANE)));
        }}
      />
    </div>
  );
}

interface RowProps {
  component: Component;
  role: Role | undefined;
  open: boolean;
  locked: boolean;
}

/** What is chosen elsewhere draws no other row anew: there may be hundreds. */
const Row = memo(function Row({ component, role, open, locked }: RowProps) {
  const sketch = useDrawing((state) => state.sketch);
  const check = useSession((session) => session.check);
  const findings = useMemo(() => findingsOf(check, component.id), [check, component.id]);
  const [worst] = counted(findings);
  const { out, into } = endsOf(sketch.links, component.id);
  const { id, name, instances } = component;
  const row = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (open) row.current?.scrollIntoView({ block: 'nearest' });
  }, [open]);
  return (
    <li ref={row} className={cx(open && css.open)}>
      <button
        type="button"
        className={css.row}
        data-row
        data-testid={`outline-${id}`}
        aria-expanded={open}
        onClick={() => (open ? select.nothing() : select.component(id))}
        onKeyDown={(event) => {
          if (event.key === 'Delete' && !locked) {
            event.preventDefault();
            event.stopPropagation();
            const next = neighbour(event.currentTarget);
            draw.remove(new Set([id]), new Set());
            next?.focus();
          } else stepRow(event);
        }}
      >
        {role === undefined ? null : <Icon name={iconOf(role.kind, role.id)} />}
        <span className={css.name}>{name}</span>
        {role === undefined || role.name === name ? null : <span className="vh">, {role.name}</span>}
        <span className="vh">, {plural(instances, 'instance')}</span>
        {worst === undefined ? null : <span className={cx(css.found, css[worst.severity])}>{worst.text}</span>}
        {role?.max_instances === 1 ? null : (
          <span className={css.times} aria-hidden="true">
            ×{instances}
          </span>
        )}
        <span className="vh">, {out.length === 0 ? 'no links out' : `${plural(out.length, 'link')} out`}</span>
      </button>
      <ul className={css.links} aria-label={`Links of ${name}`}>
        {out.map((link) => (
          <LinkRow key={linkId(link)} link={link} sketch={sketch} from={false} locked={locked || !open} />
        ))}
        {open ? into.map((link) => <LinkRow key={linkId(link)} link={link} sketch={sketch} from locked={locked} />) : null}
      </ul>
      {open && !locked ? <Edit component={component} role={role} /> : null}
    </li>
  );
});

/** `→ KV cache (timeline)` under the component where it begins; the open one also lists what comes in. */
function LinkRow({ link, sketch, from, locked }: { link: Link; sketch: Sketch; from: boolean; locked: boolean }) {
  const text = linkText(sketch, link);
  return (
    <li>
      <span className="vh">{text}</span>
      <span aria-hidden="true">
        {from ? `← ${nameOf(sketch, link.from)}` : `→ ${nameOf(sketch, link.to)}`} <span className={css.port}>({link.port})</span>
      </span>
      {locked ? null : (
        <button
          type="button"
          aria-label={`Remove the link ${text}`}
          onClick={(event) => {
            const row = event.currentTarget.closest('ul')?.parentElement?.querySelector<HTMLElement>('[data-row]');
            draw.unlink(link);
            row?.focus();
          }}
        >
          <Icon name="close" size={12} />
        </button>
      )}
    </li>
  );
}

function Edit({ component, role }: { component: Component; role: Role | undefined }) {
  const { id } = component;
  const most = role?.max_instances ?? 1;
  return (
    <div className={css.edit}>
      <div className={css.field}>
        <span aria-hidden="true">Name</span>
        <NameField component={component} />
      </div>
      {most === 1 ? null : (
        <div className={css.field}>
          <span>Instances</span>
          <Stepper
            label={`Instances of ${component.name}`}
            value={component.instances}
            min={1}
            max={most}
            onChange={(instances) => draw.instances(id, instances, most)}
          />
        </div>
      )}
      <LinkSelect id={id} />
      <div className={css.buttons}>
        <Button look="quiet" onClick={toSettings}>
          Settings <span className="vh">of {component.name}</span>
        </Button>
        <Button
          look="quiet"
          onClick={(event) => {
            const next = neighbour(event.currentTarget);
            draw.remove(new Set([id]), new Set());
            select.nothing();
            next?.focus();
          }}
        >
          Delete {component.name}
        </Button>
      </div>
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
      className={css.text}
      aria-label={`Name of ${component.name}`}
      data-testid="outline-name"
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

/** Everything that fits a port, as a list to choose from. */
function LinkSelect({ id }: { id: string }) {
  const sketch = useDrawing((state) => state.sketch);
  const roles: Roles = useSession((session) => session.roles);
  const picks = useMemo(() => linkPicks(id, null, sketch, roles), [id, sketch, roles]);
  return (
    <div data-testid="outline-link">
      <Select
        label={`Link ${nameOf(sketch, id)}`}
        hideLabel
        small
        value={null}
        disabled={picks.length === 0}
        placeholder={picks.length === 0 ? 'Nothing drawn fits a port' : 'Add a link'}
        options={picks.map((pick) => ({ value: pick.id, label: pick.label }))}
        onChange={(value) => picks.find((pick) => pick.id === value)?.run()}
      />
    </div>
  );
}

interface MarkProps {
  id: string;
  /** Of a group; null for a comment. */
  name: string | null;
  note: string;
  open: boolean;
  locked: boolean;
}

const Mark = memo(function Mark({ id, name, note, open, locked }: MarkProps) {
  const sketch = useDrawing((state) => state.sketch);
  const held = name === null ? [] : [...heldBy(sketch, parseMark(id)?.id ?? '').components];
  const names = held.map((each) => componentOf(sketch, each)?.name ?? each).join(', ');
  const said = name === null ? `Comment: ${note === '' ? 'empty' : beginning(note)}` : `Group ${name}`;
  return (
    <li className={cx(open && css.open)}>
      <button
        type="button"
        className={css.row}
        data-row
        data-testid={`outline-${id}`}
        aria-expanded={open}
        onClick={() => (open ? select.nothing() : select.mark(id))}
        onKeyDown={(event) => {
          if (event.key === 'Delete' && !locked) {
            event.preventDefault();
            event.stopPropagation();
            removeMark(id, event.currentTarget);
          } else stepRow(event);
        }}
      >
        <Icon name={name === null ? 'comment' : 'fit'} />
        <span className={css.name}>{said}</span>
      </button>
      {names === '' ? null : <p className={css.held}>Holds {names}.</p>}
      {open && !locked ? <EditMark key={id} id={id} name={name} note={note} /> : null}
    </li>
  );
});

function removeMark(id: string, within: Element): void {
  const next = neighbour(within);
  draw.remove(new Set(), new Set(), new Set([id]));
  select.nothing();
  next?.focus();
}

/** Holds only what was typed: what is written elsewhere meanwhile is shown, and never written over by what stood here before. */
function EditMark({ id, name, note }: { id: string; name: string | null; note: string }) {
  const [typed, setTyped] = useState<{ name?: string; note?: string }>({});
  const words = { name: typed.name ?? name ?? '', note: typed.note ?? note };
  const keep = (): void => {
    if (typed.name !== undefined || typed.note !== undefined) draw.write(id, name === null ? { text: words.note } : words);
    setTyped({});
  };
  return (
    <div className={css.edit}>
      {name === null ? null : (
        <label className={css.field}>
          <span>Name</span>
          <input
            className={css.text}
            maxLength={80}
            value={words.name}
            onChange={(event) => setTyped({ ...typed, name: event.target.value })}
            onBlur={keep}
          />
        </label>
      )}
      <label className={css.words}>
        <span>{name === null ? 'Text' : 'Note'}</span>
        <textarea
          rows={3}
          maxLength={MAX_TEXT}
          value={words.note}
          onChange={(event) => setTyped({ ...typed, note: event.target.value })}
          onBlur={keep}
        />
      </label>
      <Button look="quiet" onClick={(event) => removeMark(id, event.currentTarget)}>
        Delete
      </Button>
    </div>
  );
}
