import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { MINUTE } from '@hospital/kernel';
import { type Client, CloseCode, createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { Failure } from './front-end';
import type { DividedHospital, Hospital } from './hospital';
import { Ward } from './ward';

interface Told {
  readonly data?: {
    readonly workOrderChanged: { readonly id: string; readonly status: string; readonly technician: { name: string } | null };
  };
  readonly errors?: readonly (Failure & { readonly extensions: { readonly position?: string } })[];
  readonly extensions?: { readonly change: { readonly position: string; readonly event: string } };
}

const CHANGES = `subscription ($after: String, $filter: WorkOrderChangeFilter) {
  workOrderChanged(after: $after, filter: $filter) { id status technician { name } }
}`;

const eventOf = (told: Told): string | undefined => told.extensions?.change.event;
const STEPS = ['WorkOrderReported', 'WorkOrderDispatched', 'WorkOrderAccepted'];

/** Front-ends that listen by graphql-ws. */
class Ears {
  private readonly clients: Client[] = [];

  constructor(private readonly hospital: () => Hospital) {}

  async nurse(authorization?: string): Promise<Client> {
    const bearer = authorization ?? `Bearer ${await this.hospital().token(`nurse-${randomUUID()}`, 'clinician')}`;
    const client = createClient({
      url: `${this.hospital().url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { authorization: bearer },
      retryAttempts: 0,
      lazy: false,
      onNonLazyError: () => undefined,
    });
    this.clients.push(client);
    return client;
  }

  /** Listens to what is recorded after a position. */
  async listening(variables: { readonly after: string; readonly filter?: object }, authorization?: string) {
    const client = await this.nurse(authorization);
    return client.iterate({ query: CHANGES, variables: { ...variables } }) as unknown as AsyncGenerator<Told, void>;
  }

  async close(): Promise<void> {
    for (const client of this.clients.splice(0)) await client.dispose();
  }
}

/** How far work orders have got: whoever listens from here on misses nothing. */
const placeOf = async (ward: Ward): Promise<string> =>
  (await ward.nurse.ask('{ workOrders(first: 1) { totalCount } }')).positions['workorders']!.position;

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

/** Whoever listens, as a front-end does it; the same sentences however the suite runs. */
export function liveJourney(hospital: () => Hospital): void {
  const ears = new Ears(hospital);
  let ward: Ward;
  let categoryId: string;
  beforeAll(async () => {
    ward = await Ward.with(hospital(), { people: 1, onShift: true });
    categoryId = await ward.defineUnbounded();
  });
  afterEach(() => ears.close());

  const listening = async (variables: object = {}) => ears.listening({ after: await placeOf(ward), ...variables });

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

  it('when an order leaves a list that somebody follows, then that is told once, and no more of it', async () => {
    const { id } = await ward.dispatched({ categoryId });
    const stream = await listening({ filter: { status: ['DISPATCHED'] } });
    await ward.technician.desk.does('acceptWorkOrder', { id });
    await ward.technician.desk.does('completeWorkOrder', { id, resolution: '更换灯管' });
    const other = await ward.dispatched({ categoryId });
    const told = await take(stream, ({ data }) => data?.workOrderChanged.id === other.id);
    expect(of(id, told).map(eventOf)).toEqual(['WorkOrderAccepted']);
    expect(of(id, told)[0]!.data!.workOrderChanged.status).not.toBe('DISPATCHED');
  });

  it('when somebody complains of an order, then whoever follows its complaints is told', async () => {
    const [{ id }, after] = [await ward.dispatched({ categoryId }), await placeOf(ward)];
    const query = `subscription ($after: String, $orderId: ID) {
      complaintChanged(after: $after, filter: { orderId: $orderId }) { status kind order { id } }
    }`;
    const client = await ears.nurse(`Bearer ${await hospital().token(`dispatcher-${randomUUID()}`, 'dispatcher')}`);
    const stream = client.iterate({ query, variables: { after, orderId: id } });
    await ward.nurse.does('fileComplaint', { kind: 'ATTITUDE', text: '等了很久' });
    await ward.nurse.does('fileComplaint', { orderId: id, kind: 'DELAY', text: '等了很久' });
    const { value } = await stream.next();
    expect((value as { data: unknown }).data).toEqual({ complaintChanged: { status: 'OPEN', kind: 'DELAY', order: { id } } });
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
    const client = await ears.nurse(authorization);
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
    const stream = (await ears.nurse()).iterate({ query, variables });
    await expect(stream.next()).rejects.toEqual([expect.objectContaining({ extensions: expect.objectContaining({ code }) })]);
  });

  describe('by server-sent events', () => {
    const post = (headers: Record<string, string>, body: object, signal?: AbortSignal) =>
      fetch(`${hospital().url}/graphql/stream`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...headers },
        body: JSON.stringify(body),
        ...(signal ? { signal } : {}),
      });
    const bearer = async () => ({ authorization: `Bearer ${await hospital().token('nurse-sse', 'clinician')}` });

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
        request(`${hospital().url}${path}`, { headers, agent: false }, (response) => resolve(response.resume().statusCode))
          .on('error', reject)
          .end();
      });
    expect(await upgraded('/elsewhere', 'websocket')).toBe(404);
  });

  it('when the token expires, then the stream ends and says so, and with another it goes on from there', async () => {
    const after = await placeOf(ward);
    const stream = await ears.listening({ after }, `Bearer ${await hospital().passingToken('nurse-leaving', 'clinician')}`);
    const [{ errors }] = (await take(stream, () => true)) as [Told];
    expect(errors![0]!.extensions).toEqual({ code: 'UNAUTHENTICATED', position: expect.stringMatching(/^\d+$/) });
    expect((await stream.next()).done).toBe(true);
    const { id } = await ward.report({ categoryId });
    const again = await ears.listening({ after: errors![0]!.extensions.position! });
    expect(of(id, await take(again, (one) => eventOf(one) === 'WorkOrderReported'))).toHaveLength(1);
  });

  it('when the suite ends, then whoever listens is told that it goes away, and misses nothing by it', async () => {
    const { id } = await ward.dispatched({ categoryId });
    const client = await ears.nurse();
    const closed = new Promise((resolve) => client.on('closed', resolve));
    await new Promise((resolve) => client.on('connected', resolve));
    const after = await placeOf(ward);
    await ward.technician.desk.does('acceptWorkOrder', { id });
    await hospital().restart();
    expect(await closed).toMatchObject({ code: 1001 });
    const stream = await ears.listening({ after, filter: { orderId: id } });
    await ward.technician.desk.does('completeWorkOrder', { id, resolution: '更换灯管' });
    const told = await take(stream, (one) => eventOf(one) === 'WorkOrderCompleted');
    expect(told.map(eventOf).filter((event) => event!.startsWith('WorkOrder'))).toEqual(['WorkOrderAccepted', 'WorkOrderCompleted']);
  });
}

/** Whoever listens while a context falls silent. */
export function silentFeedJourney(hospital: () => DividedHospital): void {
  const ears = new Ears(hospital);
  let ward: Ward;
  beforeAll(async () => {
    ward = await Ward.with(hospital(), { people: 1, onShift: true });
  });
  afterEach(() => ears.close());

  it('given somebody who follows an order, when its context is killed, then all that becomes of it is told once it is back, once each', async () => {
    const categoryId = await ward.defineUnbounded();
    const before = await placeOf(ward);
    const { id } = await ward.dispatched({ categoryId });
    const stream = await ears.listening({ after: before, filter: { orderId: id } });
    const told = [...(await take(stream, (one) => eventOf(one) === 'WorkOrderDispatched'))];
    await hospital().kill('workorders');
    // Its limit passes while nothing runs that could note it.
    await hospital().advance(31 * MINUTE);
    await hospital().start('workorders');
    told.push(...(await take(stream, (one) => eventOf(one) === 'WorkOrderResponseBreached')));
    await ward.technician.desk.does('acceptWorkOrder', { id });
    told.push(...(await take(stream, (one) => eventOf(one) === 'WorkOrderAccepted')));
    const { history } = await ward.nurse.historyOf(id);
    expect(told.map(eventOf).filter((event) => event!.startsWith('WorkOrder'))).toEqual(history.map(({ type }) => type));
    expect(new Set(told.map(({ extensions }) => extensions!.change.position)).size).toBe(told.length);
  });

  it('given somebody who follows all orders, when another context is killed, then changes are told and what is missing is named', async () => {
    const { id } = await ward.accepted();
    const stream = await ears.listening({ after: await placeOf(ward), filter: { orderId: id } });
    await hospital().kill('staffing');
    await ward.technician.desk.does('completeWorkOrder', { id, resolution: '更换灯管' });
    const told = (await take(stream, (one) => eventOf(one) === 'WorkOrderCompleted')).at(-1)!;
    expect(told.data!.workOrderChanged).toMatchObject({ id, status: 'COMPLETED' });
    expect(told.errors).toMatchObject([{ extensions: { code: 'CONTEXT_UNAVAILABLE', context: 'staffing' } }]);
    await hospital().start('staffing');
  });
}
