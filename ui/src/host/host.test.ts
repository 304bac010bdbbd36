// The door to the app: errors keep code, message and hint; nothing else gets out.
import { afterEach, expect, it } from 'vitest';
import { HostError, asHostError, call, setHost, startRun } from '.';
import type { RunEvent, RunWish } from '../rpc/contract';
import { fixtureHost } from './fixture';

afterEach(() => setHost(null));

it('keeps an error of the app', () => {
  const error = asHostError({ code: 'run_active', message: 'A run is under way.', hint: 'Stop it first.' });
  expect(error).toBeInstanceOf(HostError);
  expect([error.code, error.message, error.hint]).toEqual(['run_active', 'A run is under way.', 'Stop it first.']);
});

it('says what was thrown when it is not an error of the app', () => {
  expect(asHostError(new TypeError('x is undefined'))).toMatchObject({ code: 'window', message: 'x is undefined' });
  expect(asHostError(42)).toMatchObject({ code: 'window' });
});

it('rejects a call without a host, with a remedy', async () => {
  await expect(call('library', {})).rejects.toMatchObject({ code: 'window', message: expect.stringContaining('loadline') as string });
});

it('refuses an unknown run with a code', async () => {
  setHost(fixtureHost());
  await expect(call('run_open', { id: 'none' })).rejects.toMatchObject({ code: 'not_found' });
});

it('runs, stops, and keeps the report', async () => {
  setHost(fixtureHost());
  const wish: RunWish = { scenario: 'peak', shape: null, rate_per_s: null, duration_s: null, seed: null, prefer: 'instances' };
  let started = '';
  const finished = new Promise<Extract<RunEvent, { type: 'finished' }>>((resolve) => {
    void startRun({ design: 'twitter-b', wish }, (events) => {
      for (const event of events) {
        if (event.type === 'phase' && event.phase === 'starting' && started !== '')
          void call('run_stop', { id: started }).catch(() => undefined);
        if (event.type === 'finished') resolve(event);
      }
    }).then(({ id }) => {
      started = id;
    });
  });
  const { id, report } = await finished;
  expect(report.interrupted).toBe(true);
  expect(report.load.scheduled).toBe(report.load.sent + report.load.dropped);
  expect((await call('run_open', { id })).report).toEqual(report);
});
