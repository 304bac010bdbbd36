// What a report says in words: headline, names of figures, states of its sections, sums that must hold. Pure: a report in, words out.
import { count, countWord, moment, text } from '../format';
import { isWithin } from '../charts/RatioChart';
import type { StateName } from '../parts';
import type { Figure, LoadReport, Prediction, Report, Scenario, Verdict } from '../rpc/contract';

/** How the name of a figure ends that is a component's load. */
const LOAD = '.utilisation';

export const verdicts: Record<Verdict, { state: StateName; word: string }> = {
  pass: { state: 'pass', word: 'Pass' },
  fail: { state: 'fail', word: 'Fail' },
  host_limited: { state: 'unknown', word: 'Laptop was the limit' },
  inconclusive: { state: 'unknown', word: 'Inconclusive' },
};

/** `two of four targets missed` */
export function headline(report: Report): string {
  const all = report.targets.length;
  const missed = report.targets.filter((each) => each.met === false).length;
  const unknown = report.targets.filter((each) => each.met === null).length;
  if (report.verdict === 'host_limited') return 'the laptop was the limit';
  if (missed > 0) return `${countWord(missed)} of ${countWord(all)} ${all === 1 ? 'target' : 'targets'} missed`;
  if (report.verdict === 'inconclusive') return 'inconclusive';
  if (all === 0) return 'no target was set';
  if (unknown > 0) return `${countWord(all - unknown)} of ${countWord(all)} targets met, the rest unknown`;
  return all === 1 ? 'the target is met' : `all ${countWord(all)} targets met`;
}

/** What was cut short, in a sentence; null when the run went its full time. */
export function interruption(report: Report): string | null {
  if (!report.interrupted) return null;
  return `Stopped at ${moment(report.scale.wall_s)} of wall time. The figures are of the part that ran.`;
}

/** The name of a figure for people: the scenario's own, else made from operations and components of the report. */
export function figureLabel(name: string, report: Report, scenario: Scenario | undefined): string {
  const asked = scenario?.predict.find((each) => each.figure === name)?.label ?? report.targets.find((each) => each.figure === name)?.label;
  if (asked !== undefined) return asked;
  const dot = name.indexOf('.');
  if (dot < 0) return sentence(name);
  const owner = name.slice(0, dot);
  const what = plainWords(name.slice(dot + 1));
  return `${report.operations[owner]?.label ?? report.components[owner]?.name ?? sentence(owner)}: ${what}`;
}

/** `fanout_writes_per_tweet` → `fanout writes per tweet`; units at the end go, for they stand beside the figure. */
function plainWords(name: string): string {
  return name
    .replace(/_(ms|s|mb)$/, '')
    .replace(/(.*)_ms_(p\d+)$/, '$1 $2')
    .replaceAll('_', ' ');
}

const sentence = (name: string): string => {
  const words = plainWords(name);
  return words.charAt(0).toUpperCase() + words.slice(1);
};

/** The figure with its origin, when the report has it. */
export const figureOf = (report: Report, name: string): Figure | undefined => report.figures.find((each) => each.name === name);

export interface Sum {
  left: string;
  right: string;
  holds: boolean;
}

/** Exact conservation: every arrival is accounted for, and every failure has a place and a reason. */
export function sums(load: LoadReport): Sum[] {
  const named = load.failures.reduce((sum, each) => sum + each.count, 0);
  const all: Sum[] = [
    {
      left: 'Scheduled = sent + dropped',
      right: `${count(load.scheduled)} = ${count(load.sent)} + ${count(load.dropped)}`,
      holds: load.scheduled === load.sent + load.dropped,
    },
    {
      left: 'Sent = ok + late + failed',
      right: `${count(load.sent)} = ${count(load.ok)} + ${count(load.late)} + ${count(load.failed)}`,
      holds: load.sent === load.ok + load.late + load.failed,
    },
  ];
  if (load.failed > 0 || named > 0) {
    all.push({
      left: 'Failed = by component and reason',
      right: `${count(load.failed)} = ${load.failures.map((each) => count(each.count)).join(' + ') || '0'}`,
      holds: load.failed === named,
    });
  }
  return all;
}

/** `queue_full` → `queue full` */
export const reasonWords = (reason: string): string => reason.replaceAll('_', ' ');

/** What the learner said of a component's load, in percent, also where it stands in for the one that the scenario names; null: nothing. */
export function saidLoad(id: string, report: Report): number | null {
  const name = report.components[id]?.name;
  const about = ({ name: figure, of }: Prediction): boolean =>
    of === undefined ? figure === `${id}${LOAD}` : of === name && figure.endsWith(LOAD);
  return report.predictions.find(about)?.predicted ?? null;
}

/** How a prediction came out, in a sentence without praise or blame. */
export function outcome(prediction: Prediction, label: string): string {
  const said = text(prediction.predicted, prediction.unit);
  if (prediction.measured === null) return `${label}: you said ${said}; it was not measured.`;
  return `${label}: you said ${said}, it was ${text(prediction.measured, prediction.unit)}.`;
}

export interface Section {
  id: string;
  title: string;
  /** A shape in the list of sections, only where one must look, or where a check passed. */
  state: StateName | null;
  /** The state in words, for a screen reader. */
  said: string;
}

/** The sections that this report has, in reading order: what happened, how far off, why, detail. */
export function sections(report: Report): Section[] {
  const verdict = verdicts[report.verdict];
  const compared = report.predictions.filter((each) => each.ratio !== null);
  const off = compared.filter((each) => each.ratio !== null && !isWithin(each.ratio)).length;
  const sound = sums(report.load).every((sum) => sum.holds) && report.verdict !== 'host_limited';
  const bad = report.events.some((event) => event.level === 'bad');
  const all: (Section | false)[] = [
    {
      id: 'verdict',
      title: 'Verdict',
      state: report.targets.length === 0 && report.verdict === 'pass' ? null : verdict.state,
      said: verdict.word,
    },
    { id: 'predictions', title: 'Predictions', state: off > 0 ? 'busy' : null, said: off > 0 ? `${off} outside a factor of 2` : '' },
    {
      id: 'saturated',
      title: 'What saturated',
      state: report.saturated.length > 0 ? 'over' : null,
      said: report.saturated.length > 0 ? 'something saturated' : '',
    },
    { id: 'explain', title: 'Explain', state: null, said: '' },
    report.steps.length > 1 && { id: 'steps', title: 'Steps of the load', state: null, said: '' },
    { id: 'operations', title: 'Operations', state: null, said: '' },
    { id: 'components', title: 'Components', state: null, said: '' },
    report.series.t_s.length > 1 && { id: 'time', title: 'Over time', state: null, said: '' },
    report.events.length > 0 && { id: 'events', title: 'Events', state: bad ? 'busy' : null, said: bad ? 'something went wrong' : '' },
    { id: 'scale', title: 'Load and scale', state: sound ? 'pass' : 'unknown', said: sound ? 'the run is sound' : 'the run is not sound' },
    { id: 'figures', title: 'Figures and origins', state: null, said: '' },
  ];
  return all.filter((each) => each !== false);
}

/** Splits a worked line so that its result can stand out: what is after the last equals sign. */
export function splitResult(line: string): { before: string; result: string } {
  const at = line.lastIndexOf('= ');
  return at < 0 ? { before: line, result: '' } : { before: line.slice(0, at + 2), result: line.slice(at + 2) };
}

/** The operation to look at first: one whose target was missed, else the slowest at p99. */
export function mainOperation(report: Report): string | null {
  const missed = report.targets.find((each) => each.met === false && report.operations[each.figure.split('.')[0] ?? ''] !== undefined);
  if (missed !== undefined) return missed.figure.split('.')[0] ?? null;
  const measured = Object.entries(report.operations).filter(([, each]) => each.latency_ms !== null);
  const aimed = measured.find(([id]) => report.targets.some((each) => each.figure.startsWith(`${id}.`)));
  if (aimed !== undefined) return aimed[0];
  measured.sort(([, a], [, b]) => (b.latency_ms?.p99 ?? 0) - (a.latency_ms?.p99 ?? 0));
  return measured[0]?.[0] ?? null;
}

/** What the learner said of an operation's latency, by percentile. */
export function saidOf(report: Report, operation: string): { percentile: number; ms: number }[] {
  return report.predictions.flatMap(({ name, predicted }) => {
    const percentile = percentileIn(name, operation);
    return percentile === null ? [] : [{ percentile, ms: predicted }];
  });
}

/** `99` of `timeline_read.p99_ms`; null: the figure is another one, or another operation's. */
function percentileIn(figure: string, operation: string): number | null {
  if (!figure.startsWith(`${operation}.`)) return null;
  const percentile = /^p(\d+)_ms$/.exec(figure.slice(operation.length + 1))?.[1];
  return percentile === undefined ? null : Number(percentile);
}

/** The target on an operation's percentile, when there is one. */
export function targetOf(report: Report, operation: string): { at_most_ms: number; percentile: number } | null {
  for (const each of report.targets) {
    const percentile = percentileIn(each.figure, operation);
    if (percentile !== null) return { at_most_ms: each.at_most, percentile };
  }
  return null;
}
