// The finder's search and ranking.
import { expect, it } from 'vitest';
import { find, type Action } from './finding';

const action = (label: string, group: string): Action => ({ id: label, label, group, run: () => undefined });
const all = [action('Fit the drawing', 'Canvas'), action('Twitter', 'Exercise'), action('The knee', 'Lab'), action('Dark theme', 'Window')];

it.each([
  ['', ['Fit the drawing', 'Twitter', 'The knee', 'Dark theme']],
  ['the', ['The knee', 'Fit the drawing', 'Dark theme']],
  ['dra fit', ['Fit the drawing']],
  ['exercise', ['Twitter']],
  ['nothing', []],
])('%j finds %j', (search, labels) => {
  expect(find(all, search).map((each) => each.label)).toEqual(labels);
});
