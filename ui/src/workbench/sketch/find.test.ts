// Find on the canvas: by name, role, setting and note.
import { expect, it } from 'vitest';
import type { Role, Sketch } from '../../rpc/contract';
import { findParts } from './find';

const FEED: Role = {
  id: 'feed',
  kind: 'service',
  name: 'Feed service',
  summary: '',
  runs: true,
  max_instances: 9,
  ports: [],
  operations: [],
  routes: [],
  settings: [
    {
      name: 'workers',
      label: 'Workers',
      unit: '',
      group: '',
      range: { type: 'number', min: 1, max: 64, whole: true },
      default: 4,
      tag: 'assumed',
      source: '',
    },
    {
      name: 'timeline_built',
      label: 'Timeline is built',
      unit: '',
      group: '',
      range: {
        type: 'choice',
        words: [
          ['on_read', 'On read'],
          ['on_write', 'On write'],
        ],
      },
      default: 'on_read',
      tag: 'assumed',
      source: '',
    },
  ],
};

const DRAWN: Sketch = {
  format: 1,
  title: '',
  components: [
    { id: 'feed', role: 'feed', name: 'Home', instances: 1, at: [0, 0], settings: { timeline_built: 'on_write' } },
    { id: 'feed-2', role: 'feed', name: 'Feed for search', instances: 1, at: [0, 0] },
    { id: 'odd', role: 'unheard_of', name: 'Odd', instances: 1, at: [0, 0], settings: { colour: 'green' } },
  ],
  links: [],
  groups: [{ id: 'g', name: 'Reads', note: 'what the feed needs', at: [0, 0], size: [200, 200] }],
  comments: [{ id: 'c', text: 'why 4 workers?', at: [0, 0], size: [96, 36] }],
};

it.each([
  ['', []],
  ['nowhere', []],
  ['home', [['feed', 'name']]],
  [
    'feed',
    [
      ['feed-2', 'name'],
      ['feed', 'role feed'],
      ['group:g', 'what the feed needs'],
    ],
  ],
  ['on write', [['feed', 'Timeline is built: On write']]],
  [
    'workers 4',
    [
      ['feed', 'Workers: 4'],
      ['feed-2', 'Workers: 4'],
      ['comment:c', 'why 4 workers?'],
    ],
  ],
  ['green', [['odd', 'colour: green']]],
  ['READS', [['group:g', 'group']]],
])('%j', (search, found) => {
  expect(findParts(DRAWN, new Map([['feed', FEED]]), search).map(({ key, where }) => [key, where])).toEqual(found);
});
