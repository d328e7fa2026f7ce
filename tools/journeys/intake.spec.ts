import { randomUUID } from 'node:crypto';
import { eventually, type Failure } from './front-end';
import type { Hospital } from './hospital';
import { oneProcess } from './one-process';
import { Ward } from './ward';

/** One white point. */
const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=', 'base64');
const FOLLOWED = '... on FollowedRequest { followToken status trade photos canBeRated stars } ... on Rejection { code field }';

interface Followed {
  readonly followToken: string;
  readonly status: string;
  readonly photos: number;
  readonly canBeRated: boolean;
  readonly stars: number | null;
}

let hospital: Hospital;
let ward: Ward;
let code: string;

/** As a telephone does that knows nothing but the code on the wall. */
async function ask<Data>(
  query: string,
  variables: object = {},
): Promise<{ status: number; data: Data | null; errors?: readonly Failure[] }> {
  const response = await fetch(`${hospital.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  return { status: response.status, ...((await response.json()) as { data: Data | null; errors?: readonly Failure[] }) };
}
const follow = async (token: string): Promise<Followed | null> =>
  (
    await ask<{ followedRequest: Followed | null }>(
      'query ($token: String!) { followedRequest(token: $token) { followToken status trade photos canBeRated stars } }',
      { token },
    )
  ).data?.followedRequest ?? null;

beforeAll(async () => {
  hospital = await oneProcess();
  ward = await Ward.with(hospital, { people: 1, onShift: true });
  const { data } = await ward.administrator.ask<{ issueLocationCode: { id: string } }>(
    'mutation ($input: IssueLocationCodeInput!, $key: ID!) { issueLocationCode(input: $input, idempotencyKey: $key) { ... on LocationCode { id } } }',
    { input: { placeId: ward.placeId, spot: "三楼护士站 3F nurses' station" }, key: randomUUID() },
  );
  code = data!.issueLocationCode.id;
});
afterAll(() => hospital?.close());

describe('WO-01 WO-24 given a patient before a location code, without an account', () => {
  it('when a fault with a photo is reported, then it is dispatched, repaired, followed and rated like any other', async () => {
    const form = await eventually(
      async () =>
        (
          await ask<{ requestForm: { categories: { categoryId: string }[] } | null }>(
            `{ requestForm(locationCode: "${code}") { categories { categoryId } } }`,
          )
        ).data?.requestForm,
      (found) => found?.categories !== undefined,
    );
    expect(form!.categories.map(({ categoryId }) => categoryId)).toContain(ward.categoryId);

    const kept = await fetch(`${hospital.url}/photos`, { method: 'POST', headers: { 'x-location-code': code }, body: PNG });
    const { sha256 } = (await kept.json()) as { sha256: string };
    const { data } = await ask<{ answer: Followed }>(
      `mutation ($input: ReportFaultAtLocationInput!, $key: ID!) { answer: reportFaultAtLocation(input: $input, idempotencyKey: $key) { ${FOLLOWED} } }`,
      { input: { locationCode: code, categoryId: ward.categoryId, description: '床头灯不亮', photos: [sha256] }, key: randomUUID() },
    );
    const { followToken: token } = data!.answer;
    expect(data!.answer).toMatchObject({ photos: 1, canBeRated: false });

    await eventually(
      () => follow(token),
      (request) => request?.status === 'DISPATCHED',
    );
    const [id] = token.split('.') as [string];
    await ward.technician.desk.does('acceptWorkOrder', { id });
    await ward.technician.desk.does('completeWorkOrder', { id, resolution: '已更换灯泡' });
    await eventually(
      () => follow(token),
      (request) => request?.canBeRated === true,
    );
    const rated = await ask<{ answer: Followed }>(
      `mutation ($input: RateFollowedRequestInput!, $key: ID!) { answer: rateFollowedRequest(input: $input, idempotencyKey: $key) { ${FOLLOWED} } }`,
      { input: { token, stars: 5 }, key: randomUUID() },
    );
    expect(rated.data!.answer).toMatchObject({ status: 'CLOSED', stars: 5 });

    const { history, evidence } = await ward.nurse.historyOf(id);
    expect(evidence.intact).toBe(true);
    expect(history.filter(({ actor }) => actor.kind === 'patient').map(({ type }) => type)).toEqual([
      'WorkOrderReported',
      'WorkOrderRated',
    ]);
    expect(history[0]!.data).toMatchObject({ channel: 'web', reporterKind: 'patient', locationCodeId: code, contact: null });
    const shown = await fetch(`${hospital.url}/photos/${sha256}`, {
      headers: { authorization: `Bearer ${await hospital.token('nurse', 'clinician')}` },
    });
    expect([shown.status, shown.headers.get('content-type')]).toEqual([200, 'image/png']);
  });

  it('when anything else is asked, then an account is needed', async () => {
    const { status, errors } = await ask('{ workOrders { totalCount } }');
    expect([status, errors![0]!.extensions.code]).toEqual([401, 'UNAUTHENTICATED']);
  });

  it('when it is all too much, then that is said, with how long to wait', async () => {
    const rate = () =>
      ask('mutation { rateFollowedRequest(input: { token: "none", stars: 5 }, idempotencyKey: "k") { ... on Rejection { code } } }');
    const answers = [];
    for (let n = 0; n < 6; n += 1) answers.push(await rate());
    expect(answers.at(-1)).toMatchObject({ status: 429, errors: [{ extensions: { code: 'RATE_LIMITED' } }] });
  });
});
