// What the keys of the canvas do, by the table in `app/keymap.ts`: each action as one function, the same from key, finder and toolbar. Bindings only:
// the changes themselves are in `sketch/store.ts`.
import type { CanvasAction } from '../../app/keymap';
import { rowOf } from '../../app/keymap';
import type { FaultKind } from '../../rpc/contract';
import type { Action } from '../../app/finding';
import { keysText } from '../../app/keymap';
import { asHostError, call } from '../../host';
import { findingsOf } from '../findings';
import { isPanelShown, openPanel } from '../panels';
import { metrics, useMetrics } from '../run/metrics';
import { isLocked, isUnderLoad, useRun } from '../run/store';
import { permissionOf, run, useSession } from '../session';
import { align, distribute, type Axis, type Edge } from '../sketch/arrange';
import { GRID } from '../sketch/edit';
import { around, boxOf, carry, freeRect, markKey, marksOf, parseMark, type Rect } from '../sketch/marks';
import { tell } from '../sketch/news';
import { componentOf } from '../sketch/ports';
import { draw, useDrawing } from '../sketch/store';
import { byCommand, duplicate } from './clipboard';
import { find } from './finder';
import { fitting } from './fit';
import { join } from './linking';
import { onlyChosen, select, useSelection } from './selection';
import { focusDrawn, focusPart, middleOfView, pointAt, pointerOnCanvas, reveal, stage, useStage } from './stage';
import { ARROWS, isArrow, walk } from './walk';

export interface Doing {
  /** False: not now, the key goes on to whoever wants it. */
  run: (event: KeyboardEvent | null) => boolean;
  /** Whether it can be done now; absent: always. */
  when?: () => boolean;
  /** Also while a run locks the drawing. */
  running?: true;
}

const sketch = () => useDrawing.getState().sketch;
const chosen = () => useSelection.getState();

/** Boxes of what is chosen, by component id or mark. */
export function chosenBoxes(): Map<string, Rect> {
  const { components, marks } = chosen();
  const parts = sketch().components.filter(({ id }) => components.has(id));
  return new Map([
    ...parts.map((component): [string, Rect] => [component.id, boxOf(component)]),
    ...marksOf(sketch())
      .filter(({ key }) => marks.has(key))
      .map(({ key, rect }): [string, Rect] => [key, rect]),
  ]);
}

/** The one part that is chosen: a component's id or a mark's key. */
function onlyPart(): string | null {
  const { components, marks } = chosen();
  const [only, ...others] = [...components, ...marks];
  return only !== undefined && others.length === 0 ? only : null;
}

function onlyComponent() {
  const id = onlyChosen(chosen());
  return id === null ? undefined : componentOf(sketch(), id);
}

const several = (least: number) => (): boolean => chosenBoxes().size >= least;
const some = (): boolean => chosenBoxes().size > 0;

function arrow(event: KeyboardEvent | null): readonly [number, number] | null {
  return event !== null && isArrow(event.key) ? ARROWS[event.key] : null;
}

function place(corners: ReadonlyMap<string, readonly [number, number]>, did: string | null, sort: string | null = null): void {
  const { places, rects } = carry(sketch(), corners);
  draw.move(places, rects, did, sort);
}

function nudge(event: KeyboardEvent | null): boolean {
  const step = arrow(event);
  const boxes = chosenBoxes();
  if (step === null || boxes.size === 0) return false;
  const corners = new Map([...boxes].map(([id, { x, y }]) => [id, [x + step[0] * GRID, y + step[1] * GRID] as const]));
  place(corners, null, `nudge ${[...boxes.keys()].join(' ')}`);
  return true;
}

function resize(event: KeyboardEvent | null): boolean {
  const step = arrow(event);
  const key = onlyPart();
  const rect = marksOf(sketch()).find((mark) => mark.key === key)?.rect;
  if (step === null || key === null || rect === undefined) return false;
  draw.resize(key, { ...rect, width: rect.width + step[0] * GRID, height: rect.height + step[1] * GRID }, `resize ${key}`);
  return true;
}

/** The instance of the chosen component that a fault would meet: of those alive the last, of those gone the first. */
function instance(kind: FaultKind): string | null {
  const id = onlyChosen(chosen());
  const each = id === null ? undefined : useMetrics.getState().tick?.components[id]?.each;
  if (id === null || each === undefined || !isUnderLoad(useRun.getState())) return null;
  const at = kind === 'kill' ? each.findLastIndex((busy) => busy !== null) : each.indexOf(null);
  return at === -1 ? null : `${id}-${at + 1}`;
}

function faultHere(kind: FaultKind): boolean {
  const node = instance(kind);
  if (node === null) return false;
  void useRun.getState().fault(kind, node);
  return true;
}

/** The part of the canvas that has the focus. */
function focusedPart(): string | null {
  const element = document.activeElement;
  return element instanceof HTMLElement && element.classList.contains('react-flow__node') ? (element.dataset.id ?? null) : null;
}

function walkOn(event: KeyboardEvent | null): boolean {
  if (event === null || !isArrow(event.key)) return false;
  const state = chosen();
  if (!isLocked(useRun.getState().status) && state.kept.size === 0 && state.linking === null && chosenBoxes().size > 1) return nudge(event);
  const focused = focusedPart();
  const here = state.linking !== null || state.kept.size > 0 ? focused : (onlyChosen(state) ?? focused);
  const from = here !== null && componentOf(sketch(), here) !== undefined ? here : null;
  const start = from ?? sketch().components[0]?.id;
  if (start === undefined) return false;
  const to = from === null ? start : walk(sketch(), start, event.key);
  if (to === null) return true;
  if (state.linking === null) select.arrive(to);
  pointAt(null);
  const part = componentOf(sketch(), to);
  if (part !== undefined) reveal(boxOf(part));
  if (!focusDrawn(to)) focusPart(to);
  return true;
}

/** Goes to the settings of the chosen component, wherever the inspector was. */
export function toSettings(): void {
  openPanel('right');
  requestAnimationFrame(() => document.querySelector<HTMLElement>('[data-testid="inspector"] input')?.focus());
}

/** Enter on a part: begins or ends a link when a link is meant, writes a mark's words, else goes to the settings. */
function openPart(): boolean {
  const id = focusedPart();
  const element = document.activeElement;
  if (id === null || element === null) return false;
  if (parseMark(id) !== null) {
    stage.write(id);
    return true;
  }
  const { tool, linking } = chosen();
  const box = element.getBoundingClientRect();
  if (linking !== null) join(linking.from, id, linking.port, { x: box.left + box.width / 2, y: box.bottom });
  else if (tool.kind === 'link') select.beginLink(id);
  else {
    select.component(id);
    toSettings();
  }
  return true;
}

function rename(): boolean {
  const key = onlyPart();
  if (key === null) return false;
  if (parseMark(key) !== null) {
    stage.write(key);
    return true;
  }
  openPanel('right');
  requestAnimationFrame(() => {
    const field = document.querySelector<HTMLInputElement>('[data-testid="component-name"]');
    field?.focus();
    field?.select();
  });
  return true;
}

function instances(by: number): boolean {
  const component = onlyComponent();
  const most = component === undefined ? 1 : (useSession.getState().roles.get(component.role)?.max_instances ?? 1);
  if (component === undefined || most === 1) return false;
  draw.instances(component.id, component.instances + by, most);
  return true;
}

function lineUp(edge: Edge): boolean {
  return arrange(align(chosenBoxes(), edge), `Aligned ${edge}`);
}

function spread(axis: Axis): boolean {
  return arrange(distribute(chosenBoxes(), axis), `Distributed ${axis}`);
}

function arrange(corners: ReadonlyMap<string, readonly [number, number]>, did: string): boolean {
  const before = sketch();
  place(corners, did);
  if (sketch() === before) tell('Nothing moved: it stands like that already.');
  return true;
}

/** Asks the app for places; what lies in a group stays in it. One step of undo. */
async function layout(): Promise<void> {
  const before = sketch();
  try {
    const { at, groups, comments } = await call('layout', { sketch: before });
    const places = new Map(Object.entries(at));
    const rects = new Map<string, Rect>([
      ...Object.entries(groups).map(([id, rect]): [string, Rect] => [markKey('group', id), rect]),
      ...Object.entries(comments).map(([id, rect]): [string, Rect] => [markKey('comment', id), rect]),
    ]);
    draw.move(places, rects, 'Arranged the drawing');
    requestAnimationFrame(() => void useStage.getState().flow?.fitView(fitting()));
  } catch (thrown) {
    const { message, hint } = asHostError(thrown);
    select.endLink(`${message} ${hint}`);
  }
}

function group(): boolean {
  const frame = around([...chosenBoxes().values()]);
  if (frame === null) return false;
  const key = draw.group(`Group ${(sketch().groups?.length ?? 0) + 1}`, frame);
  select.mark(key);
  stage.write(key);
  return true;
}

function chosenGroups(): Set<string> {
  return new Set([...chosen().marks].filter((key) => parseMark(key)?.kind === 'group'));
}

const COMMENT = { width: 192, height: 72 };

function comment(): boolean {
  const pointer = pointerOnCanvas();
  const rect = { ...(pointer ?? middleOfView()), ...COMMENT };
  const key = draw.comment(pointer === null ? freeRect(sketch(), rect) : rect, '');
  select.mark(key);
  stage.write(key);
  return true;
}

function zoomTo(boxes: readonly Rect[]): boolean {
  const { flow } = useStage.getState();
  if (flow === null || boxes.length === 0) return false;
  const x = Math.min(...boxes.map((box) => box.x));
  const y = Math.min(...boxes.map((box) => box.y));
  const width = Math.max(...boxes.map((box) => box.x + box.width)) - x;
  const height = Math.max(...boxes.map((box) => box.y + box.height)) - y;
  void flow.fitBounds({ x: x - 24, y: y - 24, width: width + 48, height: height + 48 }, { padding: 0 });
  return true;
}

/** Shows the outline and goes there, or shows the brief again. */
function outline(): void {
  const shown = !useStage.getState().outline || !isPanelShown('left');
  stage.outline(shown);
  if (!shown) return;
  openPanel('left');
  requestAnimationFrame(() => {
    const list = document.querySelector('[data-testid="outline"]');
    const row = list?.querySelector<HTMLElement>('[data-row][aria-expanded="true"]') ?? list?.querySelector<HTMLElement>('[data-row]');
    row?.focus();
  });
}

function escape(): boolean {
  const { status, stop } = useRun.getState();
  if (useStage.getState().box !== null) stage.shut();
  else if (isLocked(status)) void stop();
  else {
    const { tool, linking, asking, said } = chosen();
    if (linking !== null || asking !== null || said !== null || tool.kind !== 'choose') select.tool({ kind: 'choose' });
    else select.nothing();
  }
  return true;
}

/** An action that always does what it says. */
const does =
  (work: () => unknown): ((event: KeyboardEvent | null) => boolean) =>
  () => {
    work();
    return true;
  };

const view = (work: (flow: NonNullable<ReturnType<typeof useStage.getState>['flow']>) => unknown): Doing => ({
  run: () => {
    const { flow } = useStage.getState();
    if (flow !== null) work(flow);
    return flow !== null;
  },
  running: true,
});

export const DOINGS: Record<CanvasAction, Doing> = {
  'tool.choose': { run: does(() => select.tool({ kind: 'choose' })) },
  'tool.link': { run: does(() => select.tool({ kind: 'link' })) },
  'link.list': {
    when: () => onlyComponent() !== undefined,
    run: does(() => {
      const component = onlyComponent();
      if (component !== undefined) stage.open({ kind: 'link', from: component.id, port: null });
    }),
  },
  add: { run: does(() => stage.open({ kind: 'add' })) },
  comment: { run: comment },
  open: { run: openPart },
  rename: { when: () => onlyPart() !== null, run: rename },
  'instances.more': { when: () => onlyComponent() !== undefined, run: () => instances(1) },
  'instances.fewer': { when: () => onlyComponent() !== undefined, run: () => instances(-1) },
  fix: {
    when: () => {
      const component = onlyComponent();
      return component !== undefined && findingsOf(useSession.getState().check, component.id).length > 0;
    },
    run: does(() => {
      const component = onlyComponent();
      if (component !== undefined) stage.open({ kind: 'fixes', component: component.id });
    }),
  },

  'edit.undo': { run: does(draw.undo) },
  'edit.redo': { run: does(draw.redo) },
  'edit.copy': { when: some, run: does(() => void byCommand.copy(false)), running: true },
  'edit.cut': { when: some, run: does(() => void byCommand.copy(true)) },
  'edit.paste': { run: does(() => void byCommand.paste()) },
  'edit.duplicate': { when: some, run: does(duplicate) },
  'edit.delete': {
    when: () => some() || chosen().links.size > 0,
    run: does(() => {
      const { components, links, marks } = chosen();
      draw.remove(components, links, marks);
      select.nothing();
    }),
  },
  'edit.all': {
    run: does(() =>
      select.set(new Set(sketch().components.map(({ id }) => id)), new Set(), new Set(marksOf(sketch()).map(({ key }) => key))),
    ),
  },
  'edit.more': {
    run: () => {
      const id = focusedPart();
      const component = id === null ? undefined : componentOf(sketch(), id);
      if (component === undefined) return false;
      tell(select.keep(component.id) ? `${component.name} stays chosen.` : `${component.name} is let go.`);
      return true;
    },
  },
  'edit.group': { when: some, run: group },
  'edit.ungroup': {
    when: () => chosenGroups().size > 0,
    run: does(() => {
      draw.remove(new Set(), new Set(), chosenGroups());
      select.nothing();
    }),
  },

  move: { when: some, run: nudge },
  resize: { run: resize },
  'align.left': { when: several(2), run: () => lineUp('left') },
  'align.centre': { when: several(2), run: () => lineUp('centre') },
  'align.right': { when: several(2), run: () => lineUp('right') },
  'align.top': { when: several(2), run: () => lineUp('top') },
  'align.middle': { when: several(2), run: () => lineUp('middle') },
  'align.bottom': { when: several(2), run: () => lineUp('bottom') },
  'distribute.across': { when: several(3), run: () => spread('across') },
  'distribute.down': { when: several(3), run: () => spread('down') },
  layout: { run: does(() => void layout()) },

  walk: { run: walkOn, running: true },
  find: { run: does(() => stage.open({ kind: 'find' })), running: true },
  'find.next': { when: () => find.any(), run: does(() => find.step(1)), running: true },
  'find.previous': { when: () => find.any(), run: does(() => find.step(-1)), running: true },
  'view.fit': view((flow) => void flow.fitView(fitting())),
  'view.chosen': { when: some, run: () => zoomTo([...chosenBoxes().values()]), running: true },
  'view.in': view((flow) => void flow.zoomIn()),
  'view.out': view((flow) => void flow.zoomOut()),
  'view.life': view((flow) => void flow.zoomTo(1)),
  outline: { run: does(outline) },

  run: {
    when: () => !isLocked(useRun.getState().status) && permissionOf(useSession.getState()).run,
    run: does(() => void run()),
  },
  'fault.kill': { when: () => instance('kill') !== null, run: () => faultHere('kill'), running: true },
  'fault.restart': { when: () => instance('restart') !== null, run: () => faultHere('restart'), running: true },
  hold: {
    when: () => isLocked(useRun.getState().status),
    run: does(() => metrics.hold(!useMetrics.getState().held)),
    running: true,
  },
  escape: { run: escape, running: true },
};

/** Whether an action can be done now. */
export function mayDo(id: CanvasAction): boolean {
  const { when, running } = DOINGS[id];
  return (running === true || !isLocked(useRun.getState().status)) && (when?.() ?? true);
}

/** Does it as a key or a menu would; false when it cannot be done now. */
export function perform(id: CanvasAction, event: KeyboardEvent | null = null): boolean {
  return mayDo(id) && DOINGS[id].run(event);
}

const isCanvasAction = (id: string): id is CanvasAction => id in DOINGS;

/** All actions for the finder, those that make sense without their key. */
export function offeredActions(): Action[] {
  return Object.keys(DOINGS)
    .filter(isCanvasAction)
    .flatMap((id): Action[] => {
      const row = rowOf(id);
      if (row.onlyKeys === true) return [];
      const keys = keysText(row);
      return [
        {
          id: `canvas.${id}`,
          label: row.label,
          group: row.group,
          ...(keys === undefined ? {} : { keys }),
          when: () => mayDo(id),
          run: () => void perform(id),
        },
      ];
    });
}
