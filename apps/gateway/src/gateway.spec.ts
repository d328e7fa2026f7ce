import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ShiftableClock } from '@hospital/kernel';
import { BadSetting, type Identity, logger } from '@hospital/service';
import { pino } from 'pino';
import { type Ask, contextsFrom, overHttp } from './contexts';
import { Gateway } from './gateway';
import { planHere } from './plan/planning';
import supergraph from './supergraph.graphql';

/** Contexts reduced to what crosses the wire: an operation and its headers in, an answer out. */
const person: Identity = { id: 'pn_1', kind: 'person', roles: ['dispatcher'] };
const silent = logger({ LOG_LEVEL: 'silent' }, 'gateway');
const planning = planHere({ supergraph, introspection: true });
const nothing: Ask = async () => ({ data: {} });
const workorders: Ask = async () => ({
  data: { workOrder: { __typename: 'WorkOrder', status: 'DISPATCHED', technician: { __typename: 'Person', id: 'pn_2' } } },
  extensions: { positions: { workorders: { position: '7', watermark: null } } },
});
const staffing: Ask = async () => ({
  data: { _entities: [{ name: '陈建国' }] },
  extensions: { positions: { staffing: { position: '3', watermark: null } } },
});
const QUERY = '{ workOrder(id: "wo_1") { status technician { id name } } }';

const NAMES = ['workorders', 'staffing', 'assets', 'inventory', 'energy'];

async function asked(contexts: Record<string, Ask>, headers: Record<string, string> = {}, query = QUERY) {
  const all = new Map(Object.entries({ workorders, staffing, assets: nothing, inventory: nothing, energy: nothing, ...contexts }));
  const gateway = new Gateway(planning, all, async () => person, new ShiftableClock(), silent);
  await gateway.start();
  try {
    const contextValue = await gateway.contextOf({ get: (name) => headers[name] });
    const { answer } = await gateway.answer({ query }, contextValue);
    return JSON.parse(JSON.stringify(answer)) as {
      data: unknown;
      errors?: { message: string; extensions: object }[];
      extensions?: object;
    };
  } finally {
    await gateway.stop();
  }
}

describe('the federated graph', () => {
  it('given two contexts, when one query needs both, then the answer is one, with the position of each', async () => {
    expect(await asked({})).toEqual({
      data: { workOrder: { status: 'DISPATCHED', technician: { id: 'pn_2', name: '陈建国' } } },
      extensions: { positions: { workorders: { position: '7', watermark: null }, staffing: { position: '3', watermark: null } } },
    });
  });

  it('given a variable of another type, when the document is new and when it is known, then it is told where it stands in the text', async () => {
    const gateway = new Gateway(planning, new Map(NAMES.map((name) => [name, nothing])), async () => person, new ShiftableClock(), silent);
    await gateway.start();
    for (let n = 0; n < 3; n += 1) {
      const context = await gateway.contextOf({ get: () => undefined });
      const sent = {
        query: 'query ($id: ID!, $n: Int) { workOrder(id: $id) { id } people(first: $n) { totalCount } }',
        variables: { id: 'wo_1', n: 'x' },
      };
      const { status, answer } = await gateway.answer(sent, context);
      expect(status).toBe(400);
      expect(answer.errors).toMatchObject([{ locations: [{ line: 1, column: 18 }], extensions: { code: 'BAD_USER_INPUT' } }]);
    }
    await gateway.stop();
  });

  it('given a context that does not answer, then its part is missing and it is named; the rest stands', async () => {
    const down: Ask = () => Promise.reject(new Error('connect ECONNREFUSED 10.0.0.7:4000'));
    const { data, errors } = await asked({ staffing: down });
    expect(data).toEqual({ workOrder: { status: 'DISPATCHED', technician: { id: 'pn_2', name: null } } });
    expect(errors).toHaveLength(1);
    expect(errors![0]!.extensions).toMatchObject({ code: 'CONTEXT_UNAVAILABLE', context: 'staffing', retryable: true });
    expect(JSON.stringify(errors)).not.toContain('10.0.0.7');
  });

  it('given an id that the other context does not know, then the id stands and the rest is null, or the whole where that may not be', async () => {
    const unknown: Ask = async () => ({ data: { _entities: [null] } });
    const technician = async (fields: string) => {
      const { data, errors } = await asked({ staffing: unknown }, {}, `{ workOrder(id: "wo_1") { technician { ${fields} } } }`);
      expect(errors).toBeUndefined();
      return (data as { workOrder: { technician: unknown } }).workOrder.technician;
    };
    // As the stock gateway answers: an entity that is not there leaves its place as it was, and `id` alone is never asked for.
    expect(await technician('id')).toEqual({ id: 'pn_2' });
    expect(await technician('id name')).toEqual({ id: 'pn_2', name: null });
    expect(await technician('id name trade')).toBeNull();
  });

  it('given a context that does not answer, then that is one line of the log, and the health names it until it answers again', async () => {
    const logged: { msg: string; err?: { message: string } }[] = [];
    const log = pino({ base: null }, { write: (line: string) => void logged.push(JSON.parse(line) as (typeof logged)[number]) });
    let down = true;
    const unsteady: Ask = async (...sent) => {
      if (down) throw new Error('connect ECONNREFUSED 10.0.0.7:4000');
      return staffing(...sent);
    };
    const all = new Map(Object.entries({ workorders, staffing: unsteady, assets: nothing, inventory: nothing, energy: nothing }));
    const gateway = new Gateway(planning, all, async () => person, new ShiftableClock(), log);
    await gateway.start();
    const ask = async () => gateway.answer({ query: QUERY }, await gateway.contextOf({ get: () => undefined }));
    for (let n = 0; n < 3; n += 1) await ask();
    expect(gateway.health.problems).toEqual([{ problem: 'asking staffing fails', stops: false }]);
    down = false;
    for (let n = 0; n < 2; n += 1) await ask();
    expect(gateway.health.problems).toEqual([]);
    expect(logged.map(({ msg, err }) => [msg, err?.message])).toEqual([
      ['asking staffing fails', 'connect ECONNREFUSED 10.0.0.7:4000'],
      ['asking staffing works again', undefined],
    ]);
    await gateway.stop();
  });

  it('given headers that matter, then every context gets them as they came and one correlation id; others stay outside', async () => {
    const seen: ReadonlyMap<string, string>[] = [];
    const spying =
      (ask: Ask): Ask =>
      (operation, headers) => (seen.push(headers), ask(operation, headers));
    await asked(
      { workorders: spying(workorders), staffing: spying(staffing) },
      { authorization: 'Bearer x', 'x-as-of': '2026-03-01T00:00:00Z', 'x-wait-for': 'workorders=1', cookie: 'secret' },
    );
    expect(seen).toHaveLength(2);
    for (const headers of seen)
      expect(Object.fromEntries(headers)).toEqual({
        authorization: 'Bearer x',
        'x-as-of': '2026-03-01T00:00:00Z',
        'x-wait-for': 'workorders=1',
        'x-correlation-id': seen[0]!.get('x-correlation-id'),
      });
  });

  it('given a future instant, then it is refused before any context is asked', async () => {
    await expect(asked({}, { 'x-as-of': '2999-01-01T00:00:00Z' })).rejects.toMatchObject({
      extensions: { code: 'AS_OF_IN_FUTURE', field: 'x-as-of' },
    });
  });

  it.each([
    ['zz=1', 'zz'],
    ['workorders=1, stafing=2', 'stafing'],
    ['nodes=1', 'nodes'],
    ['1', '1'],
  ])('given a position %s of what is no context, then it is refused before any context is asked', async (places, name) => {
    await expect(asked({}, { 'x-wait-for': places })).rejects.toMatchObject({
      message: expect.stringContaining(`: ${name}.`),
      extensions: { code: 'INVALID_POSITION', field: 'x-wait-for', http: { status: 400 } },
    });
  });

  it('given positions of contexts, however they are spaced, then they are let through', async () => {
    expect((await asked({}, { 'x-wait-for': ' workorders=1 , staffing=2' })).errors).toBeUndefined();
  });

  it('given the gateway library is loaded, then its reports to the vendor are off', () => {
    expect(process.env['APOLLO_TELEMETRY_DISABLED']).toBe('1');
  });

  it('given a context nobody said the place of, then the gateway does not start, and names it', () => {
    const gateway = () => new Gateway(planning, new Map([['workorders', workorders]]), async () => person, new ShiftableClock(), silent);
    expect(gateway).toThrow(/SUBGRAPHS: where is (staffing|assets|inventory|energy)\?/);
  });
});

describe('a context over HTTP', () => {
  let server: Server;
  let answer: { status: number; body: string };
  let url: string;
  beforeAll(async () => {
    server = createServer((_, response) => response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  it('given an answer in GraphQL shape, also with errors, then it is passed on', async () => {
    answer = { status: 400, body: '{"errors":[{"message":"no","extensions":{"code":"BAD_USER_INPUT"}}]}' };
    expect(await overHttp(url)({ query: '{ a }' }, new Map())).toEqual(JSON.parse(answer.body));
  });

  it.each([
    ['a page of a proxy', { status: 502, body: '<html>' }],
    ['JSON without data or errors', { status: 500, body: '{"status":"starting"}' }],
    ['a redirect', { status: 302, body: '{}' }],
  ])('given %s, then that is no answer', async (_, given) => {
    answer = given;
    await expect(overHttp(url)({ query: '{ a }' }, new Map())).rejects.toThrow();
  });
});

it('the setting SUBGRAPHS is name=url pairs, and what is not is named', () => {
  expect([...contextsFrom(['workorders=http://workorders:4000/graphql']).keys()]).toEqual(['workorders']);
  expect(() => contextsFrom(['workorders'])).toThrow(new BadSetting('SUBGRAPHS: workorders is not name=url'));
  expect(() => contextsFrom(['staffing=ftp://x'])).toThrow(BadSetting);
});
