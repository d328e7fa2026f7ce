import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { settingsFrom, Views } from '@hospital/service';
import { demoIssuer } from './demo-identity';
import { startSuite, type Suite } from './suite';

/** One white point. */
const PNG = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=', 'base64');

const PORTAL = 'https://portal.hospital.lan';

let folder: string;
let suite: Suite;
let authorization: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'photos-'));
  const issuer = await demoIssuer(join(folder, 'issuer'), 'hospital-logistics', 'hospital-logistics');
  authorization = `Bearer ${await issuer.tokenFor('pn_1', ['clinician'])}`;
  const AUTH_JWKS = join(folder, 'jwks.json');
  writeFileSync(AUTH_JWKS, JSON.stringify(issuer.keys));
  const MASTER_KEY = Buffer.alloc(32, 7).toString('base64');
  suite = await startSuite(
    settingsFrom({
      NODE_ENV: 'production',
      PORT: '0',
      LOG_LEVEL: 'silent',
      DATA_DIR: join(folder, 'data'),
      AUTH_JWKS,
      MASTER_KEY,
      CORS_ORIGINS: PORTAL,
    }),
  );
});
afterAll(async () => {
  await suite?.close();
  rmSync(folder, { recursive: true });
});

const send = (headers: Record<string, string>, body: Buffer = PNG) => fetch(`${suite.url}/photos`, { method: 'PUT', headers, body });
const codeOf = async (response: Response) =>
  ((await response.json()) as { errors: { extensions: { code: string } }[] }).errors[0]!.extensions.code;

describe('WO-01 given the whole suite in one process', () => {
  it('when a photo is sent to where the graph is, then it is kept by its hash, and shown from there', async () => {
    const sent = await send({ authorization });
    const { sha256, type } = (await sent.json()) as { sha256: string; type: string };
    expect([sent.status, type]).toEqual([200, 'image/png']);
    const shown = await fetch(`${suite.url}/photos/${sha256}`, { headers: { authorization } });
    expect([shown.status, Buffer.from(await shown.arrayBuffer()).equals(PNG)]).toEqual([200, true]);
    expect((await fetch(`${suite.url}/photos/${sha256}`)).status).toBe(401);
  });

  it('when it is too large, or somebody sends it without an account and without a code, then that is refused', async () => {
    const large = await send({ authorization }, Buffer.alloc(6_000_000));
    expect([large.status, await codeOf(large)]).toEqual([413, 'PHOTO_TOO_LARGE']);
    const stranger = await send({});
    expect([stranger.status, await codeOf(stranger)]).toEqual([401, 'UNAUTHENTICATED']);
  });

  it('when somebody without an account goes on sending, then it is enough after twenty-five in a minute', async () => {
    const statuses: number[] = [];
    for (let n = 0; n < 26; n += 1) statuses.push((await send({ 'x-location-code': 'lc_nowhere' })).status);
    expect([statuses.slice(0, 20).includes(429), statuses.at(-1)]).toEqual([false, 429]);
  });
});

describe('given pages of another origin that may ask', () => {
  const asPortal = (headers: Record<string, string> = {}) => ({ headers: { origin: PORTAL, ...headers } });
  const allowed = async (response: Response) => {
    await response.body?.cancel();
    const { headers, status } = response;
    return [status, headers.get('access-control-allow-origin'), headers.get('access-control-expose-headers'), headers.get('vary')];
  };
  const readable = (status: number) => [status, PORTAL, 'retry-after', 'origin'];

  it.each<[string, number, () => Promise<Response>]>([
    ['a photo that is kept', 200, () => send({ authorization, origin: PORTAL })],
    ['one that is none', 415, () => send({ authorization, origin: PORTAL }, Buffer.from('no photo'))],
    ['one that is too large', 413, () => send({ authorization, origin: PORTAL }, Buffer.alloc(6_000_000))],
    ['one that whoever sends it may not send', 401, () => send({ authorization: 'Bearer bad', origin: PORTAL })],
    ['one that is not there', 404, () => fetch(`${suite.url}/photos/${'0'.repeat(64)}`, asPortal({ authorization }))],
    ['one without a token', 401, () => fetch(`${suite.url}/photos/${'0'.repeat(64)}`, asPortal())],
  ])('when the answer is about %s (%i), then they may read it', async (_, status, answered) => {
    expect(await allowed(await answered())).toEqual(readable(status));
  });

  it('when they look at a photo, or listen to what happens, then they may read that', async () => {
    const { sha256 } = (await (await send({ authorization })).json()) as { sha256: string };
    expect(await allowed(await fetch(`${suite.url}/photos/${sha256}`, asPortal({ authorization })))).toEqual(readable(200));
    const listens = { authorization, accept: 'text/event-stream', 'content-type': 'application/json' };
    const body = JSON.stringify({ query: 'subscription { workOrderChanged { id } }' });
    const stream = await fetch(`${suite.url}/graphql/stream`, { method: 'POST', ...asPortal(listens), body });
    expect(await allowed(stream)).toEqual(readable(200));
    const elsewhere = await fetch(`${suite.url}/photos/${sha256}`, { headers: { authorization, origin: 'https://evil.example' } });
    expect((await allowed(elsewhere))[1]).toBeNull();
  });
});

describe('given the health of the whole suite', () => {
  afterEach(() => jest.restoreAllMocks());
  const health = async () => {
    const answer = await fetch(`${suite.url}/health/ready`);
    return [answer.status, await answer.json()];
  };

  it('when all is well, then it is ready; when the read models of contexts are not, then neither is it, and they are named', async () => {
    expect(await health()).toEqual([200, { status: 'ready', problems: [] }]);
    jest.spyOn(Views.prototype, 'ready', 'get').mockReturnValue(false);
    const problems = ['workorders', 'assets', 'inventory', 'energy', 'staffing'].map((name) => `${name}: the read models are catching up`);
    expect(await health()).toEqual([503, { status: 'not ready', problems }]);
  });
});
