// The drawing in words: what a link, a component or a step is called in sentences. It changes nothing.
import type { Component, Link, Sketch } from '../../rpc/contract';
import { plural } from '../../format';
import { componentOf } from './ports';

export function nameOf(sketch: Sketch, id: string): string {
  return componentOf(sketch, id)?.name ?? id;
}

/** `Feed service → KV cache (timeline)`. */
export function linkText(sketch: Sketch, link: Link): string {
  return `${nameOf(sketch, link.from)} → ${nameOf(sketch, link.to)} (${link.port})`;
}

/** `Feed service`, or `3 components`: what a step was about. */
export function called(components: readonly Component[]): string {
  const [only] = components;
  return components.length === 1 && only !== undefined ? only.name : plural(components.length, 'component');
}

/** `2 components, 1 comment`; parts that are none are left out. */
export function counts(parts: readonly (readonly [number, string])[]): string {
  const said = parts.filter(([count]) => count > 0).map(([count, what]) => plural(count, what));
  return said.length === 0 ? 'nothing' : said.join(', ');
}

/** The first words of a text, for a list. */
export function beginning(text: string, most = 40): string {
  const letters = Array.from(text.trim().replaceAll(/\s+/g, ' '));
  return letters.length <= most
    ? letters.join('')
    : `${letters
        .slice(0, most - 1)
        .join('')
        .trimEnd()}…`;
}
