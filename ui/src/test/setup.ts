// What every test needs: an empty page between tests, and the few browser parts that jsdom lacks. It is not a test.
import { cleanup } from '@testing-library/react';
import { afterEach } from 'vitest';

afterEach(() => {
  cleanup();
});

class NoResizeObserver implements ResizeObserver {
  observe(): void {
    // jsdom has no layout: nothing to observe.
  }
  unobserve(): void {
    // As above.
  }
  disconnect(): void {
    // As above.
  }
}

globalThis.ResizeObserver = NoResizeObserver;
// jsdom has no layout, so Radix and the report ask for methods that it lacks.
Element.prototype.scrollIntoView = function scrollIntoView(): void {
  // Nothing scrolls in jsdom.
};
Element.prototype.hasPointerCapture = () => false;
Element.prototype.releasePointerCapture = () => undefined;
window.matchMedia = (query) => {
  const list: Partial<MediaQueryList> = {
    matches: false,
    media: query,
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
  };
  return list as MediaQueryList;
};

// jsdom has no CSS.escape; the testing library asks for it with names that React makes (`_r_1_`), which need little.
Object.assign(globalThis, { CSS: { escape: (text: string) => text.replace(/[^a-zA-Z0-9_-]/g, (letter) => `\\${letter}`) } });
