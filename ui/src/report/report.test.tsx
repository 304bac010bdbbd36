// The report: headline, targets, predictions with a table behind, conservation, origins that open, and what is unknown.
import { render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, it } from 'vitest';
import { App } from '../app/App';
import { useRoute } from '../app/route';
import { call, setHost } from '../host';
import { fixtureHost } from '../host/fixture';
import type { Report } from '../rpc/contract';
import { figureLabel, headline, mainOperation, saidLoad, sections, splitResult, sums, targetOf } from './words';

beforeEach(() => setHost(fixtureHost()));

const open = async (run: string): Promise<void> => {
  useRoute.setState({ route: { screen: 'report', run } });
  render(<App />);
  await screen.findByRole('heading', { level: 1 });
};

const fixture = async (run: string): Promise<Report> => (await call('run_open', { id: run })).report;

it('says what happened, with each target beside what was measured', async () => {
  await open('run14');
  expect(screen.getByRole('heading', { level: 1 }).textContent).toBe('Run 14: two of four targets missed');
  const tiles = within(screen.getByRole('list', { name: 'Targets' })).getAllByRole('listitem');
  expect(tiles.map((tile) => tile.textContent)).toEqual([
    'Timeline p99262mstarget ≤ 200 ms',
    'Failed requests7.2%target ≤ 1%',
    'Tweet to timeline, p954.1starget ≤ 5 s',
    'Acknowledged tweets lostunknowntarget 0, not measured',
  ]);
  expect(tiles[0]?.querySelector('[aria-label="missed"]')).toBeTruthy();
  expect(tiles[3]?.querySelector('[aria-label="unknown"]')).toBeTruthy();
});

it('writes a figure that missed its target by little so that it reads as more', async () => {
  const host = fixtureHost();
  const report = await fixture('run14');
  const missed = {
    ...report,
    targets: report.targets.map((each) => (each.met === false ? { ...each, measured: each.at_most * 1.002 } : each)),
  };
  const opened = await call('run_open', { id: 'run14' });
  setHost({
    ...host,
    call: (name, request) => (name === 'run_open' ? Promise.resolve({ ...opened, report: missed } as never) : host.call(name, request)),
  });
  await open('run14');
  const tiles = within(screen.getByRole('list', { name: 'Targets' })).getAllByRole('listitem');
  expect(tiles.slice(0, 2).map((tile) => tile.textContent)).toEqual([
    'Timeline p99200.4mstarget ≤ 200 ms',
    'Failed requests1.002%target ≤ 1%',
  ]);
});

it('writes a wait that is next to nothing as that, and none as 0', async () => {
  const host = fixtureHost();
  const opened = await call('run_open', { id: 'run14' });
  const { feed, cache, lb } = opened.report.components;
  if (feed === undefined || cache === undefined || lb === undefined) throw new Error('a component is missing');
  const components = { feed: { ...feed, wait_ms_p99: 0.000154 }, cache: { ...cache, wait_ms_p99: 0 }, lb: { ...lb, wait_ms_p99: 0.0688 } };
  const report = { ...opened.report, components };
  setHost({
    ...host,
    call: (name, request) => (name === 'run_open' ? Promise.resolve({ ...opened, report } as never) : host.call(name, request)),
  });
  await open('run14');
  const rows = within(screen.getByRole('region', { name: 'Components' })).getAllByRole('row');
  const head = within(rows[0] ?? document.body).getAllByRole('columnheader');
  // `load` spans two columns.
  const wait = head.findIndex((each) => each.textContent === 'wait p99, ms') + 1;
  expect(rows.slice(1).map((row) => row.children[wait]?.textContent)).toEqual(['<0.001', '0', '0.0688']);
});

it('draws the prediction of the component that it was measured at', async () => {
  const report = await fixture('run14');
  const said = { predicted: 60, measured: 74, ratio: 1.2, unit: '%' };
  const of = (name: string, component?: string): Report => ({
    ...report,
    predictions: [component === undefined ? { ...said, name } : { ...said, name, of: component }],
  });
  const asked: [Report, number | null][] = [
    [of('feed.utilisation'), 60],
    [of('service.utilisation', 'Feed service'), 60],
    [of('service.hit_ratio', 'Feed service'), null],
    [of('feed.utilisation', 'Tweet service'), null],
    [of('tweet.utilisation'), null],
  ];
  expect(asked.map(([each]) => saidLoad('feed', each))).toEqual(asked.map(([, expected]) => expected));
  expect(saidLoad('tweet', of('feed.utilisation', 'Tweet service'))).toBe(60);
});

it('compares predictions in a chart with a sentence and a table', async () => {
  await open('run14');
  const section = screen.getByRole('region', { name: 'Predicted and measured' });
  expect(within(section).getByRole('img').getAttribute('aria-label')).toContain('3 of 4 figures are within a factor of 2');
  const rows = within(within(section).getByRole('table')).getAllByRole('row');
  expect(rows[1]?.textContent).toBe('Timeline p9980 ms262 ms3.3 ×');
  expect(rows[5]?.textContent).toBe('Tweet to timeline, p952 sunknownunknown');
  expect(section.textContent).toContain('You wrote: “a shard holds a third');
});

it('says of every section with figures where they are from', async () => {
  await open('run14');
  await within(screen.getByRole('region', { name: 'Other runs' })).findAllByRole('link');
  const without = screen
    .getAllByRole('region')
    .filter((section) => within(section).queryAllByRole('heading', { level: 2 }).length === 1)
    .filter((section) => /\d/.test(section.textContent.replace(/p\d\d/g, '')))
    .filter((section) => within(section).queryAllByRole('button', { name: /Show the origin$/ }).length === 0)
    .map((section) => within(section).getByRole('heading', { level: 2 }).textContent);
  // These repeat figures of the others, say what happened in words, or name each origin themselves.
  expect(without).toEqual(['Explain', 'Events', 'Figures and origins', 'What you said', 'The drawing that ran', 'Other runs']);
});

it('opens the origin of a figure', async () => {
  const user = userEvent.setup();
  await open('run14');
  await user.click(screen.getByRole('button', { name: 'Timeline p99: measured. Show the origin' }));
  expect((await screen.findByRole('dialog')).textContent).toContain('Measured from the scheduled time');
});

it('accounts for every request', async () => {
  await open('run14');
  const section = screen.getByRole('region', { name: 'Load and scale' });
  expect(section.textContent).toContain('944,435 = 944,435 + 0');
  expect(section.textContent).toContain('944,435 = 876,273 + 62 + 68,100');
  expect(section.textContent).toContain('60 s here, 5 s of life');
  expect(within(section).queryByRole('img', { name: 'does not add up' })).toBeNull();
});

it('shows the steps of a knee, measured beside the closed form', async () => {
  await open('knee2');
  const section = screen.getByRole('region', { name: 'Steps of the load' });
  const chart = within(section).getByRole('img', { name: /Response time by step/ });
  expect(chart.querySelectorAll('circle')).toHaveLength(30);
  expect(within(section).getAllByRole('row')).toHaveLength(11);
  expect(screen.getByText(/Nothing saturated/)).toBeTruthy();
});

it('does not call a run sound whose counts do not add up', async () => {
  const report = await fixture('run14');
  const broken = { ...report, load: { ...report.load, dropped: 7 } };
  expect(sums(broken.load).map((sum) => sum.holds)).toEqual([false, true, true]);
  expect(sections(broken).find((section) => section.id === 'scale')?.state).toBe('unknown');
  expect(sections(report).find((section) => section.id === 'scale')?.state).toBe('pass');
});

it('says of other runs what the library says of them', async () => {
  await open('run14');
  const others = await screen.findByRole('region', { name: 'Other runs' });
  expect(await within(others).findAllByText(/^(Targets met|Targets missed|No target set|Laptop was the limit|Inconclusive)$/)).not.toEqual(
    [],
  );
  expect(within(others).queryByText(/^(Pass|Fail)$/)).toBeNull();
});

it('words headlines and names', async () => {
  const report = await fixture('run14');
  expect(headline({ ...report, verdict: 'host_limited' })).toBe('the laptop was the limit');
  expect(headline({ ...report, verdict: 'pass', targets: report.targets.slice(2, 3) })).toBe('the target is met');
  expect(headline({ ...report, verdict: 'pass', targets: [] })).toBe('no target was set');
  expect(figureLabel('timeline_read.p99_ms', report, undefined)).toBe('Timeline p99');
  expect(figureLabel('feed.utilisation', report, undefined)).toBe('Feed service: utilisation');
  expect(figureLabel('fanout_writes_per_tweet', report, undefined)).toBe('Fanout writes per tweet');
  expect(mainOperation(report)).toBe('timeline_read');
  expect(targetOf(report, 'timeline_read')).toEqual({ at_most_ms: 200, percentile: 99 });
  expect(splitResult('16.8K/s × 36% = 6,048/s')).toEqual({ before: '16.8K/s × 36% = ', result: '6,048/s' });
});

it('says that a run is unknown, with a way back', async () => {
  useRoute.setState({ route: { screen: 'report', run: 'none' } });
  render(<App />);
  const alert = await screen.findByRole('alert');
  expect(alert.textContent).toContain('There is no run with the id none.');
  expect(screen.getByRole('link', { name: 'Library' })).toBeTruthy();
});
