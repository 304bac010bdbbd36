// A line that is edited where it stands: it takes the focus once, a refusal does not hold anybody there, and leaving loses nothing of it.
import { act, render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it } from 'vitest';
import { Leaving } from '../app/Leaving';
import { isQuiet, mayClose } from '../app/leaving';
import { HostError, setHost } from '../host';
import { fixtureHost } from '../host/fixture';
import { InlineText } from './InlineText';

beforeEach(() => setHost(fixtureHost()));

it('lets the keyboard go on when the app refuses the text', async () => {
  const user = userEvent.setup();
  const refused = new HostError({ code: 'store_disk_full', message: 'The disk is full.', hint: 'Make room.' });
  render(
    <>
      <InlineText label="Name" value="" empty="Name it" onSave={() => Promise.reject(refused)} />
      <input aria-label="Elsewhere" />
    </>,
  );
  await user.click(screen.getByRole('button', { name: /^Name it/ }));
  expect(document.activeElement).toBe(screen.getByLabelText('Name'));
  await user.keyboard('Kept');
  await user.click(screen.getByLabelText('Elsewhere'));
  await screen.findByRole('alert');
  expect(document.activeElement).toBe(screen.getByLabelText('Elsewhere'));
  expect(screen.getByDisplayValue('Kept')).toBeTruthy();
});

it('keeps the keyboard where it is when a key ends it', async () => {
  const user = userEvent.setup();
  render(<InlineText label="Name" value="Lunch" empty="Name it" onSave={() => Promise.resolve()} />);
  await user.click(screen.getByRole('button', { name: /^Name: Lunch/ }));
  await user.keyboard('{Escape}');
  await waitFor(() => expect(document.activeElement).toBe(screen.getByRole('button', { name: /^Name: Lunch/ })));
});

describe('when the screen or the window is left', () => {
  const full = new HostError({ code: 'store_disk_full', message: 'The disk is full.', hint: 'Make room.' });

  /** Types `Supper` in place of `Lunch`; what is saved goes through `save`. */
  async function type(save: (text: string) => Promise<void>): Promise<void> {
    const user = userEvent.setup();
    render(
      <>
        <InlineText label="Name" value="Lunch" empty="Name it" onSave={save} />
        <Leaving />
      </>,
    );
    await user.click(screen.getByRole('button', { name: /^Name: Lunch/ }));
    expect(isQuiet()).toBe(true);
    await user.clear(screen.getByLabelText('Name'));
    await user.keyboard('Supper');
  }

  it('waits until what was typed is saved', async () => {
    const order: string[] = [];
    await type(async (text) => {
      // A save takes longer than a leave that does not wait for it.
      await new Promise((resolve) => setTimeout(resolve));
      order.push(`saved ${text}`);
    });
    await act(async () => {
      order.push((await mayClose()) ? 'closes' : 'stays');
    });
    expect(order).toEqual(['saved Supper', 'closes']);
    expect(isQuiet()).toBe(true);
  });

  it('saves what was typed while an older text was being saved', async () => {
    const saved: string[] = [];
    let finish: () => void = () => undefined;
    await type((text) => {
      saved.push(text);
      return saved.length > 1
        ? Promise.resolve()
        : new Promise((resolve) => {
            finish = resolve;
          });
    });
    const user = userEvent.setup();
    await user.keyboard('{Enter}s');
    const leaving = act(async () => expect(await mayClose()).toBe(true));
    finish();
    await leaving;
    expect(saved).toEqual(['Supper', 'Suppers']);
  });

  it('asks when it cannot be saved, and keeps it for who stays', async () => {
    const user = userEvent.setup();
    await type(() => Promise.reject(full));
    let closes: boolean | null = null;
    const close = (): void =>
      act(() => {
        void mayClose().then((answer) => {
          closes = answer;
        });
      });
    close();
    const sheet = await screen.findByRole('dialog', { name: 'Your last changes are not saved' });
    expect(sheet.textContent).toContain('The disk is full.');
    await user.click(screen.getByRole('button', { name: 'Stay' }));
    await waitFor(() => expect(closes).toBe(false));
    expect(screen.getByDisplayValue('Supper')).toBeTruthy();
    close();
    await user.click(await screen.findByRole('button', { name: 'Leave without them' }));
    await waitFor(() => expect(closes).toBe(true));
    expect(isQuiet()).toBe(true);
  });
});
