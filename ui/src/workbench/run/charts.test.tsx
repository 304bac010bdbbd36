// The live charts say what they show: units on titles, axes and tables, names at the lines' ends, and where target, prediction and faults lie.
// The library that draws is stood in for, since jsdom has no canvas: what would be painted is written down.
import { act, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type uPlot from 'uplot';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { call, setHost } from '../../host';
import { fixtureHost } from '../../host/fixture';
import { useSession } from '../session';
import { LatencyChart, RequestsChart } from './charts';
import { LiveDock } from './LiveDock';
import { useMetrics, type Points } from './metrics';
import { STALE_MS } from './state';
import { useRun } from './store';

const BOX = { left: 50, top: 10, width: 400, height: 100 };

interface Painted {
  grounds: { ink: string; x: number; y: number; width: number; height: number }[];
  texts: { text: string; ink: string; x: number; y: number }[];
  lines: { ink: string; dash: number[]; width: number; from: [number, number]; to: [number, number] }[];
}

/** A canvas that writes down what is painted on it. */
function paper(): { ctx: object; painted: Painted } {
  const painted: Painted = { grounds: [], texts: [], lines: [] };
  let from: [number, number] = [0, 0];
  let to: [number, number] = [0, 0];
  let dash: number[] = [];
  const nothing = (): void => undefined;
  const ctx = {
    strokeStyle: '',
    fillStyle: '',
    lineWidth: 1,
    save: nothing,
    restore: () => {
      dash = [];
    },
    beginPath: nothing,
    setLineDash: (parts: number[]) => {
      dash = parts;
    },
    moveTo: (x: number, y: number) => {
      from = [x, y];
    },
    lineTo: (x: number, y: number) => {
      to = [x, y];
    },
    stroke: () => painted.lines.push({ ink: ctx.strokeStyle, dash, width: ctx.lineWidth, from, to }),
    strokeText: nothing,
    fillRect: (x: number, y: number, width: number, height: number) => painted.grounds.push({ ink: ctx.fillStyle, x, y, width, height }),
    fillText: (text: string, x: number, y: number) => painted.texts.push({ text, ink: ctx.fillStyle, x, y }),
    measureText: (text: string) => ({ width: text.length * 6 }),
  };
  return { ctx, painted };
}

const { plots } = vi.hoisted(() => ({ plots: [] as { options: uPlot.Options; data: uPlot.AlignedData }[] }));
vi.mock('uplot', () => ({
  default: class {
    static pxRatio = 1;
    constructor(
      readonly options: uPlot.Options,
      public data: uPlot.AlignedData,
    ) {
      plots.push(this);
    }
    setData(data: uPlot.AlignedData): void {
      this.data = data;
    }
    destroy(): void {
      plots.splice(plots.indexOf(this), 1);
    }
  },
}));

/** The only plot that is shown: its axes in words, and what it paints beside its lines. */
function shown(): {
  x: [number, number];
  y: [number, number];
  axes: (values: number[]) => [string[], string[]];
  ticks: number[];
} & Painted {
  const plot = plots.at(-1);
  if (plot === undefined) throw new Error('nothing is drawn');
  const { options, data } = plot;
  const values = data.slice(1).flatMap((line) => [...line].flatMap((value) => (value == null ? [] : [value])));
  const rangeOf = (scale: string): [number, number] => {
    const { range } = options.scales?.[scale] ?? {};
    if (typeof range !== 'function') return range as [number, number];
    return range({ data } as unknown as uPlot, Math.min(...values), Math.max(...values), scale) as [number, number];
  };
  const [x, y] = [rangeOf('x'), rangeOf('y')];
  const log = Number(options.scales?.y?.distr) === 3;
  const level = (value: number): number => (log ? Math.log(value) : value);
  const { ctx, painted } = paper();
  const stage = {
    ctx,
    data,
    bbox: BOX,
    valToPos: (value: number, scale: string) =>
      scale === 'x'
        ? BOX.left + ((value - x[0]) / (x[1] - x[0])) * BOX.width
        : BOX.top + BOX.height - ((level(value) - level(y[0])) / (level(y[1]) - level(y[0]))) * BOX.height,
  };
  for (const draw of options.hooks?.draw ?? []) draw?.(stage as unknown as uPlot);
  const [time, left] = options.axes ?? [];
  const words = (axis: uPlot.Axis | undefined, at: number[]): string[] => {
    if (typeof axis?.values !== 'function') throw new Error('an axis without words');
    return axis.values(stage as unknown as uPlot, at, 0, 0, 0) as string[];
  };
  const ticks = typeof left?.splits === 'function' ? left.splits(stage as unknown as uPlot, 1, y[0], y[1], 0, 0) : [];
  return { x, y, axes: (at) => [words(time, at), words(left, at)], ticks, ...painted };
}

const INKS = ['--bg-panel', '--ink', '--ink-2', '--pred', '--over', '--over-fill', '--p50', '--p95', '--p99'];
const points: Points = {
  t_s: [0, 10, 20, 30],
  ok_per_s: [20_000, 22_000, 22_000, 21_900],
  failed_per_s: [0, 0, 0, 1100],
  p50_ms: [9, 9, 9, 9.4],
  p95_ms: [40, 40, 40, 226],
  p99_ms: [70, 60, 60, 262],
};
const at = (text: string): { text: string; ink: string; x: number; y: number } => {
  const found = shown().texts.find((each) => each.text === text);
  if (found === undefined) throw new Error(`no ${text}`);
  return found;
};

beforeEach(() => {
  for (const token of INKS) document.documentElement.style.setProperty(token, token);
});
afterEach(() => {
  for (const token of INKS) document.documentElement.style.removeProperty(token);
});

describe('latency', () => {
  const latency = (over: Partial<Parameters<typeof LatencyChart>[0]> = {}): void => {
    render(
      <LatencyChart
        points={points}
        marks={[]}
        duration_s={60}
        target_ms={200}
        predicted_ms={40}
        predictedFrom_s={15}
        label="Latency"
        {...over}
      />,
    );
  };
  const level = (ms: number): number => BOX.top + BOX.height * (1 - Math.log10(ms) / 3);

  it('has whole decades of milliseconds up and minutes across, and ends at the planned time', () => {
    latency();
    const plot = shown();
    expect([plot.x, plot.y]).toEqual([
      [0, 60],
      [1, 1000],
    ]);
    expect(plot.ticks).toEqual([1, 10, 100, 1000]);
    expect(plot.axes([0, 15, 60])[0]).toEqual(['0:00', '0:15', '1:00']);
    expect(plot.axes(plot.ticks)[1]).toEqual(['1', '10', '100', '1,000']);
  });

  it('draws the target dashed all along, and the prediction in its own ink from the moment that it applies', () => {
    latency();
    const right = BOX.left + BOX.width;
    expect(shown().lines).toEqual([
      { ink: '--ink-2', dash: [4, 3], width: 1, from: [BOX.left, Math.round(level(200))], to: [right, Math.round(level(200))] },
      {
        ink: '--pred',
        dash: [],
        width: 2,
        from: [BOX.left + BOX.width / 4, Math.round(level(40))],
        to: [right, Math.round(level(40))],
      },
    ]);
    expect(at('target 200')).toMatchObject({ ink: '--ink-2', x: right + 6 });
    expect(at('you: 40')).toMatchObject({ ink: '--pred', x: right + 6, y: level(40) });
  });

  it('names each percentile with its newest figure where its line ends, one under the other', () => {
    latency();
    const ends = ['p99 262', 'p95 226', 'p50 9.4'].map(at);
    expect(ends.map(({ x }) => x)).toEqual([0, 0, 0].map(() => BOX.left + BOX.width / 2 + 6));
    const [p99 = 0, p95 = 0, p50 = 0] = ends.map(({ y }) => y);
    expect(p99).toBeCloseTo(level(262));
    expect(p95 - p99).toBeGreaterThanOrEqual(14);
    expect(p50).toBeCloseTo(level(9.4));
    expect(
      plots
        .at(-1)
        ?.options.series.slice(1)
        .map(({ stroke }) => (stroke as () => string)()),
    ).toEqual(['--p50', '--p95', '--p99']);
  });

  it('gives each name a ground, so that no line goes through it', () => {
    latency();
    const { texts, grounds } = shown();
    expect(grounds).toHaveLength(texts.length);
    for (const [n, { text, x, y }] of texts.entries()) {
      expect(grounds[n]).toEqual({ ink: '--bg-panel', x: x - 2, y: y - 7, width: text.length * 6 + 4, height: 14 });
    }
  });

  it('draws no target and no prediction where there is none, and no figure where nothing was answered', () => {
    const none = { t_s: [1], ok_per_s: [0], failed_per_s: [0], p50_ms: [null], p95_ms: [null], p99_ms: [null] };
    latency({ target_ms: null, predicted_ms: null, points: none });
    expect(shown()).toMatchObject({ lines: [], texts: [], y: [1, 1000] });
  });

  it('keeps the names of lines apart when the run is at its end', () => {
    latency({ points: { ...points, t_s: [0, 20, 40, 60], p99_ms: [1, 1, 1, 200], p95_ms: [1, 1, 1, 80] } });
    const heights = shown()
      .texts.map(({ y }) => y)
      .sort((a, b) => a - b);
    expect(heights).toHaveLength(5);
    heights.slice(1).forEach((y, n) => expect(y - (heights[n] ?? 0)).toBeGreaterThanOrEqual(13.9));
  });
});

describe('requests', () => {
  const requests = (over: Partial<Parameters<typeof RequestsChart>[0]> = {}): void => {
    render(<RequestsChart points={points} marks={[]} duration_s={60} planned_per_s={23_000} label="Requests" {...over} />);
  };

  it('begins at 0, leaves room for the planned rate, and names both outcomes with their rates', () => {
    requests();
    const plot = shown();
    expect(plot.y[0]).toBe(0);
    expect(plot.y[1]).toBeGreaterThan(23_000);
    expect(plot.axes([0, 10_000, 20_000])[1]).toEqual(['0', '10K', '20K']);
    expect(at('21.9K ok').ink).toBe('--ink-2');
    expect(at('1.1K failed').ink).toBe('--over');
  });

  it('says nothing of failures while there are none', () => {
    requests({ points: { ...points, failed_per_s: [0, 0, 0, 0] } });
    expect(shown().texts.map(({ text }) => text)).toEqual(['21.9K ok']);
  });

  it('draws a fault from top to bottom with its name, left of the line where there is no room at the right', () => {
    requests({
      marks: [
        { t_s: 30, text: 'kv-2 killed' },
        { t_s: 58, text: 'kv-2 is back' },
      ],
    });
    const [killed, back] = shown().lines;
    expect(killed).toMatchObject({ ink: '--ink', from: [250, BOX.top], to: [250, BOX.top + BOX.height] });
    expect(at('kv-2 killed').x).toBeGreaterThan(250);
    expect(at('kv-2 is back').x).toBeLessThan((back?.from[0] ?? 0) - 'kv-2 is back'.length * 6);
  });
});

describe('the dock', () => {
  beforeEach(async () => {
    setHost(fixtureHost());
    const exercise = await call('exercise', { id: 'twitter' });
    act(() => {
      useSession.setState(({ wish }) => ({
        exercise,
        wish: { ...wish, scenario: exercise.default_scenario },
        predictions: { values: { 'timeline_read.p99_ms': 80 }, because: '' },
      }));
      useMetrics.setState({ points, nowMs: 0, atMs: 0, tick: { t_s: 30, duration_s: 60 } as never });
    });
  });
  afterEach(() => {
    act(() => {
      useRun.getState().clear();
      useSession.setState({ exercise: null, predictions: { values: {}, because: '' } });
    });
  });

  const chart = (name: RegExp): string | null => screen.getByRole('img', { name }).getAttribute('aria-label');

  it('gives each chart its unit, and says its newest figures, target and prediction to a screen reader', () => {
    render(<LiveDock />);
    expect(screen.getAllByRole('heading', { level: 3 }).map((each) => each.textContent)).toEqual([
      'Requestsper second of life, by outcomeTable',
      'Timeline reads, latencyms of life, log scaleTable',
      'Events',
    ]);
    expect(chart(/^Requests/)).toBe('Requests a second of life: 21.9K/s answered, 1.1K/s failed or dropped');
    expect(chart(/latency/)).toBe('Timeline reads latency in milliseconds of life, logarithmic: p99 262 ms, target 200 ms, you said 80 ms');
  });

  it('gives no old figure out as the newest', () => {
    render(<LiveDock />);
    act(() => useMetrics.setState({ nowMs: STALE_MS + 1 }));
    expect(chart(/^Requests/)).toBe('Requests a second of life: unknown answered, unknown failed or dropped');
    expect(chart(/latency/)).toContain('p99 unknown, target 200 ms');
  });

  it('has the same behind it as a table with units', async () => {
    const user = userEvent.setup();
    render(<LiveDock />);
    await user.click(screen.getByRole('button', { name: 'Requests as a table' }));
    await user.click(screen.getByRole('button', { name: 'Timeline reads, latency as a table' }));
    const [requests = document.body, latency = document.body] = screen.getAllByRole('table');
    const head = (table: HTMLElement): string[] =>
      within(table)
        .getAllByRole('columnheader')
        .map((each) => each.textContent);
    expect(head(requests)).toEqual(['Time', 'Answered, /s', 'Failed or dropped, /s']);
    expect(head(latency)).toEqual(['Time', 'p50, ms', 'p95, ms', 'p99, ms']);
    expect(within(latency).getAllByRole('row')[1]?.textContent).toBe('0:309.4226262');
    expect(latency.querySelector('caption')?.textContent).toBe('Timeline reads, latency, ms of life, log scale, newest first');
  });
});
