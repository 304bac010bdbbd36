// States by threshold, readings, and the course of a run: phases, metrics at most four times a second, stop, and how it ends.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ComponentTick, PlanPreview, RunEvent, RunTick } from '../../rpc/contract';
import { HostError, setHost, type EventListener, type Host } from '../../host';
import { loadState } from '../../parts/load';
import { decades } from './charts';
import { UPDATE_MS, freshTick, metrics, useMetrics } from './metrics';
import { STALE_MS, conditionOf, linkWidth, readingOf } from './state';
import { useRun } from './store';

const rate = (perSecond: number): string => `${perSecond}/s`;

function component(over: Partial<ComponentTick> = {}): ComponentTick {
  const quiet = {
    utilisation: 0.3,
    utilisation_modelled: 0.32,
    queue: 0,
    per_s: 100,
    refused_per_s: 0,
    failed_per_s: 0,
    cpu: 0.1,
    rss_mb: 10,
    hit_ratio: null,
    lag_ms: null,
  };
  return { ...quiet, each: [0.3, 0.3], ...over };
}

const stateAt = (over: Partial<ComponentTick>): [string, string | null] => {
  const { state, reason } = conditionOf(component(over), rate);
  return [state, reason];
};

describe('states', () => {
  it('is busy from 70%', () => {
    expect(stateAt({ utilisation: 0.699 })).toEqual(['steady', null]);
    expect(stateAt({ utilisation: 0.7 })).toEqual(['busy', null]);
    expect(stateAt({ utilisation: 0.989 })).toEqual(['busy', null]);
  });

  it('is saturated from 99%, or as soon as it refuses', () => {
    expect(stateAt({ utilisation: 0.99 })).toEqual(['saturated', 'All workers busy']);
    expect(stateAt({ utilisation: 0.2, refused_per_s: 3 })).toEqual(['saturated', 'Refuses 3/s']);
  });

  it('is failing, uneven or down with its reason', () => {
    expect(stateAt({ failed_per_s: 2 })).toEqual(['failed', 'Fails 2/s']);
    expect(stateAt({ utilisation: 0.5, each: [0.3, 0.92, 0.3] })).toEqual(['uneven', 'instance 2 at 92%']);
    expect(stateAt({ refused_per_s: 9, each: [0.3, null, 0.3] })).toEqual(['down', '1 of 3 down']);
  });

  it('is unknown without figures, never zero', () => {
    expect(conditionOf(undefined, rate).state).toBe('unknown');
  });

  it.each([0.69, 0.7, 0.989, 0.99, 0.992, 1])('means the same by name and by colour: %d', (utilisation) => {
    const { state } = conditionOf(component({ utilisation }), rate);
    expect(loadState(utilisation)).toBe({ steady: null, busy: 'busy', saturated: 'over' }[state as 'steady' | 'busy' | 'saturated']);
  });
});

describe('readings', () => {
  it('shows each metric in its own unit', () => {
    const busy = component({ utilisation: 0.42, cpu: 0.3, rss_mb: 30, refused_per_s: 100 });
    const all = [busy, component()];
    expect(readingOf('load', busy, all)).toEqual({ share: 0.42, text: '42%' });
    expect(readingOf('cpu', busy, all)).toEqual({ share: 0.3 / 0.4, text: '0.30 core' });
    expect(readingOf('memory', busy, all)).toEqual({ share: 0.75, text: '30 MB' });
    expect(readingOf('errors', busy, all)).toEqual({ share: 0.5, text: '50%' });
  });

  it('calls nothing 0 that is something', () => {
    const load = (utilisation: number): string => readingOf('load', component({ utilisation }), []).text;
    expect([0, 0.0004, 0.0049, 0.005, 1].map(load)).toEqual(['0%', '<1%', '<1%', '1%', '100%']);
    const errors = readingOf('errors', component({ per_s: 10_000, failed_per_s: 1 }), []);
    expect(errors.text).toBe('<0.1%');
  });

  it('divides by nothing without harm', () => {
    const idle = component({ cpu: 0, per_s: 0 });
    expect(readingOf('cpu', idle, [idle]).share).toBe(0);
    expect(readingOf('errors', idle, [idle]).share).toBe(0);
  });

  it('draws links in three widths', () => {
    expect([linkWidth(null, 100), linkWidth(10, 100), linkWidth(15, 100), linkWidth(50, 100), linkWidth(5, 0)]).toEqual([1, 1, 2, 3, 1]);
  });

  it('spans whole decades, at least two', () => {
    expect(decades([9.4, 31, 262])).toEqual([1, 1000]);
    expect(decades([null])).toEqual([1, 1000]);
    expect(decades([0.3, 0.4])).toEqual([0.1, 10]);
  });
});

function tick(t_s: number): Extract<RunEvent, { type: 'tick' }> {
  const load = { scheduled: 10, sent: 9, dropped: 1, ok: 9, late: 0, failed: 0, failures: [] };
  const figures: RunTick = {
    t_s,
    duration_s: 60,
    load,
    in_flight: 1,
    sent_per_s: 100,
    ok_per_s: 90 + t_s,
    failed_per_s: 1,
    operations: { read: { p50_ms: 5, p95_ms: 9, p99_ms: t_s, per_s: 90, failed_per_s: 0 } },
    components: { kv: component() },
    figures: {},
    stand_ins: {},
    links: [],
    soundness: null,
    host_cpu: 0.3,
    generator_late_ms: 0.1,
  };
  return { type: 'tick', ...figures };
}

describe('a run', () => {
  let tell: EventListener = () => undefined;
  const stopped: string[] = [];
  const faults: unknown[] = [];
  let refuse: HostError | null = null;

  beforeEach(() => {
    vi.useFakeTimers();
    stopped.length = 0;
    faults.length = 0;
    refuse = null;
    const host: Host = {
      call: (name, request) => {
        if (name === 'run_stop') stopped.push((request as { id: string }).id);
        if (name === 'run_fault') faults.push(request);
        return refuse === null ? Promise.resolve({} as never) : Promise.reject(refuse);
      },
      startRun: (_, listen) => {
        if (refuse !== null) return Promise.reject(refuse);
        tell = listen;
        const plan: PlanPreview = {
          processes: 45,
          dilation: 12,
          slice: 1,
          duration_s: 60,
          rate_per_s: 100,
          laptop_share: 0.4,
          prefer: 'instances',
          choices: [],
        };
        return Promise.resolve({ id: 'r1', number: 14, plan });
      },
    };
    setHost(host);
    useRun.getState().clear();
    metrics.watch('read');
  });
  afterEach(() => {
    setHost(null);
    vi.useRealTimers();
  });

  const start = (): Promise<void> =>
    useRun
      .getState()
      .start({ design: 'd', wish: { scenario: 's', shape: null, rate_per_s: null, duration_s: null, seed: null, prefer: 'instances' } });

  it('counts through its phases and ends in a report', async () => {
    await start();
    tell([{ type: 'phase', phase: 'starting', progress: [31, 45] }]);
    expect(useRun.getState()).toMatchObject({ status: 'active', phase: 'starting', progress: [31, 45], number: 14 });
    tell([{ type: 'note', t_s: 1, level: 'good', text: '45 of 45 processes healthy' }]);
    expect(useRun.getState().notes.map(({ text }) => text)).toEqual(['45 of 45 processes healthy']);
    tell([{ type: 'finished', id: 'r1', report: {} as never }]);
    expect(useRun.getState().status).toBe('finished');
  });

  it('shows figures at most four times a second and loses no point', async () => {
    await start();
    vi.setSystemTime(0);
    let updates = 0;
    const unsubscribe = useMetrics.subscribe((now, before) => {
      if (now.tick !== before.tick) updates += 1;
    });
    vi.advanceTimersByTime(UPDATE_MS);
    for (let n = 1; n <= 20; n += 1) {
      tell([tick(n)]);
      vi.advanceTimersByTime(50);
    }
    vi.advanceTimersByTime(UPDATE_MS);
    unsubscribe();
    expect(updates).toBeGreaterThan(0);
    expect(updates).toBeLessThanOrEqual(6);
    expect(useMetrics.getState().points.t_s).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
    expect(useMetrics.getState().points.p99_ms.at(-1)).toBe(20);
  });

  it('holds the view while the run goes on, and shows all of it afterwards', async () => {
    await start();
    tell([tick(1)]);
    vi.advanceTimersByTime(UPDATE_MS);
    metrics.hold(true);
    for (let n = 2; n <= 9; n += 1) {
      tell([tick(n)]);
      vi.advanceTimersByTime(UPDATE_MS);
      metrics.age();
    }
    expect(useMetrics.getState().tick?.t_s).toBe(1);
    expect(useMetrics.getState().nowMs).toBe(useMetrics.getState().atMs);
    metrics.hold(false);
    expect(useMetrics.getState().points.t_s).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    // The next run is not held.
    metrics.hold(true);
    useRun.getState().clear();
    expect(useMetrics.getState().held).toBe(false);
  });

  it('gives no old tick out as the newest', async () => {
    await start();
    tell([tick(1)]);
    vi.advanceTimersByTime(UPDATE_MS);
    for (const [wait_ms, t_s] of [
      [STALE_MS, 1],
      [1, undefined],
    ] as const) {
      vi.advanceTimersByTime(wait_ms);
      metrics.age();
      expect(freshTick(useMetrics.getState())?.t_s).toBe(t_s);
    }
    tell([tick(5)]);
    expect(freshTick(useMetrics.getState())?.t_s).toBe(5);
  });

  it('kills and restarts an instance while there is load, marks it, and says when it was not taken', async () => {
    await start();
    await useRun.getState().fault('kill', 'kv-2');
    tell([{ type: 'phase', phase: 'running', progress: null }]);
    await useRun.getState().fault('restart', 'kv-2');
    expect(faults).toEqual([
      { id: 'r1', kind: 'kill', node: 'kv-2' },
      { id: 'r1', kind: 'restart', node: 'kv-2' },
    ]);
    tell([{ type: 'note', t_s: 3, level: 'bad', text: 'kv-2 was killed by hand: process 7 ended by signal 9', mark: 'kv-2 killed' }]);
    expect(useRun.getState().notes.at(-1)?.mark).toBe('kv-2 killed');
    refuse = new HostError({ code: 'not_found', message: 'no run under load r1', hint: 'It is over already.' });
    await useRun.getState().fault('kill', 'kv-1');
    expect(useRun.getState().faultRefused).toMatchObject({ kind: 'kill', node: 'kv-1', error: { hint: 'It is over already.' } });
    useRun.getState().faultRead();
    expect(useRun.getState().faultRefused).toBeNull();
    // Of a run that was put away meanwhile nothing is said.
    const late = useRun.getState().fault('kill', 'kv-1');
    useRun.getState().clear();
    await late;
    expect(useRun.getState().faultRefused).toBeNull();
  });

  it('stops at once on the screen, and stops a run that was asked but not started', async () => {
    const starting = start();
    void useRun.getState().stop();
    expect(useRun.getState().status).toBe('stopping');
    expect(stopped).toEqual([]);
    await starting;
    expect(stopped).toEqual(['r1']);
    expect(useRun.getState().status).toBe('stopping');
  });

  it('stops a run that was left while it began', async () => {
    const starting = start();
    useRun.getState().clear();
    await starting;
    expect(stopped).toEqual(['r1']);
    expect(useRun.getState().status).toBe('idle');
  });

  it('keeps the error with its remedy and opens the drawing again', async () => {
    refuse = new HostError({ code: 'run_active', message: 'Another run is under way.', hint: 'Stop it first.' });
    await start();
    expect(useRun.getState()).toMatchObject({ status: 'failed', error: { code: 'run_active', hint: 'Stop it first.' } });
  });

  it('drops events of a run that was put away', async () => {
    await start();
    const old = tell;
    useRun.getState().clear();
    old([{ type: 'phase', phase: 'running', progress: null }]);
    expect(useRun.getState()).toMatchObject({ status: 'idle', phase: 'starting' });
  });
});
