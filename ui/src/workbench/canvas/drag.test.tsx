// Dragging on the canvas: what lies somewhere on the screen lies there in the drawing, however fast the pointer was. Pointer events come faster than
// anything is drawn: here several of them come before React draws.
import { act, render, screen, waitFor } from '@testing-library/react';
import { beforeEach, expect, it } from 'vitest';
import { App } from '../../app/App';
import { useRoute } from '../../app/route';
import { setHost } from '../../host';
import { fixtureHost } from '../../host/fixture';
import { useRun } from '../run/store';
import { closeSession, useSession } from '../session';
import { snap } from '../sketch/edit';
import { componentOf } from '../sketch/ports';
import { draw, useDrawing } from '../sketch/store';
import { select } from './selection';
import { stage, useStage } from './stage';

const START = { x: 400, y: 300 };
/** How far the pointer goes, canvas pixels: at first, and in all. */
const FIRST = 24;
const LAST = 168;

beforeEach(async () => {
  // jsdom draws nothing; without this it says so for each chart.
  HTMLCanvasElement.prototype.getContext = () => null;
  setHost(fixtureHost());
  stage.leave();
  useRun.getState().clear();
  await closeSession();
  useRoute.setState({ route: { screen: 'workbench', exercise: 'twitter', design: 'twitter-b' } });
  render(<App />);
  await screen.findByTestId('node-client');
  await waitFor(() => expect(useSession.getState().check).not.toBeNull());
  // The canvas is large enough that the pointer is at none of its edges.
  const canvas = part('.react-flow');
  canvas.getBoundingClientRect = () => new DOMRect(0, 0, 1200, 900);
});

function part(css: string): HTMLElement {
  const found = document.querySelector<HTMLElement>(css);
  if (found === null) throw new Error(`there is no ${css}`);
  return found;
}

function mouse(target: EventTarget, type: string, by: number): void {
  const zoom = useStage.getState().flow?.getZoom() ?? NaN;
  const place = { clientX: START.x + by * zoom, clientY: START.y };
  const event = new MouseEvent(type, { bubbles: true, cancelable: true, button: 0, ...place });
  // The library listens where the event says that it comes from, and jsdom makes none that comes from the tests' window.
  Object.defineProperty(event, 'view', { value: window });
  target.dispatchEvent(event);
}

/** The pointer goes down on an element, along these ways, and up; what is in one list comes before React draws. */
function drag(css: string, ways: readonly (readonly number[])[]): void {
  const element = part(css);
  ways.forEach((way, index) => {
    act(() => {
      if (index === 0) mouse(element, 'mousedown', 0);
      for (const by of way) mouse(window, 'mousemove', by);
      if (index === ways.length - 1) mouse(window, 'mouseup', way.at(-1) ?? 0);
    });
  });
}

const sketch = () => useDrawing.getState().sketch;
const steps = (): number => useDrawing.temporal.getState().pastStates.length;

const WAYS: [string, number[][]][] = [
  ['slowly', [[], [FIRST], [96], [LAST], [LAST]]],
  ['and lets go before its last step is drawn', [[], [FIRST, 96], [LAST]]],
  ['and lets go before anything of it is drawn', [[FIRST, 96, LAST]]],
];

it.each(WAYS)('moves a component %s', (_, ways) => {
  const [x = NaN, y = NaN] = componentOf(sketch(), 'feed')?.at ?? [];
  const before = steps();
  drag('[data-id="feed"]', ways);
  // What the pointer goes until it is a drag is not gone by the component.
  const to = [snap(x + LAST - FIRST), snap(y)];
  expect(componentOf(sketch(), 'feed')?.at).toEqual(to);
  expect(part('[data-id="feed"]').style.transform).toBe(`translate(${to.map((px) => `${px}px`).join(',')})`);
  expect(steps()).toBe(before + 1);
});

it.each(WAYS)('makes a comment wider %s', (_, ways) => {
  let key = '';
  act(() => {
    key = draw.comment({ x: 0, y: 900, width: 192, height: 72 }, 'why?');
    select.mark(key);
  });
  const before = steps();
  drag(`[data-id="${key}"] .react-flow__resize-control.handle.bottom.right`, ways);
  expect(sketch().comments?.[0]?.size).toEqual([192 + LAST, 72]);
  expect(part(`[data-id="${key}"]`).style.width).toBe(`${192 + LAST}px`);
  expect(steps()).toBe(before + 1);
});
