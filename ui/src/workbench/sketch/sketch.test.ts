// The drawing: adding, linking, moving, undo, and the rules by which a link finds its port.
import { beforeEach, describe, expect, it } from 'vitest';
import type { Port, Role, Sketch } from '../../rpc/contract';
import { LANE, freePlace } from './edit';
import { choose, emptyPorts, fitsBetween, flowOf, ownerOf, rolesById, type Choice } from './ports';
import { draw, useDrawing } from './store';

function port(name: string, accepts: string[], over: Partial<Port> = {}): Port {
  return { name, summary: '', accepts, required: true, many: false, incoming: false, flow: 'call', ...over };
}

function role(id: string, kind: Role['kind'], ports: Port[]): Role {
  return { id, kind, name: id, summary: '', runs: true, max_instances: 16, ports, settings: [], operations: [], routes: [] };
}

/** Ports as the catalog has them. */
const ROLES = rolesById({
  roles: [
    role('api_gateway', 'api_gateway', [port('routes', ['tweet', 'feed'], { many: true })]),
    role('feed', 'service', [port('tweets', ['sql_replica', 'sql_primary']), port('timeline', ['kv'], { required: false })]),
    role('tweet', 'service', [
      port('tweets', ['sql_primary']),
      port('archive', ['sql_primary'], { required: false }),
      port('events', ['log'], { required: false, flow: 'queue' }),
    ]),
    role('fanout', 'worker', [port('events', ['log'], { incoming: true, flow: 'queue' }), port('timeline', ['kv'])]),
    role('kv', 'kv', []),
    role('log', 'log', []),
    role('sql_primary', 'sql', []),
    role('sql_replica', 'sql', [port('primary', ['sql_primary'], { incoming: true, flow: 'copy' })]),
  ],
});

const EMPTY: Sketch = { format: 1, title: 'Test', components: [], links: [] };
const sketch = (): Sketch => useDrawing.getState().sketch;

function add(id: string): string {
  const found = ROLES.get(id);
  if (found === undefined) throw new Error(`no role ${id}`);
  return draw.add(found, [0, 0]);
}

function chosen(from: string, to: string): Choice {
  const [a, b] = [from, to].map((id) => sketch().components.find((component) => component.id === id));
  if (a === undefined || b === undefined) throw new Error(`no ${from} or ${to}`);
  return choose(a, b, sketch(), ROLES);
}

function link(from: string, to: string): void {
  const choice = chosen(from, to);
  if (choice.kind !== 'take') throw new Error(`${from} to ${to}: ${choice.kind}`);
  draw.link(choice.fit);
}

beforeEach(() => draw.open(EMPTY));

describe('drawing', () => {
  it('gives each component its own id and name', () => {
    expect([add('sql_primary'), add('sql_primary')]).toEqual(['sql-primary', 'sql-primary-2']);
    expect(sketch().components.map(({ name }) => name)).toEqual(['sql_primary', 'sql_primary 2']);
  });

  it('takes back and repeats every step, without limit', () => {
    const before = sketch();
    for (let n = 0; n < 150; n += 1) add('kv');
    for (let n = 0; n < 150; n += 1) draw.undo();
    expect(sketch()).toBe(before);
    for (let n = 0; n < 150; n += 1) draw.redo();
    expect(sketch().components.length).toBe(150);
  });

  it('moves several in one step, on the grid', () => {
    const [a, b] = [add('kv'), add('log')];
    draw.move(
      new Map([
        [a, [100, 50]],
        [b, [301, 7]],
      ]),
    );
    expect(sketch().components.map(({ at }) => at)).toEqual([
      [96, 48],
      [300, 12],
    ]);
    draw.undo();
    expect(sketch().components.map(({ at }) => at)).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });

  it('counts what changes nothing as no step', () => {
    const id = add('kv');
    const steps = useDrawing.temporal.getState().pastStates.length;
    draw.rename(id, '  kv ');
    draw.instances(id, 1, 16);
    draw.move(new Map([[id, [3, 2]]]));
    draw.setting(id, 'workers', 4, 4);
    expect(useDrawing.temporal.getState().pastStates.length).toBe(steps);
  });

  it('writes only settings that differ from the catalog', () => {
    const id = add('kv');
    draw.setting(id, 'workers', 8, 4);
    expect(sketch().components[0]?.settings).toEqual({ workers: 8 });
    draw.setting(id, 'workers', 4, 4);
    expect(sketch().components[0]).not.toHaveProperty('settings');
  });

  it('keeps instances within the role', () => {
    const id = add('kv');
    draw.instances(id, 99, 16);
    expect(sketch().components[0]?.instances).toBe(16);
    draw.instances(id, 0, 16);
    expect(sketch().components[0]?.instances).toBe(1);
  });

  it('removes the links of what it removes', () => {
    add('feed');
    add('kv');
    link('feed', 'kv');
    draw.remove(new Set(['kv']), new Set());
    expect(sketch().links).toEqual([]);
    draw.undo();
    expect(sketch().links.length).toBe(1);
  });
});

describe('ports', () => {
  it('takes the only port that fits', () => {
    add('feed');
    add('kv');
    expect(chosen('feed', 'kv')).toMatchObject({ kind: 'take', fit: { port: { name: 'timeline' }, owner: 'feed', replaces: null } });
  });

  it('asks when several ports fit', () => {
    add('tweet');
    add('sql_primary');
    const choice = chosen('tweet', 'sql-primary');
    expect(choice.kind === 'ask' && choice.fits.map((fit) => fit.port.name)).toEqual(['tweets', 'archive']);
  });

  it('fills an incoming port of the head, whichever way it is drawn', () => {
    add('log');
    add('fanout');
    link('log', 'fanout');
    expect(sketch().links).toEqual([{ from: 'log', to: 'fanout', port: 'events' }]);
    draw.undo();
    link('fanout', 'log');
    expect(sketch().links).toEqual([{ from: 'log', to: 'fanout', port: 'events' }]);
    const [drawn] = sketch().links;
    expect(drawn && ownerOf(drawn, sketch(), ROLES)?.owner).toBe('fanout');
    expect(drawn && flowOf(drawn, sketch(), ROLES)).toBe('queue');
  });

  it('refills a full port only when no empty one is left', () => {
    add('feed');
    add('kv');
    add('kv');
    link('feed', 'kv');
    expect(chosen('feed', 'kv-2')).toMatchObject({ kind: 'take', fit: { replaces: { to: 'kv' } } });
    link('feed', 'kv-2');
    expect(sketch().links).toEqual([{ from: 'feed', to: 'kv-2', port: 'timeline' }]);
  });

  it('lets a port for many hold many', () => {
    add('api_gateway');
    add('feed');
    add('tweet');
    link('api-gateway', 'feed');
    link('api-gateway', 'tweet');
    expect(sketch().links.length).toBe(2);
  });

  it('says what would fit when nothing does', () => {
    add('feed');
    add('log');
    expect(chosen('feed', 'log')).toEqual({
      kind: 'none',
      reason: 'feed has no port for log. It can be linked with: sql_replica, sql_primary, kv.',
    });
  });

  it('offers no second link of the same sort', () => {
    add('feed');
    add('kv');
    link('feed', 'kv');
    const [feed, kv] = sketch().components;
    expect(feed && kv && fitsBetween(feed, kv, sketch(), ROLES)).toEqual([]);
    expect(chosen('feed', 'kv')).toEqual({ kind: 'none', reason: 'feed and kv are linked already.' });
  });

  it('lists empty ports, needed ones first', () => {
    add('feed');
    const [feed] = sketch().components;
    expect(feed && emptyPorts(feed, sketch(), ROLES).map(({ port: { name }, needed }) => [name, needed])).toEqual([
      ['tweets', true],
      ['timeline', false],
    ]);
  });
});

describe('places', () => {
  const at = (x: number, y: number): Sketch => ({ ...EMPTY, components: [{ id: 'kv', role: 'kv', name: 'kv', instances: 1, at: [x, y] }] });

  it('takes a free place as it is, on the grid', () => {
    expect(freePlace(EMPTY, [101, 49])).toEqual([96, 48]);
    expect(freePlace(at(0, 0), [160, 0])).toEqual([156, 0]);
  });

  it('leaves room for links where it has to move', () => {
    expect(freePlace(at(0, 0), [12, 12])).toEqual([204, 12]);
  });

  it('leaves that room everywhere when no pointer chose the place', () => {
    expect(freePlace(at(0, 0), [0, 84])).toEqual([0, 84]);
    expect(freePlace(at(0, 0), [0, 84], LANE)).toEqual([192, 84]);
    expect(freePlace(at(0, 0), [0, 120], LANE)).toEqual([0, 120]);
  });
});
