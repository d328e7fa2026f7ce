import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { GraphQLError } from 'graphql';
import { plus, type ShiftableClock } from '@hospital/kernel';
import { AT } from '@hospital/kernel/testing';
import { BadSetting } from './config';
import { httpOf, start, type Surroundings } from './start';
import { surroundingsIn, ThingsModule } from './testing/app';
import { ERROR, eventually, freshFolder, listening, standing } from './testing/opened';

const given = freshFolder();
let nest: NestFastifyApplication;
let http: FastifyInstance;
let clock: ShiftableClock;
const { log, logged } = listening();
const unauthenticated = new GraphQLError('A bearer token is needed.', { extensions: { code: 'UNAUTHENTICATED', http: { status: 401 } } });

async function begin(more: Partial<Surroundings> = {}): Promise<void> {
  clock = standing();
  nest = given.keep(await start(ThingsModule, surroundingsIn(given.folder, { clock, log, ...more })));
  http = httpOf(nest);
  await http.ready();
}
beforeEach(() => begin());

const post = (payload: string | Buffer, headers: Record<string, string> = {}) =>
  http.inject({
    method: 'POST',
    url: '/graphql',
    headers: { 'content-type': 'application/json', authorization: 'Bearer dispatcher', ...headers },
    payload,
  });

interface Answered {
  readonly status: number;
  readonly data?: Record<string, any> | null; // eslint-disable-line @typescript-eslint/no-explicit-any
  readonly errors?: readonly { readonly message: string; readonly extensions: { readonly code: string; readonly field?: string } }[];
  readonly extensions?: Record<string, unknown>;
}
const ask = async (query: string, variables: object = {}, headers: Record<string, string> = {}): Promise<Answered> => {
  const response = await post(JSON.stringify({ query, variables }), headers);
  return { status: response.statusCode, ...(response.json() as Omit<Answered, 'status'>) };
};
const faultOf = ({ status, errors }: Answered) => [status, errors?.[0]!.extensions.code, errors?.[0]!.extensions.field];
const make = async (key: string, dueAt: string | null = null): Promise<string> =>
  (
    await ask(
      'mutation ($key: ID!, $dueAt: DateTime) { makeThing(input: { dueAt: $dueAt }, idempotencyKey: $key) { ... on Thing { id } } }',
      { key, dueAt },
    )
  ).data!['makeThing'].id;

describe('given a file of the store that is damaged', () => {
  it.each([
    ['from its first page on', 100],
    ['further on', 4_096],
  ])('when the app starts (%s), then it says which file it is', async (_where, from) => {
    await ask('mutation { makeThing(input: {}, idempotencyKey: "k") { ... on Thing { id } } }');
    await nest.close();
    const file = join(given.folder, 'staffing.events.sqlite');
    writeFileSync(file, readFileSync(file).fill(0xff, from));
    await expect(start(ThingsModule, surroundingsIn(given.folder, { log }))).rejects.toThrow(`${file} cannot be used`);
  });
});

describe('given a piece that fails, and fails again when it is closed', () => {
  it('when the app starts, then the first failure is told, which is the cause', async () => {
    const piece = {
      onModuleInit: () => Promise.reject(new Error('the store is not there')),
      onApplicationShutdown: () => Promise.reject(new Error('it cannot be closed either')),
    };
    const app = { module: class App {}, providers: [{ provide: 'piece', useValue: piece }] };
    await expect(start(app, surroundingsIn(given.folder, { log }))).rejects.toThrow('the store is not there');
  });
});

describe('given an app with every piece', () => {
  it('when a thing is made, then the answer says how far the context has got, and waiting for that shows it in the lists', async () => {
    const made = await ask('mutation { makeThing(input: {}, idempotencyKey: "k") { ... on Thing { id greetings } } }');
    expect(made.data!['makeThing']).toEqual({ id: expect.any(String), greetings: 0 });
    const { staffing } = made.extensions!['positions'] as { staffing: { position: string } };
    const listed = await ask('{ things { totalCount edges { node { id } } } }', {}, { 'x-wait-for': `staffing=${staffing.position}` });
    expect(listed.data!['things']).toEqual({ totalCount: 1, edges: [{ node: { id: made.data!['makeThing'].id } }] });
  });

  it('when a thing is made, then its policy and its deadline act, and its history tells, with proof', async () => {
    const id = await make('k', plus(AT, 60_000));
    clock.advance(120_000);
    const found = await eventually(
      async () =>
        (await ask('query ($id: ID!) { thing(id: $id) { history { type actor { actorId } } evidence { intact events } } }', { id })).data![
          'thing'
        ],
      (row) => row?.history.length === 3,
    );
    expect(found).toEqual({
      history: expect.arrayContaining([
        { type: 'ThingMade', actor: { actorId: 'pn_1' } },
        { type: 'ThingGreeted', actor: { actorId: 'system' } },
        { type: 'ThingOverdueNoted', actor: { actorId: 'system' } },
      ]),
      evidence: { intact: true, events: 3 },
    });
  });

  it('when the past is asked for, then it is shown; when it is to be changed, then that is refused', async () => {
    const id = await make('k');
    clock.advance(60_000);
    const past = { 'x-as-of': plus(AT, -1) };
    expect((await ask('query ($id: ID!) { thing(id: $id) { id } }', { id }, past)).data).toEqual({ thing: null });
    expect((await ask('query ($id: ID!) { thing(id: $id) { id } }', { id }, { 'x-as-of': AT })).data).toEqual({ thing: { id } });
    expect(faultOf(await ask('mutation { makeThing(input: {}, idempotencyKey: "l") { __typename } }', {}, past))).toEqual([
      400,
      'AS_OF_ON_MUTATION',
      'x-as-of',
    ]);
  });

  it('when something unexpected happens, then its text goes to the log alone', async () => {
    const answer = await ask('{ broken }');
    expect(answer).toMatchObject({
      status: 200,
      errors: [{ message: 'Something went wrong on our side.', extensions: { code: 'INTERNAL_SERVER_ERROR' } }],
    });
    expect(JSON.stringify(answer)).not.toContain('1234');
    expect(logged.findLast(({ level }) => level === ERROR)).toMatchObject({ err: { message: 'the password is 1234' }, path: ['broken'] });
  });

  it('when nobody says who asks, then that is refused with status 401', async () => {
    await nest.close();
    await begin({
      verify: async () => {
        throw unauthenticated;
      },
    });
    expect(faultOf(await ask('{ broken }'))).toEqual([401, 'UNAUTHENTICATED', undefined]);
  });
});

describe('given requests that cannot be answered', () => {
  it.each<[string, string | Buffer, Record<string, string>, number, string]>([
    ['is no JSON', '{"query":', {}, 400, 'INVALID_JSON'],
    ['is no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), {}, 400, 'INVALID_UTF8'],
    ['is larger than 1 MiB', JSON.stringify({ query: ' '.repeat(1_048_577) }), {}, 413, 'BODY_TOO_LARGE'],
    ['is of another type', 'query=1', { 'content-type': 'application/x-www-form-urlencoded' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
  ])('when a body %s, then the answer has the shape of GraphQL and names the fault', async (_, body, headers, status, code) => {
    const response = await post(body, headers);
    expect([response.statusCode, response.json<Answered>().errors?.[0]!.extensions.code]).toEqual([status, code]);
  });

  it.each([
    ['{ nothing }', {}, 'GRAPHQL_VALIDATION_FAILED', 'nothing'],
    ['{ thing }', {}, 'GRAPHQL_VALIDATION_FAILED', 'thing'],
    ['query ($id: ID!) { thing(id: $id) { id } }', {}, 'BAD_USER_INPUT', 'id'],
    ['{ things(first: 0) { totalCount } }', {}, 'INVALID_PAGE_SIZE', 'first'],
    ['{ things(first: 101) { totalCount } }', {}, 'INVALID_PAGE_SIZE', 'first'],
  ])('when the query is %s, then %#: what is at fault is named', async (query, variables, code, field) => {
    expect(faultOf(await ask(query, variables)).slice(1)).toEqual([code, field]);
  });

  it('when a query is deeper or longer than anybody means, then it is refused before it is looked at', async () => {
    for (const query of [`{ thing(id: "a") ${'{ self '.repeat(20_000)}{ id }${'}'.repeat(20_000)} }`, `{ ${'a: broken '.repeat(10_000)} }`])
      expect(faultOf(await ask(query)).slice(0, 2)).toEqual([400, 'GRAPHQL_PARSE_FAILED']);
  });
});

describe('given a list', () => {
  interface Page {
    readonly edges: readonly { readonly cursor: string; readonly node: { readonly id: string } }[];
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string };
  }
  const query = `query ($after: String, $filter: ThingFilter, $orderBy: ThingOrder) {
    things(first: 2, after: $after, filter: $filter, orderBy: $orderBy) { edges { cursor node { id } } pageInfo { hasNextPage endCursor } }
  }`;
  const page = (after: string | null = null, asked: object = {}) => ask(query, { after, ...asked });

  it('when it is read page by page, then each row comes once', async () => {
    const ids = await Promise.all(['1', '2', '3', '4', '5'].map((key) => make(key)));
    await eventually(async () => (await ask('{ things { totalCount } }')).data!['things'].totalCount === 5);
    const seen: string[] = [];
    for (let after: string | null = null, more = true; more;) {
      const { edges, pageInfo }: Page = (await page(after)).data!['things'];
      seen.push(...edges.map(({ node }) => node.id));
      [after, more] = [pageInfo.endCursor, pageInfo.hasNextPage];
    }
    expect(seen).toEqual([...ids].sort());
  });

  /** A cursor of this list as it stands, with something else in it. */
  async function forged(change: object): Promise<string> {
    const id = await make('1');
    await eventually(async () => (await ask('{ things { totalCount } }')).data!['things'].totalCount === 1);
    const { edges }: Page = (await page()).data!['things'];
    const place = JSON.parse(Buffer.from(edges[0]!.cursor, 'base64url').toString()) as { key: string };
    expect(place.key).toBe(id);
    return Buffer.from(JSON.stringify({ ...place, ...change })).toString('base64url');
  }
  it.each([
    ['is of another list', { list: 'persons' }],
    ['holds what no row can', { key: '\u0000' }],
    ['holds an object', { value: { $gt: 1 } }],
    ['holds nothing', { key: undefined }],
  ])('when the cursor %s, then it is refused', async (_, change) => {
    expect(faultOf(await page(await forged(change))).slice(1)).toEqual(['INVALID_CURSOR', 'after']);
  });

  it('when the cursor is garbage, then it is refused', async () => {
    expect(faultOf(await page('%%%')).slice(1)).toEqual(['INVALID_CURSOR', 'after']);
  });

  it.each([
    ['in another order', { orderBy: 'DUE_DESC' }],
    ['with another filter', { filter: { dueFrom: '2026-03-01T00:00:00Z' } }],
  ])('when a cursor is used %s, then it is refused', async (_, asked) => {
    expect(faultOf(await page(await forged({}), asked)).slice(1)).toEqual(['INVALID_CURSOR', 'after']);
  });

  it('when it is asked for what has an instant, or has none, then those come', async () => {
    const [later] = [await make('1', '2026-03-02T08:00:00+08:00'), await make('2')];
    await eventually(async () => (await ask('{ things { totalCount } }')).data!['things'].totalCount === 2);
    const having = async (due: boolean): Promise<readonly string[]> =>
      ((await page(null, { filter: { due } })).data!['things'] as Page).edges.map(({ node }) => node.id);
    expect(await having(true)).toEqual([later]);
    expect(await having(false)).not.toContain(later);
    expect(await having(false)).toHaveLength(1);
  });

  it('when a cursor is used with what it was made with, said another way, then it goes on', async () => {
    expect((await page(await forged({}), { orderBy: 'DUE_ASC', filter: {} })).data!['things'].edges).toEqual([]);
  });
});

describe('given the health of an app', () => {
  it('when all is well, then it is live and ready', async () => {
    expect((await http.inject('/health/live')).json()).toEqual({ status: 'live' });
    const ready = await http.inject('/health/ready');
    expect([ready.statusCode, ready.json()]).toEqual([200, { status: 'ready', problems: [] }]);
  });
});

describe('given somebody who sends half a request and then nothing', () => {
  async function halfSent(farewell: number) {
    await nest.close();
    nest = given.keep(await start(ThingsModule, surroundingsIn(given.folder, { log }), farewell));
    await nest.listen(0, '127.0.0.1');
    const { server } = httpOf(nest);
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => undefined);
    const asked = once(server, 'request') as Promise<[IncomingMessage]>;
    socket.write('POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"query":');
    const [{ socket: theirs }] = await asked;
    return { server, socket, theirs, closed: once(socket, 'close') };
  }

  it('when the app closes, then it does not wait for the rest longer than for its farewell, and says so', async () => {
    const { closed } = await halfSent(1);
    await nest.close();
    await closed;
    expect(logged.at(-1)).toMatchObject({ msg: 'connections that did not end were closed' });
  });

  it('when the app goes on, then it waits for the rest for thirty seconds, and answers that it was too slow', async () => {
    const { server, socket, theirs } = await halfSent(10_000);
    expect(server.requestTimeout).toBe(30_000);
    server.emit('clientError', Object.assign(new Error(), { code: 'ERR_HTTP_REQUEST_TIMEOUT' }), theirs);
    expect(await text(socket)).toMatch(/^HTTP\/1.1 408 [^]*BAD_REQUEST/);
  });
});

describe('given a folder', () => {
  it('when another app works in it, then a second one that starts says so', async () => {
    await expect(start(ThingsModule, surroundingsIn(given.folder))).rejects.toThrow('in use');
  });

  it('when it was written with another master key, then an app does not start, and with its own it does', async () => {
    await nest.close();
    const starting = start(ThingsModule, surroundingsIn(given.folder, { masterKey: Buffer.alloc(32, 2) }));
    await expect(starting).rejects.toThrow(new BadSetting('MASTER_KEY: the keys of this store were wrapped with another master key'));
    await begin();
    expect((await http.inject('/health/ready')).statusCode).toBe(200);
  });

  it('when an app that fails half-way through its start was there, then it has left nothing open', async () => {
    await nest.close();
    const failing = {
      module: class Failing {},
      imports: [ThingsModule],
      providers: [{ provide: 'failing', useValue: { onApplicationBootstrap: () => Promise.reject(new Error('no bus')) } }],
    };
    await expect(start(failing, surroundingsIn(given.folder))).rejects.toThrow('no bus');
    await begin();
    expect((await http.inject('/health/ready')).statusCode).toBe(200);
  });
});
