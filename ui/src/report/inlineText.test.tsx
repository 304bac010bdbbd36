// A line that is edited where it stands: it takes the focus once, and a refusal does not hold anybody there.
import { render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, it } from 'vitest';
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
