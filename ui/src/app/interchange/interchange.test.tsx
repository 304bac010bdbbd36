// Export and import from the design menu and the finder: formats, files, what is wrong by line, guesses that can be changed, and axe.
import { render, screen, waitFor, within } from '@testing-library/react';
import userEvent, { type UserEvent } from '@testing-library/user-event';
import axe from 'axe-core';
import { beforeEach, expect, it, vi } from 'vitest';
import { call, setHost } from '../../host';
import { fixtureHost } from '../../host/fixture';
import { turn } from '../../test/turn';
import { DesignMenu } from '../DesignMenu';
import { useFinder } from '../finding';
import { useRoute } from '../route';
import { useInterchange } from './state';

const RULES = { rules: { 'color-contrast': { enabled: false }, region: { enabled: false } } };

async function soundness(): Promise<string[]> {
  const { violations } = await axe.run(document.body, RULES);
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
}

let user: UserEvent;

beforeEach(async () => {
  URL.createObjectURL = () => 'blob:picture';
  URL.revokeObjectURL = () => undefined;
  setHost(fixtureHost());
  useInterchange.setState({ open: { what: 'nothing' }, said: null });
  useRoute.setState({ route: { screen: 'library' } });
  user = userEvent.setup();
  const exercise = await call('exercise', { id: 'twitter' });
  render(<DesignMenu exercise={exercise} current="twitter-b" title="Design B: push" onChanged={() => undefined} />);
});

async function choose(name: RegExp): Promise<void> {
  await user.click(screen.getByRole('button', { name: 'Design: Design B: push' }));
  await user.click(await screen.findByRole('menuitem', { name }));
}

const offered = () => Object.values(useFinder.getState().offered).flatMap((actions) => actions.map(({ label }) => label));

it('is in the finder too', () => {
  expect(offered()).toEqual([
    'Export as sketch file',
    'Export as Mermaid',
    'Export as SVG',
    'Export as PNG',
    'Copy as Mermaid',
    'Import a sketch file or Mermaid',
  ]);
});

it.each([
  ['Sketch file', '.json'],
  ['Mermaid', '.mmd'],
  ['SVG', '.svg'],
  ['PNG', '.png'],
])('saves as %s and says where', async (format, ending) => {
  await choose(/^Export/);
  await user.click(await screen.findByRole('radio', { name: format }));
  await user.click(screen.getByRole('button', { name: 'Save' }));
  const saved = await screen.findByTestId('export-saved');
  expect(saved.textContent).toContain(`Design B: push${ending}`);
  expect(await soundness()).toEqual([]);
});

it('replaces a file only when that is said', async () => {
  await choose(/^Export/);
  await user.type(await screen.findByLabelText('File'), '/home/you/taken.json');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  expect((await screen.findByRole('alert')).textContent).toContain('is there already');
  expect(screen.queryByTestId('export-saved')).toBeNull();
  await user.click(screen.getByRole('button', { name: 'Replace it' }));
  expect((await screen.findByTestId('export-saved')).textContent).toContain('/home/you/taken.json');
});

it('copies as Mermaid', async () => {
  await choose(/^Copy as Mermaid/);
  await waitFor(() => expect(screen.getByText('Copied as Mermaid.')).toBeDefined());
  expect(await navigator.clipboard.readText()).toMatch(/^flowchart TD\n {2}client/);
});

it('shows the text to be marked where the clipboard takes nothing', async () => {
  vi.spyOn(navigator.clipboard, 'writeText').mockRejectedValue(new Error('not allowed'));
  const warned = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  await choose(/^Copy as Mermaid/);
  const text = await screen.findByTestId<HTMLTextAreaElement>('export-text');
  expect(text.value).toMatch(/^flowchart TD/);
  expect(warned).toHaveBeenCalledOnce();
  warned.mockRestore();
});

it('says what is wrong with its line and brings nothing in', async () => {
  await choose(/^Import/);
  await user.type(await screen.findByTestId('import-text'), 'pie chart');
  await user.click(screen.getByRole('button', { name: 'Read' }));
  expect((await screen.findByTestId('import-findings')).textContent).toContain(
    'Line 1, column 1: `pie chart` begins no flowchart. Begin with',
  );
  expect(screen.queryByRole('button', { name: 'Bring it in' })).toBeNull();
  expect(await soundness()).toEqual([]);
});

it('asks what a part is, shows the drawing, and brings it in as a new design', async () => {
  await choose(/^Import/);
  await user.click(await screen.findByTestId('import-text'));
  await user.paste('flowchart TD\nA[Client] --> B\nB[Quux 👩‍👩‍👧]\nclick A "x"');
  await user.click(screen.getByRole('button', { name: 'Read' }));
  expect(await screen.findByText('Say what 1 part is.')).toBeDefined();
  expect(screen.getByTestId('import-findings').textContent).toContain('Line 4:');
  const guesses = within(screen.getByTestId('import-guesses')).getAllByRole('listitem');
  expect(guesses[0]?.textContent).toContain('Quux 👩‍👩‍👧');
  expect(await soundness()).toEqual([]);
  await user.click(screen.getByRole('combobox', { name: 'Quux 👩‍👩‍👧 is' }));
  await user.click(await screen.findByRole('option', { name: 'Load balancer' }));
  expect(await screen.findByText('2 components, 0 links.')).toBeDefined();
  expect(screen.getByAltText('Preview of the drawing')).toBeDefined();
  await user.click(screen.getByRole('button', { name: 'Bring it in' }));
  await waitFor(() => expect(useRoute.getState().route.screen).toBe('workbench'));
  const route = useRoute.getState().route;
  if (route.screen !== 'workbench') throw new Error('the workbench did not open');
  const { sketch, card } = await call('design_open', { id: route.design });
  expect(sketch.components.map(({ name, role }) => [name, role])).toEqual([
    ['Client', 'client'],
    ['Quux 👩‍👩‍👧', 'load_balancer'],
  ]);
  expect(card.title).toBe('Imported design');
});

it('leaves no empty design behind when it cannot be kept, and leads nobody away who shut the dialog', async () => {
  const host = fixtureHost();
  const asked: string[] = [];
  let answer: (() => void) | null = null;
  setHost({
    ...host,
    call: (name, request) => {
      asked.push(name);
      if (name !== 'sketch_keep') return host.call(name, request);
      return new Promise<void>((resolve) => {
        answer = resolve;
      }).then(() => host.call(name, request));
    },
  });
  await choose(/^Import/);
  await user.click(await screen.findByTestId('import-text'));
  await user.paste('flowchart TD\nA[Client] --> B[Load balancer]');
  await user.click(screen.getByRole('button', { name: 'Read' }));
  await user.click(await screen.findByRole('button', { name: 'Bring it in' }));
  await waitFor(() => expect(asked).toContain('sketch_keep'));
  expect(asked.filter((name) => name === 'design_create' || name === 'design_save')).toEqual([]);
  await user.click(screen.getByRole('button', { name: 'Cancel' }));
  (answer as (() => void) | null)?.();
  await turn();
  expect(useRoute.getState().route.screen).toBe('library');
});

it.each<[string, () => Promise<void>]>([
  ['the text', () => user.type(screen.getByTestId('import-text'), '!')],
  ['the path', () => user.type(screen.getByLabelText('Or the path of a file'), '/a.mmd')],
  [
    'the file',
    async () => {
      const file = new File([''], 'b.json', { type: 'application/json' });
      file.text = () => new Promise(() => undefined);
      await user.upload(screen.getByTestId('import-file'), file);
    },
  ],
])('brings in nothing of a text that was read before %s was changed', async (_, change) => {
  const host = fixtureHost();
  let answer: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    answer = resolve;
  });
  setHost({
    ...host,
    call: (name, request) => (name === 'import_read' ? held.then(() => host.call(name, request)) : host.call(name, request)),
  });
  await choose(/^Import/);
  await user.click(await screen.findByTestId('import-text'));
  await user.paste('flowchart TD\nA[Client] --> B[Load balancer]');
  await user.click(screen.getByRole('button', { name: 'Read' }));
  await change();
  answer();
  await turn();
  expect(screen.queryByText('2 components, 1 link.')).toBeNull();
  expect(screen.queryByRole('button', { name: 'Bring it in' })).toBeNull();
});

it('reads a chosen file, and says when one cannot be read', async () => {
  await choose(/^Import/);
  const sketch = JSON.stringify({ format: 1, title: 'From a file', components: [], links: [] });
  const file = new File([sketch], 'a.json', { type: 'application/json' });
  // The document of the tests has files without a way to read them.
  file.text = () => Promise.resolve(sketch);
  await user.upload(await screen.findByTestId('import-file'), file);
  expect(await screen.findByText('0 components, 0 links.')).toBeDefined();
  await user.type(screen.getByLabelText('Or the path of a file'), '/nowhere/x.mmd');
  await user.click(screen.getByRole('button', { name: 'Read' }));
  expect((await screen.findByRole('alert')).textContent).toContain('/nowhere/x.mmd cannot be read');
});
