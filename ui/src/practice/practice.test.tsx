// The practice of an exercise as a learner meets it: notes, hints one by one, the worksheet, handing in, dives, twists and cards; and that
// all of it is there when the screen is opened again.
import { render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import axe from 'axe-core';
import { beforeEach, expect, it } from 'vitest';
import { App } from '../app/App';
import { routeHash, useRoute, type Route } from '../app/route';
import { setHost, type Host } from '../host';
import { fixtureHost } from '../host/fixture';
import { useSession } from '../workbench/session';
import { places } from './place';
import { off, lower } from './words';
import { twitterStudy } from '../host/fixture/study';

let host: Host;

beforeEach(() => {
  host = fixtureHost();
  setHost(host);
});

function open(part = 'requirements'): ReturnType<typeof render> {
  const route: Route = { screen: 'practice', exercise: 'twitter', part };
  window.location.hash = routeHash(route);
  useRoute.setState({ route });
  return render(<App />);
}

const says = (): string => screen.getByTestId('said').textContent;

it('lists the parts in order with their state', async () => {
  open();
  const nav = await screen.findByRole('navigation', { name: 'Parts of the exercise' });
  const links = within(nav).getAllByRole('link');
  expect(links.slice(0, -1).map((link) => link.querySelector('span')?.textContent)).toEqual(places(twitterStudy).map(({ title }) => title));
  expect(links[0]?.textContent).toContain('not begun');
  expect(links[0]?.getAttribute('aria-current')).toBe('page');
});

it('keeps notes as they are written, and has them when it is opened again', async () => {
  const user = userEvent.setup();
  const page = open();
  await user.type(await screen.findByRole('textbox', { name: /Your notes on Requirements/ }), 'Post, follow, read.');
  expect(await screen.findByText(/^Saved \d/)).toBeTruthy();
  expect(await screen.findByText('Attempt 1')).toBeTruthy();
  page.unmount();
  open();
  expect(await screen.findByDisplayValue('Post, follow, read.')).toBeTruthy();
});

it('opens hints one by one, counts them, and says so', async () => {
  const user = userEvent.setup();
  const page = open();
  expect(await screen.findByText('0 of 3 opened')).toBeTruthy();
  expect(document.body.textContent).not.toContain('Count what happens most.');
  await user.click(screen.getByRole('button', { name: 'Open hint 1 of 3' }));
  expect(await screen.findByText('Count what happens most.')).toBeTruthy();
  await user.click(await screen.findByRole('button', { name: 'Open hint 2 of 3' }));
  expect(await screen.findByText('2 of 3 opened')).toBeTruthy();
  await expect.poll(says).toBe('Hint 2 of 3 opened.');
  page.unmount();
  open();
  expect(await screen.findByText('2 of 3 opened')).toBeTruthy();
  expect(screen.getByText('Count what happens most.')).toBeTruthy();
});

it('keeps the solution shut until something is handed in', async () => {
  const user = userEvent.setup();
  open();
  const hand = await screen.findByRole('button', { name: 'Hand in and compare: Requirements' });
  expect(hand.hasAttribute('disabled')).toBe(true);
  expect(screen.queryByTestId('solution')).toBeNull();
  await user.type(screen.getByRole('textbox', { name: /Your notes/ }), 'Read-heavy.');
  await user.click(hand);
  const solution = await screen.findByTestId('solution');
  expect(within(solution).getByText('Home timeline')).toBeTruthy();
  expect(within(solution).getByText('Features and no numbers.')).toBeTruthy();
  expect(within(solution).getByText('200 ms at p99, 5 s stale.')).toBeTruthy();
  expect(within(solution).getByRole('heading', { name: 'Functional' }).tagName).toBe('H4');
  expect(document.activeElement).toBe(screen.getByText(/^Handed in, \d/));
  expect(await screen.findByText(/1 of 2 phases handed in/)).toBeTruthy();
});

it('asks once before it opens a solution without an attempt, and records it as such', async () => {
  const user = userEvent.setup();
  const page = open();
  await user.click(await screen.findByRole('button', { name: 'Open without an attempt: Requirements' }));
  await user.click(await screen.findByRole('button', { name: 'Keep it shut' }));
  expect(screen.queryByTestId('solution')).toBeNull();
  await user.click(screen.getByRole('button', { name: 'Open without an attempt: Requirements' }));
  await user.click(await screen.findByRole('button', { name: 'Open anyway' }));
  expect(await screen.findByTestId('solution')).toBeTruthy();
  page.unmount();
  open();
  expect(await screen.findByTestId('solution')).toBeTruthy();
  expect(screen.getByText(/^Opened without an attempt, \d/)).toBeTruthy();
});

it('grades what is handed in of the worksheet beside the worked answer, and names what could not be read', async () => {
  const user = userEvent.setup();
  const page = open('estimation');
  const reads = await screen.findByRole('textbox', { name: 'Timelines for each tweet' });
  expect(screen.getByTestId('hand-in-answers').hasAttribute('disabled')).toBe(true);
  await user.type(reads, '1200');
  await user.type(screen.getByRole('textbox', { name: 'Entries on write' }), 'many');
  await user.click(screen.getByRole('button', { name: 'Hand in 2 of 2 answers' }));
  const worked = await screen.findByTestId('worked-reads_per_tweet');
  expect(worked.textContent).toContain('you: 1,200 timelines/tweet');
  expect(worked.textContent).toContain('worked: 480 timelines/tweet');
  expect(worked.textContent).toContain('2.5 ×, 2.5 times too much');
  expect(reads.hasAttribute('readonly')).toBe(true);
  expect(screen.getByText('Not read: write a number, such as 1200.')).toBeTruthy();
  await expect.poll(says).toBe('0 of 1 answers within a factor of 2. 1 could not be read.');
  const writes = screen.getByRole('textbox', { name: 'Entries on write' });
  expect(writes.getAttribute('aria-invalid')).toBe('true');
  await user.clear(writes);
  await user.type(writes, '2600');
  await user.click(screen.getByRole('button', { name: 'Hand in 1 of 2 answers' }));
  expect(await screen.findByTestId('worked-push_writes')).toBeTruthy();
  expect(screen.getByText('1 of 2 within 2 ×')).toBeTruthy();
  page.unmount();
  open('estimation');
  expect((await screen.findByTestId('worked-reads_per_tweet')).textContent).toContain('2.5 times too much');
});

it('opens a run of a dive on the workbench with its scenario', async () => {
  const user = userEvent.setup();
  open('dive.fanout');
  await user.click(await screen.findByRole('button', { name: 'Run this: push' }));
  await expect.poll(() => useRoute.getState().route).toMatchObject({ screen: 'workbench', exercise: 'twitter' });
  await expect.poll(() => useSession.getState().wish.scenario).toBe('peak');
  expect(useSession.getState().title).toBe('fanout: push');
});

it('asks once before a run opens a drawing that is shut', async () => {
  const user = userEvent.setup();
  open('dive.fanout');
  await user.click(await screen.findByRole('button', { name: 'Run this: hybrid' }));
  await user.click(await screen.findByRole('button', { name: 'Keep it shut' }));
  expect(useRoute.getState().route.screen).toBe('practice');
  await user.click(screen.getByRole('button', { name: 'Run this: hybrid' }));
  await user.click(await screen.findByRole('button', { name: 'Open and go on' }));
  await expect.poll(() => useSession.getState().wish.rate_per_s).toBe(2000);
  expect(useSession.getState().title).toBe('fanout: hybrid');
});

it('shows a twist’s answer after the learner’s own', async () => {
  const user = userEvent.setup();
  open('twists');
  expect(screen.queryByTestId('twist-answer-edit')).toBeNull();
  await user.type(await screen.findByRole('textbox', { name: /Your answer on Tweets can be edited/ }), 'Versions.');
  await user.click(screen.getByRole('button', { name: 'Hand in and compare: Tweets can be edited' }));
  expect(await screen.findByTestId('twist-answer-edit')).toBeTruthy();
});

it('turns cards, question first', async () => {
  const user = userEvent.setup();
  open('cards');
  expect(await screen.findByText('Card 1 of 2')).toBeTruthy();
  expect(screen.queryByText('63 of 100.')).toBeNull();
  await user.click(screen.getByRole('button', { name: 'Show the answer' }));
  expect(screen.getByText('63 of 100.')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Next card' }));
  expect(screen.getByText('Card 2 of 2')).toBeTruthy();
  expect(screen.queryByTestId('card-answer')).toBeNull();
  // The keyboard stays with the one button, and is not lost with one that goes.
  expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Show the answer' }));
  await user.click(screen.getByRole('button', { name: 'Card before' }));
  expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Show the answer' }));
  await user.click(screen.getByRole('button', { name: 'Skip' }));
  expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Show the answer' }));
});

it('finishes an attempt, leaves it as it is, and begins another', async () => {
  const user = userEvent.setup();
  open();
  await user.type(await screen.findByRole('textbox', { name: /Your notes/ }), 'First.');
  await user.click(await screen.findByRole('button', { name: 'Finish this attempt' }));
  await user.click(await screen.findByRole('button', { name: 'Finish' }));
  expect(await screen.findByText(/Attempt 1 was finished/)).toBeTruthy();
  expect(screen.getByRole('textbox', { name: /Your notes/ }).hasAttribute('readonly')).toBe(true);
  await user.click(screen.getByRole('button', { name: 'Begin another attempt' }));
  expect(await screen.findByText('Attempt 2')).toBeTruthy();
  expect(screen.getByRole('textbox', { name: /Your notes/ })).toHaveProperty('value', '');
});

it('keeps what was written when a save fails, and saves it again', async () => {
  const user = userEvent.setup();
  let broken = true;
  const refusal = { code: 'store_disk_full', message: 'the disk is full', hint: 'Make room, then save again.' };
  setHost({
    ...host,
    call: (name, request) =>
      broken && name === 'note_save' ? Promise.reject(Object.assign(new Error(refusal.message), refusal)) : host.call(name, request),
  });
  open();
  await user.type(await screen.findByRole('textbox', { name: /Your notes/ }), 'Kept.');
  const alert = await screen.findByRole('alert');
  expect(alert.textContent).toContain('Make room, then save again.');
  expect(screen.getByDisplayValue('Kept.')).toBeTruthy();
  broken = false;
  await user.click(within(alert).getByRole('button', { name: 'Save again' }));
  expect(await screen.findByText(/^Saved \d/)).toBeTruthy();
  expect(screen.queryByRole('alert')).toBeNull();
});

it('says what to do for an exercise without phases, and when it cannot be opened', async () => {
  useRoute.setState({ route: { screen: 'practice', exercise: 'knee', part: '' } });
  const page = render(<App />);
  expect((await screen.findByRole('link', { name: 'Draw and run it' })).getAttribute('href')).toBe('#/exercise/knee');
  page.unmount();
  useRoute.setState({ route: { screen: 'practice', exercise: 'nowhere', part: '' } });
  render(<App />);
  expect((await screen.findByRole('alert')).textContent).toContain('Go back to the library');
});

it('is reached from the exercise page with how far it is', async () => {
  const user = userEvent.setup();
  useRoute.setState({ route: { screen: 'exercise', exercise: 'twitter' } });
  render(<App />);
  expect(await screen.findByText('2 phases, not begun')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Begin practice' }));
  expect(useRoute.getState().route).toEqual({ screen: 'practice', exercise: 'twitter', part: 'requirements' });
});

it.each(['requirements', 'estimation', 'dive.fanout', 'twists', 'cards'])('is clean for a screen reader: %s', async (part) => {
  const user = userEvent.setup();
  const { container } = open(part);
  await screen.findByRole('navigation', { name: 'Parts of the exercise' });
  const hand = screen.queryAllByRole('textbox', { name: /Your notes|What you expect|Your answer/ })[0];
  if (hand !== undefined) {
    await user.type(hand, 'x');
    await user.click(screen.getAllByRole('button', { name: /^Hand in and compare/ })[0] ?? hand);
    await screen.findByText(/^Handed in, /);
  }
  const found = await axe.run(container, { rules: { 'color-contrast': { enabled: false } } });
  expect(found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
});

it.each([
  [1, 'the same'],
  [2.5, '2.5 times too much'],
  [0.25, '4 times too little'],
  [1.25, '1.25 times too much'],
  [0, 'no number of this size can be compared'],
])('words a ratio of %d', (ratio, words) => {
  expect(off(ratio)).toBe(words);
});

it('puts a solution’s headings below the page’s own', () => {
  expect(lower('<h2>A</h2><p>h2</p><h6 id="x">B</h6>', 2)).toBe('<h4>A</h4><p>h2</p><h6 id="x">B</h6>');
});
