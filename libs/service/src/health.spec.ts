import { type Bus, StoreUnavailable, WrongRevision } from '@hospital/kernel';
import fastify from 'fastify';
import { GraphQLError } from 'graphql';
import { errorFormatter } from './graphql';
import { APPENDING, Health, type Problem, serveHealth, watchEngines } from './health';
import { httpOf, start } from './start';
import { surroundingsIn, ThingsModule } from './testing/app';
import { eventually, freshFolder, listening, tell } from './testing/opened';

const given = freshFolder();
const away = new StoreUnavailable('disk full at /data');

describe('given what a process does all the time', () => {
  let health: Health;
  let logged: ReturnType<typeof listening>['logged'];
  const lines = () => logged.map(({ msg }) => msg);
  beforeEach(() => {
    const { log, logged: kept } = listening();
    logged = kept;
    health = new Health(log);
  });

  it('when it fails again and again, then that is a problem and one line, until it works, which is another line', () => {
    for (let n = 0; n < 3; n += 1) health.fails('publishing to the bus', new Error('no broker'));
    expect(health.problems).toEqual([{ problem: 'publishing to the bus fails', stops: false }]);
    health.works('publishing to the bus');
    health.works('publishing to the bus');
    expect(health.problems).toEqual([]);
    expect(lines()).toEqual(['publishing to the bus fails', 'publishing to the bus works again']);
    expect(logged[0]).toMatchObject({ err: { message: 'no broker' } });
  });

  it('when an append fails for want of the store, then that is a problem until one succeeds; a refusal is none', async () => {
    const { store, bus, ...context } = await given.open();
    const outcomes: (Error | undefined)[] = [away, new WrongRevision('thing-a', 0, 1), undefined];
    const append = store.append.bind(store);
    store.append = (...appended) => {
      const outcome = outcomes.shift();
      return outcome ? Promise.reject(outcome) : append(...appended);
    };
    const watched = watchEngines({ store, bus }, health);
    const proposed = () => watched.store.append('thing-a', -1, []);
    await expect(proposed()).rejects.toBe(away);
    expect(health.problems).toEqual([{ problem: 'appending to the event store fails', stops: false }]);
    await expect(proposed()).rejects.toThrow(WrongRevision);
    expect(health.problems).toHaveLength(1);
    await tell({ ...context, ...watched }, 'a', 'MakeThing', { dueAt: null });
    expect(health.problems).toEqual([]);
  });

  it('when a query finds the store away, then the log is told why, once', () => {
    const { log, logged: unexpected } = listening();
    const format = errorFormatter(log, (error) => health.fails(APPENDING, error));
    for (let n = 0; n < 2; n += 1) format(new GraphQLError('wrapped').toJSON(), new GraphQLError('wrapped', { originalError: away }));
    expect(logged).toMatchObject([{ err: { message: 'disk full at /data' } }]);
    expect(unexpected).toEqual([]);
  });
});

describe('given the health that an app tells', () => {
  it.each<[string, readonly Problem[], number, object]>([
    ['nothing is wrong', [], 200, { status: 'ready', problems: [] }],
    ['something is', [{ problem: 'a', stops: false }], 200, { status: 'degraded', problems: ['a'] }],
    ['something stops it', [{ problem: 'a', stops: false }, { problem: 'b', stops: true }], 503, { status: 'not ready', problems: ['a', 'b'] }], // prettier-ignore
  ])('when %s, then it says so', async (_, problems, status, body) => {
    const http = fastify();
    serveHealth(http, () => problems);
    const answer = await http.inject('/health/ready');
    expect([answer.statusCode, answer.json()]).toEqual([status, body]);
    await http.close();
  });

  it('when the bus is away, then the app serves and names what it cannot do', async () => {
    const gone = () => Promise.reject(new Error('no broker'));
    const bus: Bus = { publish: gone, subscribe: gone, close: async () => undefined };
    const nest = given.keep(await start(ThingsModule, surroundingsIn(given.folder, { bus })));
    const http = httpOf(nest);
    await http.ready();
    const make = '{ "query": "mutation { makeThing(input: {}, idempotencyKey: \\"k\\") { __typename } }" }';
    const headers = { 'content-type': 'application/json', authorization: 'Bearer dispatcher' };
    await http.inject({ method: 'POST', url: '/graphql', headers, payload: make });
    const health = await eventually(
      async () => (await http.inject('/health/ready')).json<{ status: string; problems: string[] }>(),
      ({ problems }) => problems.length === 2,
    );
    expect([health.status, [...health.problems].sort()]).toEqual([
      'degraded',
      ['listening to the bus fails', 'publishing to the bus fails'],
    ]);
  });
});
