// The finder's search and ranking.
import { expect, it } from 'vitest';
import { find, type Action } from './finding';

const action = (label: string, group: string): Action => ({ id: label, label, group, run: () => undefined });
const all = [
  action('Fit the drawing', 'Canvas'),
  action('Twitter', 'Exercise'),
  action('The knee', 'Lab'),
  action('Dark theme', 'Window'),
  action('Tour: with the knee', 'Help'),
];

it.each([
  ['', ['Fit the drawing', 'Twitter', 'The knee', 'Dark theme', 'Tour: with the knee']],
  ['the', ['The knee', 'Fit the drawing', 'Tour: with the knee', 'Dark theme']],
  ['knee', ['The knee', 'Tour: with the knee']],
  ['the knee', ['The knee', 'Tour: with the knee']],
  ['tour', ['Tour: with the knee']],
  ['dra fit', ['Fit the drawing']],
  ['exercise', ['Twitter']],
  ['nothing', []],
])('%j finds %j', (search, labels) => {
  expect(find(all, search).map((each) => each.label)).toEqual(labels);
});
