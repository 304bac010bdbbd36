// What a learner does with designs: open, create, rename, delete. Each goes through the app; nothing is decided here.
import { call } from '../host';
import type { Exercise } from '../rpc/contract';
import { saveFirst } from '../workbench/session';
import { go } from './route';

/** Opens a design on the workbench. */
export function openDesign(exercise: string, design: string): void {
  go({ screen: 'workbench', exercise, design });
}

/** An empty drawing with a client, opened. */
export async function drawFromScratch(exercise: string): Promise<void> {
  const design = await call('design_create', { exercise, from: null, copy_of: null, title: null });
  openDesign(exercise, design.card.id);
}

/** What opens a bundled design is called so: `Open design Naive`, and `Open Design B: push` where the title says already what it is. */
export function openLabel(title: string): string {
  return /^design\b/i.test(title) ? `Open ${title}` : `Open design ${title}`;
}

/** The learner's own copy of a bundled design, opened. The copy that exists is opened rather than made twice, when it was never changed by name. */
export async function openBundled(exercise: Exercise, name: string): Promise<void> {
  const bundled = exercise.bundled.find((each) => each.name === name);
  const mine = exercise.designs.find((each) => each.based_on === name && each.title === bundled?.title);
  if (mine !== undefined) {
    openDesign(exercise.card.id, mine.id);
    return;
  }
  const design = await call('design_create', { exercise: exercise.card.id, from: name, copy_of: null, title: null });
  openDesign(exercise.card.id, design.card.id);
}

/** The same for a solution that is shut: the opening is recorded first. */
export async function openAnyway(exercise: Exercise, name: string): Promise<void> {
  await call('solution_open', { exercise: exercise.card.id, design: name });
  await openBundled(exercise, name);
}

/** A copy of a design of the learner's as it is now, opened: to try one change and keep the first. */
export async function copyDesign(exercise: string, design: string): Promise<void> {
  const copy = await call('design_create', { exercise, from: null, copy_of: await saveFirst(design), title: null });
  openDesign(exercise, copy.card.id);
}
