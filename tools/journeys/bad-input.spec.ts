import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isUuid } from '@hospital/kernel';
import { SignJWT } from 'jose';
import { forbidden, FrontEnd } from './front-end';
import type { Hospital } from './hospital';
import { oneProcess } from './one-process';
import { Ward } from './ward';

let hospital: Hospital;
let folder: string;
let ward: Ward;
let token: string;
let recorded: number;

interface Reply {
  readonly errors?: readonly { readonly extensions: { readonly code: string; readonly field?: string } }[];
  readonly data?: { readonly answer?: { readonly code?: string; readonly field?: string | null } | null } | null;
}

interface Refused {
  readonly status: number;
  readonly code: string | undefined;
  readonly field: string | null;
}

/** What gives away how the house is built: a stack, a file, a host, an engine. */
const INSIDE = /node_modules|\.[jt]s:\d|\bat \w+ \(|127\.0\.0\.1|localhost|sqlite|SELECT |stacktrace|call stack/i;

/** Sends anything at all to the gateway; answers with how it was refused. */
async function send(body: string | Buffer, headers: Readonly<Record<string, string>> = {}, method = 'POST'): Promise<Refused> {
  const response = await fetch(`${hospital.url}/graphql`, {
    method,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...headers },
    ...(method === 'POST' ? { body } : {}),
  });
  const text = await response.text();
  expect(text).not.toMatch(INSIDE);
  const { errors, data } = JSON.parse(text) as Reply;
  const { code, field } = errors?.[0]?.extensions ?? data?.answer ?? {};
  return { status: response.status, code, field: field ?? null };
}

const refused = (status: number, code: string, field: string | null = null): Refused => ({ status, code, field });
/** By the graph's own types, before anything is asked of a context. */
const mistyped = (field: string): Refused => refused(400, 'BAD_USER_INPUT', field);
/** As data, by the context that was asked. */
const rejected = (code: string, field: string): Refused => refused(200, code, field);
const invalid = (field: string): Refused => rejected('INVALID_INPUT', field);

const REPORT = `mutation ($input: ReportFaultInput!, $key: ID!) {
  answer: reportFault(input: $input, idempotencyKey: $key) { ... on WorkOrder { id } ... on Rejection { code field } }
}`;
const RATE = `mutation ($input: RateWorkOrderInput!, $key: ID!, $revision: Int) {
  answer: rateWorkOrder(input: $input, idempotencyKey: $key, expectedRevision: $revision) { ... on WorkOrder { id } ... on Rejection { code field } }
}`;
const LIST = `query ($filter: WorkOrderFilter, $after: String, $first: Int) {
  workOrders(filter: $filter, after: $after, first: $first) { totalCount edges { node { id } } }
}`;

const operation = (query: string, variables?: object): string => JSON.stringify({ query, variables });
const quoted = (text: string): string => JSON.stringify(text);
/** A report in which one value is written as it stands, also where JavaScript could not hold it. */
const report = (field: string, json: string): string => {
  const input = Object.entries<string>({ ...ward.fault(), [field]: '' }).map(
    ([name, value]) => `"${name}":${name === field ? json : quoted(value)}`,
  );
  return `{"query":${quoted(REPORT)},"variables":{"key":"${randomUUID()}","input":{${input.join(',')}}}}`;
};
const reportWithKey = (json: string): string =>
  `{"query":${quoted(REPORT)},"variables":{"key":${json},"input":${JSON.stringify(ward.fault())}}}`;
const rate = ({ id = '"wo_unknown"', stars = '5', revision = 'null' }): string =>
  `{"query":${quoted(RATE)},"variables":{"key":"k","revision":${revision},"input":{"id":${id},"stars":${stars}}}}`;
const list = (variables: object): string => operation(LIST, variables);
const cursor = (place: object): string => Buffer.from(JSON.stringify(place)).toString('base64url');
const nested = (open: string, close: string, depth: number): string => open.repeat(depth) + close.repeat(depth);

const totalCount = async (): Promise<number> => {
  const { data } = await ward.nurse.ask<{ workOrders: { totalCount: number } }>('{ workOrders { totalCount } }');
  return data!.workOrders.totalCount;
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hospital-'));
  hospital = await oneProcess(folder);
  ward = await Ward.with(hospital, { people: 0, onShift: false });
  token = await hospital.token('nurse', 'clinician');
  recorded = await totalCount();
});
afterAll(() => hospital?.close());

describe('given a report with a mistake in it', () => {
  it.each<[what: string, field: string, json: string, answer: Refused]>([
    ['an unknown field', 'colour', '"red"', mistyped('input.colour')],
    ['a prototype as a field', '__proto__', '{"role":"administrator"}', mistyped('input.__proto__')],
    ['a constructor as a field', 'constructor', '{"prototype":{}}', mistyped('input.constructor')],
    ['a number for a text', 'description', '5', mistyped('input.description')],
    ['a list for a text', 'description', '["a"]', mistyped('input.description')],
    ['an object for a text', 'description', '{"a":1}', mistyped('input.description')],
    ['nothing for a text', 'description', 'null', mistyped('input.description')],
    ['an empty text', 'description', '"  "', invalid('input.description')],
    ['a text that is too long', 'description', quoted('灯'.repeat(2_001)), invalid('input.description')],
    ['a NUL', 'description', '"a\\u0000b"', invalid('input.description')],
    ['a control character', 'description', '"a\\u0007b"', invalid('input.description')],
    ['half of a surrogate pair', 'description', '"a\\ud83db"', invalid('input.description')],
    ['the other half', 'contact', '"\\udca7"', invalid('input.contact')],
    ['a severity nobody knows', 'severity', '"AWFUL"', mistyped('input.severity')],
    ['a malformed id', 'categoryId', '"ct-1"', invalid('input.categoryId')],
    ['an id that leads elsewhere', 'placeId', '"../../etc"', invalid('input.placeId')],
    ['an id with a NUL', 'placeId', '"as_\\u0000"', invalid('input.placeId')],
    ['an id of an unknown kind of fault', 'categoryId', '"ct_unknown"', rejected('UNKNOWN_CATEGORY', 'input.categoryId')],
    ['a prototype as an id', 'categoryId', '"__proto__"', rejected('UNKNOWN_CATEGORY', 'input.categoryId')],
    ['a constructor as an id', 'placeId', '"constructor"', rejected('UNKNOWN_PLACE', 'input.placeId')],
    ['lists in lists', 'description', nested('[', ']', 100_000), mistyped('input.description')],
    ['lists in lists for an instant', 'occurredAt', nested('[', ']', 100_000), invalid('input.occurredAt')],
  ])('when it has %s, then that is refused', async (_, field, json, answer) => {
    expect(await send(report(field, json))).toEqual(answer);
  });

  it.each([
    '"2026-02-30T08:00:00Z"',
    '"2026-01-01T25:00:00Z"',
    '"2026-01-01T08:00:60Z"',
    '"2026-01-01T08:00:00"',
    '"2026-01-01"',
    '"2026-01-01T08:00:00+99:99"',
    '"0000-01-01T00:00:00Z"',
    '"0001-01-01T00:00:00+14:00"',
    '"9999-12-31T23:59:59-12:00"',
    '"+275760-09-13T00:00:00Z"',
    '"275760-09-13T00:00:00Z"',
    '"yesterday"',
    '""',
    '1767225600000',
    'true',
    '{}',
    '[]',
  ])('when it happened at %s, then that is refused', async (json) => {
    expect(await send(report('occurredAt', json))).toEqual(invalid('input.occurredAt'));
  });

  it('when a field is missing, then it is named', async () => {
    const { categoryId, placeId } = ward;
    expect(await send(operation(REPORT, { key: 'k', input: { categoryId, placeId } }))).toEqual(mistyped('input.description'));
    expect(await send(operation(REPORT, { input: ward.fault() }))).toEqual(mistyped('key'));
    expect(await send(operation(REPORT))).toEqual(mistyped('input'));
  });

  it('when it is a list, then that is refused', async () => {
    expect(await send(operation(REPORT, { key: 'k', input: [ward.fault()] }))).toEqual(mistyped('input'));
  });

  it('when it is written into the document with a mistake, then that is named too', async () => {
    const query = 'mutation { reportFault(input: { categoryId: "ct_1", placeId: "as_1" }, idempotencyKey: "k") { __typename } }';
    expect(await send(operation(query))).toEqual(refused(400, 'GRAPHQL_VALIDATION_FAILED', 'ReportFaultInput.description'));
  });
});

describe('given an idempotency key', () => {
  it.each<[what: string, json: string, answer: Refused]>([
    ['empty', '""', invalid('idempotencyKey')],
    ['blank', '" "', invalid('idempotencyKey')],
    ['too long', quoted('k'.repeat(201)), invalid('idempotencyKey')],
    ['one with a NUL', '"a\\u0000b"', invalid('idempotencyKey')],
    ['half of a surrogate pair', '"\\ud800"', invalid('idempotencyKey')],
    ['nothing', 'null', mistyped('key')],
    ['an object', '{}', mistyped('key')],
    ['a truth', 'true', mistyped('key')],
  ])('when it is %s, then that is refused', async (_, json, answer) => {
    expect(await send(reportWithKey(json))).toEqual(answer);
  });
});

describe('given a rating with a mistake in it', () => {
  it.each<[what: string, body: Parameters<typeof rate>[0], answer: Refused]>([
    ['no stars', { stars: '0' }, invalid('input.stars')],
    ['stars below nought', { stars: '-1' }, invalid('input.stars')],
    ['too many stars', { stars: '6' }, invalid('input.stars')],
    ['half a star', { stars: '3.5' }, mistyped('input.stars')],
    ['more stars than an Int holds', { stars: '2147483648' }, mistyped('input.stars')],
    ['more stars than a double holds', { stars: '1e400' }, mistyped('input.stars')],
    ['stars as a text', { stars: '"5"' }, mistyped('input.stars')],
    ['stars as a list', { stars: '[5]' }, mistyped('input.stars')],
    ['an unknown order', {}, rejected('UNKNOWN_WORK_ORDER', 'input.id')],
    ['an empty order', { id: '""' }, invalid('input.id')],
    ['an order that is no text', { id: '5.5' }, mistyped('input.id')],
    ['a prototype as order', { id: '"__proto__"' }, rejected('UNKNOWN_WORK_ORDER', 'input.id')],
    ['a revision below nought', { revision: '-1' }, invalid('expectedRevision')],
    ['a revision beyond an Int', { revision: '9007199254740993' }, mistyped('revision')],
    ['an endless revision', { revision: '1e400' }, mistyped('revision')],
    ['a revision as a text', { revision: '"0"' }, mistyped('revision')],
  ])('when it has %s, then that is refused', async (_, body, answer) => {
    expect(await send(rate(body))).toEqual(answer);
  });

  it('when the order has moved on, then that is refused', async () => {
    const { id, revision } = await ward.report();
    recorded += 1;
    await ward.when(id, ({ dispatch }) => dispatch !== null);
    expect(await send(rate({ id: quoted(id), revision: String(revision) }))).toEqual(rejected('STALE_REVISION', 'expectedRevision'));
  });
});

describe('given a list that is asked for with a mistake', () => {
  it.each<[what: string, variables: object, answer: Refused]>([
    ['an instant that is none', { filter: { reportedFrom: 'yesterday' } }, refused(200, 'INVALID_INPUT', 'filter.reportedFrom')],
    ['a date that does not exist', { filter: { reportedTo: '2026-02-30T00:00:00Z' } }, refused(200, 'INVALID_INPUT', 'filter.reportedTo')],
    ['an object for an instant', { filter: { reportedTo: {} } }, refused(200, 'INVALID_INPUT', 'filter.reportedTo')],
    ['a NUL', { filter: { trade: 'a\0' } }, refused(200, 'INVALID_INPUT', 'filter.trade')],
    ['half of a surrogate pair', { filter: { placeId: '\ud800' } }, refused(200, 'INVALID_INPUT', 'filter.placeId')],
    ['an unknown status', { filter: { status: ['LOST'] } }, mistyped('filter.status[0]')],
    ['an unknown condition', { filter: { constructor: '1' } }, mistyped('filter.constructor')],
    ['no rows', { first: 0 }, refused(200, 'INVALID_PAGE_SIZE', 'first')],
    ['too many rows', { first: 101 }, refused(200, 'INVALID_PAGE_SIZE', 'first')],
    ['more rows than an Int holds', { first: 2 ** 31 }, mistyped('first')],
    ['a cursor that is none', { after: '!!!' }, refused(200, 'INVALID_CURSOR', 'after')],
    ['a cursor of another list', { after: cursor({ list: 'people', value: null, key: 'x' }) }, refused(200, 'INVALID_CURSOR', 'after')],
    ['a cursor with a NUL', { after: cursor({ list: 'people', value: 'a\0', key: '\0' }) }, refused(200, 'INVALID_CURSOR', 'after')],
  ])('when it has %s, then that is refused', async (_, variables, answer) => {
    expect(await send(list(variables))).toEqual(answer);
  });

  it.each(['wo_unknown', '', 'wo_\0', '\ud800', '../x', '__proto__', 'x'.repeat(10_000)])(
    'when one order is asked for by %j, then there is none',
    async (id) => {
      const { status, data, errors } = await ward.nurse.ask('query ($id: ID!) { workOrder(id: $id) { id } }', { id });
      expect({ status, data, errors }).toEqual({ status: 200, data: { workOrder: null }, errors: [] });
    },
  );
});

describe('given a body that is no request', () => {
  it.each<[what: string, body: string | Buffer, answer: Refused]>([
    ['nothing', '', refused(400, 'INVALID_JSON', 'body')],
    ['half of it', '{"query":', refused(400, 'INVALID_JSON', 'body')],
    ['a NUL', '{"query":"{__typename}\0"}', refused(400, 'INVALID_JSON', 'body')],
    ['bytes that are not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]), refused(400, 'INVALID_UTF8', 'body')],
    ['10 MB', `{"query":"${'x'.repeat(10_000_000)}"}`, refused(413, 'BODY_TOO_LARGE', 'body')],
    ['null', 'null', refused(400, 'BAD_REQUEST')],
    ['a text', '"{__typename}"', refused(400, 'BAD_REQUEST')],
    ['a list of requests', '[{"query":"{__typename}"}]', refused(400, 'BAD_REQUEST')],
    ['lists in lists', nested('[', ']', 200_000), refused(400, 'BAD_REQUEST')],
    ['a query that is a number', '{"query":5}', refused(400, 'BAD_REQUEST')],
    ['a query hidden in a prototype', '{"__proto__":{"query":"{__typename}"}}', refused(400, 'BAD_REQUEST')],
    ['variables that are a list', '{"query":"{__typename}","variables":[1]}', refused(400, 'BAD_REQUEST')],
    ['variables that are a text', '{"query":"{__typename}","variables":"{}"}', refused(400, 'BAD_REQUEST')],
  ])('when it is %s, then that is refused', async (_, body, answer) => {
    expect(await send(body)).toEqual(answer);
  });
});

describe('given a document that cannot be served', () => {
  it.each<[what: string, query: string, answer: Refused]>([
    ['is no GraphQL', '{ workOrders(', refused(400, 'GRAPHQL_PARSE_FAILED')],
    ['asks for what is not there', '{ patients { name } }', refused(400, 'GRAPHQL_VALIDATION_FAILED', 'patients')],
    ['goes in a circle', '{ ...A } fragment A on Query { ...A }', refused(400, 'GRAPHQL_VALIDATION_FAILED')],
    ['is very deep', nested('{a', '}', 50_000), refused(400, 'DOCUMENT_TOO_DEEP', 'query')],
    ['is too deep', nested('{a', '}', 330), refused(400, 'DOCUMENT_TOO_DEEP', 'query')],
    ['has lists in lists', `{ workOrder(id: ${nested('[', ']', 50_000)}) { id } }`, refused(400, 'DOCUMENT_TOO_DEEP', 'query')],
    ['is very wide', `{ ${'a: workOrder(id: "wo_1") { id } '.repeat(3_000)} }`, refused(400, 'GRAPHQL_PARSE_FAILED')],
    ['has two operations', 'query A { __typename } query B { __typename }', refused(400, 'OPERATION_RESOLUTION_FAILURE', 'operationName')],
    ['subscribes', 'subscription { workOrderChanged { id } }', refused(400, 'OPERATION_RESOLUTION_FAILURE', 'query')],
  ])('when it %s, then that is refused', async (_, query, answer) => {
    expect(await send(operation(query))).toEqual(answer);
  });
});

describe('given headers nobody can make sense of', () => {
  const query = operation('{ workOrders { totalCount } }');

  it.each<[name: string, shown: string, answer: Refused, value?: string]>([
    ['x-as-of', 'yesterday', refused(400, 'INVALID_AS_OF', 'x-as-of')],
    ['x-as-of', '2026-02-30T00:00:00Z', refused(400, 'INVALID_AS_OF', 'x-as-of')],
    ['x-as-of', '2026-01-01T25:00:00Z', refused(400, 'INVALID_AS_OF', 'x-as-of')],
    ['x-as-of', '0000-01-01T00:00:00Z', refused(400, 'INVALID_AS_OF', 'x-as-of')],
    ['x-as-of', '275760-09-13T00:00:00Z', refused(400, 'INVALID_AS_OF', 'x-as-of')],
    ['x-as-of', '9999-12-31T23:59:59-14:00', refused(400, 'INVALID_AS_OF', 'x-as-of')],
    ['x-as-of', '9999-12-31T23:59:59Z', refused(400, 'AS_OF_IN_FUTURE', 'x-as-of')],
    ['x-wait-for', 'soon', refused(400, 'INVALID_POSITION', 'x-wait-for')],
    ['x-wait-for', 'workorders=-1', refused(400, 'INVALID_POSITION', 'x-wait-for')],
    ['x-wait-for', 'workorders=1e9', refused(400, 'INVALID_POSITION', 'x-wait-for')],
    ['x-wait-for', 'a number without end', refused(400, 'INVALID_POSITION', 'x-wait-for'), `workorders=${'9'.repeat(50)}`],
    ['x-wait-for', '__proto__=5', refused(400, 'INVALID_POSITION', 'x-wait-for')],
    ['x-wait-for', 'workorders=99999999999999999999', refused(200, 'NOT_YET_VISIBLE')],
    ['x-padding', 'huge', refused(431, 'HEADERS_TOO_LARGE', 'headers'), 'x'.repeat(20_000)],
    ['content-type', 'text/plain', refused(415, 'UNSUPPORTED_MEDIA_TYPE', 'content-type')],
    ['content-type', 'application/x-www-form-urlencoded', refused(415, 'UNSUPPORTED_MEDIA_TYPE', 'content-type')],
    ['content-type', '', refused(415, 'UNSUPPORTED_MEDIA_TYPE', 'content-type')],
    ['accept', 'text/html', refused(406, 'BAD_REQUEST')],
  ])('when %s is "%s", then that is refused', async (name, shown, answer, value = shown) => {
    expect(await send(query, { [name]: value })).toEqual(answer);
  });

  it.each(['GET', 'PUT', 'DELETE'])('when the method is %s, then that is refused', async (method) => {
    expect(await send('', {}, method)).toEqual(refused(405, 'METHOD_NOT_ALLOWED', 'method'));
  });

  it('when the correlation id is no UUID, then the order gets one that is', async () => {
    const headers = { 'x-correlation-id': '\'"><script>' };
    const { id } = await ward.report({}, { headers });
    recorded += 1;
    const { history } = await ward.nurse.historyOf(id);
    expect(isUuid(history[0]!.correlationId)).toBe(true);
  });
});

describe('given a token that proves nothing', () => {
  const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const rightKey = (): KeyObject => createPrivateKey(readFileSync(join(folder, 'demo-issuer.pem')));
  const payload = { sub: 'intruder', roles: ['administrator'], iss: 'hospital-logistics', aud: 'hospital-logistics' };
  const IN_AN_HOUR = '1h';
  const signed = (key: KeyObject | Uint8Array, changed: object = {}, alg = 'EdDSA', until: string | number | null = IN_AN_HOUR) => {
    const jwt = new SignJWT({ ...payload, ...changed }).setProtectedHeader({ alg });
    return (until === null ? jwt : jwt.setExpirationTime(until)).sign(key);
  };

  it('when it has the right key and all claims after all, then it is accepted: each below has one mistake', async () => {
    const authorization = `Bearer ${await signed(rightKey())}`;
    expect(await send(operation('{ __typename }'), { authorization })).toEqual({ status: 200, code: undefined, field: null });
  });

  it.each<[what: string, authorization: () => Promise<string> | string]>([
    ['missing', () => ''],
    ['empty', () => 'Bearer '],
    ['of another scheme', () => 'Basic bnVyc2U6bnVyc2U='],
    ['garbage', () => 'Bearer a.b.c'],
    ['endless', () => `Bearer ${'a'.repeat(9_000)}`],
    ['expired', async () => `Bearer ${await signed(rightKey(), {}, 'EdDSA', 1_700_000_000)}`],
    ['without an end', async () => `Bearer ${await signed(rightKey(), {}, 'EdDSA', null)}`],
    ['signed by somebody else', async () => `Bearer ${await signed(generateKeyPairSync('ed25519').privateKey)}`],
    ['of another issuer', async () => `Bearer ${await signed(rightKey(), { iss: 'elsewhere' })}`],
    ['for another audience', async () => `Bearer ${await signed(rightKey(), { aud: 'elsewhere' })}`],
    ['without a subject', async () => `Bearer ${await signed(rightKey(), { sub: '' })}`],
    ['unsigned', () => `Bearer ${encoded({ alg: 'none' })}.${encoded({ ...payload, exp: 4_102_444_800 })}.`],
    [
      'signed with the public key as if it were a secret',
      async () => `Bearer ${await signed(createPublicKey(rightKey()).export({ type: 'spki', format: 'der' }), {}, 'HS256')}`,
    ],
  ])('when it is %s, then that is refused', async (_, authorization) => {
    const headers = { authorization: await authorization() };
    expect(await send(report('description', '"x"'), headers)).toEqual(refused(401, 'UNAUTHENTICATED'));
  });

  it('when it has roles nobody knows, then it allows nothing', async () => {
    const nobody = await FrontEnd.of(hospital, 'nobody', 'root' as never, '__proto__' as never);
    expect(await nobody.refusal('reportFault', ward.fault())).toEqual(forbidden('Mutation.reportFault'));
  });
});

describe('given all of that', () => {
  it('when an ordinary fault is reported, then it is recorded, and nothing else has been', async () => {
    const { id } = await ward.report();
    await ward.when(id, () => true);
    expect(await totalCount()).toBe(recorded + 1);
  });

  it('when readiness is asked for, then the suite is ready', async () => {
    const response = await fetch(`${hospital.url}/health/ready`);
    expect([response.status, await response.json()]).toMatchObject([200, { status: 'ready' }]);
  });
});
