// Quick fixes: what each finding offers, and that doing it does what it says.
import { beforeEach, describe, expect, it } from 'vitest';
import type { Component, Diagnostic, Link, Port, Role, Sketch } from '../../rpc/contract';
import { rolesById } from '../sketch/ports';
import { draw, useDrawing } from '../sketch/store';
import { applyFix, fixesFor, withArticle } from './fixes';

const port = (name: string, accepts: string[], over: Partial<Port> = {}): Port => ({
  name,
  summary: '',
  accepts,
  required: true,
  many: false,
  incoming: false,
  flow: 'call',
  ...over,
});
const role = (id: string, name: string, kind: Role['kind'], ports: Port[], over: Partial<Role> = {}): Role => ({
  id,
  kind,
  name,
  summary: '',
  runs: true,
  max_instances: 16,
  ports,
  settings: [],
  operations: [],
  routes: [],
  ...over,
});

const ROLES = rolesById({
  roles: [
    role('client', 'Client', 'client', [port('entry', ['gateway'])], { max_instances: 1 }),
    role('gateway', 'API gateway', 'api_gateway', [port('routes', ['feed', 'tweet'], { many: true })]),
    role('feed', 'Feed service', 'service', [port('tweets', ['sql']), port('timeline', ['kv'], { required: false })], {
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
      ],
    }),
    role('tweet', 'Tweet service', 'service', []),
    role('fanout', 'Fan-out worker', 'worker', [port('events', ['log'], { incoming: true, flow: 'queue' }), port('timeline', ['kv'])]),
    role('kv', 'KV cache', 'kv', []),
    role('log', 'Log', 'log', []),
    role('sql', 'SQL primary', 'sql', [], { max_instances: 1 }),
  ],
});

const part = (id: string, over: Partial<Component> = {}): Component => ({
  id,
  role: id.replace(/-\d+$/, ''),
  name: ROLES.get(id.replace(/-\d+$/, ''))?.name ?? id,
  instances: 1,
  at: [0, 0],
  ...over,
});
const drawn = (components: Component[], links: Link[] = []): Sketch => ({ format: 1, title: '', components, links });
const finding = (code: string, component: string | null, reason = '', remedy = ''): Diagnostic => ({
  severity: 'error',
  code,
  component,
  reason,
  remedy,
});
const link = (from: string, to: string, name: string): Link => ({ from, to, port: name });

const CASES: [string, Sketch, Diagnostic, string[]][] = [
  [
    'an empty port that it needs',
    drawn([part('feed'), part('sql'), part('kv')]),
    finding('port_empty', 'feed', 'Feed service: port tweets is empty.'),
    ['Link to SQL primary (tweets)', 'Add a SQL primary and link it (tweets)'],
  ],
  ['the same with nothing drawn', drawn([part('feed')]), finding('port_empty', 'feed'), ['Add a SQL primary and link it (tweets)']],
  [
    'one of two empty ports',
    drawn([part('fanout'), part('log'), part('kv')]),
    finding('port_empty', 'fanout', 'Fan-out worker: port events is empty.'),
    ['Link to Log (events)', 'Add a Log and link it (events)'],
  ],
  [
    'an optional port',
    drawn([part('feed'), part('kv')]),
    finding('port_unused', 'feed', 'Feed service: port timeline is empty.'),
    ['Link to KV cache (timeline)'],
  ],
  [
    'a part that nothing leads to',
    drawn([part('client'), part('gateway'), part('feed')], [link('client', 'gateway', 'entry')]),
    finding('unreachable', 'feed'),
    ['Link from API gateway (routes)', 'Delete Feed service'],
  ],
  [
    'a worker that hears of nothing',
    drawn([part('fanout'), part('log')]),
    finding('unreachable', 'fanout'),
    ['Link from Log (events)', 'Delete Fan-out worker'],
  ],
  [
    'a link by the wrong port',
    drawn([part('feed'), part('kv')], [link('feed', 'kv', 'tweets')]),
    finding('port_does_not_fit', 'feed', 'Feed service: port tweets takes SQL primary, not KV cache.'),
    ['Use port timeline in place of tweets', 'Remove the link Feed service → KV cache (tweets)'],
  ],
  [
    'a link by no port',
    drawn([part('kv'), part('log')], [link('kv', 'log', 'x')]),
    finding('port_unknown', 'kv', 'it has no port `x` towards Log.'),
    ['Remove the link KV cache → Log (x)'],
  ],
  [
    'a link to nothing',
    drawn([part('feed')], [link('feed', 'gone', 'tweets')]),
    finding('link_dangling', 'feed'),
    ['Remove the link Feed service → gone (tweets)'],
  ],
  [
    'a link twice',
    drawn([part('feed'), part('kv')], [link('feed', 'kv', 'timeline'), link('feed', 'kv', 'timeline')]),
    finding('link_twice', 'feed'),
    ['Keep one link Feed service → KV cache (timeline)'],
  ],
  [
    'a port with two links that takes one',
    drawn([part('feed'), part('kv'), part('kv-2', { name: 'Other' })], [link('feed', 'kv', 'timeline'), link('feed', 'kv-2', 'timeline')]),
    finding('port_full', 'feed', 'port timeline has 2 links'),
    ['Remove the link Feed service → KV cache (timeline)', 'Remove the link Feed service → Other (timeline)'],
  ],
  ['no client', drawn([part('gateway')]), finding('no_client', null), ['Add a Client']],
  [
    'two clients',
    drawn([part('client'), part('client-2', { name: 'Client 2' })]),
    finding('several_clients', 'client-2'),
    ['Delete Client 2'],
  ],
  [
    'a question that nobody answers',
    drawn([part('client'), part('gateway')]),
    finding('operation_unanswered', null, 'Reads: no part answers.', 'Add Feed service and link it to what the client calls.'),
    ['Add a Feed service and link it from API gateway'],
  ],
  [
    'a single point of failure',
    drawn([part('gateway')]),
    finding('single_point_of_failure', 'gateway', '', 'Run two or more instances.'),
    ['Run 2 instances of API gateway'],
  ],
  ['one that cannot be more', drawn([part('sql')]), finding('single_point_of_failure', 'sql', '', 'Run two or more instances.'), []],
  [
    'a part that has two already',
    drawn([part('gateway', { instances: 2 })]),
    finding('single_point_of_failure', 'gateway', '', 'Run two or more instances.'),
    [],
  ],
  [
    'shards with one copy',
    drawn([part('kv', { instances: 2 })]),
    finding('no_copy', 'kv', '', 'Run 4 instances, or name the risk in the interview.'),
    ['Run 4 instances of KV cache'],
  ],
  [
    'replicas for some shards only, more than there can be',
    drawn([part('kv')]),
    finding('replicas_too_few', 'kv', '', 'Run 17 instances, as many as the primary has, or more.'),
    [],
  ],
  [
    'a number that a remedy names',
    drawn([part('feed')]),
    finding('no_copy', 'feed', '', 'Set "Workers" to 2 or more.'),
    ['Set Workers to 2'],
  ],
  ['a number out of range', drawn([part('feed')]), finding('never_in_sync', 'feed', '', 'Set "Workers" to 65.'), []],
  ['a setting that is not there', drawn([part('feed')]), finding('no_copy', 'feed', '', 'Set "Threads" to 2.'), []],
  ['a copy that nothing drawn gives', drawn([part('kv')]), finding('no_copy', 'kv', '', 'Name the risk in the interview.'), []],
  ['too many instances', drawn([part('kv', { instances: 99 })]), finding('instances_out_of_range', 'kv'), ['Set 16 instances']],
  [
    'settings that do not hold',
    drawn([part('feed', { settings: { workers: 0.5, colour: 'green' } })]),
    finding('setting_invalid', 'feed'),
    ['Workers: back to the default', 'Remove the setting colour'],
  ],
  ['what takes a person', drawn([part('feed')]), finding('timeline_never_written', 'feed'), []],
  ['a part that is gone', drawn([]), finding('port_empty', 'gone'), []],
];

it.each([
  ['API gateway', 'an API gateway'],
  ['User service', 'a User service'],
  ['KV cache', 'a KV cache'],
])('%s with its article', (name, said) => {
  expect(withArticle(name)).toBe(said);
});

describe('fixes', () => {
  it.each(CASES)('%s', (_, sketch, found, labels) => {
    expect(fixesFor(found, sketch, ROLES).map(({ label }) => label)).toEqual(labels);
  });
});

describe('doing them', () => {
  beforeEach(() => draw.open(drawn([])));

  it.each(
    CASES.flatMap(([name, sketch, found]) => fixesFor(found, sketch, ROLES).map((fix) => [`${name}: ${fix.label}`, sketch, fix] as const)),
  )('%s is one step, and undone by one', (_, sketch, fix) => {
    draw.open(sketch);
    applyFix(fix, ROLES);
    const after = useDrawing.getState().sketch;
    expect(after).not.toBe(sketch);
    expect(useDrawing.temporal.getState().pastStates.length).toBe(1);
    draw.undo();
    expect(useDrawing.getState().sketch).toBe(sketch);
  });

  it('adds and links by the port that was asked for', () => {
    const sketch = drawn([part('fanout')]);
    draw.open(sketch);
    const fix = fixesFor(finding('port_empty', 'fanout', 'port events is empty'), sketch, ROLES)[0];
    if (fix === undefined) throw new Error('no fix');
    applyFix(fix, ROLES);
    expect(useDrawing.getState().sketch.links).toEqual([link('log', 'fanout', 'events')]);
  });
});
