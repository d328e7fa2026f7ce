import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEngines } from '@hospital/engines';
import { type JsonObject, link, NO_STREAM, ShiftableClock, technical } from '@hospital/kernel';
import { AT } from '@hospital/kernel/testing';
import { httpOf, logger, refuse, type Role, settingsFrom, start } from '@hospital/service';
import type { FastifyInstance } from 'fastify';
import { WorkordersModule } from '../app.module';
import samples from '../history/samples.json';
import { png } from '../photos/testing/pictures';
import { followTokens } from './follow-token';

const MASTER_KEY = Buffer.alloc(32, 9);
const CONTACT = '张女士 13800138000';
const { tokenOf } = followTokens(MASTER_KEY);
const T0 = new Date().toISOString();

let folder: string;
let nest: Awaited<ReturnType<typeof start>>;
let http: FastifyInstance;
const settings = () => settingsFrom({ DATA_DIR: folder });

/** Data of the kept sample of an event's latest shape, with some of it changed. */
const like = (type: string, changed: JsonObject = {}): { type: string; data: JsonObject; schemaVersion: number } => {
  const { data, schemaVersion } = samples.filter((sample) => sample.type === type).sort((a, b) => b.schemaVersion - a.schemaVersion)[0]!;
  return { type, data: { ...(data as unknown as JsonObject), ...changed }, schemaVersion };
};
const field = { key: 'bed', label: '床旁', labelEn: 'At the bed', kind: 'yes-no', required: true, options: [] };
const category = (changed: JsonObject) => like('CategoryDefined', { fields: [], openToPatients: true, ...changed });
const reported = (changed: JsonObject) =>
  like('WorkOrderReported', { reporterId: 'pt_1', reporterKind: 'patient', receiverId: null, contact: null, at: T0, ...changed });

const BEFORE: Readonly<Record<string, readonly ReturnType<typeof like>[]>> = {
  'place-as_1': [like('PlaceLearned', { name: '住院楼 Inpatient building', kind: 'building' })],
  'category-ct_light': [category({ name: '照明', nameEn: 'Light' })],
  'category-ct_bed': [category({ name: '病床', nameEn: 'Bed', fields: [field] })],
  'category-ct_staff': [category({ name: '手术室', nameEn: 'Theatre', openToPatients: false })],
  'category-ct_former': [category({ name: '电话', nameEn: 'Telephone' }), like('CategoryRetired')],
  'locationCode-lc_ward': [like('LocationCodeIssued', { placeId: 'as_1', spot: '三楼护士站', zone: 'ward-3' })],
  'locationCode-lc_old': [like('LocationCodeIssued', { placeId: 'as_1' }), like('LocationCodeWithdrawn')],
  'workOrder-wo_done': [
    reported({ missing: [] }),
    like('WorkOrderAccepted', { at: T0 }),
    like('WorkOrderCompleted', { at: T0, rateUntil: '2999-01-01T00:00:00.000Z' }),
  ],
  'workOrder-wo_merged': [
    reported({ missing: [], categoryId: 'ct_light', description: '走廊灯闪' }),
    like('WorkOrderMerged', { into: 'wo_between' }),
  ],
  'workOrder-wo_between': [reported({ missing: [], reporterId: 'pt_2' }), like('WorkOrderMerged', { into: 'wo_survivor' })],
  'workOrder-wo_survivor': [
    reported({ missing: [], reporterId: 'pt_3', description: '不要看见' }),
    like('WorkOrderAccepted', { at: T0 }),
    like('WorkOrderCompleted', { at: T0, rateUntil: '2999-01-01T00:00:00.000Z' }),
  ],
  'workOrder-wo_cancelled': [reported({ missing: [] }), like('WorkOrderCancelled', { reason: '误报' })],
  'workOrder-wo_asked': [reported({ fields: [field], missing: ['bed'], details: {} })],
};

async function begin(): Promise<void> {
  const { store, close } = await openEngines('workorders', settings(), logger({ LOG_LEVEL: 'silent' }, 'spec'));
  for (const [stream, events] of Object.entries(BEFORE)) {
    let hash = '';
    const chained = events.map(({ schemaVersion, ...event }, n) => {
      const id = randomUUID();
      const linked = link(stream, n, hash, { ...event, id }, { ...technical(id, AT), schemaVersion });
      hash = linked.metadata.hash;
      return linked;
    });
    await store.append(stream, NO_STREAM, chained);
  }
  await close();
  nest = await start(WorkordersModule, {
    settings: settings(),
    clock: new ShiftableClock(),
    log: logger({ LOG_LEVEL: 'silent' }, 'workorders'),
    masterKey: MASTER_KEY,
    async verify(authorization) {
      const role = /^Bearer (\S+)$/.exec(authorization ?? '')?.[1] as Role | undefined;
      if (role === undefined) throw refuse('UNAUTHENTICATED', 'A bearer token is needed.', 'authorization', 401);
      return { id: `pn_${role}`, kind: 'person', roles: [role] };
    },
  });
  http = httpOf(nest);
  await http.ready();
}
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'intake-'));
  await begin();
});
afterAll(async () => {
  await nest?.close();
  rmSync(folder, { recursive: true });
});

/* eslint-disable-next-line @typescript-eslint/no-explicit-any -- answers as a front-end gets them */
type Answer = any;
async function ask(query: string, variables: object = {}, role?: Role, headers: Record<string, string> = {}): Promise<Answer> {
  const authorization: Record<string, string> = role ? { authorization: `Bearer ${role}` } : {};
  const response = await http.inject({
    method: 'POST',
    url: '/graphql',
    headers: { ...authorization, ...headers },
    payload: { query, variables },
  });
  return response.json();
}
/** Everything that was written before this can be seen by what is asked next. */
const seen = ({ extensions }: Answer): Record<string, string> => ({
  'x-wait-for': `workorders=${extensions.positions.workorders.position}`,
});

const FOLLOWED =
  '... on FollowedRequest { followToken status spot trade photos canBeRated stars missing { key } } ... on Rejection { code field }';
const said = { locationCode: 'lc_ward', categoryId: 'ct_light', description: '三楼走廊灯不亮' };
const report = (input: object = {}, key: string = randomUUID()) =>
  ask(
    `mutation ($input: ReportFaultAtLocationInput!, $key: ID!) { answer: reportFaultAtLocation(input: $input, idempotencyKey: $key) { ${FOLLOWED} } }`,
    {
      input: { ...said, ...input },
      key,
    },
  );
const orderOf = ({ data }: Answer): string => data.answer.followToken.split('.')[0];
const historyOf = async (answer: Answer) =>
  (
    await ask(
      'query ($id: ID!) { workOrder(id: $id) { history { type actor { actorId kind roles } data } } }',
      { id: orderOf(answer) },
      'dispatcher',
      seen(answer),
    )
  ).data.workOrder.history;
const totalCount = async (after: Answer): Promise<number> =>
  (await ask('{ workOrders { totalCount } }', {}, 'dispatcher', seen(after))).data.workOrders.totalCount;
const photo = async (): Promise<string> => {
  const headers = { 'x-location-code': 'lc_ward' };
  return (await http.inject({ method: 'POST', url: '/photos', headers, payload: png() })).json<{ sha256: string }>().sha256;
};

describe('WO-01 given a patient with no account who scans a location code', () => {
  it('when the form is asked for, then it names the place and what patients may report, with what is asked', async () => {
    const { data } = await ask(
      '{ requestForm(locationCode: "lc_ward") { locationCode placeName spot notice categories { categoryId name nameEn fields { key label kind required } } } }',
    );
    expect(data.requestForm).toEqual({
      locationCode: 'lc_ward',
      placeName: '住院楼 Inpatient building',
      spot: '三楼护士站',
      notice: expect.stringContaining('no health data'),
      categories: [
        { categoryId: 'ct_bed', name: '病床', nameEn: 'Bed', fields: [{ key: 'bed', label: '床旁', kind: 'YES_NO', required: true }] },
        { categoryId: 'ct_light', name: '照明', nameEn: 'Light', fields: [] },
      ],
    });
  });

  it.each(['lc_old', 'lc_nowhere', '', '../x', '__proto__'])('when the code is %j, then there is no spot and no form', async (code) => {
    const both = [
      await ask('query ($code: ID!) { locationCode(id: $code) { spot } }', { code }),
      await ask('query ($code: ID!) { requestForm(locationCode: $code) { spot } }', { code }),
    ];
    expect(both.map(({ data }) => Object.values(data))).toEqual([[null], [null]]);
  });

  it('when the spot is asked for, then it is told', async () => {
    expect((await ask('{ locationCode(id: "lc_ward") { placeName spot } }')).data.locationCode).toEqual({
      placeName: '住院楼 Inpatient building',
      spot: '三楼护士站',
    });
  });

  it('when a request with a photo is sent, then one stream exists with channel, reporter kind and location filled in', async () => {
    const hash = await photo();
    const answer = await report({ photos: [hash], channel: 'MINI_PROGRAM' });
    expect(answer.data.answer).toMatchObject({ spot: '三楼护士站', photos: 1, canBeRated: false, missing: [] });
    const [first] = await historyOf(answer);
    expect(first).toMatchObject({
      type: 'WorkOrderReported',
      actor: { actorId: expect.stringMatching(/^pt_[0-9a-z]{26}$/), kind: 'patient', roles: ['reporter'] },
      data: {
        channel: 'mini-program',
        reporterKind: 'patient',
        placeId: 'as_1',
        zone: 'ward-3',
        locationCodeId: 'lc_ward',
        spot: '三楼护士站',
        photos: [hash],
        receiverId: null,
      },
    });
    expect(first.data.reporterId).toBe(first.actor.actorId);
  });

  it('when the same wish is sent again, then it is answered again and done once', async () => {
    const key = randomUUID();
    const first = await report({}, key);
    const count = await totalCount(first);
    const again = await report({}, key);
    expect(again.data.answer.followToken).toBe(first.data.answer.followToken);
    expect(await totalCount(again)).toBe(count);
    expect((await report({ description: '别的' }, key)).data.answer).toEqual({ code: 'IDEMPOTENCY_KEY_REUSED', field: 'idempotencyKey' });
  });

  it('when a clerk types the same in from a call, then it lands in the same queue, as one that came by phone', async () => {
    const mine = await report();
    const typeIn = (more: object = {}) =>
      ask(
        `mutation ($input: ReportFaultInput!) { answer: reportFault(input: $input, idempotencyKey: "${randomUUID()}") {
          ... on WorkOrder { id } ... on Rejection { code field } } }`,
        {
          input: {
            categoryId: 'ct_light',
            placeId: 'as_1',
            description: said.description,
            channel: 'PHONE',
            reporterKind: 'PATIENT',
            ...more,
          },
        },
        'dispatcher',
      );
    const theirs = await typeIn();
    const { data } = await ask('{ workOrders(first: 100) { edges { node { id channel reporterKind } } } }', {}, 'dispatcher', seen(theirs));
    const found = data.workOrders.edges
      .map(({ node }: Answer) => node)
      .filter(({ id: one }: Answer) => [orderOf(mine), theirs.data.answer.id].includes(one));
    expect(found).toHaveLength(2);
    expect(found).toContainEqual({ id: theirs.data.answer.id, channel: 'PHONE', reporterKind: 'PATIENT' });
    expect(found).toContainEqual({ id: orderOf(mine), channel: 'WEB', reporterKind: 'PATIENT' });
    expect((await typeIn({ photos: ['0'.repeat(64)] })).data.answer).toEqual({ code: 'PHOTO_UNKNOWN', field: 'input.photos' });
  });

  it('when two patients report, then nothing joins them', async () => {
    const [[one], [other]] = [await historyOf(await report()), await historyOf(await report())];
    expect(one.actor.actorId).not.toBe(other.actor.actorId);
  });

  it.each<[string, object, string, string]>([
    ['a code that was withdrawn', { locationCode: 'lc_old' }, 'UNKNOWN_LOCATION_CODE', 'input.locationCode'],
    ['a code nobody issued', { locationCode: 'lc_nowhere' }, 'UNKNOWN_LOCATION_CODE', 'input.locationCode'],
    ['a category nobody defined', { categoryId: 'ct_unknown' }, 'UNKNOWN_CATEGORY', 'input.categoryId'],
    ['a category that is out of use', { categoryId: 'ct_former' }, 'CATEGORY_RETIRED', 'input.categoryId'],
    ['a category that is not for patients', { categoryId: 'ct_staff' }, 'NOT_FOR_PATIENTS', 'input.categoryId'],
    ['an answer that is missing', { categoryId: 'ct_bed' }, 'DETAILS_MISSING', 'input.details.bed'],
    ['an answer nobody asked for', { details: [{ key: 'diagnosis', value: '肺炎' }] }, 'UNKNOWN_DETAIL', 'input.details.diagnosis'],
    ['an empty description', { description: ' ' }, 'INVALID_INPUT', 'input.description'],
    ['a photo that was never sent', { photos: ['0'.repeat(64)] }, 'PHOTO_UNKNOWN', 'input.photos'],
    ['a photo that is no hash', { photos: ['../../master.key'] }, 'PHOTO_UNKNOWN', 'input.photos'],
    ['six photos', { photos: Array.from({ length: 6 }, (_, n) => String(n).repeat(64)) }, 'TOO_MANY_PHOTOS', 'input.photos'],
  ])('when the request has %s, then it is refused and the field named', async (_, input, code, fieldName) => {
    expect((await report(input)).data.answer).toEqual({ code, field: fieldName });
  });

  it.each(['k', '1', 'ward-3 lamp', 'not-a-uuid-00000000000000000000000'])(
    'when the key is %j, which somebody else may use too, then it is refused',
    async (key) => {
      expect((await report({}, key)).data.answer).toEqual({ code: 'INVALID_INPUT', field: 'idempotencyKey' });
    },
  );
});

describe('WO-01 given staff with an account who scan a location code', () => {
  const scan = (input: object, role: Role = 'clinician') =>
    ask(
      `mutation ($input: ReportFaultInput!) { answer: reportFault(input: $input, idempotencyKey: "${randomUUID()}") {
        ... on WorkOrder { id reporterId reporterKind spot zone place { id } } ... on Rejection { code field message } } }`,
      { input: { categoryId: 'ct_light', description: said.description, ...input } },
      role,
    );

  it('when they report by the code, then place, zone and spot are filled in, it is among their own, and theirs to cancel', async () => {
    const answer = await scan({ locationCode: 'lc_ward' });
    const { id } = answer.data.answer;
    expect(answer.data.answer).toEqual({
      ...{ id: expect.stringMatching(/^wo_/), reporterId: 'pn_clinician', reporterKind: 'CLINICIAN' },
      ...{ spot: '三楼护士站', zone: 'ward-3', place: { id: 'as_1' } },
    });
    const mine = await ask(
      '{ workOrders(filter: { reporterId: "pn_clinician" }) { edges { node { id history { data } } } } }',
      {},
      'clinician',
      seen(answer),
    );
    const [found] = mine.data.workOrders.edges.filter(({ node }: Answer) => node.id === id);
    expect(found.node.history[0].data).toMatchObject({ locationCodeId: 'lc_ward', placeId: 'as_1' });
    const cancelled = await ask(
      `mutation { answer: cancelWorkOrder(input: { id: "${id}", reason: "误报" }, idempotencyKey: "c") { ... on WorkOrder { status } ... on Rejection { code } } }`,
      {},
      'clinician',
    );
    expect(cancelled.data.answer).toEqual({ status: 'CANCELLED' });
  });

  it('when they say the spot better than the code does, or at a place, then that is kept', async () => {
    expect((await scan({ locationCode: 'lc_ward', spot: '西侧插座' })).data.answer.spot).toBe('西侧插座');
    expect((await scan({ placeId: 'as_1', spot: '屋顶' })).data.answer).toMatchObject({ spot: '屋顶', place: { id: 'as_1' } });
  });

  it.each<[string, object, string, string]>([
    ['no place and no code', {}, 'INVALID_INPUT', 'input.placeId'],
    ['both', { placeId: 'as_1', locationCode: 'lc_ward' }, 'INVALID_INPUT', 'input.locationCode'],
    ['a code that was withdrawn', { locationCode: 'lc_old' }, 'UNKNOWN_LOCATION_CODE', 'input.locationCode'],
    ['a code nobody issued', { locationCode: 'lc_nowhere' }, 'UNKNOWN_LOCATION_CODE', 'input.locationCode'],
    ['a place nobody registered', { placeId: 'as_nowhere' }, 'UNKNOWN_PLACE', 'input.placeId'],
    ['the kind of a system, which they are not', { placeId: 'as_1', reporterKind: 'SYSTEM' }, 'NOT_A_SYSTEM', 'input.reporterKind'],
  ])('when the report has %s, then it is refused and the field named', async (_, input, code, fieldName) => {
    expect((await scan(input)).data.answer).toMatchObject({ code, field: fieldName });
  });

  it('when they report as patients do, with their token, then that is refused, and says what to use', async () => {
    const count = async (): Promise<number> => (await ask('{ workOrders { totalCount } }', {}, 'dispatcher')).data.workOrders.totalCount;
    const before = await count();
    const answer = await ask(
      `mutation ($input: ReportFaultAtLocationInput!) { answer: reportFaultAtLocation(input: $input, idempotencyKey: "${randomUUID()}") { ... on Rejection { code field message } } }`,
      { input: said },
      'clinician',
    );
    expect(answer.data.answer).toEqual({
      ...{ code: 'HAS_ACCOUNT', field: 'input.locationCode', message: expect.stringContaining('reportFault with this locationCode') },
    });
    expect(await count()).toBe(before);
  });

  it('when a system of an integrator reports, then it says so itself', async () => {
    expect((await scan({ locationCode: 'lc_ward' }, 'integrator')).data.answer).toMatchObject({ reporterKind: 'SYSTEM' });
  });
});

describe('WO-24 given a patient who reports', () => {
  it('when no contact is given, then none is asked for, and nothing is stored of the person', async () => {
    const [{ data }] = await historyOf(await report());
    expect(data.contact).toBeNull();
    expect(Object.keys(data).filter((name) => /name|phone|birth|diagnosis|patientId|ward|bed/i.test(name))).toEqual([]);
  });

  it('when a contact is given, then whoever repairs can read it, and no file holds it in plain', async () => {
    const [{ data, actor }] = await historyOf(await report({ contact: CONTACT }));
    expect(data.contact).toBe(CONTACT);
    expect(actor.actorId).toMatch(/^pt_/);
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(files.length).toBeGreaterThan(2);
    for (const { parentPath, name } of files) {
      const bytes = readFileSync(join(parentPath, name));
      expect([name, bytes.includes(CONTACT), bytes.includes(JSON.stringify(CONTACT))]).toEqual([name, false, false]);
    }
  });

  it('when what takes an account is asked for, then that is refused', async () => {
    for (const query of ['{ workOrders { totalCount } }', '{ locationCodes { totalCount } }', '{ _service { sdl } }'])
      expect((await ask(query)).errors[0].extensions.code).toBe('UNAUTHENTICATED');
  });
});

describe('WO-24 given the secret that follows a request', () => {
  const follow = async (token: string, headers = {}) =>
    (
      await ask(
        'query ($token: String!) { followedRequest(token: $token) { status trade photos canBeRated missing { key label } reportedAt } }',
        { token },
        undefined,
        headers,
      )
    ).data.followedRequest;

  it('when it is the right one, then the request is shown, without names', async () => {
    const answer = await report();
    expect(await follow(answer.data.answer.followToken, seen(answer))).toMatchObject({ photos: 0, canBeRated: false, missing: [] });
    expect(await follow(tokenOf('wo_asked'))).toMatchObject({ status: 'NEEDS_INFORMATION', missing: [{ key: 'bed', label: '床旁' }] });
    expect(await follow(tokenOf('wo_done'))).toMatchObject({ status: 'COMPLETED', canBeRated: true });
  });

  const ended = async (orderId: string, reads: string) =>
    (await ask(`query ($token: String!) { followedRequest(token: $token) { ${reads} } }`, { token: tokenOf(orderId) })).data
      .followedRequest;

  it('when the request was merged, then it tells how the one that goes on stands, and no more of that; nobody but its reporter rates', async () => {
    const reads =
      'status categoryName categoryNameEn description canBeRated endReason goesOnAs { status completedAt dispatchedAt closedAt }';
    expect(await ended('wo_merged', reads)).toEqual({
      ...{ status: 'MERGED', categoryName: '照明', categoryNameEn: 'Light', description: '走廊灯闪', canBeRated: false, endReason: null },
      goesOnAs: { status: 'COMPLETED', completedAt: expect.any(String), dispatchedAt: null, closedAt: null },
    });
    expect(await ended('wo_done', 'goesOnAs { status }')).toEqual({ goesOnAs: null });
    expect((await ask('{ __type(name: "SurvivingRequest") { fields { name } } }', {}, 'dispatcher')).data.__type.fields).toEqual(
      ['status', 'dispatchedAt', 'acceptedAt', 'completedAt', 'closedAt'].map((name) => ({ name })),
    );
  });

  it('when the request was cancelled, then it says why', async () => {
    expect(await ended('wo_cancelled', 'status endReason canBeRated')).toEqual({
      status: 'CANCELLED',
      endReason: '误报',
      canBeRated: false,
    });
  });

  const [id, mac] = tokenOf('wo_done').split('.') as [string, string];
  it.each([
    ['of another order', `wo_asked.${mac}`],
    ['without a proof', id],
    ['with an empty proof', `${id}.`],
    ['with a shorter proof', `${id}.${mac.slice(0, -1)}`],
    ['with a longer proof', `${id}.${mac}A`],
    ['with a changed proof', `${id}.${mac.startsWith('A') ? 'B' : 'A'}${mac.slice(1)}`],
    ['of another hospital', followTokens(Buffer.alloc(32, 8)).tokenOf('wo_done')],
    ['of an order that does not exist', tokenOf('wo_unknown')],
    ['empty', ''],
  ])('when it is one %s, then there is nothing, as for an unknown one', async (_, token) => {
    expect(await follow(token)).toBeNull();
    const rated = await ask(
      'mutation ($token: String!) { rateFollowedRequest(input: { token: $token, stars: 5 }, idempotencyKey: "k") { ... on Rejection { code field } } }',
      { token },
    );
    expect(rated.data.rateFollowedRequest).toEqual({ code: 'UNKNOWN_REQUEST', field: 'input.token' });
  });

  it('when something required was left out on purpose and is said later, then the request waits for it and goes on', async () => {
    const reportedSoFar = await report({ categoryId: 'ct_bed', incomplete: true });
    expect(reportedSoFar.data.answer).toMatchObject({ status: 'NEEDS_INFORMATION', missing: [{ key: 'bed' }] });
    const say = (value: string) =>
      ask(
        `mutation ($input: ProvideFollowedInformationInput!) { answer: provideFollowedInformation(input: $input, idempotencyKey: "${randomUUID()}") { ${FOLLOWED} } }`,
        { input: { token: reportedSoFar.data.answer.followToken, details: [{ key: 'bed', value }] } },
      );
    expect((await say('perhaps')).data.answer).toEqual({ code: 'NOT_AN_OPTION', field: 'input.details.bed' });
    const said = await say('yes');
    expect(said.data.answer).toMatchObject({ status: 'WAITING', missing: [] });
    expect((await historyOf(said)).map(({ type, actor }: Answer) => [type, actor.kind]).slice(0, 2)).toEqual([
      ['WorkOrderReported', 'patient'],
      ['WorkOrderInformationProvided', 'patient'],
    ]);
  });

  it('when the repair is rated, then that is recorded for the one who reported it, once', async () => {
    const rate = (stars: number) =>
      ask(
        `mutation ($input: RateFollowedRequestInput!) { answer: rateFollowedRequest(input: $input, idempotencyKey: "${randomUUID()}") { ${FOLLOWED} } }`,
        { input: { token: tokenOf('wo_done'), stars } },
      );
    expect((await rate(6)).data.answer).toEqual({ code: 'INVALID_INPUT', field: 'input.stars' });
    const answer = await rate(5);
    expect(answer.data.answer).toMatchObject({ status: 'CLOSED', stars: 5, canBeRated: false });
    expect((await historyOf(answer)).at(-1)).toMatchObject({ type: 'WorkOrderRated', actor: { actorId: 'pt_1', kind: 'patient' } });
    expect((await rate(4)).data.answer).toEqual({ code: 'WRONG_STATUS', field: 'input.id' });
  });
});

describe('WO-01 given location codes', () => {
  const issue = (role: Role, input: object = {}, key: string = randomUUID()) =>
    ask(
      `mutation ($input: IssueLocationCodeInput!, $key: ID!) { answer: issueLocationCode(input: $input, idempotencyKey: $key) {
        ... on LocationCode { id spot zone place { id } withdrawnAt } ... on Rejection { code field } } }`,
      { input: { placeId: 'as_1', spot: '四楼电梯厅', ...input }, key },
      role,
    );

  it.each<Role>(['administrator', 'dispatcher'])('when a %s issues one, then it is as long as nobody guesses', async (role) => {
    const { data } = await issue(role);
    expect(data.answer).toEqual({
      id: expect.stringMatching(/^lc_[0-9a-z]{26}$/),
      spot: '四楼电梯厅',
      zone: null,
      place: { id: 'as_1' },
      withdrawnAt: null,
    });
  });

  it('when it would be guessable, or hang nowhere, then that is refused', async () => {
    expect((await issue('administrator', {}, 'ward 3')).data.answer).toEqual({ code: 'INVALID_INPUT', field: 'idempotencyKey' });
    expect((await issue('administrator', { placeId: 'as_nowhere' })).data.answer).toEqual({
      code: 'UNKNOWN_PLACE',
      field: 'input.placeId',
    });
  });

  it('when one is moved and then withdrawn, then the list tells, and nobody can report there any more', async () => {
    const { id: code } = (await issue('administrator')).data.answer;
    const moved = await ask(
      'mutation ($input: MoveLocationCodeInput!) { answer: moveLocationCode(input: $input, idempotencyKey: "m") { ... on LocationCode { spot revision } } }',
      { input: { id: code, placeId: 'as_1', spot: '五楼' } },
      'dispatcher',
    );
    expect(moved.data.answer).toEqual({ spot: '五楼', revision: 1 });
    const withdrawn = await ask(
      'mutation ($input: WithdrawLocationCodeInput!) { answer: withdrawLocationCode(input: $input, idempotencyKey: "w") { ... on LocationCode { reason } } }',
      { input: { id: code, reason: '拆除' } },
      'dispatcher',
    );
    const { data } = await ask(
      '{ locationCodes(filter: { placeId: "as_1" }) { totalCount edges { node { id spot reason history { type } evidence { intact } } } } }',
      {},
      'dispatcher',
      seen(withdrawn),
    );
    expect(data.locationCodes.edges.find(({ node }: Answer) => node.id === code).node).toEqual({
      id: code,
      spot: '五楼',
      reason: '拆除',
      history: [{ type: 'LocationCodeIssued' }, { type: 'LocationCodeMoved' }, { type: 'LocationCodeWithdrawn' }],
      evidence: { intact: true },
    });
    expect((await report({ locationCode: code })).data.answer.code).toBe('UNKNOWN_LOCATION_CODE');
  });
});
