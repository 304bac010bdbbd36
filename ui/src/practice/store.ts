// The attempt that is open: notes, answers, hints and solutions, saved as they change. What may open and what counts as an attempt is for the
// app to say; this asks it and keeps the answers.
import { create } from 'zustand';
import { keep, notSaved } from '../app/leaving';
import { asHostError, call, type HostError } from '../host';
import type { Hint, OpenedSolution, Practice, Solution, Study, StudyPart, WorksheetGrades } from '../rpc/contract';
import { later } from '../workbench/later';
import { keyOf } from './place';

export interface Opened {
  opened: OpenedSolution;
  /** Null while its text is read. */
  solution: Solution | null;
}

export interface PracticeState {
  exercise: string;
  title: string;
  /** Titles of the exercise's designs and scenarios, by name. */
  titles: { designs: ReadonlyMap<string, string>; scenarios: ReadonlyMap<string, string> };
  study: Study | null;
  practice: Practice | null;
  notes: Readonly<Record<string, string>>;
  answers: Readonly<Record<string, string>>;
  /** Answers that no longer change: those that were handed in. */
  handed: ReadonlySet<string>;
  grades: WorksheetGrades | null;
  hints: Readonly<Record<string, readonly Hint[]>>;
  solutions: Readonly<Record<string, Opened>>;
  /** True between a change and its save. */
  unsaved: boolean;
  savedMs: number | null;
  saveError: HostError | null;
  /** Why the last thing that was asked for did not happen. */
  error: HostError | null;
  /** What a screen reader is told. */
  said: string;
}

const CLOSED: PracticeState = {
  exercise: '',
  title: '',
  titles: { designs: new Map(), scenarios: new Map() },
  study: null,
  practice: null,
  notes: {},
  answers: {},
  handed: new Set(),
  grades: null,
  hints: {},
  solutions: {},
  unsaved: false,
  savedMs: null,
  saveError: null,
  error: null,
  said: '',
};

export const usePractice = create<PracticeState>(() => CLOSED);

const SAVE_AFTER_MS = 400;
/** Notes (by key) and answers (by quantity) that changed since they were saved. */
const changed = { notes: new Set<string>(), answers: new Set<string>() };

const saving = later(SAVE_AFTER_MS, async () => {
  const { exercise, notes, answers } = usePractice.getState();
  if (exercise === '') return;
  const [noted, answered] = [[...changed.notes], [...changed.answers]];
  changed.notes.clear();
  changed.answers.clear();
  try {
    let savedMs: number | null = null;
    for (const key of noted) {
      const [part, id] = splitKey(key);
      savedMs = (await call('note_save', { exercise, part, id, text: notes[key] ?? '' })).saved_ms;
    }
    if (answered.length > 0) {
      const texts = Object.fromEntries(answered.map((id) => [id, answers[id] ?? '']));
      savedMs = (await call('answers_save', { exercise, answers: texts })).saved_ms;
    }
    const unsaved = changed.notes.size + changed.answers.size > 0;
    usePractice.setState((state) => ({ unsaved, saveError: null, savedMs: savedMs ?? state.savedMs }));
    if (savedMs !== null && usePractice.getState().practice?.attempt == null) await readAttempt(exercise);
  } catch (thrown) {
    // They are still unsaved: the next save takes them again.
    noted.forEach((key) => changed.notes.add(key));
    answered.forEach((id) => changed.answers.add(id));
    usePractice.setState({ unsaved: true, saveError: asHostError(thrown) });
  }
});

function splitKey(key: string): [StudyPart, string] {
  const at = key.indexOf('/');
  return [key.slice(0, at) as StudyPart, key.slice(at + 1)];
}

/** Reads the attempt's times again; texts stay as they are in the window. */
async function readAttempt(exercise: string): Promise<void> {
  const practice = await call('practice', { id: exercise });
  if (usePractice.getState().exercise === exercise) usePractice.setState({ practice });
}

/** Counts openings, so that a late answer for another exercise is dropped. */
let turn = 0;

/** Opens an exercise's attempt; rejects with a HostError when it cannot. */
export async function openPractice(exercise: string): Promise<void> {
  turn += 1;
  const mine = turn;
  await saving.flush();
  const [page, study, practice] = await Promise.all([
    call('exercise', { id: exercise }),
    call('study', { id: exercise }),
    call('practice', { id: exercise }),
  ]);
  if (mine !== turn) return;
  changed.notes.clear();
  changed.answers.clear();
  const attempt = practice.attempt;
  usePractice.setState({
    ...CLOSED,
    exercise,
    title: page.card.title,
    titles: {
      designs: new Map(page.bundled.map(({ name, title }) => [name, title])),
      scenarios: new Map(page.scenarios.map(({ name, title }) => [name, title])),
    },
    study,
    practice,
    notes: Object.fromEntries(attempt?.notes.map(({ part, id, text }) => [keyOf(part, id), text]) ?? []),
    answers: Object.fromEntries(attempt?.answers.map(({ id, text }) => [id, text]) ?? []),
    handed: new Set(attempt?.answers.filter(({ handed_ms }) => handed_ms !== null).map(({ id }) => id)),
    solutions: Object.fromEntries(attempt?.solutions.map((opened) => [keyOf(opened.part, opened.id), { opened, solution: null }]) ?? []),
    savedMs: latest(practice),
  });
  await readOpened(exercise, practice);
}

function latest({ attempt }: Practice): number | null {
  const times = attempt?.notes.map(({ saved_ms }) => saved_ms) ?? [];
  return times.length === 0 ? null : Math.max(...times);
}

/** The texts of what was opened before. Its times are in the attempt; asking again records nothing new. */
async function readOpened(exercise: string, { attempt }: Practice): Promise<void> {
  if (attempt === null) return;
  const hints = attempt.hints.map(async ({ phase, number }) => addHint(exercise, phase, await call('hint', { exercise, phase, number })));
  const solutions = attempt.solutions.map(async (opened) => {
    const solution = await call('solution', { exercise, part: opened.part, id: opened.id, attempt: '', anyway: false });
    addSolution(exercise, { opened, solution });
  });
  const grades = regrade(exercise);
  const failed = (await Promise.allSettled([...hints, ...solutions, grades])).find((each) => each.status === 'rejected');
  if (failed !== undefined && usePractice.getState().exercise === exercise) usePractice.setState({ error: asHostError(failed.reason) });
}

function addHint(exercise: string, phase: string, hint: Hint): void {
  if (usePractice.getState().exercise !== exercise) return;
  usePractice.setState(({ hints }) => {
    const others = (hints[phase] ?? []).filter(({ number }) => number !== hint.number);
    return { hints: { ...hints, [phase]: [...others, hint].sort((a, b) => a.number - b.number) } };
  });
}

function addSolution(exercise: string, opened: Opened): void {
  if (usePractice.getState().exercise !== exercise) return;
  usePractice.setState(({ solutions }) => ({ solutions: { ...solutions, [keyOf(opened.opened.part, opened.opened.id)]: opened } }));
}

/** The grades of what was handed in so far. */
async function regrade(exercise: string): Promise<void> {
  if (usePractice.getState().study?.worksheet == null) return;
  const grades = await call('worksheet_grade', { exercise, answers: {} });
  if (usePractice.getState().exercise === exercise) usePractice.setState({ grades });
}

/** Saves what is not saved yet and forgets the attempt. */
export async function closePractice(): Promise<void> {
  const mine = turn;
  await saveRest();
  if (mine === turn) usePractice.setState(CLOSED);
}

/** Saves what is not saved, also what could not be saved before: that has no timer of its own. */
async function saveRest(): Promise<void> {
  if (usePractice.getState().unsaved) saving.soon();
  await saving.flush();
}

keep({
  isQuiet: () => !usePractice.getState().unsaved,
  settle: async () => {
    await saveRest();
    const { unsaved, saveError } = usePractice.getState();
    return unsaved && saveError !== null ? notSaved(saveError) : null;
  },
  letGo: () => {
    saving.cancel();
    changed.notes.clear();
    changed.answers.clear();
    usePractice.setState({ unsaved: false, saveError: null });
  },
});

export async function saveNow(): Promise<void> {
  saving.soon();
  await saving.flush();
}

export function write(part: StudyPart, id: string, text: string): void {
  const key = keyOf(part, id);
  changed.notes.add(key);
  usePractice.setState(({ notes }) => ({ notes: { ...notes, [key]: text }, unsaved: true }));
  saving.soon();
}

export function answer(id: string, text: string): void {
  changed.answers.add(id);
  usePractice.setState(({ answers }) => ({ answers: { ...answers, [id]: text }, unsaved: true }));
  saving.soon();
}

/** Does one thing; when the app refuses, the reason is shown and nothing else changes. */
async function attempting(work: (exercise: string) => Promise<string>): Promise<void> {
  const { exercise } = usePractice.getState();
  usePractice.setState({ error: null });
  try {
    await saveNow();
    if (usePractice.getState().saveError !== null) return;
    const said = await work(exercise);
    if (usePractice.getState().exercise !== exercise) return;
    usePractice.setState({ said });
    await readAttempt(exercise);
  } catch (thrown) {
    if (usePractice.getState().exercise === exercise) usePractice.setState({ error: asHostError(thrown) });
  }
}

/** Opens the phase's next hint. */
export function openHint(phase: string): Promise<void> {
  return attempting(async (exercise) => {
    const number = (usePractice.getState().hints[phase]?.length ?? 0) + 1;
    const hint = await call('hint', { exercise, phase, number });
    addHint(exercise, phase, hint);
    return `Hint ${hint.number} of ${hint.of} opened.`;
  });
}

/** Hands in what was written and opens the solution; `anyway` opens it without an attempt. */
export function handIn(part: StudyPart, id: string, anyway = false): Promise<void> {
  return attempting(async (exercise) => {
    const attempt = usePractice.getState().notes[keyOf(part, id)] ?? '';
    const solution = await call('solution', { exercise, part, id, attempt: anyway ? '' : attempt, anyway });
    await readAttempt(exercise);
    const opened = usePractice.getState().practice?.attempt?.solutions.find((each) => each.part === part && each.id === id);
    if (opened !== undefined) addSolution(exercise, { opened, solution });
    if (part === 'phase') await regrade(exercise);
    return anyway ? 'Opened without an attempt. The solution is below.' : 'Handed in. The solution is below.';
  });
}

/** Hands in the answers that are filled in: those that could be read no longer change. */
export function handInAnswers(): Promise<void> {
  return attempting(async (exercise) => {
    const { answers, handed } = usePractice.getState();
    const filled = Object.fromEntries(Object.entries(answers).filter(([id, text]) => !handed.has(id) && text.trim() !== ''));
    const grades = await call('worksheet_grade', { exercise, answers: filled });
    if (usePractice.getState().exercise !== exercise) return '';
    const read = grades.grades.filter(({ said }) => said !== null).map(({ id }) => id);
    usePractice.setState({ grades, handed: new Set(read) });
    const problems = grades.grades.filter(({ problem }) => problem !== null).length;
    const rest = problems === 0 ? '' : ` ${problems} could not be read.`;
    return `${grades.near} of ${read.length} answers within a factor of 2.${rest}`;
  });
}

export function finishAttempt(): Promise<void> {
  return attempting(async (exercise) => {
    await call('attempt_finish', { id: exercise });
    return 'The attempt is finished.';
  });
}

/** Begins another attempt, empty; the finished one is kept. */
export async function beginAgain(): Promise<void> {
  const { exercise } = usePractice.getState();
  try {
    await call('attempt_begin', { id: exercise });
    await openPractice(exercise);
    usePractice.setState({ said: 'A new attempt begins.' });
  } catch (thrown) {
    usePractice.setState({ error: asHostError(thrown) });
  }
}
