import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MINUTE, ShiftableClock } from '@hospital/kernel';
import { BadSetting, type Identity, logger, refuse } from '@hospital/service';
import fastify, { type FastifyInstance } from 'fastify';
import pino from 'pino';
import { LINES_PER_MINUTE, auditTo } from './audit';
import type { Ask } from './contexts';
import { allowOrigins } from './cors';
import { Gateway, type Guards } from './gateway';
import { identityRate } from './identity-rate';
import { LIMITS } from './limits';
import { planHere } from './plan/planning';
import { serveGraph } from './serve-graph';
import supergraph from './supergraph.graphql';
import { documentsIn, hashOf } from './trusted-documents';

const CONTEXTS = ['workorders', 'staffing', 'assets', 'inventory', 'energy'];
const ID = '00000000-0000-4000-8000-000000000001';
const T0 = Date.parse('2026-03-01T08:00:00+08:00');

let http: FastifyInstance;
let gateway: Gateway;
/** Documents that reached a context. */
let reached: string[];
/** Lines of the log. */
let lines: Record<string, unknown>[];
let answer: Awaited<ReturnType<Ask>>;

const planning = planHere({ supergraph, introspection: true });

async function begin(guards: Guards = {}, origins?: readonly string[]): Promise<void> {
  [reached, lines, answer] = [[], [], { data: {} }];
  const log = pino(
    { base: null, timestamp: false },
    { write: (line: string) => void lines.push(JSON.parse(line) as (typeof lines)[number]) },
  );
  const ask: Ask = async ({ query }) => (reached.push(query!), answer);
  const verify = async (authorization: string | undefined): Promise<Identity> => {
    if (authorization === 'Bearer unchecked') throw refuse('KEYS_UNAVAILABLE', 'Ask again.', 'authorization', 503);
    const [, id] = /^Bearer (pn_\d)$/.exec(authorization ?? '') ?? [];
    if (id === undefined) throw refuse('UNAUTHENTICATED', 'The bearer token is not valid.', 'authorization', 401);
    return { id, kind: 'person', roles: ['technician'] };
  };
  http = fastify();
  if (origins) allowOrigins(http, origins);
  const contexts = new Map(CONTEXTS.map((name) => [name, ask]));
  gateway = new Gateway(planning, contexts, verify, new ShiftableClock(), log, undefined, guards);
  await serveGraph(http, gateway);
}
afterEach(async () => {
  await http?.close();
  await gateway?.stop();
});

const send = async (payload: object, headers: Record<string, string> = {}) => {
  const response = await http.inject({
    method: 'POST',
    url: '/graphql',
    headers: { authorization: 'Bearer pn_1', 'x-correlation-id': ID, ...headers },
    payload,
  });
  const { errors } = response.json<{ errors?: { extensions: Record<string, unknown> }[] }>();
  return { status: response.statusCode, headers: response.headers, ...errors?.[0]?.extensions };
};

describe('given the limits of a document', () => {
  beforeEach(() => begin({ limits: { ...LIMITS, depth: 5, cost: 1_000 } }));

  it.each<[what: string, query: string, refusal: object]>([
    [
      'too deep',
      '{ workOrder(id: "wo_1") { children { children { children { children { id } } } } } }',
      { code: 'DOCUMENT_TOO_DEEP', measured: 6, allowed: 5, field: 'query' },
    ],
    [
      'too expensive',
      'query ($n: Int) { workOrders(first: $n) { edges { node { id history { id } } } } }',
      { code: 'TOO_EXPENSIVE', measured: 2 + 200 * (1 + 1 + 1 + 100), allowed: 1_000, field: 'query' },
    ],
    ['of lists in lists', `{ workOrder(id: ${'['.repeat(2_400)}§`, { code: 'DOCUMENT_TOO_DEEP', measured: 2_402, allowed: 100 }],
    ['too long', `{ workOrder(id: "wo_1") { ${'id '.repeat(5_000)} } }`, { code: 'GRAPHQL_PARSE_FAILED' }],
  ])('when it is %s, then it is refused before a context is asked', async (_, query, refusal) => {
    expect(await send({ query, variables: { n: 200 } })).toMatchObject({ status: 400, ...refusal });
    expect(reached).toEqual([]);
  });

  it('when it is modest, then it runs; the size of a page decides', async () => {
    const query = 'query ($n: Int) { workOrders(first: $n) { edges { node { id history { id } } } } }';
    await send({ query, variables: { n: 9 } });
    expect(reached).toHaveLength(1);
  });

  it('when several operations are sent in one body, then none runs', async () => {
    const one = { query: '{ workOrder(id: "wo_1") { id } }' };
    expect(await send([one, one])).toMatchObject({ status: 400, code: 'BAD_REQUEST' });
    expect(reached).toEqual([]);
  });

  it.each([
    ['the same field again and again', `{ workOrder(id: "wo_1") { ${'id '.repeat(4_900)} } }`],
    ['lists in lists', `{ workOrder(id: ${'['.repeat(90)}${']'.repeat(90)}) { id } }`],
    ['the same deep field again and again', `{ workOrder(id: "wo_1") { ${'technician { id name } '.repeat(900)} } }`],
  ])('when it is as long as may be, with %s, then it is answered without a fault of ours', async (_, query) => {
    const { status } = await send({ query });
    expect([200, 400]).toContain(status);
  });
});

describe('given a rate per identity', () => {
  it('when somebody asks more often, then that one waits, and nobody else', async () => {
    let now = T0;
    await begin({ admitIdentity: identityRate(3, () => now) });
    const ask = (id: string) => send({ query: '{ workOrder(id: "wo_1") { id } }' }, { authorization: `Bearer ${id}` });
    for (let n = 0; n < 3; n += 1) expect((await ask('pn_1')).status).toBe(200);
    const refused = await ask('pn_1');
    expect(refused).toMatchObject({ status: 429, code: 'RATE_LIMITED', retryAfter: 20 });
    expect(refused.headers['retry-after']).toBe('20');
    expect((await ask('pn_2')).status).toBe(200);
    now += MINUTE / 3;
    expect((await ask('pn_1')).status).toBe(200);
    expect((await ask('pn_1')).status).toBe(429);
  });

  it('when it is 0, then nothing is counted', () => {
    const admit = identityRate(0, () => T0);
    for (let n = 0; n < 10_000; n += 1) admit('pn_1');
    expect(() => admit('pn_1')).not.toThrow();
  });

  it('when more ask than are remembered, then those who were silent longest start anew, and the others do not', () => {
    const admit = identityRate(1, () => T0);
    admit('first');
    for (let n = 0; n < 9_998; n += 1) admit(`pn_${n}`);
    admit('last');
    expect(() => admit('last')).toThrow('again in 60 s');
    admit('one more');
    expect(() => admit('first')).not.toThrow();
  });
});

describe('given documents that are trusted', () => {
  const known = '{ workOrder(id: "wo_1") { id } }';
  const hash = hashOf(known);
  const persisted = (sha256Hash: unknown) => ({ persistedQuery: { version: 1, sha256Hash } });
  beforeEach(() => begin({ documents: new Map([[hash, known]]) }));

  it.each<[what: string, body: object]>([
    ['its text', { query: known }],
    ['its hash', { extensions: persisted(hash) }],
    ['both', { query: known, extensions: persisted(hash) }],
  ])('when one is asked for by %s, then it runs', async (_, body) => {
    expect((await send(body)).status).toBe(200);
    expect(reached).toHaveLength(1);
  });

  it.each<[what: string, body: object]>([
    ['another text', { query: '{ workOrder(id: "wo_2") { id } }' }],
    ['the same with another blank', { query: `${known} ` }],
    ['another hash', { extensions: persisted('0'.repeat(64)) }],
    ['a known text with another hash', { query: known, extensions: persisted('0'.repeat(64)) }],
    ['another text with a known hash', { query: '{ __typename }', extensions: persisted(hash) }],
    ['a hash that is none', { extensions: persisted({ toString: 1 }) }],
    ['introspection', { query: '{ __schema { types { name } } }' }],
    ['nothing', {}],
  ])('when %s is asked for, then it does not run', async (_, body) => {
    expect(await send(body)).toMatchObject({ status: 400, code: 'UNTRUSTED_DOCUMENT', field: 'query' });
    expect(reached).toEqual([]);
  });

  it('when the setting names a file, then it is read; when a hash is not that of its document, then that is named', () => {
    const folder = mkdtempSync(join(tmpdir(), 'documents-'));
    const file = join(folder, 'documents.json');
    writeFileSync(file, JSON.stringify({ [hash]: known }));
    expect([...documentsIn(file)]).toEqual([[hash, known]]);
    for (const text of [JSON.stringify({ [hash]: `${known} ` }), '[]', '{', '{"a":1}']) {
      writeFileSync(file, text);
      expect(() => documentsIn(file)).toThrow(BadSetting);
    }
    rmSync(folder, { recursive: true });
    expect(() => documentsIn(file)).toThrow(/^TRUSTED_DOCUMENTS: /);
  });
});

describe('given what somebody accepts', () => {
  const [JSON_TYPE, GRAPHQL_TYPE] = ['application/json; charset=utf-8', 'application/graphql-response+json; charset=utf-8'];
  beforeEach(() => begin());

  it.each([
    ['*/*', JSON_TYPE],
    ['application/json', JSON_TYPE],
    ['application/graphql-response+json', GRAPHQL_TYPE],
    ['application/json;q=0.5, application/graphql-response+json', GRAPHQL_TYPE],
    ['application/graphql-response+json; charset=utf-8, application/json; charset=utf-8', JSON_TYPE],
    ['text/html, */*;q=0.1', JSON_TYPE],
  ])('when that is %s, then the answer is %s', async (accept, type) => {
    const { status, headers } = await send({ query: '{ __typename }' }, { accept });
    expect([status, headers['content-type'], headers['cache-control']]).toEqual([200, type, 'no-store']);
  });

  it.each(['text/html', 'application/json;q=0'])('when that is %s, then nothing runs', async (accept) => {
    expect(await send({ query: '{ workOrder(id: "wo_1") { id } }' }, { accept })).toMatchObject({ status: 406, code: 'BAD_REQUEST' });
    expect(reached).toEqual([]);
  });
});

describe('given pages of other origins', () => {
  const PORTAL = 'https://portal.hospital.lan';
  const preflight = (origin: string) =>
    http.inject({ method: 'OPTIONS', url: '/graphql', headers: { origin, 'access-control-request-method': 'POST' } });

  it('when none is allowed, then nothing says one were', async () => {
    await begin();
    expect((await preflight(PORTAL)).headers['access-control-allow-origin']).toBeUndefined();
    expect((await send({ query: '{ __typename }' }, { origin: PORTAL })).headers['access-control-allow-origin']).toBeUndefined();
  });

  it('when one is allowed, then exactly that one, without cookies', async () => {
    await begin({}, [PORTAL]);
    const allowed = await preflight(PORTAL);
    expect([allowed.statusCode, allowed.headers['access-control-allow-origin'], allowed.headers['vary']]).toEqual([204, PORTAL, 'origin']);
    expect(allowed.headers['access-control-allow-headers']).toContain('authorization');
    expect(allowed.headers['access-control-allow-credentials']).toBeUndefined();
    expect((await send({ query: '{ __typename }' }, { origin: PORTAL })).headers['access-control-allow-origin']).toBe(PORTAL);
    for (const origin of [`${PORTAL}.evil.example`, 'http://portal.hospital.lan', `${PORTAL}:8443`, 'null', '*'])
      expect((await preflight(origin)).headers['access-control-allow-origin']).toBeUndefined();
  });

  it.each(['*', 'portal.hospital.lan', `${PORTAL}/`, 'null'])('when the setting says %s, then that is named', (origin) => {
    expect(() => allowOrigins(fastify(), [origin])).toThrow(`CORS_ORIGINS: ${origin} is no origin`);
  });
});

describe('given what is worth an audit', () => {
  const audited = () => lines.filter((line) => 'audit' in line);
  const who = { subject: 'pn_1', roles: ['technician'], correlationId: ID };
  beforeEach(() => begin());

  it('GW-05 when a token cannot be checked at the moment, then that is no refusal of anybody', async () => {
    const answered = await send({ query: '{ __typename }' }, { authorization: 'Bearer unchecked' });
    expect([answered.status, (answered as { code?: string }).code, audited()]).toEqual([503, 'KEYS_UNAVAILABLE', []]);
  });

  it('GW-05 when a field at the top is not for who asks, then no context is asked anything, and one line says who, what and why', async () => {
    const query = 'mutation { dispatchWorkOrder(input: { id: "wo_1" }, idempotencyKey: "k") { ... on Rejection { message } } }';
    const field = 'Mutation.dispatchWorkOrder';
    expect(await send({ query })).toMatchObject({ status: 403, code: 'FORBIDDEN', field });
    expect(reached).toEqual([]);
    expect(audited()).toEqual([{ level: 40, audit: 'denied', code: 'FORBIDDEN', field, ...who, msg: 'denied' }]);
  });

  it('GW-05 when it is one of several, of several contexts, then none of them is answered', async () => {
    const query = '{ workOrders { totalCount } people { totalCount } ...More } fragment More on Query { locationCodes { totalCount } }';
    expect(await send({ query })).toMatchObject({ status: 403, code: 'FORBIDDEN', field: 'Query.locationCodes' });
    expect([reached, audited().length]).toEqual([[], 1]);
  });

  it('when a context refuses because of whose it is, then one line says so, whatever was asked of the refusal', async () => {
    answer = {
      data: { acceptWorkOrder: { __typename: 'Rejection', message: 'No.' } },
      extensions: { positions: {}, denied: [{ field: 'acceptWorkOrder', code: 'NOT_YOURS' }] },
    };
    await send({ query: 'mutation { acceptWorkOrder(input: { id: "wo_1" }, idempotencyKey: "k") { ... on Rejection { message } } }' });
    expect(audited()).toEqual([{ level: 40, audit: 'denied', code: 'NOT_YOURS', field: 'acceptWorkOrder', ...who, msg: 'denied' }]);
  });

  it('when it does so with an error, then too', async () => {
    answer = {
      data: { workOrder: null },
      errors: [{ message: 'No.', extensions: { code: 'FORBIDDEN' }, path: ['workOrder'] }],
    } as never;
    await send({ query: '{ workOrder(id: "wo_1") { id } }' });
    expect(audited()).toEqual([expect.objectContaining({ audit: 'denied', code: 'FORBIDDEN', field: 'workOrder', ...who })]);
  });

  it('when a token is refused, then that is written down without it; when there is none, then not', async () => {
    await send({ query: '{ __typename }' }, { authorization: 'Bearer not.a.token' });
    expect(audited()).toEqual([
      {
        level: 40,
        audit: 'denied',
        code: 'UNAUTHENTICATED',
        field: 'authorization',
        subject: null,
        roles: [],
        correlationId: ID,
        msg: 'denied',
      },
    ]);
    expect(JSON.stringify(lines)).not.toContain('not.a.token');
    await http.inject({ method: 'POST', url: '/graphql', payload: { query: '{ __typename }' } });
    expect(audited()).toHaveLength(1);
  });

  it('when personal data are answered, then whose, but not what; when none are there, then nothing', async () => {
    const query = '{ person(id: "pn_2") { id tel: phone birthDate } }';
    answer = { data: { person: { id: 'pn_2', tel: '13800138000', birthDate: '[erased]' } } };
    await send({ query });
    expect(audited()).toEqual([
      { level: 40, audit: 'personal-data-read', fields: ['Person.phone'], ids: ['pn_2'], ...who, msg: 'personal-data-read' },
    ]);
    expect(JSON.stringify(lines)).not.toContain('13800138000');
    answer = { data: { person: { id: 'pn_2', tel: null, birthDate: null } } };
    await send({ query });
    expect(audited()).toHaveLength(1);
  });

  it('GW-05 when a history tells of them, then that is written down as well; what is withheld is passed on, and is none', async () => {
    const query = '{ workOrder(id: "wo_1") { id contact was: history { event: data } } }';
    const told = (contact: string | null) => ({
      data: { workOrder: { id: 'wo_1', contact: null, was: [{ event: { contact, reason: '返修' } }] } },
      extensions: { positions: { workorders: 1 }, ...(contact ? {} : { withheld: ['WorkOrder.contact'] }) },
    });
    answer = told('13800138000');
    await send({ query });
    answer = told(null);
    const { body } = await http.inject({ method: 'POST', url: '/graphql', headers: { authorization: 'Bearer pn_1' }, payload: { query } });
    expect(JSON.parse(body)).toMatchObject({ extensions: { withheld: ['WorkOrder.contact'] } });
    expect(audited()).toMatchObject([{ audit: 'personal-data-read', fields: ['WorkOrder.contact'], ids: ['wo_1'] }]);
  });

  it('when there is more than anybody reads, then it is counted only, and the count is told', () => {
    let now = T0;
    const audit = auditTo(logger({ LOG_LEVEL: 'silent' }, 'x'), () => now);
    const written: object[] = [];
    const counting = auditTo({ warn: (line: object) => written.push(line) } as never, () => now);
    for (let n = 0; n < LINES_PER_MINUTE + 7; n += 1)
      for (const to of [audit, counting]) to({ audit: 'denied', code: 'FORBIDDEN', field: 'x' }, { correlationId: ID });
    expect(written).toHaveLength(LINES_PER_MINUTE);
    now += MINUTE;
    counting({ audit: 'denied', code: 'FORBIDDEN', field: 'x' }, { correlationId: ID });
    expect(written.at(-2)).toEqual({ audit: 'omitted', denied: 7, 'personal-data-read': 0 });
  });
});
