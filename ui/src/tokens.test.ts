// Contrast of the tokens in both themes: text 4.5:1, controls, links and focus 3:1. It reads tokens.css itself, so a changed colour is a checked colour.
// And figures are tabular, whatever face a rule sets.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const css = readFileSync(join(import.meta.dirname, 'tokens.css'), 'utf8');

function palette(selector: string): Map<string, string> {
  const start = css.indexOf(`${selector} {`);
  expect(start, `${selector} is in tokens.css`).toBeGreaterThanOrEqual(0);
  const block = css.slice(start, css.indexOf('\n}', start));
  return new Map([...block.matchAll(/--([a-z0-9-]+):\s*(#[0-9a-f]{6});/g)].map((match) => [match[1] ?? '', match[2] ?? '']));
}

const light = palette(':root');
const dark = new Map([...light, ...palette(":root[data-theme='dark']")]);

/** Relative luminance by WCAG 2.2. */
function luminance(colour: string): number {
  const channel = (at: number): number => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
}

function contrast(a: string, b: string): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

const grounds = ['bg-panel', 'bg-surface', 'bg-chrome', 'bg-canvas'];
const onAll = (names: string[], on: string[] = grounds): [string, string][] =>
  names.flatMap((name) => on.map((ground): [string, string] => [name, ground]));

const text: [string, string][] = [
  ...onAll(['ink', 'ink-2', 'ink-3', 'accent', 'pred', 'busy', 'over', 'pass']),
  ...onAll(['ink', 'ink-2', 'accent'], ['bg-hover', 'bg-selected']),
  ['on-accent', 'accent'],
  ['on-accent', 'accent-hover'],
  ['on-down', 'down'],
  ['busy', 'busy-soft'],
  ['over', 'over-soft'],
  ['pass', 'pass-soft'],
];

const shapes: [string, string][] = [
  ...onAll(['line-control', 'focus', 'steady', 'over-fill', 'pass-fill', 'down'], ['bg-panel', 'bg-surface']),
  ...onAll(['busy-fill'], ['bg-panel', 'bg-surface']),
  ...onAll(['edge', 'focus', 'accent'], ['bg-canvas']),
  ['pred', 'track'],
  ['p95', 'bg-panel'],
  ['p99', 'bg-panel'],
];

describe.each([
  ['light', light],
  ['dark', dark],
])('%s theme', (_, colours) => {
  const of = (name: string): string => {
    const colour = colours.get(name);
    if (colour === undefined) throw new Error(`no token --${name}`);
    return colour;
  };
  it.each(text)('text --%s on --%s is 4.5:1 or better', (ink, ground) => {
    expect(contrast(of(ink), of(ground))).toBeGreaterThanOrEqual(4.5);
  });
  it.each(shapes)('--%s on --%s is 3:1 or better', (shape, ground) => {
    expect(contrast(of(shape), of(ground))).toBeGreaterThanOrEqual(3);
  });
});

it('both palettes name the same colours', () => {
  const onlyLight = [...light.keys()].filter((name) => !palette(":root[data-theme='dark']").has(name));
  expect(onlyLight).toEqual(['paper']);
});

it('keeps figures tabular: a rule that sets `font` resets them, and none sets them apart', () => {
  const sheets = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.css'));
  const said = sheets.flatMap((path) => {
    const rules = readFileSync(join(import.meta.dirname, path), 'utf8').match(/font-variant[^;]*;/g) ?? [];
    return rules.map((rule) => `${path}: ${rule}`);
  });
  expect(said).toEqual(['base.css: font-variant-numeric: tabular-nums !important;']);
});
