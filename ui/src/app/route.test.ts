// Routes and their addresses.
import { expect, it } from 'vitest';
import { parseRoute, routeHash, type Route } from './route';

it.each<Route>([
  { screen: 'library' },
  { screen: 'exercise', exercise: 'twitter' },
  { screen: 'workbench', exercise: 'twitter', design: 'a/b %' },
  { screen: 'practice', exercise: 'twitter', part: '' },
  { screen: 'practice', exercise: 'twitter', part: 'dive.fanout' },
  { screen: 'report', run: 'run14' },
])('reads back what it writes: %j', (route) => {
  expect(parseRoute(routeHash(route))).toEqual(route);
});

it.each(['', '#', '#/nowhere', '#/workbench/twitter', '#/report/'])('takes %j as the library', (hash) => {
  expect(parseRoute(hash)).toEqual({ screen: 'library' });
});

it('does not fall over a stray percent sign', () => {
  expect(parseRoute('#/report/100%')).toEqual({ screen: 'report', run: '100%' });
});
