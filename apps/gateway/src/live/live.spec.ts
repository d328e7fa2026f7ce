import { EventEmitter, once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { plus, ShiftableClock } from '@hospital/kernel';
import { AT } from '@hospital/kernel/testing';
import { type Identity, logger } from '@hospital/service';
import fastify, { type FastifyInstance } from 'fastify';
import { GraphQLError } from 'graphql';
import { WebSocket } from 'ws';
import type { Ask } from '../contexts';
import { Gateway } from '../gateway';
import { planHere } from '../plan/planning';
import supergraph from '../supergraph.graphql';
import { type Change, type Feed, feedOf } from './feed';
import { Live, type Message } from './live';
import { serveLive } from './serve';
import { Turns } from './turns';

/** A context's log that a test writes. */
class Log {
  readonly events: Change[] = [];
  /** From where each reader began. */
  readonly read: (bigint | undefined)[] = [];
  open = 0;
  private readonly more = new EventEmitter();
  private broken = new AbortController();

  record(...ids: string[]): void {
    for (const id of ids) this.events.push({ id, type: 'WorkOrderAccepted', position: this.head + 10n, recordedAt: AT });
    this.more.emit('more');
  }

  /** Every reader loses its connection. */
  interrupt(): void {
    this.broken.abort();
    this.broken = new AbortController();
  }

  private get head(): bigint {
    return this.events.at(-1)?.position ?? 0n;
  }

  readonly feed: Feed = (after, _authorization, signal) => this.follow(after, signal);

  private async *follow(after: bigint | undefined, signal: AbortSignal) {
    this.read.push(after);
    this.open += 1;
    try {
      let position = after ?? this.head;
      yield { position, changes: [] };
      for (const either = AbortSignal.any([signal, this.broken.signal]); ;) {
        const changes = this.events.filter((event) => event.position > position);
        if (changes.length === 0) await once(this.more, 'more', { signal: either });
        else yield { position: (position = changes.at(-1)!.position), changes };
      }
    } finally {
      this.open -= 1;
    }
  }
}

const nurse: Identity = { id: 'nurse', kind: 'person', roles: ['clinician'] };
const silent = logger({ LOG_LEVEL: 'silent' }, 'gateway');
const planning = planHere({ supergraph, introspection: true });
const nothing: Ask = async () => ({ data: {} });
/** Every order waits, but the one that is done from its beginning, and the one that has left: it waited before, elsewhere. */
const workorders: Ask = async ({ query, variables }, headers) => {
  const id = Object.values(variables ?? {})[0] as string;
  const before = headers.has('x-as-of');
  const status = id === 'wo_done' || (id === 'wo_left' && !before) ? 'COMPLETED' : 'WAITING';
  const key = query!.includes('workOrderChanged') ? 'workOrderChanged' : 'it';
  // Of this one the place is shown in messages only.
  const place = id === 'wo_discreet' && key === 'it' ? null : { __typename: 'Asset', id: id === 'wo_left' && !before ? 'as_9' : 'as_1' };
  const description = query!.includes('description') ? '灯'.repeat(100_000) : '';
  const found = { __typename: 'WorkOrder', id, status, description, _followed_status: status, _followed_placeId: place };
  return { data: { [key]: id === 'wo_hidden' || (id === 'wo_done' && before) ? null : found } };
};
const QUERY = 'subscription ($after: String, $filter: WorkOrderChangeFilter) { workOrderChanged(after: $after, filter: $filter) { id } }';
const eventually = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise(setImmediate);
};
const tokenUntil = (ms: number): string => `Bearer x.${Buffer.from(JSON.stringify({ exp: ms / 1_000 })).toString('base64url')}.x`;

describe('given subscribers of one context', () => {
  let log: Log;
  let live: Live;
  let gateway: Gateway;
  let asked: ReadonlyMap<string, string>[];
  /** What was asked, without how. */
  let questions: string[];
  /** So often it does not answer what was. */
  let silentBefore: number;
  beforeEach(async () => {
    silentBefore = 0;
    log = new Log();
    asked = [];
    questions = [];
    const all = new Map<string, Ask>(['assets', 'inventory', 'energy', 'staffing'].map((name) => [name, nothing]));
    all.set('workorders', (operation, headers) => {
      asked.push(headers);
      const kind = headers.has('x-as-of') ? 'before' : operation.query!.includes('workOrderChanged') ? 'message' : 'filter';
      questions.push(/description/.exec(operation.query!)?.[0] ?? kind);
      if (kind === 'before' && silentBefore-- > 0) throw new Error('connection lost');
      return workorders(operation, headers);
    });
    gateway = new Gateway(planning, all, async () => nurse, new ShiftableClock(), silent);
    await gateway.start();
    live = new Live(gateway, new Map([['workorders', log.feed]]), async () => nurse, silent, { perIdentity: 3, waiting: 3 });
  });
  afterEach(async () => {
    live.end();
    await gateway.stop();
  });

  const listen = (variables: object = {}, token = 'Bearer a') => live.subscribe({ query: QUERY, variables: { ...variables } }, token);
  const shown = (message: Message | void): unknown => {
    const { data, errors, extensions } = message as Message;
    if (errors) return errors[0]!.extensions;
    return [(data!['workOrderChanged'] as { id: string }).id, (extensions!['change'] as { position: string }).position];
  };
  const next = async (stream: AsyncGenerator<Message, void>): Promise<unknown> => shown((await stream.next()).value);

  it('when something is recorded, then each is shown it by a query of their own, that waits for the position', async () => {
    const streams = [await listen(), await listen({}, 'Bearer b')];
    log.record('wo_1');
    expect(await Promise.all(streams.map(next))).toEqual([
      ['wo_1', '10'],
      ['wo_1', '10'],
    ]);
    expect(asked.map((headers) => [headers.get('authorization'), headers.get('x-wait-for')])).toEqual([
      ['Bearer a', 'workorders=10'],
      ['Bearer b', 'workorders=10'],
    ]);
  });

  it('when many listen, then the context is read once, and no longer when the last has left', async () => {
    const streams = [await listen(), await listen(), await listen()];
    expect([log.read, log.open]).toEqual([[undefined], 1]);
    const waiting = streams.map((stream) => stream.next());
    for (const stream of streams) await stream.return();
    await Promise.all(waiting);
    expect(log.open).toBe(0);
  });

  it('when one account listens too often, then that is refused until it has left once', async () => {
    const [first] = [await listen(), await listen(), await listen()];
    await expect(listen()).rejects.toMatchObject({ extensions: { code: 'TOO_MANY_SUBSCRIPTIONS' } });
    await first.return();
    await expect(listen()).resolves.toBeDefined();
  });

  it('when filters differ, then each is told what it asked for, and nobody what the query does not show', async () => {
    const [one, done] = [await listen({ filter: { orderId: 'wo_2' } }), await listen({ filter: { status: ['COMPLETED', 'CLOSED'] } })];
    const both = [next(one), next(done)];
    log.record('wo_hidden', 'ct_1', 'wo_2');
    log.record('ct_2', 'wo_done');
    expect(await Promise.all(both)).toEqual([
      ['wo_2', '30'],
      ['wo_done', '50'],
    ]);
  });

  it('when each follows another place, then one question decides for all of them, and only whose place it is asks for a message', async () => {
    const here = await listen({ filter: { placeId: 'as_1' } });
    const elsewhere = [await listen({ filter: { placeId: 'as_2' } }), await listen({ filter: { placeId: 'as_3' } }, 'Bearer b')];
    const waiting = elsewhere.map((stream) => stream.next());
    log.record('wo_1');
    expect(await next(here)).toEqual(['wo_1', '10']);
    log.record('wo_2');
    expect(await next(here)).toEqual(['wo_2', '20']);
    await eventually(() => questions.length === 6);
    expect([...questions].sort()).toEqual(['before', 'before', 'filter', 'filter', 'message', 'message']);
    live.end();
    for (const { value } of await Promise.all(waiting)) expect(shown(value)).toMatchObject({ code: 'GOING_AWAY' });
  });

  it.each([{ placeId: 'as_1' }, { status: ['WAITING'] }, { placeId: 'as_1', status: ['WAITING'] }])(
    'when something is no longer as the filter %j says, then whoever had it in the list is told what became of it, and nobody else',
    async (filter) => {
      const [had, never] = [await listen({ filter }), await listen({ filter: { placeId: 'as_2' } })];
      const neither = never.next();
      log.record('wo_left', 'wo_hidden', 'wo_done');
      expect(await next(had)).toEqual(['wo_left', '10']);
      expect(asked.map((headers) => headers.get('x-as-of')).filter(Boolean)).toContain(plus(AT, -1));
      live.end();
      expect(shown((await neither).value)).toMatchObject({ code: 'GOING_AWAY' });
    },
  );

  it('when it cannot be found out for a moment what was before, then that is asked again', async () => {
    const stream = await listen({ filter: { placeId: 'as_1' } });
    silentBefore = 1;
    log.record('wo_left');
    expect(await next(stream)).toEqual(['wo_left', '10']);
  });

  it('when whoever looked for all does not see what a filter asks, then each looks with a token of their own', async () => {
    const stream = await listen({ filter: { placeId: 'as_1' } });
    log.record('wo_discreet');
    expect(await next(stream)).toEqual(['wo_discreet', '10']);
  });

  it('when one does not take what comes, then it alone is sent away, with the position it can go on from', async () => {
    const [slow, quick] = [await listen(), await listen()];
    log.record('wo_1');
    expect([await next(slow), await next(quick)]).toEqual([
      ['wo_1', '10'],
      ['wo_1', '10'],
    ]);
    for (const id of ['wo_2', 'wo_3', 'wo_4', 'wo_5']) {
      log.record(id);
      expect(await next(quick)).toMatchObject([id, expect.anything()]);
    }
    expect(await next(slow)).toEqual({ code: 'SUBSCRIBER_TOO_SLOW', position: '10' });
    expect((await slow.next()).done).toBe(true);
    const again = await listen({ after: '10' });
    expect([await next(again), await next(again), await next(again), await next(again)]).toEqual([
      ['wo_2', '20'],
      ['wo_3', '30'],
      ['wo_4', '40'],
      ['wo_5', '50'],
    ]);
  });

  describe('by real connections', () => {
    let http: FastifyInstance;
    let farewell: () => Promise<void>;
    let url: string;
    beforeEach(async () => {
      http = fastify();
      farewell = serveLive(http, live, async (authorization) => {
        if (authorization === 'Bearer slow') return nurse;
        throw new GraphQLError('no', { extensions: { code: authorization === 'Bearer bad' ? 'UNAUTHENTICATED' : 'KEYS_UNAVAILABLE' } });
      });
      url = await http.listen({ port: 0, host: '127.0.0.1' });
    });
    afterEach(async () => {
      await farewell();
      await http.close();
    });

    const payload = { query: 'subscription { workOrderChanged { id description } }' };
    const listens = { authorization: 'Bearer slow' };

    /** A front-end that reads nothing until it is told to; then everything that was sent to it. */
    const kinds: Record<string, () => Promise<() => Promise<string>>> = {
      async 'graphql-ws'() {
        const socket = new WebSocket(`${url}/graphql`, 'graphql-transport-ws');
        await once(socket, 'open');
        socket.send(JSON.stringify({ type: 'connection_init', payload: listens }));
        await once(socket, 'message');
        socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload }));
        socket.pause();
        return () =>
          new Promise((resolve) => {
            let all = '';
            socket.on('message', (data) => {
              all += String(data);
              if (all.endsWith('"type":"complete"}')) resolve(all);
            });
            socket.resume();
          });
      },
      async 'server-sent events'() {
        const headers = { ...listens, accept: 'text/event-stream', 'content-type': 'application/json' };
        const asked = request(`${url}/graphql/stream`, { method: 'POST', agent: false, headers });
        asked.end(JSON.stringify(payload));
        const [response] = (await once(asked, 'response')) as [IncomingMessage];
        return () => text(response);
      },
    };

    it.each([
      ['does not hold', 'Bearer bad', 4403],
      ['cannot be checked at the moment', 'Bearer unchecked', 1013],
    ])('when a token %s, then the connection closes with a code that says so', async (_, authorization, code) => {
      const socket = new WebSocket(`${url}/graphql`, 'graphql-transport-ws');
      await once(socket, 'open');
      const closed = once(socket, 'close');
      socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization } }));
      expect((await closed)[0]).toBe(code);
    });

    it.each(Object.entries(kinds))(
      'when a front-end of %s no longer reads, then no more is made for it than its connection holds, and it learns where to go on',
      async (_, connect) => {
        const [quick, everything] = [await listen(), await connect()];
        const recorded = async (): Promise<void> => {
          log.record('wo_large');
          await next(quick);
          // Connections have a turn.
          await new Promise(setImmediate);
        };
        const made = (): number => questions.filter((question) => question === 'description').length;
        while (made() === 0) await recorded();
        // Three may listen: a place is free again when the slow one is sent away.
        await listen({ filter: { orderId: 'wo_0' } });
        const sentAway = (): Promise<boolean> =>
          listen({ filter: { orderId: 'wo_0' } }).then(
            () => true,
            () => false,
          );
        let told = 1;
        while (!(await sentAway())) {
          await recorded();
          told += 1;
        }
        expect(made()).toBeLessThan(told);
        const all = await everything();
        expect(all).toContain('SUBSCRIBER_TOO_SLOW');
        const [farewell, last] = [...all.matchAll(/"position":"(\d+)"/g)].map(([, position]) => position).reverse();
        expect(farewell).toBe(last);
      },
    );
  });

  it('when more comes while what was missed is told, then nothing is skipped or repeated', async () => {
    log.record('wo_1', 'wo_2', 'wo_3');
    const stream = await listen({ after: '10' });
    expect(await next(stream)).toEqual(['wo_2', '20']);
    log.record('wo_4');
    expect([await next(stream), await next(stream)]).toEqual([
      ['wo_3', '30'],
      ['wo_4', '40'],
    ]);
  });

  it('when somebody comes back and has missed nothing, then the log is not read for that', async () => {
    await listen();
    log.record('wo_1');
    const [again, other] = [await listen({ after: '10' }), await listen()];
    log.record('wo_2');
    expect([await next(again), await next(other)]).toEqual([
      ['wo_2', '20'],
      ['wo_2', '20'],
    ]);
    expect(log.read).toEqual([undefined]);
  });

  it('when the feed is interrupted, then it goes on where it stood', async () => {
    const stream = await listen();
    log.record('wo_1');
    expect(await next(stream)).toEqual(['wo_1', '10']);
    log.interrupt();
    log.record('wo_2');
    expect(await next(stream)).toEqual(['wo_2', '20']);
    expect(log.read).toEqual([undefined, 10n]);
  });

  it('when the token expires, then the stream ends and says so', async () => {
    const stream = await listen({}, tokenUntil(Date.now() + 20));
    expect(await next(stream)).toEqual({ code: 'UNAUTHENTICATED', position: '0' });
    expect((await stream.next()).done).toBe(true);
  });

  it('when the token no longer holds, then what comes is not shown', async () => {
    const verdicts = [true, false];
    const verify = async (): Promise<Identity> => {
      if (verdicts.shift()) return nurse;
      throw new GraphQLError('The bearer token is not valid.', { extensions: { code: 'UNAUTHENTICATED' } });
    };
    const strict = new Live(gateway, new Map([['workorders', log.feed]]), verify, silent);
    const stream = await strict.subscribe({ query: QUERY }, 'Bearer a');
    log.record('wo_1');
    expect(await next(stream)).toEqual({ code: 'UNAUTHENTICATED', position: '0' });
    expect(asked).toEqual([]);
  });

  it('when the gateway ends, then everybody is told where to go on', async () => {
    const stream = await listen();
    log.record('wo_1');
    await next(stream);
    live.end();
    expect(await next(stream)).toEqual({ code: 'GOING_AWAY', position: '10' });
  });

  it.each([
    ['x-as-of goes along', {}, '2026-01-01T00:00:00Z', 'AS_OF_ON_SUBSCRIPTION'],
    ['the position is none', { after: '1e3' }, undefined, 'INVALID_POSITION'],
    ['the filter is none', { filter: { status: 'LOST' } }, undefined, 'BAD_USER_INPUT'],
  ])('when %s, then that is refused', async (_, variables, asOf, code) => {
    await expect(live.subscribe({ query: QUERY, variables }, 'Bearer a', asOf)).rejects.toMatchObject({ extensions: { code } });
    expect(log.open).toBe(0);
  });

  it('when names, variables and fragments are the subscriber’s own, then the message has its shape', async () => {
    const query = `subscription Mine($after: String, $detailed: Boolean!) {
      workOrderChanged(after: $after) { ...Short status @include(if: $detailed) }
    }
    fragment Short on WorkOrder { id }`;
    const stream = await live.subscribe({ query, variables: { detailed: true } }, 'Bearer a');
    log.record('wo_1');
    // The stand-in takes the first variable for the id.
    const { value } = await stream.next();
    expect(Object.keys((value as Message).data!)).toEqual(['workOrderChanged']);
    expect((value as Message).data!['workOrderChanged']).toHaveProperty('status');
  });
});

describe('given work that takes turns, one at a time', () => {
  it('when much of it waits, then what else has come meanwhile is done in between, and a failure passes the turn on', async () => {
    const turns = new Turns(1);
    const done: string[] = [];
    const work = (name: string) =>
      turns.take(async () => {
        done.push(name);
        setImmediate(() => done.push('somebody else'));
        if (name === 'second') throw new Error(name);
      });
    const all = [work('first'), work('second'), work('third')];
    expect((await Promise.allSettled(all)).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(done).toEqual(['first', 'somebody else', 'second', 'somebody else', 'third']);
    await turns.take(async () => done.push('later'));
    expect(done).toContain('later');
  });

  it('when one of them waits for something that does not come, then the others begin all the same', async () => {
    const turns = new Turns(1);
    let come = (): void => undefined;
    const waiting = turns.take(() => new Promise<void>((resolve) => (come = resolve)));
    expect(await turns.take(async () => 'begun')).toBe('begun');
    come();
    await waiting;
    expect(await turns.take(async () => 'begun')).toBe('begun');
  });
});

describe('given the lines of a feed', () => {
  const read = async (...chunks: (string | Uint8Array)[]): Promise<unknown[]> => {
    const all: unknown[] = [];
    const feed = feedOf(async function* () {
      yield* chunks;
    });
    const ending = (async () => {
      for await (const news of feed(undefined, 'Bearer a', new AbortController().signal)) all.push(news);
    })();
    await ending.catch((error: unknown) => all.push((error as Error).message));
    return all;
  };
  const line = `{"position":"7","changes":[{"stream":"workOrder-wo_1-a","type":"WorkOrderAccepted","position":"6","recordedAt":"${AT}"}]}\n`;
  const news = { position: 7n, changes: [{ id: 'wo_1-a', type: 'WorkOrderAccepted', position: 6n, recordedAt: AT }] };

  it('when they come in any pieces, then they are read whole; an end is a failure, since a feed has none', async () => {
    const cut = Buffer.from(line);
    expect(await read(line + line.slice(0, 20), line.slice(20), cut.subarray(0, 5), cut.subarray(5), '{"pos')).toEqual([
      news,
      news,
      news,
      'the feed has ended',
    ]);
  });

  it('when the position cannot be, then that is refused', async () => {
    expect(await read('{"code":"INVALID_POSITION"}\n')).toEqual(['Nothing has been recorded at this position yet.']);
  });
});
