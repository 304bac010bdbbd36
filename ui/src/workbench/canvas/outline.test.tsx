// The outline by itself: what is being written in it is kept, and what is chosen draws no more of it anew than it must.
import { act, render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { setHost } from '../../host';
import { fixtureHost } from '../../host/fixture';
import type { Component } from '../../rpc/contract';
import { isLocked, useRun } from '../run/store';
import { closeSession, openSession, run, useSession } from '../session';
import { MAX_TEXT } from '../sketch/marks';
import { draw, useDrawing } from '../sketch/store';
import { Outline } from './Outline';
import { select } from './selection';

const comment = (): string => {
  let key = '';
  act(() => {
    key = draw.comment({ x: 0, y: 0, width: 192, height: 72 }, '');
    select.mark(key);
  });
  return key;
};
const texts = () => useDrawing.getState().sketch.comments?.map(({ text }) => text);

beforeEach(async () => {
  setHost(fixtureHost());
  await openSession('twitter', 'twitter-b');
});
afterEach(async () => {
  await act(() => useRun.getState().stop());
  act(() => useRun.getState().clear());
  await act(closeSession);
});

it('keeps a comment that is being written when the design is run', async () => {
  const user = userEvent.setup();
  render(<Outline />);
  comment();
  await user.type(screen.getByLabelText('Text'), 'why three?');
  expect(texts()).toEqual(['']);
  await act(run);
  await waitFor(() => expect(isLocked(useRun.getState().status)).toBe(true));
  expect(texts()).toEqual(['why three?']);
  expect(useSession.getState().unsaved).toBe(false);
});

it('takes no more of a text than is kept', () => {
  render(<Outline />);
  comment();
  expect(screen.getByLabelText<HTMLTextAreaElement>('Text').maxLength).toBe(MAX_TEXT);
});

it('draws only the rows anew that are opened or shut', () => {
  const read: string[] = [];
  const counted = (id: string): Component => ({
    id,
    role: 'kv',
    instances: 1,
    at: [0, 0],
    get name() {
      read.push(id);
      return id;
    },
  });
  act(() => draw.open({ format: 1, title: 'A', components: ['a', 'b', 'c'].map(counted), links: [{ from: 'a', to: 'b', port: 'x' }] }));
  render(<Outline />);
  act(() => select.component('b'));
  read.length = 0;
  act(() => select.component('c'));
  expect(read).not.toContain('a');
  expect(read).toContain('c');
});
