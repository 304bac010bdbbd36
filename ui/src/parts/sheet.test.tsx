// A dialog gives the keyboard back to where it was: to the button that opened it, to a menu's button, past another dialog.
import { render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';
import { expect, it } from 'vitest';
import { turn } from '../test/turn';
import { Button, Menu, Sheet } from '.';

function Page() {
  const [open, setOpen] = useState<'nothing' | 'first' | 'second'>('nothing');
  return (
    <>
      <input aria-label="Elsewhere" />
      <p>Nothing to focus</p>
      <Button onClick={() => setOpen('first')}>Open</Button>
      <Menu trigger={<Button>Menu</Button>} entries={[{ kind: 'action', label: 'Open it', onChoose: () => setOpen('first') }]} />
      <Sheet title="First" open={open === 'first'} onClose={() => setOpen('nothing')}>
        <Button onClick={() => setOpen('second')}>Go on</Button>
        <Button
          onClick={() => {
            setOpen('nothing');
            setTimeout(() => document.querySelector('input')?.focus());
          }}
        >
          Lead on
        </Button>
      </Sheet>
      <Sheet title="Second" open={open === 'second'} onClose={() => setOpen('nothing')}>
        <Button>Any</Button>
      </Sheet>
    </>
  );
}

const focused = (): Element | null => document.activeElement;
const button = (name: string): HTMLElement => screen.getByRole('button', { name });

it('goes back to what opened it, by pointer and by keys', async () => {
  const user = userEvent.setup();
  render(<Page />);
  await user.click(button('Open'));
  await user.keyboard('{Escape}');
  await waitFor(() => expect(focused()).toBe(button('Open')));
  await user.keyboard('{Enter}');
  await screen.findByRole('dialog', { name: 'First' });
  await user.keyboard('{Escape}');
  await waitFor(() => expect(focused()).toBe(button('Open')));
});

it.each(['pointer', 'keys'])('goes back to the button of the menu whose entry opened it: %s', async (by) => {
  const user = userEvent.setup();
  render(<Page />);
  await user.click(button('Menu'));
  const entry = await screen.findByRole('menuitem', { name: 'Open it' });
  if (by === 'pointer') await user.click(entry);
  else await user.keyboard('{ArrowDown}{Enter}');
  await screen.findByRole('dialog', { name: 'First' });
  await waitFor(() => expect(screen.queryByRole('menu')).toBeNull());
  await user.keyboard('{Escape}');
  await waitFor(() => expect(focused()).toBe(button('Menu')));
});

it('goes back past a dialog that led to it', async () => {
  const user = userEvent.setup();
  render(<Page />);
  await user.click(button('Open'));
  await user.click(button('Go on'));
  await screen.findByRole('dialog', { name: 'Second' });
  await user.keyboard('{Escape}');
  await waitFor(() => expect(focused()).toBe(button('Open')));
});

it('leaves the keyboard where it was led', async () => {
  const user = userEvent.setup();
  render(<Page />);
  await user.click(button('Open'));
  await user.click(button('Lead on'));
  await waitFor(() => expect(focused()).toBe(screen.getByLabelText('Elsewhere')));
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  await turn();
  expect(focused()).toBe(screen.getByLabelText('Elsewhere'));
});
