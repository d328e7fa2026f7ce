import { createServer, request, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { HOUR, MINUTE, ShiftableClock } from '@hospital/kernel';
import { answerFailure, type Identity, logger, type Operation, refuse, settingsFrom } from '@hospital/service';
import fastify, { type FastifyInstance } from 'fastify';
import { type DocumentNode, Kind, parse, type TypeNode } from 'graphql';
import { compose, CONTEXTS } from '../../../tools/graph/compose';
import type { Ask } from './contexts';
import { Gateway } from './gateway';
import { intakeLimits } from './intake-limits';
import { passageFrom, passageTo, servePhotos } from './photo-passage';
import { planHere } from './plan/planning';
import { scopesIn } from './scopes';
import { serveGraph } from './serve-graph';

const supergraph = compose(join(__dirname, '../../..'));
const graph = parse(supergraph);
const PUBLIC = [
  'Mutation.provideFollowedInformation',
  'Mutation.rateFollowedRequest',
  'Mutation.reportFaultAtLocation',
  'Query.followedRequest',
  'Query.locationCode',
  'Query.requestForm',
];
const typesIn = ({ definitions }: DocumentNode) => definitions.filter((one) => one.kind === Kind.OBJECT_TYPE_DEFINITION);
const rootFields = typesIn(graph)
  .filter(({ name }) => /^(Query|Mutation)$/.test(name.value))
  .flatMap(({ name: root, fields }) => fields!.map(({ name }) => `${root.value}.${name.value}`));

let http: FastifyInstance;
let gateway: Gateway;
/** What got through to a context. */
let reached: { readonly operation: Operation; readonly headers: ReadonlyMap<string, string> }[];

const planning = planHere({ supergraph, introspection: true });

async function begin(set: Record<string, string> = {}): Promise<void> {
  const settings = settingsFrom(set);
  reached = [];
  const ask: Ask = async (operation, headers) => (reached.push({ operation, headers }), { data: {} });
  const verify = async (authorization: string | undefined): Promise<Identity> => {
    if (authorization !== 'Bearer good') throw refuse('UNAUTHENTICATED', 'A bearer token is needed.', 'authorization', 401);
    return { id: 'pn_1', kind: 'person', roles: [] };
  };
  http = fastify({ trustProxy: settings.TRUSTED_PROXIES ?? false });
  const admit = await intakeLimits(http, settings);
  const contexts = new Map(CONTEXTS.map((name) => [name, ask]));
  const log = logger({ LOG_LEVEL: 'silent' }, 'gateway');
  gateway = new Gateway(planning, contexts, verify, new ShiftableClock(), log, admit);
  await serveGraph(http, gateway);
  servePhotos(http, (_, response) => response.end('passed'), admit);
}
async function end(): Promise<void> {
  await http.close();
  await gateway.stop();
}

interface From {
  readonly address?: string;
  readonly headers?: Record<string, string>;
}
const ask = async (query: string, variables: unknown = {}, { address = '192.0.2.1', headers = {} }: From = {}) => {
  const response = await http.inject({
    method: 'POST',
    url: '/graphql',
    remoteAddress: address,
    headers,
    payload: { query, variables } as object,
  });
  const { errors } = response.json<{ errors?: { extensions: { code: string; retryAfter?: number } }[] }>();
  return { status: response.statusCode, code: errors?.[0]?.extensions.code, retryAfter: response.headers['retry-after'] };
};
const refused = { status: 401, code: 'UNAUTHENTICATED', retryAfter: undefined };
const passed = { status: 200, code: undefined, retryAfter: undefined };

const FORM = '{ requestForm(locationCode: "lc_1") { placeName spot categories { name fields { key } } } }';
const REPORT = `mutation ($input: ReportFaultAtLocationInput!) {
  reportFaultAtLocation(input: $input, idempotencyKey: "k") { ... on FollowedRequest { followToken status } ... on Rejection { code } }
}`;
const report = (from?: From, locationCode = 'lc_1') =>
  ask(REPORT, { input: { locationCode, categoryId: 'ct_1', description: '灯不亮' } }, from);
const rate = (from?: From) =>
  ask('mutation { rateFollowedRequest(input: { token: "t", stars: 5 }, idempotencyKey: "k") { __typename } }', {}, from);

describe('WO-24 given the graph', () => {
  it('when it is asked what takes no token, then that is intake, and nothing else', () => {
    const open = [...scopesIn(graph)].filter(([, { roles }]) => roles.includes('anybody'));
    expect(open.map(([field]) => field).sort()).toEqual(PUBLIC);
  });

  it('when what lies below is followed, then no entity is reached: no names, no histories, of another request only how far it is', () => {
    const named = (type: TypeNode): string => (type.kind === Kind.NAMED_TYPE ? type.name.value : named(type.type));
    const unions = new Map(
      graph.definitions.filter((one) => one.kind === Kind.UNION_TYPE_DEFINITION).map((one) => [one.name.value, one.types!.map(named)]),
    );
    const types = new Map(typesIn(graph).map((type) => [type.name.value, type]));
    const found = new Set<string>();
    const follow = (name: string): void => {
      for (const member of unions.get(name) ?? []) follow(member);
      if (!types.has(name) || found.has(name)) return;
      found.add(name);
      for (const { type } of types.get(name)!.fields!) follow(named(type));
    };
    for (const field of PUBLIC) {
      const [root, name] = field.split('.');
      follow(named(types.get(root!)!.fields!.find((one) => one.name.value === name)!.type));
    }
    const below = ['CodedSpot', 'FollowedRequest', 'Rejection', 'RequestField', 'RequestForm', 'RequestFormCategory', 'SurvivingRequest'];
    expect([...found].sort()).toEqual(below);
    const isEntity = (name: string) =>
      types.get(name)!.directives!.some(({ arguments: given }) => given!.some((one) => one.name.value === 'key'));
    expect([...found].filter(isEntity)).toEqual([]);
  });
});

describe('WO-24 given nobody in particular', () => {
  beforeAll(() => begin());
  beforeEach(() => void (reached = []));
  afterAll(end);

  it.each(rootFields.filter((field) => !PUBLIC.includes(field)))('when %s is asked, then a token is needed', async (field) => {
    const [root, name] = field.split('.');
    expect(await ask(`${root!.toLowerCase()} { ${name} }`)).toEqual(refused);
    expect(reached).toEqual([]);
  });

  it.each([
    ['the schema', '{ __schema { types { name } } }'],
    ['the name of the root', '{ __typename }'],
    ['entities', '{ _entities(representations: []) { __typename } }'],
    ['the service', '{ _service { sdl } }'],
    ['something under a public name', '{ followedRequest: workOrder(id: "wo_1") { id } }'],
    ['something beside what is public', '{ requestForm(locationCode: "lc_1") { spot } workOrder(id: "wo_1") { id } }'],
    ['something in a fragment', '{ ...All } fragment All on Query { workOrder(id: "wo_1") { id } }'],
    ['something in an inline fragment', '{ ... on Query { workOrder(id: "wo_1") { id } } }'],
    ['one of two operations', 'query A { requestForm(locationCode: "lc_1") { spot } } query B { workOrder(id: "wo_1") { id } }'],
    ['two public things, uncounted', 'mutation { a: rateFollowedRequest(input: $a) { id } b: rateFollowedRequest(input: $b) { id } }'],
    ['a code that escapes the count', 'mutation ($i: I = { locationCode: "lc_1" }) { reportFaultAtLocation(input: $i) { __typename } }'],
    ['a subscription', 'subscription { requestForm(locationCode: "lc_1") { spot } }'],
    ['no GraphQL at all', '{{{'],
    ['nothing', ''],
    ['a document without end', `{ requestForm(locationCode: "lc_1") { ${'spot '.repeat(600)} } }`],
  ])('when %s is asked for, then a token is needed', async (_, query) => {
    expect(await ask(query)).toEqual(refused);
    expect(reached).toEqual([]);
  });

  it.each([{}, { query: 5 }, { query: ['{ requestForm }'] }, [], null])('when the body is %j, then a token is needed', async (payload) => {
    const response = await http.inject({
      method: 'POST',
      url: '/graphql',
      headers: { 'content-type': 'application/json' },
      payload: JSON.stringify(payload),
    });
    expect(response.statusCode).toBe(401);
  });

  it('when what is public is asked, then it is passed on without an account', async () => {
    expect(await ask(FORM)).toEqual(passed);
    expect((await report()).status).toBe(200);
    expect(reached.map(({ headers }) => headers.has('authorization'))).toEqual([false, false]);
  });

  it.each(['', 'Bearer bad'])('when a token is shown that is none (%j), then it is not overlooked', async (authorization) => {
    expect(await ask(FORM, {}, { headers: { authorization } })).toEqual(refused);
  });
});

describe('WO-24 given many reports without an account', () => {
  const T0 = Date.parse('2026-03-01T08:00:00+08:00');
  const at = (ms: number) => jest.setSystemTime(T0 + ms);
  const limited = (seconds: number) => ({ status: 429, code: 'RATE_LIMITED', retryAfter: String(seconds) });
  const statuses = async (times: number, send: (n: number) => Promise<{ status: number }>) => {
    const seen: number[] = [];
    for (let n = 0; n < times; n += 1) seen.push((await send(n)).status);
    return seen;
  };
  const good = (times: number) => Array.from({ length: times }, () => 200);
  /** All but the date. */
  const REAL = [
    ...(['nextTick', 'queueMicrotask', 'setImmediate', 'clearImmediate', 'setTimeout', 'clearTimeout'] as const),
    ...(['setInterval', 'clearInterval', 'performance', 'hrtime'] as const),
  ];
  beforeEach(async () => {
    jest.useFakeTimers({ doNotFake: REAL, now: T0 });
    await begin();
  });
  afterEach(async () => {
    jest.useRealTimers();
    await end();
  });

  it('when one address sends more than five in a minute, then it has to wait for the rest of that minute', async () => {
    expect(await statuses(5, () => report())).toEqual(good(5));
    at(20_000);
    expect(await report()).toEqual(limited(40));
    expect(await rate()).toEqual(limited(40));
    expect(reached).toHaveLength(5);
    expect((await report({ address: '192.0.2.2' })).status).toBe(200);
    at(MINUTE);
    expect((await report()).status).toBe(200);
  });

  it('when one address sends more than thirty in an hour, then it has to wait for the next', async () => {
    for (let minute = 0; minute < 6; minute += 1) {
      at(minute * MINUTE);
      expect(await statuses(5, (n) => report({}, `lc_${minute}${n}`))).toEqual(good(5));
    }
    at(6 * MINUTE);
    expect(await report()).toEqual(limited(54 * 60));
    at(HOUR);
    expect((await report()).status).toBe(200);
  });

  it('when more than twenty come in an hour for one code, from wherever, then that code has to wait', async () => {
    const from = (n: number): From => ({ address: `192.0.2.${n}` });
    expect(await statuses(20, (n) => report(from(n)))).toEqual(good(20));
    expect(await report(from(100))).toEqual(limited(3_600));
    expect((await report(from(101), 'lc_2')).status).toBe(200);
    const written =
      'mutation { reportFaultAtLocation(input: { locationCode: "lc_1", categoryId: "c", description: "d" }, idempotencyKey: "k") { __typename } }';
    expect(await ask(written, {}, from(102))).toEqual(limited(3_600));
    const half =
      'mutation ($code: ID!) { reportFaultAtLocation(input: { locationCode: $code, categoryId: "c", description: "d" }, idempotencyKey: "k") { __typename } }';
    expect(await ask(half, { code: 'lc_1' }, from(103))).toEqual(limited(3_600));
  });

  it('when they come from one network of IPv6, then that is one address', async () => {
    expect(await statuses(5, (n) => report({ address: `2001:db8::${n + 1}` }))).toEqual(good(5));
    expect(await report({ address: '2001:db8::ffff' })).toEqual(limited(60));
    expect((await report({ address: '2001:db8:0:1::1' })).status).toBe(200);
  });

  const photo = async (address = '192.0.2.1') => {
    const sent = await http.inject({ method: 'PUT', url: '/photos', remoteAddress: address, headers: { 'x-location-code': 'lc_1' } });
    return { status: sent.statusCode, retryAfter: sent.headers['retry-after'], sent };
  };

  it('when each report that may be sent has its five photos, then all of it is let in, and no photo more', async () => {
    for (let n = 0; n < 5; n += 1) {
      expect(await statuses(5, () => photo())).toEqual(good(5));
      expect((await report()).status).toBe(200);
    }
    const { status, retryAfter, sent } = await photo();
    expect([status, retryAfter]).toEqual([429, '60']);
    expect(sent.json()).toMatchObject({ errors: [{ extensions: { code: 'RATE_LIMITED', retryAfter: 60 } }] });
    expect(await report()).toEqual(limited(60));
    expect((await photo('192.0.2.2')).status).toBe(200);
  });

  it('when a photo or a form is looked at, then that does not count', async () => {
    await statuses(25, () => photo());
    await statuses(5, () => report());
    expect(await ask(FORM)).toEqual(passed);
    expect((await http.inject({ url: '/photos/abc', remoteAddress: '192.0.2.1' })).body).toBe('passed');
  });

  it('when more than a hundred photos come in an hour for one code, from wherever, then that code has to wait', async () => {
    expect(await statuses(100, (n) => photo(`192.0.2.${n}`))).toEqual(good(100));
    expect((await photo('192.0.2.200')).status).toBe(429);
  });

  it('when somebody has an account, then nothing is counted here', async () => {
    expect(await statuses(40, () => report({ headers: { authorization: 'Bearer good' } }))).toEqual(good(40));
  });

  it('when a proxy says who sent it, then that counts only from a proxy that is trusted', async () => {
    const through = (proxy: string, client: string): From => ({ address: proxy, headers: { 'x-forwarded-for': client } });
    expect(await statuses(5, (n) => report(through('10.0.0.1', `198.51.100.${n}`)))).toEqual(good(5));
    expect(await report(through('10.0.0.1', '198.51.100.99'))).toEqual(limited(60));
    await end();
    await begin({ TRUSTED_PROXIES: '10.0.0.0/8, ::1', INTAKE_PER_MINUTE: '1' });
    expect(await statuses(5, (n) => report(through('10.0.0.1', `198.51.100.${n}`)))).toEqual(good(5));
    expect(await report(through('10.0.0.2', '198.51.100.1'))).toEqual(limited(60));
  });
});

describe('WO-01 given photos that somebody else keeps', () => {
  let keeper: Server;
  let got: { method: string; url: string; headers: IncomingHttpHeaders; bytes: Buffer }[];
  let front: FastifyInstance;
  const listening = async (server: Server): Promise<string> => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  beforeEach(async () => {
    got = [];
    keeper = createServer(async (asked, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of asked) chunks.push(chunk as Buffer);
      got.push({ method: asked.method!, url: asked.url!, headers: asked.headers, bytes: Buffer.concat(chunks) });
      response.writeHead(201, { 'content-type': 'image/png', 'set-cookie': 'a=b', 'x-content-type-options': 'nosniff' }).end('kept');
    });
    front = fastify();
    servePhotos(front, passageTo(`${await listening(keeper)}/graphql`), async () => undefined);
  });
  afterEach(async () => {
    await front.close();
    keeper.closeAllConnections();
    await new Promise((resolve) => keeper.close(resolve));
  });

  it('when one is sent, then its bytes and what matters of its headers arrive there, and the answer comes back', async () => {
    const url = await front.listen({ port: 0, host: '127.0.0.1' });
    const bytes = Buffer.alloc(3_000_000, 7);
    const headers = { authorization: 'Bearer x', 'content-type': 'image/png', 'x-location-code': 'lc_1', cookie: 'secret', 'x-other': '1' };
    const answer = await fetch(`${url}/photos?x=1`, { method: 'POST', headers, body: bytes });
    expect([answer.status, await answer.text(), answer.headers.get('set-cookie')]).toEqual([201, 'kept', null]);
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(got[0]).toMatchObject({ method: 'POST', url: '/photos', headers: { authorization: 'Bearer x', 'x-location-code': 'lc_1' } });
    expect([got[0]!.bytes.equals(bytes), got[0]!.headers.cookie, got[0]!.headers['x-other']]).toEqual([true, undefined, undefined]);
  });

  it('when the request names another host, then it still goes to the one that is set', async () => {
    await front.listen({ port: 0, host: '127.0.0.1' });
    const { port } = front.server.address() as AddressInfo;
    const status = await new Promise((resolve, reject) => {
      const sent = request({ port, path: 'http://127.0.0.2:1/photos/abc' }, (answer) => (answer.resume(), resolve(answer.statusCode)));
      sent.on('error', reject).end();
    });
    expect([status, got.map(({ url }) => url)]).toEqual([201, ['/photos/abc']]);
  });

  it('when whoever keeps them does not answer, then that is said', async () => {
    const url = await front.listen({ port: 0, host: '127.0.0.1' });
    keeper.closeAllConnections();
    await new Promise((resolve) => keeper.close(resolve));
    const answer = await fetch(`${url}/photos/abc`);
    expect([answer.status, await answer.json()]).toMatchObject([503, { errors: [{ extensions: { code: 'CONTEXT_UNAVAILABLE' } }] }]);
    keeper = createServer();
    await listening(keeper);
  });
});

it('the passage is found by the setting SUBGRAPHS, and there is none without', () => {
  expect(passageFrom(['staffing=http://staffing:4000/graphql'])).toBeUndefined();
  expect(passageFrom(['staffing=http://s/graphql', 'workorders=http://w:4000/graphql'])).toBeDefined();
  expect(() => passageFrom(['workorders=nowhere'])).toThrow('SUBGRAPHS: nowhere is no address');
});

it('what is refused before the graph is reached has its shape', async () => {
  const app = fastify();
  app.get('/', { errorHandler: answerFailure }, () => Promise.reject(refuse('NO', 'No.', 'field', 418)));
  const response = await app.inject('/');
  expect([response.statusCode, response.json()]).toEqual([
    418,
    { errors: [{ message: 'No.', extensions: { code: 'NO', field: 'field' } }] },
  ]);
  await app.close();
});
