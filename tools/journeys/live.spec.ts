import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ShiftableClock } from '@hospital/kernel';
import { logger, settingsFrom, start, Subgraph } from '@hospital/service';
import { type Client, CloseCode, createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { AssetsModule } from '../../apps/assets/src/app.module';
import { feedsFrom, type News } from '../../apps/gateway/src/live/feed';
import type { Failure } from './front-end';
import type { Hospital } from './hospital';
import { oneProcess } from './one-process';
import { Ward } from './ward';

interface Told {
  readonly data?: {
    readonly workOrderChanged: { readonly id: string; readonly status: string; readonly technician: { name: string } | null };
  };
  readonly errors?: readonly Failure[];
  readonly extensions?: { readonly change: { readonly position: string; readonly event: string } };
}

const CHANGES = `subscription ($after: String, $filter: WorkOrderChangeFilter) {
  workOrderChanged(after: $after, filter: $filter) { id status technician { name } }
}`;

const eventOf = (told: Told): string | undefined => told.extensions?.change.event;
const STEPS = ['WorkOrderReported', 'WorkOrderDispatched', 'WorkOrderAccepted'];

describe('given front-ends that listen', () => {
  let hospital: Hospital;
  let ward: Ward;
  let categoryId: string;
  const clients: Client[] = [];
  beforeAll(async () => {
    hospital = await oneProcess();
    ward = await Ward.with(hospital, { people: 1, onShift: true });
    categoryId = await ward.defineUnbounded();
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.dispose();
  });
  afterAll(() => hospital?.close());

  async function nurse(authorization?: string): Promise<Client> {
    const bearer = authorization ?? `Bearer ${await hospital.token(`nurse-${randomUUID()}`, 'clinician')}`;
    const client = createClient({
      url: `${hospital.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { authorization: bearer },
      retryAttempts: 0,
      lazy: false,
      onNonLazyError: () => undefined,
    });
    clients.push(client);
    return client;
  }

  /** Listens, and has begun to when this resolves: from a position that was read before. */
  async function listening(variables: object = {}, query = CHANGES) {
    const { positions } = await ward.nurse.ask('{ workOrders(first: 1) { totalCount } }');
    const client = await nurse();
    return client.iterate({ query, variables: { after: positions['workorders']!.position, ...variables } }) as unknown as AsyncGenerator<
      Told,
      void
    >;
  }

  async function take(stream: AsyncIterator<Told, void>, until: (told: Told) => boolean): Promise<readonly Told[]> {
    const taken: Told[] = [];
    for (;;) {
      const { value, done } = await stream.next();
      if (done || !value) throw new Error(`it ended too early, after ${JSON.stringify(taken)}`);
      taken.push(value);
      if (until(value)) return taken;
    }
  }

  const of = (id: string, all: readonly Told[]) => all.filter(({ data }) => data?.workOrderChanged.id === id);

  it('when an order is reported, dispatched and accepted, then a nurse is told so in order, with the name from staffing', async () => {
    const stream = await listening({ filter: { placeId: ward.placeId } });
    const { id } = await ward.accepted();
    const told = of(id, await take(stream, (one) => eventOf(one) === 'WorkOrderAccepted'));
    expect(told.map(eventOf).filter((event) => STEPS.includes(event!))).toEqual(STEPS);
    expect(told.at(-1)!.data!.workOrderChanged).toEqual({ id, status: 'ACCEPTED', technician: { name: ward.technician.name } });
    const positions = told.map(({ extensions }) => BigInt(extensions!.change.position));
    expect([...new Set(positions)].sort((a, b) => Number(a - b))).toEqual(positions);
  });

  it('when a nurse comes back with the last position, then what happened meanwhile comes once, and nothing else', async () => {
    const first = await listening();
    const { id } = await ward.dispatched({ categoryId });
    const before = await take(first, (one) => eventOf(one) === 'WorkOrderDispatched');
    await first.return();
    await ward.technician.desk.does('acceptWorkOrder', { id });
    const again = await listening({ after: before.at(-1)!.extensions!.change.position, filter: { orderId: id } });
    await ward.technician.desk.does('completeWorkOrder', { id, resolution: '更换灯管' });
    const after = await take(again, (one) => eventOf(one) === 'WorkOrderCompleted');
    expect(after.map(eventOf).filter((event) => event!.startsWith('WorkOrder'))).toEqual(['WorkOrderAccepted', 'WorkOrderCompleted']);
  });

  it('when two listen to different orders, then each is told of its own', async () => {
    const [one, other] = [await ward.dispatched({ categoryId }), await ward.dispatched({ categoryId })];
    const streams = [await listening({ filter: { orderId: one.id } }), await listening({ filter: { status: ['COMPLETED'] } })] as const;
    for (const { id } of [other, one]) {
      await ward.technician.desk.does('acceptWorkOrder', { id });
      await ward.technician.desk.does('completeWorkOrder', { id, resolution: '更换灯管' });
    }
    const completed = (told: Told): boolean => eventOf(told) === 'WorkOrderCompleted';
    const ofOne = await take(streams[0], completed);
    expect(ofOne.every(({ data }) => data!.workOrderChanged.id === one.id)).toBe(true);
    const ofDone = [...(await take(streams[1], completed)), ...(await take(streams[1], completed))];
    expect(ofDone.every(({ data }) => data!.workOrderChanged.status === 'COMPLETED')).toBe(true);
    expect(ofDone.filter(completed).map(({ data }) => data!.workOrderChanged.id)).toEqual([other.id, one.id]);
  });

  it.each(['', 'Bearer bad'])('when the token is %j, then the connection is refused', async (authorization) => {
    const client = await nurse(authorization);
    const closed = new Promise((resolve) => client.on('closed', resolve));
    expect(await closed).toMatchObject({ code: CloseCode.Forbidden });
  });

  it.each([
    ['a query', '{ workOrders { totalCount } }', {}, 'NOT_A_SUBSCRIPTION'],
    ['what is not there', 'subscription { patientChanged { id } }', {}, 'GRAPHQL_VALIDATION_FAILED'],
    ['no GraphQL', 'subscription {', {}, 'GRAPHQL_PARSE_FAILED'],
    ['from a place that is none', CHANGES, { after: 'yesterday' }, 'INVALID_POSITION'],
    ['with a filter that is none', CHANGES, { filter: { status: ['LOST'] } }, 'BAD_USER_INPUT'],
  ])('when %s is subscribed to, then it is refused with a code', async (_, query, variables, code) => {
    const stream = (await nurse()).iterate({ query, variables });
    await expect(stream.next()).rejects.toEqual([expect.objectContaining({ extensions: expect.objectContaining({ code }) })]);
  });

  describe('by server-sent events', () => {
    const post = (headers: Record<string, string>, body: object, signal?: AbortSignal) =>
      fetch(`${hospital.url}/graphql/stream`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...headers },
        body: JSON.stringify(body),
        ...(signal ? { signal } : {}),
      });
    const bearer = async () => ({ authorization: `Bearer ${await hospital.token('nurse-sse', 'clinician')}` });

    /** The messages of an event stream. */
    async function* messagesOf(response: Response): AsyncGenerator<Told, void> {
      let text = '';
      for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
        const parts = `${text}${chunk}`.split('\n\n');
        text = parts.pop()!;
        for (const part of parts) {
          const [, message] = /^event: next\ndata: (.*)$/.exec(part) ?? [];
          if (message !== undefined) yield JSON.parse(message) as Told;
          if (part.startsWith('event: complete')) return;
        }
      }
    }

    it('when an order is accepted, then it is told', async () => {
      const { id } = await ward.dispatched({ categoryId });
      const leaving = new AbortController();
      const response = await post(await bearer(), { query: CHANGES, variables: { filter: { orderId: id } } }, leaving.signal);
      expect(response.headers.get('content-type')).toBe('text/event-stream');
      await ward.technician.desk.does('acceptWorkOrder', { id });
      const told = await take(messagesOf(response), (one) => eventOf(one) === 'WorkOrderAccepted');
      expect(told.at(-1)!.data!.workOrderChanged).toMatchObject({ id, status: 'ACCEPTED', technician: { name: ward.technician.name } });
      leaving.abort();
    });

    it('when a position lies ahead of everything, then the stream ends and says so', async () => {
      const response = await post(await bearer(), { query: CHANGES, variables: { after: '999999999' } });
      const { positions } = await ward.nurse.ask('{ workOrders(first: 1) { totalCount } }');
      expect(BigInt(positions['workorders']!.position)).toBeLessThan(999_999_999n);
      const [{ errors }] = (await take(messagesOf(response), () => true)) as [Told];
      expect(errors![0]!.extensions).toMatchObject({ code: 'INVALID_POSITION' });
    });

    it.each<[what: string, headers: Record<string, string>, status: number, code: string]>([
      ['no token', { authorization: '' }, 401, 'UNAUTHENTICATED'],
      ['a bad token', { authorization: 'Bearer bad' }, 401, 'UNAUTHENTICATED'],
      ['a past instant', { 'x-as-of': '2026-01-01T00:00:00Z' }, 400, 'AS_OF_ON_SUBSCRIPTION'],
      ['another way of answering', { accept: 'application/json' }, 406, 'NOT_ACCEPTABLE'],
    ])('when somebody comes with %s, then that is refused', async (_, headers, status, code) => {
      const response = await post({ ...(await bearer()), ...headers }, { query: CHANGES });
      expect([response.status, await response.json()]).toEqual([
        status,
        { errors: [expect.objectContaining({ extensions: expect.objectContaining({ code }) })] },
      ]);
    });
  });

  it('when the connection is to be upgraded elsewhere or to something else, then it is turned away', async () => {
    const upgraded = (path: string, upgrade: string) =>
      new Promise<number | undefined>((resolve, reject) => {
        const headers = { connection: 'Upgrade', upgrade, 'sec-websocket-version': '13', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' };
        request(`${hospital.url}${path}`, { headers, agent: false }, (response) => resolve(response.resume().statusCode))
          .on('error', reject)
          .end();
      });
    expect(await upgraded('/elsewhere', 'websocket')).toBe(404);
  });

  it('when the suite ends, then whoever listens by graphql-ws is told that it goes away, and may come back', async () => {
    const client = await nurse();
    const closed = new Promise((resolve) => client.on('closed', resolve));
    await new Promise((resolve) => client.on('connected', resolve));
    await hospital.restart();
    expect(await closed).toMatchObject({ code: 1001 });
    const stream = await listening();
    const { id } = await ward.report();
    expect(of(id, await take(stream, (one) => eventOf(one) === 'WorkOrderReported'))).toHaveLength(1);
  });
});

describe('given a context in a process of its own', () => {
  it('when a gateway reads its feed, then it hears what is recorded, until one of them ends; without a token it hears nothing', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hospital-'));
    const settings = settingsFrom({ DATA_DIR: folder, LOG_LEVEL: 'silent' });
    const app = await start(AssetsModule, {
      settings,
      clock: new ShiftableClock(),
      log: logger(settings, 'assets'),
      verify: async (authorization) => {
        if (authorization !== 'Bearer good') throw new Error('nobody');
        return { id: 'registrar', kind: 'person', roles: ['administrator'] };
      },
      masterKey: Buffer.alloc(32),
    });
    await app.listen(0, '127.0.0.1');
    const feed = feedsFrom([`assets=${await app.getUrl()}/graphql`]).get('assets')!;
    const register = (key: string) =>
      app.get(Subgraph, { strict: false }).execute(
        {
          query: `mutation { registerAsset(input: { name: "电梯", kind: "lift" }, idempotencyKey: "${key}") { ... on Asset { id } } }`,
        },
        new Map([['authorization', 'Bearer good']]),
      );
    const leaving = new AbortController();
    const reading = feed(undefined, 'Bearer good', leaving.signal)[Symbol.asyncIterator]() as AsyncIterator<News, void>;
    expect((await reading.next()).value).toMatchObject({ changes: [] });
    const { data } = await register('one');
    let told: News;
    // Where others have written meanwhile is told as well.
    do told = (await reading.next()).value as News;
    while (told.changes.length === 0);
    expect(told.changes).toEqual([{ id: (data!['registerAsset'] as { id: string }).id, type: 'AssetRegistered', position: told.position }]);
    const again = feed(told.position, 'Bearer good', leaving.signal)[Symbol.asyncIterator]();
    expect((await again.next()).value).toEqual({ position: told.position, changes: [] });
    await expect(
      feed(told.position + 1_000n, 'Bearer good', leaving.signal)
        [Symbol.asyncIterator]()
        .next(),
    ).rejects.toMatchObject({
      extensions: { code: 'INVALID_POSITION' },
    });
    await expect(feed(undefined, 'Bearer bad', leaving.signal)[Symbol.asyncIterator]().next()).rejects.toThrow('answered');
    const ended = again.next();
    const both = [expect(reading.next()).rejects.toThrow(), expect(ended).rejects.toThrow()];
    await app.close();
    await Promise.all(both);
    rmSync(folder, { recursive: true, force: true });
  });
});
