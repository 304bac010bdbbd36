// What is said of damaged data: read once, and starting empty only when the learner says so twice.
import { render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, expect, it, vi } from 'vitest';
import type { Commands } from '../rpc/contract';
import { HostError, setHost } from '../host';
import type { CommandName, Host } from '../host/host';
import { StorageNotice } from './StorageNotice';

const asked: CommandName[] = [];
const reload = vi.fn();

function host(answers: Partial<Record<CommandName, unknown>>): Host {
  return {
    call: <K extends CommandName>(name: K) => {
      // The panel of a failure asks for a report of its own.
      if (name !== 'error_report') asked.push(name);
      const answer = answers[name];
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer as Commands[K]['response']);
    },
    startRun: () => Promise.reject(new Error('no run here')),
  };
}

beforeEach(() => {
  asked.length = 0;
  reload.mockClear();
  vi.stubGlobal('location', { search: '', reload });
});

it('is quiet on a good day', async () => {
  setHost(host({ storage_notice: { notices: [] } }));
  render(<StorageNotice />);
  await waitFor(() => expect(asked).toEqual(['storage_notice']));
  expect(screen.queryByRole('dialog')).toBeNull();
});

it('says what came over until it is read', async () => {
  const notice = {
    at_ms: 1,
    title: 'Your data was damaged, and was brought over.',
    lines: ['Runs: 14 brought over.', 'The damaged file is kept: /d.'],
  };
  setHost(host({ storage_notice: { notices: [notice] }, storage_notice_seen: {} }));
  render(<StorageNotice />);
  expect((await screen.findByRole('dialog')).textContent).toContain('Runs: 14 brought over.');
  await userEvent.setup().click(screen.getByRole('button', { name: 'I have read it' }));
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  expect(asked).toEqual(['storage_notice', 'storage_notice_seen']);
});

it('shuts at once when nothing can be written, and says that it comes again', async () => {
  const refused = new HostError({ code: 'store_disk_full', message: 'the disk is full', hint: 'Make room.' });
  const notice = { at_ms: 1, title: 'Your data was damaged.', lines: ['Runs: 14 brought over.'] };
  setHost(host({ storage_notice: { notices: [notice] }, storage_notice_seen: refused, error_report: new Error('not here') }));
  render(<StorageNotice />);
  const user = userEvent.setup();
  await user.click(await screen.findByRole('button', { name: 'I have read it' }));
  const sheet = await screen.findByRole('dialog', { name: 'It will be said again' });
  expect(sheet.textContent).toContain('the disk is full');
  expect(screen.queryByText('Runs: 14 brought over.')).toBeNull();
  await user.click(screen.getByRole('button', { name: 'Go on' }));
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
});

it('offers to start empty when nothing can be read, and asks twice', async () => {
  const lost = new HostError({
    code: 'store_lost',
    message: '/data/loadline.db: damaged, and nothing in it can be read',
    hint: 'It was not changed.',
  });
  setHost(host({ storage_notice: lost, data_start_empty: {}, error_report: new Error('not here') }));
  render(<StorageNotice />);
  const user = userEvent.setup();
  await user.click(await screen.findByRole('button', { name: 'Start empty' }));
  expect(asked).toEqual(['storage_notice']);
  await user.click(screen.getByRole('button', { name: 'Yes, start empty' }));
  await waitFor(() => expect(reload).toHaveBeenCalled());
  expect(asked).toEqual(['storage_notice', 'data_start_empty']);
});
