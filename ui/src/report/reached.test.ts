// Which section is current while one scrolls; what stands beside the report is not among them.
import { expect, it } from 'vitest';
import { reached } from './reached';

/** A report 1,000 high in a window of 400, with sections at these places; of the last one only the id is known. */
function page(scrollTop: number): HTMLElement {
  const root = document.createElement('main');
  const set = (element: HTMLElement, places: Record<string, number>): void => {
    for (const [name, value] of Object.entries(places)) Object.defineProperty(element, name, { value });
  };
  set(root, { offsetTop: 44, clientHeight: 400, scrollHeight: 1000, scrollTop });
  for (const [id, top] of Object.entries({ verdict: 44, predictions: 244, saturated: 444, figures: 944 })) {
    const section = document.createElement('section');
    section.id = id;
    set(section, { offsetTop: top });
    root.append(section);
  }
  return root;
}

it.each<[number, string]>([
  [0, 'verdict'],
  [103, 'verdict'],
  [104, 'predictions'],
  [310, 'saturated'],
  [598, 'figures'],
])('scrolled by %d: %s', (scrollTop, id) => {
  expect(reached(page(scrollTop), ['verdict', 'predictions', 'saturated', 'explain', 'figures'])).toBe(id);
});

it('knows of no section where there is none', () => {
  expect(reached(page(0), ['explain'])).toBeNull();
});
