// A setting and the way back to the catalog's: also for what a drawing of the pack writes, be it what the catalog says.
import { act, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import type { Setting } from '../../rpc/contract';
import { componentOf } from '../sketch/ports';
import { draw, useDrawing } from '../sketch/store';
import { SettingRow } from './SettingRow';

const setting: Setting = {
  name: 'timeline_built',
  label: 'Timeline is built',
  unit: '',
  group: 'Timeline',
  range: {
    type: 'choice',
    words: [
      ['on_read', 'On read'],
      ['on_write', 'On write'],
    ],
  },
  default: 'on_write',
  tag: 'assumed',
  source: 'The paper.',
};

function Row() {
  const component = useDrawing(({ sketch }) => componentOf(sketch, 'feed'));
  return component === undefined ? null : <SettingRow component={component} setting={setting} />;
}

it.each(['on_write', 'on_read'])('takes out what the drawing writes: %s', async (timeline_built) => {
  const user = userEvent.setup();
  const feed = { id: 'feed', role: 'feed', name: 'Feed', instances: 1, at: [0, 0] as [number, number] };
  draw.open({ format: 1, title: '', components: [{ ...feed, settings: { timeline_built } }], links: [] });
  render(<Row />);
  await user.click(screen.getByRole('button', { name: /Show the origin/ }));
  const origin = (await screen.findByRole('dialog')).textContent;
  expect(origin).toContain('Set in this drawing. The catalog says On write. The paper.');
  await user.keyboard('{Escape}');

  await user.click(screen.getByRole('button', { name: 'Timeline is built: back to the default, On write' }));
  expect(componentOf(useDrawing.getState().sketch, 'feed')).toEqual(feed);
  expect(screen.queryByRole('button', { name: /back to the default/ })).toBeNull();
  act(draw.undo);
  expect(componentOf(useDrawing.getState().sketch, 'feed')?.settings).toEqual({ timeline_built });
});
