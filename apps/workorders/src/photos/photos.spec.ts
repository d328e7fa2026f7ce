import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { Module } from '@nestjs/common';
import { openEngines } from '@hospital/engines';
import { DAY, type JsonObject, link, NO_STREAM, ShiftableClock, technical } from '@hospital/kernel';
import { AT } from '@hospital/kernel/testing';
import { context, httpOf, logger, refuse, settingsFrom, start, views } from '@hospital/service';
import type { FastifyInstance } from 'fastify';
import { locationCode } from '../domain/location-code';
import { workOrder } from '../domain/work-order';
import { locationCodes } from '../views/location-codes';
import { orderPhotos } from '../views/order-photos';
import { MAX_PHOTO_BYTES, Photos } from './photos';
import { PhotosModule } from './photos.module';
import { heic, jpeg, png, SECRET, webp } from './testing/pictures';

/** As much of the work orders as photos need. */
@Module({
  imports: [
    context({ name: 'workorders', aggregates: [workOrder, locationCode], history: {} }),
    views(locationCodes, orderPhotos),
    PhotosModule,
  ],
})
class PhotosAlone {}

let folder: string;
let nest: Awaited<ReturnType<typeof start>>;
let http: FastifyInstance;
const SIGNED_IN = { authorization: 'Bearer good' };
const settings = () => settingsFrom({ DATA_DIR: folder, LOG_LEVEL: 'silent' });

async function begin(): Promise<void> {
  nest = await start(PhotosAlone, {
    settings: settings(),
    clock: new ShiftableClock(),
    log: logger({ LOG_LEVEL: 'silent' }, 'photos'),
    masterKey: Buffer.alloc(32, 1),
    async verify(authorization) {
      if (authorization !== SIGNED_IN.authorization) throw refuse('UNAUTHENTICATED', 'A bearer token is needed.', 'authorization', 401);
      return { id: 'pn_1', kind: 'person', roles: [] };
    },
  });
  http = httpOf(nest);
  await http.ready();
}

/** Writes what happened before this process began. */
async function happened(stream: string, ...events: readonly { readonly type: string; readonly data: JsonObject }[]): Promise<void> {
  const { store, close } = await openEngines('workorders', settings(), logger({ LOG_LEVEL: 'silent' }, 'spec'));
  let hash = '';
  const chained = events.map((event, n) => {
    const id = randomUUID();
    const linked = link(stream, n, hash, { ...event, id }, technical(id, AT));
    hash = linked.metadata.hash;
    return linked;
  });
  await store.append(stream, NO_STREAM, chained);
  await close();
}

const spot = { placeId: 'as_1', spot: '三楼护士站', zone: null };
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'photos-'));
  await happened('locationCode-lc_ward', { type: 'LocationCodeIssued', data: spot });
  await happened(
    'locationCode-lc_old',
    { type: 'LocationCodeIssued', data: spot },
    { type: 'LocationCodeWithdrawn', data: { reason: '拆除' } },
  );
  await begin();
});
afterEach(async () => {
  await nest.close();
  rmSync(folder, { recursive: true });
});

interface Kept {
  readonly sha256: string;
  readonly bytes: number;
  readonly type: string;
}
const post = (payload: Buffer | Readable, headers: Record<string, string> = SIGNED_IN, method: 'POST' | 'PUT' = 'POST') =>
  http.inject({ method, url: '/photos', headers: { 'content-type': 'image/jpeg', ...headers }, payload });
const keep = async (bytes: Buffer): Promise<Kept> => (await post(bytes)).json<Kept>();
const show = (hash: string, headers: Record<string, string> = SIGNED_IN) => http.inject({ url: `/photos/${hash}`, headers });
type Response = Awaited<ReturnType<typeof post>>;
const fault = (response: Response) => [
  response.statusCode,
  response.json<{ errors: { extensions: { code: string } }[] }>().errors[0]!.extensions.code,
];
const stored = (): readonly string[] =>
  existsSync(join(folder, 'photos'))
    ? readdirSync(join(folder, 'photos'), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ name }) => name)
    : [];
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

describe('WO-01 given somebody with an account', () => {
  it.each([
    ['image/jpeg', jpeg()],
    ['image/png', png()],
    ['image/webp', webp()],
    ['image/heic', heic()],
  ])('when a %s is sent, whatever its headers say, then it is kept by its hash, and shown as it is', async (type, bytes) => {
    const response = await post(bytes, { ...SIGNED_IN, 'content-type': 'text/html' });
    expect([response.statusCode, response.json()]).toEqual([200, { sha256: sha256(bytes), bytes: bytes.length, type }]);
    const shown = await show(sha256(bytes));
    expect([shown.statusCode, shown.rawPayload]).toEqual([200, bytes]);
    expect(shown.headers).toMatchObject({
      'content-type': type,
      'x-content-type-options': 'nosniff',
      'content-disposition': 'inline',
      'content-security-policy': "default-src 'none'",
      'cache-control': 'private, max-age=31536000, immutable',
    });
  });

  it('when the same photo is sent twice, by POST and by PUT, then it is stored once', async () => {
    const [first, second] = [await post(png()), await post(png(), SIGNED_IN, 'PUT')];
    expect(second.json()).toEqual(first.json());
    expect(stored()).toEqual([sha256(png())]);
  });

  it('when it is sent at the same moment many times, then it is stored once, and nothing half written is left', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => post(jpeg())));
    expect(new Set(answers.map(({ body }) => body)).size).toBe(1);
    expect(stored()).toEqual([sha256(jpeg())]);
  });
});

describe('WO-24 given a photo that tells where and by whom it was taken', () => {
  it('when it is sent, then what is stored tells nothing of that', async () => {
    const { sha256: hash } = await keep(jpeg({ telling: true, orientation: 3 }));
    const { rawPayload } = await show(hash);
    expect([rawPayload.includes(SECRET), sha256(rawPayload)]).toEqual([false, hash]);
  });
});

describe('WO-01 given an upload that cannot be a photo', () => {
  afterEach(() => expect(stored()).toEqual([]));

  it.each([
    ['has the wrong beginning', Buffer.from('GIF89a'), 415, 'UNSUPPORTED_PHOTO'],
    ['is empty', Buffer.alloc(0), 415, 'UNSUPPORTED_PHOTO'],
    ['is not whole', jpeg().subarray(0, -3), 400, 'BROKEN_PHOTO'],
    ['is larger than it may be', Buffer.concat([jpeg(), Buffer.alloc(MAX_PHOTO_BYTES)]), 413, 'PHOTO_TOO_LARGE'],
  ])('when it %s, then it is refused and nothing is stored', async (_, bytes, status, code) => {
    expect(fault(await post(bytes))).toEqual([status, code]);
  });

  it('when it does not say how large it is, then it is refused as soon as it is too large', async () => {
    const endless = Readable.from([jpeg(), ...Array.from({ length: 6 }, () => Buffer.alloc(1_048_576))]);
    expect(fault(await post(endless))).toEqual([413, 'PHOTO_TOO_LARGE']);
  });

  it('when it breaks off, then nothing is left of it', async () => {
    await http.listen({ port: 0, host: '127.0.0.1' });
    const ended = new Promise<void>((resolve) => http.server.once('connection', (socket) => socket.once('close', () => resolve())));
    const { port } = http.server.address() as AddressInfo;
    const sending = request({ port, method: 'POST', path: '/photos', headers: { ...SIGNED_IN, 'content-length': String(jpeg().length) } });
    sending.on('error', () => undefined);
    sending.write(jpeg().subarray(0, 50), () => sending.destroy());
    await ended;
  });
});

describe('WO-01 given somebody without an account', () => {
  it('when a location code that is in use is told, then a photo is kept', async () => {
    expect((await post(png(), { 'x-location-code': 'lc_ward' })).statusCode).toBe(200);
  });

  it.each<[string, Record<string, string>]>([
    ['no code', {}],
    ['a code nobody issued', { 'x-location-code': 'lc_nowhere' }],
    ['a code that was withdrawn', { 'x-location-code': 'lc_old' }],
    ['a code and a token that is none', { 'x-location-code': 'lc_ward', authorization: 'Bearer bad' }],
  ])('when %s is told, then that is refused', async (_, headers) => {
    expect(fault(await post(png(), headers))).toEqual([401, 'UNAUTHENTICATED']);
    expect(stored()).toEqual([]);
  });

  it('when a photo is asked for, then that is refused, code or not', async () => {
    const { sha256: hash } = await keep(png());
    expect(fault(await show(hash, { 'x-location-code': 'lc_ward' }))).toEqual([401, 'UNAUTHENTICATED']);
  });
});

describe('WO-01 given a hash that is none of a photo', () => {
  it.each(['0'.repeat(64), '..%2f..%2fmaster.key', '..%2fincoming', `${'0'.repeat(63)}G`, '0'.repeat(65), '%00', '%2e%2e'])(
    'when %s is asked for, then there is none',
    async (hash) => {
      writeFileSync(join(folder, 'master.key'), 'secret');
      const response = await show(hash);
      expect([response.statusCode, response.body.includes('secret')]).toEqual([404, false]);
    },
  );
});

describe('WO-01 given photos that were sent more than a day ago', () => {
  const daysAgo = (days: number) => new Date(Date.now() - days * DAY - 1_000);
  const fileOf = (hash: string) => join(folder, 'photos', hash.slice(0, 2), hash);

  it('when the suite starts, then those that no order shows go, and what was half written with them', async () => {
    const [shown, unshown, fresh] = [await keep(jpeg()), await keep(png()), await keep(webp())];
    for (const { sha256: hash } of [shown, unshown]) utimesSync(fileOf(hash), daysAgo(1), daysAgo(1));
    mkdirSync(join(folder, 'photos/incoming'), { recursive: true });
    const half = join(folder, 'photos/incoming/half');
    writeFileSync(half, 'x');
    utimesSync(half, daysAgo(1), daysAgo(1));
    await nest.close();
    await happened('workOrder-wo_1', { type: 'WorkOrderReported', data: { photos: [shown.sha256] } });
    await begin();
    await nest.get(Photos, { strict: false }).sweep(Date.now());
    expect([...stored()].sort()).toEqual([shown.sha256, fresh.sha256].sort());
    expect((await show(unshown.sha256)).statusCode).toBe(404);
  });

  it('when one is sent again, then it is as good as new', async () => {
    const { sha256: hash } = await keep(png());
    utimesSync(fileOf(hash), daysAgo(2), daysAgo(2));
    await keep(png());
    await nest.get(Photos, { strict: false }).sweep(Date.now());
    expect(stored()).toEqual([hash]);
  });
});
