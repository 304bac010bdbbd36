// The palette: an icon for each kind in the toolbar, and a list with search behind Add. A role is clicked and then placed, dragged by pointer,
// or, from the keyboard, put where there is room.
import * as Popover from '@radix-ui/react-popover';
import { useReactFlow } from '@xyflow/react';
import { useMemo, useRef, useState, type KeyboardEvent, type PointerEvent, type ReactNode } from 'react';
import { keysText, rowOf } from '../../app/keymap';
import type { Kind, Role } from '../../rpc/contract';
import { Icon, Tip, cx, iconOf } from '../../parts';
import { useSession } from '../session';
import { BOX, LANE } from '../sketch/edit';
import { rankRoles } from './Boxes';
import css from './Toolbar.module.css';
import { dropRole } from './fit';
import { select, useSelection } from './selection';
import { focusPart } from './stage';

/** Puts a role where there is room near the middle of the view; from the keyboard and from the list. */
export function usePlace(): (role: string) => string | null {
  const { screenToFlowPosition } = useReactFlow();
  return (role) => {
    const frame = document.querySelector('[data-testid="canvas"]')?.getBoundingClientRect();
    if (frame === undefined) return null;
    const { x, y } = screenToFlowPosition({ x: frame.left + frame.width / 2, y: frame.top + frame.height / 3 });
    return dropRole(role, [x - BOX.width / 2, y - BOX.height / 2], LANE);
  };
}

const DRAG_FROM_PX = 5;

/** A role that can be picked up: a drag ends on the canvas, a click takes the role in hand, Enter places it at once. */
function RoleButton({ role, className, onDone, children, testId }: RoleButtonProps) {
  const place = usePlace();
  const { screenToFlowPosition } = useReactFlow();
  const begun = useRef<{ x: number; y: number } | null>(null);
  const dragged = useRef(false);
  const [ghost, setGhost] = useState<{ x: number; y: number } | null>(null);
  const onPointerDown = (event: PointerEvent<HTMLButtonElement>): void => {
    if (event.button !== 0) return;
    begun.current = { x: event.clientX, y: event.clientY };
    dragged.current = false;
    event.currentTarget.setPointerCapture(event.pointerId);
  };
  const onPointerMove = (event: PointerEvent<HTMLButtonElement>): void => {
    const from = begun.current;
    if (from === null) return;
    if (Math.hypot(event.clientX - from.x, event.clientY - from.y) >= DRAG_FROM_PX) dragged.current = true;
    if (dragged.current) setGhost({ x: event.clientX, y: event.clientY });
  };
  const onPointerUp = (event: PointerEvent<HTMLButtonElement>): void => {
    begun.current = null;
    setGhost(null);
    if (!dragged.current) return;
    const canvas = document.querySelector('[data-testid="canvas"]')?.getBoundingClientRect();
    if (canvas === undefined) return;
    const inside =
      event.clientX >= canvas.left && event.clientX <= canvas.right && event.clientY >= canvas.top && event.clientY <= canvas.bottom;
    if (!inside) return;
    const { x, y } = screenToFlowPosition({ x: event.clientX, y: event.clientY });
    const id = dropRole(role.id, [x - BOX.width / 2, y - BOX.height / 2]);
    onDone?.(id);
  };
  return (
    <>
      <button
        type="button"
        className={className}
        data-testid={testId}
        aria-label={`Add ${role.name}${role.runs ? '' : ', drawn only'}`}
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onPointerUp={onPointerUp}
        onPointerCancel={() => {
          begun.current = null;
          setGhost(null);
        }}
        onClick={(event) => {
          if (dragged.current) {
            dragged.current = false;
            return;
          }
          // From the keyboard it is put where there is room; a pointer says where.
          const id = event.detail === 0 ? place(role.id) : null;
          if (event.detail !== 0) select.tool({ kind: 'place', role: role.id });
          onDone?.(id);
        }}
      >
        {children}
      </button>
      {ghost === null ? null : (
        <span className={css.ghost} style={{ left: ghost.x, top: ghost.y }}>
          <Icon name={iconOf(role.kind, role.id)} />
          {role.name}
        </span>
      )}
    </>
  );
}

interface RoleButtonProps {
  role: Role;
  className: string | undefined;
  testId: string;
  /** What was put on the canvas, or null when it is still to be placed. */
  onDone?: (id: string | null) => void;
  children: ReactNode;
}

const KIND_NAMES: Partial<Record<Kind, string>> = { service: 'Services', sql: 'SQL database', worker: 'Workers' };

/** One icon a kind; a kind with several roles opens them. */
export function PaletteIcons() {
  const palette = useSession((session) => session.palette);
  const inHand = useSelection(({ tool }) => (tool.kind === 'place' ? tool.role : null));
  const kinds = useMemo(() => {
    const byKind = new Map<Kind, Role[]>();
    for (const role of palette?.roles ?? []) byKind.set(role.kind, [...(byKind.get(role.kind) ?? []), role]);
    return [...byKind];
  }, [palette]);
  return kinds.map(([kind, roles]) => {
    const [first] = roles;
    if (first === undefined) return null;
    if (roles.length > 1) return <KindButton key={kind} kind={kind} roles={roles} inHand={inHand} />;
    return (
      <Tip key={kind} text={first.runs ? first.name : `${first.name}: drawn only, does not run yet`}>
        <span>
          <RoleButton role={first} className={cx(css.tool, inHand === first.id && css.on)} testId={`palette-${first.id}`}>
            <Icon name={iconOf(kind)} />
          </RoleButton>
        </span>
      </Tip>
    );
  });
}

function KindButton({ kind, roles, inHand }: { kind: Kind; roles: readonly Role[]; inHand: string | null }) {
  const [open, setOpen] = useState(false);
  const { placed, leave } = usePlaced();
  const name = KIND_NAMES[kind] ?? roles[0]?.name ?? kind;
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger
        className={cx(css.tool, roles.some(({ id }) => id === inHand) && css.on)}
        aria-label={name}
        title={name}
        data-testid={`palette-kind-${kind}`}
      >
        <Icon name={iconOf(kind)} />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content className={css.list ?? ''} align="start" sideOffset={4} collisionPadding={8} onCloseAutoFocus={leave}>
          {roles.map((role) => (
            <RoleButton
              key={role.id}
              role={role}
              className={css.entry}
              testId={`palette-${role.id}`}
              onDone={(id) => {
                placed(id);
                setOpen(false);
              }}
            >
              <Entry role={role} />
            </RoleButton>
          ))}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

function Entry({ role }: { role: Role }) {
  return (
    <>
      <Icon name={iconOf(role.kind, role.id)} />
      <span className={css.entryText}>
        <b>{role.name}</b>
        <span>{role.summary}</span>
      </span>
    </>
  );
}

/** The focus goes to what was placed from a list; when nothing was, back to the list's button. */
function usePlaced(): { placed: (id: string | null) => void; leave: (event: Event) => void } {
  const part = useRef<string | null>(null);
  return {
    placed: (id) => {
      part.current = id;
    },
    leave: (event) => {
      if (part.current === null) return;
      event.preventDefault();
      focusPart(part.current);
      part.current = null;
    },
  };
}

/** Add: every role, with search. Enter takes the first that is left. */
export function AddMenu({ open, onOpen }: { open: boolean; onOpen: (open: boolean) => void }) {
  const palette = useSession((session) => session.palette);
  const [typed, setTyped] = useState('');
  const place = usePlace();
  const list = useRef<HTMLDivElement>(null);
  const { placed, leave } = usePlaced();
  const sorted = rankRoles(palette?.roles ?? [], typed);
  const add = (role: Role | undefined): void => {
    if (role === undefined) return;
    placed(place(role.id));
    setTyped('');
    onOpen(false);
  };
  return (
    <Popover.Root open={open} onOpenChange={onOpen}>
      <Popover.Trigger className={css.add} data-testid="add">
        Add
        <kbd>{keysText(rowOf('add'))}</kbd>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content className={css.list ?? ''} align="start" sideOffset={4} collisionPadding={8} onCloseAutoFocus={leave}>
          <input
            className={css.search}
            type="search"
            aria-label="Find a component"
            placeholder="Find a component"
            data-testid="add-search"
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === 'Enter') add(sorted[0]);
              if (event.key === 'ArrowDown') {
                event.preventDefault();
                list.current?.querySelector('button')?.focus();
              }
            }}
          />
          <div ref={list} className={css.entries}>
            {sorted.map((role) => (
              <button
                key={role.id}
                type="button"
                className={css.entry}
                data-testid={`add-${role.id}`}
                onClick={() => add(role)}
                onKeyDown={stepInList}
              >
                <Entry role={role} />
              </button>
            ))}
            {sorted.length === 0 ? <p className={css.none}>No component by that name.</p> : null}
          </div>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

function stepInList(event: KeyboardEvent<HTMLButtonElement>): void {
  if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
  event.preventDefault();
  const other = event.key === 'ArrowDown' ? event.currentTarget.nextElementSibling : event.currentTarget.previousElementSibling;
  if (other instanceof HTMLElement) other.focus();
}
