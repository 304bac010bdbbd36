// What a run shows while figures come, and once they no longer do: the client, links and pairs of figures turn unknown with the components.
import { act, render, screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { App } from '../../app/App';
import { useRoute } from '../../app/route';
import { setHost } from '../../host';
import { fixtureHost } from '../../host/fixture';
import type { ComponentTick, RunTick } from '../../rpc/contract';
import { select } from '../canvas/selection';
import { openPanel } from '../panels';
import { closeSession, useSession } from '../session';
import { useMetrics } from './metrics';
import { STALE_MS } from './state';
import { useRun } from './store';

const feed: ComponentTick = {
  utilisation: 0.5,
  utilisation_modelled: null,
  queue: 0,
  per_s: 800,
  refused_per_s: 0,
  failed_per_s: 0,
  cpu: 0.1,
  rss_mb: 10,
  hit_ratio: null,
  lag_ms: null,
  each: [0.5],
};

const tick = (over: Partial<RunTick>): RunTick => ({
  t_s: 9,
  duration_s: 60,
  load: { scheduled: 10, sent: 10, dropped: 0, ok: 9, late: 0, failed: 0, failures: [] },
  in_flight: 12,
  sent_per_s: 1000,
  ok_per_s: 990,
  failed_per_s: 0,
  operations: {},
  components: { feed },
  figures: {},
  stand_ins: {},
  links: [{ from: 'feed', to: 'cache', port: 'timeline', per_s: 640 }],
  soundness: null,
  host_cpu: 0.3,
  generator_late_ms: 0.1,
  ...over,
});

/** Shows a tick that came so long ago. */
const show = (over: Partial<RunTick>, age_ms = 0): void => {
  const now = performance.now();
  act(() => useMetrics.setState({ tick: tick(over), atMs: now - age_ms, nowMs: now }));
};

const OLD_MS = STALE_MS + 1;

beforeEach(async () => {
  // jsdom draws nothing; without this it says so for each chart.
  HTMLCanvasElement.prototype.getContext = () => null;
  setHost(fixtureHost());
  act(() => openPanel('right'));
  useRoute.setState({ route: { screen: 'workbench', exercise: 'twitter', design: 'twitter-b' } });
  render(<App />);
  await screen.findByTestId('node-client');
  await waitFor(() => expect(useSession.getState().check).not.toBeNull());
  act(() => useRun.setState({ status: 'active', phase: 'running' }));
});
afterEach(async () => {
  act(() => useRun.getState().clear());
  await act(closeSession);
});

const client = (): string => screen.getByTestId('node-client').textContent;

describe('the client', () => {
  it.each<[Partial<RunTick>, string]>([
    [{}, 'all answered'],
    [{ ok_per_s: 0 }, '12 in flight'],
    [{ failed_per_s: 0.4, ok_per_s: 999.6 }, 'fails <0.1%'],
    [{ failed_per_s: 500, ok_per_s: 500 }, 'fails 50%'],
  ])('says what became of what it sent: %o', (over, said) => {
    show(over);
    expect(client()).toContain('1K/s');
    expect(client()).toContain(said);
  });

  it('knows nothing once no figures come', () => {
    show({ failed_per_s: 3 }, OLD_MS);
    expect(client()).toMatch(/sendsunknown$/);
  });
});

describe('the inspector', () => {
  const inspector = (): HTMLElement => screen.getByTestId('inspector');

  it('counts what was answered, late or not, and says nothing of the client once no figures come', () => {
    act(() => select.component('client'));
    show({});
    expect(inspector().textContent).toContain('Answered990/s');
    expect(inspector().textContent).not.toContain('in time');
    show({}, OLD_MS);
    expect(inspector().textContent).toContain('No figures from this component now');
    expect(inspector().textContent).not.toContain('990');
  });

  it('gives no old rate of a call, and no origin to what is unknown', () => {
    act(() => select.component('feed'));
    show({});
    const calls = (): HTMLElement => screen.getByTestId('calls-to');
    expect(calls().textContent).toContain('KV cache640/s');
    show({}, OLD_MS);
    expect(calls().textContent).toContain('KV cacheunknown');
    expect(within(calls()).queryByRole('button', { name: /Show the origin/ })).toBeNull();
  });
});

it('writes no old rate on a link', () => {
  act(() => select.component('feed'));
  show({});
  const canvas = screen.getByTestId('canvas');
  expect(canvas.textContent).toContain('640/s');
  expect(canvas.querySelectorAll('path.w3')).toHaveLength(1);
  // It is placed by a transform only: nothing is laid out when figures come.
  expect(screen.getByText('640/s').getAttribute('style')).toMatch(/^transform: translate\(-50%, -50%\) translate\(\d+px, \d+px\);$/);
  show({}, OLD_MS);
  expect(canvas.textContent).not.toContain('640/s');
  expect(canvas.querySelectorAll('path.w3')).toHaveLength(0);
});

it('says in the status bar since when no figures come, and shows no old ones', () => {
  show({ t_s: 31, host_cpu: 0.3 });
  const bar = (): string => screen.getByRole('contentinfo').textContent;
  expect(bar()).toContain('Laptop 30%');
  expect(bar()).toContain('10 = 10 + 0');
  show({ t_s: 31, host_cpu: 0.3 }, OLD_MS);
  expect(bar()).toBe('No figures since 0:31');
});
