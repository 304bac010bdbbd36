// The charts of a report say what they show: units on titles, axes and tables, names on lines, and where target and prediction lie.
import { render, screen, within } from '@testing-library/react';
import { beforeEach, describe, expect, it } from 'vitest';
import { App } from '../app/App';
import { useRoute } from '../app/route';
import { CurveChart } from '../charts/CurveChart';
import { TimeChart } from '../charts/TimeChart';
import { setHost } from '../host';
import { fixtureHost } from '../host/fixture';

beforeEach(() => setHost(fixtureHost()));

const open = async (run: string): Promise<void> => {
  useRoute.setState({ route: { screen: 'report', run } });
  render(<App />);
  await screen.findByRole('heading', { level: 1 });
};

const texts = (chart: Element): string[] => [...chart.querySelectorAll('text')].map((each) => each.textContent);
const at = (element: Element | null | undefined, name: string): number => Number(element?.getAttribute(name));
const textOf = (chart: Element, words: string): Element | undefined =>
  [...chart.querySelectorAll('text')].find((each) => each.textContent === words);

/** Where a value lies on a log axis, by two of its ticks. */
function levelOf(chart: Element, value: number, low: string, high: string): number {
  const tick = (words: string): [number, number] => {
    const line = textOf(chart, words)?.parentElement?.querySelector('line');
    return [Math.log(Number(words.replace(',', ''))), at(line, 'y1')];
  };
  const [[from, y0], [to, y1]] = [tick(low), tick(high)];
  return y0 + ((Math.log(value) - from) / (to - from)) * (y1 - y0);
}

describe('latency by percentile', () => {
  const chart = (): Element =>
    within(screen.getByRole('region', { name: 'Operations' })).getByRole('img', { name: /^Latency by percentile/ });

  it('names unit, axes, lines, target and prediction', async () => {
    await open('run14');
    const figure = chart().closest('figure') ?? document.body;
    expect(figure.querySelector('figcaption')?.textContent).toBe('Latency by percentilems of life, log scales');
    expect(texts(chart())).toEqual(
      expect.arrayContaining([
        '10',
        '100',
        '50',
        '90',
        '99',
        '99.9',
        '99.99%',
        'Timeline reads',
        'target 200 ms at p99',
        'you: 80 ms',
        '262 ms',
      ]),
    );
    expect(chart().getAttribute('aria-label')).toContain('Timeline reads: 9.4 ms at the median, 262 ms at the 99th percentile.');
    expect(chart().getAttribute('aria-label')).toMatch(/Target: 200 ms at p99\. You said 80 ms at p99\.$/);
    const table = within(figure).getByRole('table', { hidden: true });
    expect(table.querySelector('caption')?.textContent).toBe('Latency by percentile, ms of life, log scales');
    expect(within(table).getAllByRole('columnheader', { hidden: true })[1]?.textContent).toBe('Timeline reads, ms');
  });

  it('puts target, prediction and what was measured at their heights, and the prediction at its percentile', async () => {
    await open('run14');
    const level = (value: number): number => levelOf(chart(), value, '10', '100');
    expect(at(chart().querySelector('.target'), 'y1')).toBeCloseTo(level(200));
    const said = chart().querySelector('.said');
    expect(at(said, 'y1')).toBeCloseTo(level(80));
    const dot = chart().querySelector('circle');
    expect(at(dot, 'cy')).toBeCloseTo(level(262));
    expect((at(said, 'x1') + at(said, 'x2')) / 2).toBeCloseTo(at(dot, 'cx'));
    expect(at(textOf(chart(), '99'), 'x')).toBeCloseTo(at(dot, 'cx'));
    // A missed target is no dot in the line's own ink.
    expect(dot?.getAttribute('class')).toBe('diamond');
  });

  const curves = [
    {
      id: 'read',
      label: 'Reads',
      points: [
        [50, 10],
        [99, 40],
        [99.9, 90],
      ] as const,
    },
  ];

  it('has no line where nothing was aimed at and nothing said', () => {
    const { container } = render(<CurveChart curves={curves} chosen="read" target={null} said={[]} />);
    expect(container.querySelectorAll('.target, .said')).toHaveLength(0);
    expect(texts(container)).toEqual(expect.arrayContaining(['99.9%', '40 ms']));
    expect(texts(container).join(' ')).not.toMatch(/target|you/);
  });

  it('draws nothing where nothing was measured, whatever was said', () => {
    const { container } = render(
      <CurveChart curves={[]} chosen="read" target={{ at_most_ms: 5, percentile: 99 }} said={[{ percentile: 50, ms: 3 }]} />,
    );
    expect(container.innerHTML).toBe('');
  });

  it('names a line where it ends, also one of few answers, and keeps names apart that stand together', () => {
    const few = { id: 'few', label: 'Few', points: [[50, 12] as const, [90, 41] as const] };
    const like = { id: 'like', label: 'Like reads', points: [[50, 11] as const, [99.9, 91] as const] };
    const { container } = render(<CurveChart curves={[...curves, few, like]} chosen="read" target={null} said={[]} />);
    const [name, mark] = [textOf(container, 'Few'), textOf(container, '90')];
    expect(at(name, 'x')).toBeCloseTo(at(mark, 'x') + 6);
    expect(at(name, 'y') - 4).toBeCloseTo(levelOf(container, 41, '10', '100'));
    expect(at(textOf(container, 'Reads'), 'x')).toBe(at(textOf(container, 'Like reads'), 'x'));
    expect(Math.abs(at(textOf(container, 'Reads'), 'y') - at(textOf(container, 'Like reads'), 'y'))).toBeGreaterThanOrEqual(14);
  });

  it('writes a target at the upper edge under its line, not into the title', () => {
    const { container } = render(<CurveChart curves={curves} chosen="read" target={{ at_most_ms: 200, percentile: 99 }} said={[]} />);
    const [line, words] = [container.querySelector('.target'), textOf(container, 'target 200 ms at p99')];
    expect(at(words, 'y')).toBeGreaterThan(at(line, 'y1'));
    expect(at(words, 'y')).toBeGreaterThan(11);
  });

  it('keeps the words of a prediction inside, at both ends of the axes', () => {
    const { container } = render(<CurveChart curves={curves} chosen="read" target={null} said={[{ percentile: 50, ms: 10 }]} />);
    const words = textOf(container, 'you: 10 ms');
    const axis = container.querySelector('.axis');
    expect(words?.getAttribute('text-anchor')).toBe('start');
    expect(at(words, 'x')).toBeGreaterThan(at(axis, 'x1'));
    expect(at(words, 'y')).toBeLessThan(at(axis, 'y1'));
  });
});

describe('over time', () => {
  const section = (): HTMLElement => screen.getByRole('region', { name: 'Over time' });

  it('names units, axes, lines, target and prediction, and where the figures are from', async () => {
    await open('run14');
    const captions = [...section().querySelectorAll('figcaption')].map((each) => each.textContent);
    expect(captions).toEqual([
      'Answered and failedrequests a second of life',
      'Timeline readsms of life, log scale; target 200 ms at p99; you: 80 ms at p99',
    ]);
    const [rates, latency] = within(section()).getAllByRole('img');
    expect(texts(rates as Element)).toEqual(expect.arrayContaining(['0', '20K', '0:00', '0:30', '1:00', 'ok', 'failed']));
    expect(texts(latency as Element)).toEqual(
      expect.arrayContaining(['10', '100', '0:00', '0:30', '1:00', 'p50', 'p95', 'p99', 'target', 'you']),
    );
    expect(latency?.getAttribute('aria-label')).toMatch(/^Timeline reads, ms of life, .* over 60 seconds of wall time\. .* You said 80\.$/);
    expect(within(section()).getByRole('button', { name: 'Rates and latency over time: measured. Show the origin' })).toBeTruthy();
    expect(section().textContent).toContain('wall time from the start of the load');
  });

  it('draws a prediction from the moment that it applies, at its height, and makes room for it', () => {
    const { container } = render(
      <TimeChart
        title="Reads"
        unit="ms of life, log scale"
        t_s={[0, 10, 20]}
        lines={[{ label: 'p99', tone: 'p99', values: [20, 30, 40] }]}
        log
        events={[]}
        target={{ value: 100, name: 'target' }}
        said={{ value: 10, from_s: 5 }}
      />,
    );
    const said = container.querySelector('.said');
    const axis = container.querySelector('.axis');
    expect(at(said, 'y1')).toBeCloseTo(levelOf(container, 10, '10', '100'));
    expect(at(container.querySelector('.target'), 'y1')).toBeCloseTo(levelOf(container, 100, '10', '100'));
    const [left, right] = [at(axis, 'x1'), at(axis, 'x2')];
    expect(at(said, 'x1')).toBeCloseTo(left + (right - left) / 4);
    expect(at(said, 'x2')).toBe(right);
  });
});
