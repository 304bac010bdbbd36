// The text of an exercise. The app has already made the HTML clean; diagrams are shown only as images from blob addresses. It is not an editor.
import { useEffect, useMemo, useRef } from 'react';
import { asHostError, call } from '../host';
import css from './Brief.module.css';

export function Brief({ html, exercise }: { html: string; exercise: string }) {
  const place = useRef<HTMLDivElement>(null);
  // The same object until the text changes, so that a redraw does not put the figures back to empty.
  const inner = useMemo(() => ({ __html: html }), [html]);

  useEffect(() => {
    const root = place.current;
    if (root === null) return undefined;
    const gone = new AbortController();
    const urls: string[] = [];
    for (const figure of root.querySelectorAll<HTMLElement>('figure[data-diagram]')) {
      const hash = figure.dataset.diagram ?? '';
      void draw(exercise, hash, figure, gone.signal).then((url) => {
        if (url === null) return;
        if (gone.signal.aborted) URL.revokeObjectURL(url);
        else urls.push(url);
      });
    }
    // The window never leaves the app: a link in a text may only point inside the text.
    const stay = (event: Event): void => {
      const link = event.target instanceof Element ? event.target.closest('a') : null;
      if (link !== null) event.preventDefault();
    };
    root.addEventListener('click', stay);
    return () => {
      gone.abort();
      root.removeEventListener('click', stay);
      for (const url of urls) URL.revokeObjectURL(url);
    };
  }, [inner, exercise]);

  return <div ref={place} className={css.brief} dangerouslySetInnerHTML={inner} />;
}

/** Puts the diagram into its figure as an image, or says why there is none. Gives back the blob's address. */
async function draw(exercise: string, hash: string, figure: HTMLElement, gone: AbortSignal): Promise<string | null> {
  try {
    const { svg } = await call('diagram', { exercise, hash });
    if (gone.aborted) return null;
    const url = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }));
    const image = document.createElement('img');
    image.src = url;
    image.alt = figure.getAttribute('aria-label') ?? figure.querySelector('figcaption')?.textContent ?? 'Diagram of the text above';
    const caption = figure.querySelector('figcaption');
    figure.replaceChildren(image, ...(caption === null ? [] : [caption]));
    return url;
  } catch (thrown) {
    if (gone.aborted) return null;
    const error = asHostError(thrown);
    figure.textContent = `Diagram not shown: ${error.message} ${error.hint}`;
    return null;
  }
}
