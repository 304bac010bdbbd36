// Where the learner is: a route in the address's hash, so that Back works and a page can be opened by address. It is not a history of edits.
import { create } from 'zustand';
import { finishTyping, isQuiet, mayLeave, overtake } from './leaving';

export type Route =
  | { screen: 'library' }
  | { screen: 'settings' }
  | { screen: 'about' }
  | { screen: 'exercise'; exercise: string }
  | { screen: 'workbench'; exercise: string; design: string }
  | { screen: 'practice'; exercise: string; part: string }
  | { screen: 'report'; run: string }
  | { screen: 'runs'; exercise: string }
  | { screen: 'compare'; a: string; b: string }
  | { screen: 'designs'; exercise: string; a: string; b: string };

/** The route that a hash stands for; anything unknown is the library. */
export function parseRoute(hash: string): Route {
  const [screen, first, second, third] = hash.replace(/^#\/?/, '').split('/').map(decodePart);
  if (screen === 'workbench' && first && second) return { screen, exercise: first, design: second };
  if (screen === 'practice' && first) return { screen, exercise: first, part: second ?? '' };
  if (screen === 'exercise' && first) return { screen, exercise: first };
  if (screen === 'report' && first) return { screen, run: first };
  if (screen === 'settings' || screen === 'about') return { screen };
  if (screen === 'runs' && first) return { screen, exercise: first };
  if (screen === 'compare' && first && second) return { screen, a: first, b: second };
  if (screen === 'designs' && first && second && third) return { screen, exercise: first, a: second, b: third };
  return { screen: 'library' };
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // A stray `%` typed by hand: take it as it stands, and the app says that there is no such thing.
    return part;
  }
}

export function routeHash(route: Route): string {
  switch (route.screen) {
    case 'library':
    case 'settings':
    case 'about':
      return `#/${route.screen}`;
    case 'exercise':
      return `#/exercise/${encodeURIComponent(route.exercise)}`;
    case 'workbench':
      return `#/workbench/${encodeURIComponent(route.exercise)}/${encodeURIComponent(route.design)}`;
    case 'practice':
      return `#/practice/${encodeURIComponent(route.exercise)}${route.part === '' ? '' : `/${encodeURIComponent(route.part)}`}`;
    case 'report':
      return `#/report/${encodeURIComponent(route.run)}`;
    case 'runs':
      return `#/runs/${encodeURIComponent(route.exercise)}`;
    case 'compare':
      return `#/compare/${[route.a, route.b].map(encodeURIComponent).join('/')}`;
    case 'designs':
      return `#/designs/${[route.exercise, route.a, route.b].map(encodeURIComponent).join('/')}`;
  }
}

export const useRoute = create<{ route: Route }>(() => ({ route: parseRoute(window.location.hash) }));

/** The part of a screen can change without leaving it; all else of a route is another screen. */
const screenOf = (route: Route): string => (route.screen === 'practice' ? routeHash({ ...route, part: '' }) : routeHash(route));

/** Where the learner wants to go while that still waits for a save or an answer. */
let heading: { to: string } | null = null;

/** Arrives at once when it is the same screen, or when leaving this one would lose nothing; else what is not saved is saved first, and when that
 * fails, or a run is on, the learner is asked. */
function head(route: Route, arrive: () => void, stay: () => void): void {
  const to = routeHash(route);
  const leaves = screenOf(route) !== screenOf(useRoute.getState().route);
  if (leaves) finishTyping();
  if (!leaves || isQuiet()) {
    overtake();
    heading = null;
    arrive();
    return;
  }
  if (to === heading?.to) return;
  const mine = { to };
  heading = mine;
  void mayLeave().then((answer) => {
    // Who heads elsewhere by now says what becomes of the address; a window that was to be closed, and then was not, says nothing.
    if (answer === 'overtaken' && heading !== mine) return;
    heading = null;
    if (answer === 'leave') arrive();
    else stay();
  });
}

window.addEventListener('hashchange', () => {
  const route = parseRoute(window.location.hash);
  const arrive = (): void => useRoute.setState({ route });
  // The address went ahead, by Back or a link: it comes back to the screen that stays.
  head(route, arrive, () => window.history.replaceState(null, '', routeHash(useRoute.getState().route)));
});

/** Goes to a screen; Back returns. */
export function go(route: Route): void {
  const arrive = (): void => {
    const hash = routeHash(route);
    if (window.location.hash !== hash) window.location.hash = hash;
    useRoute.setState({ route });
  };
  head(route, arrive, () => undefined);
}

/** The screen that is shown goes on under another address, without a step of Back: neither is it left nor is anybody asked. */
export function readdress(route: Route): void {
  // An address that went ahead already, by Back or a link, names another screen: it is not ours to change.
  if (window.location.hash === routeHash(useRoute.getState().route)) window.history.replaceState(null, '', routeHash(route));
  useRoute.setState({ route });
}
