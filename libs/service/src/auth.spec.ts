import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignJWT, UnsecuredJWT } from 'jose';
import { type KeySet, verifier } from './auth';
import { ERROR, listening } from './testing/opened';

const SETTINGS = { AUTH_ISSUER: 'https://issuer.example', AUTH_AUDIENCE: 'hospital' };
const { privateKey } = generateKeyPairSync('ed25519');
const publicKey = createPublicKey(privateKey);
const keys: KeySet = { keys: [{ ...publicKey.export({ format: 'jwk' }), alg: 'EdDSA', use: 'sig', kid: 'one' }] };
const now = (): number => Math.floor(Date.now() / 1_000);

const sign = (
  claims: Record<string, unknown> = {},
  { alg = 'EdDSA', kid = 'one', key = privateKey }: { alg?: string; kid?: string; key?: KeyObject | Uint8Array } = {},
): Promise<string> =>
  new SignJWT({ iss: SETTINGS.AUTH_ISSUER, aud: SETTINGS.AUTH_AUDIENCE, sub: 'pn_1', exp: now() + 60, roles: ['dispatcher'], ...claims })
    .setProtectedHeader({ alg, kid })
    .sign(key);

const codeOf = (verdict: Promise<unknown>): Promise<unknown> =>
  verdict.then(
    () => 'accepted',
    (error: { extensions?: unknown }) => error.extensions,
  );
const UNAUTHENTICATED = { code: 'UNAUTHENTICATED', http: { status: 401 } };

describe('given a key set', () => {
  it('when a token is good, then it says who asks, with the roles that exist', async () => {
    const verify = await verifier(keys, SETTINGS);
    const token = await sign({ roles: ['director', 'emperor', 'dispatcher'], kind: 'robot' });
    expect(await verify(`Bearer ${token}`)).toEqual({ id: 'pn_1', kind: 'robot', roles: ['dispatcher', 'director'] });
  });

  it('when a token says nothing of roles and kind, then it is of a person without roles', async () => {
    const verify = await verifier(keys, SETTINGS);
    expect(await verify(`Bearer ${await sign({ roles: undefined })}`)).toEqual({ id: 'pn_1', kind: 'person', roles: [] });
  });

  const other = generateKeyPairSync('ed25519').privateKey;
  const spki = Buffer.from(publicKey.export({ type: 'spki', format: 'pem' }));
  const claims = { iss: SETTINGS.AUTH_ISSUER, aud: SETTINGS.AUTH_AUDIENCE, sub: 'pn_1', exp: now() + 60 };
  it.each<[string, () => Promise<string> | string]>([
    ['has no signature (alg none)', () => new UnsecuredJWT(claims).encode()],
    ['is signed by HS256 with the public key as secret', () => sign({}, { alg: 'HS256', key: spki })],
    [
      'is signed by HS256 with the raw public key',
      () => sign({}, { alg: 'HS256', key: Buffer.from(String(keys.keys[0]!['x']), 'base64url') }),
    ],
    ['is signed by another key', () => sign({}, { key: other })],
    ['names a key nobody knows', () => sign({}, { kid: 'two' })],
    ['comes from another issuer', () => sign({ iss: 'https://elsewhere.example' })],
    ['is meant for another audience', () => sign({ aud: 'cafeteria' })],
    ['has expired', () => sign({ exp: now() - 1 })],
    ['never expires', () => sign({ exp: undefined })],
    ['is not valid yet', () => sign({ nbf: now() + 60 })],
    ['has no subject', () => sign({ sub: undefined })],
    ['has a subject that is no pseudonym', () => sign({ sub: 'a/b c' })],
    ['claims to be the system', () => sign({ kind: 'system' })],
    ['has roles that are no list', () => sign({ roles: 'administrator' })],
    ['is garbage', () => 'a.b.c'],
    ['was changed after it was signed', async () => (await sign()).replace(/\.(.)/, (_, first: string) => `.${first === 'a' ? 'b' : 'a'}`)],
  ])('when a token %s, then it is refused with status 401', async (_, make) => {
    const verify = await verifier(keys, SETTINGS);
    expect(await codeOf(verify(`Bearer ${await make()}`))).toEqual(UNAUTHENTICATED);
  });

  it.each([
    ['RS256', 'accepted'],
    ['RS512', UNAUTHENTICATED],
    ['PS256', UNAUTHENTICATED],
  ])('when a key names no algorithm and a token is signed with it by %s, then only what was agreed on counts', async (alg, verdict) => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    const verify = await verifier({ keys: [{ ...rsa.publicKey.export({ format: 'jwk' }), kid: 'one' }] }, SETTINGS);
    expect(await codeOf(verify(`Bearer ${await sign({}, { alg, key: rsa.privateKey })}`))).toEqual(verdict);
  });

  it.each([undefined, '', 'Bearer', 'Basic YTpi', 'Bearer a b'])('when the header is %p, then it is refused', async (header) => {
    const verify = await verifier(keys, SETTINGS);
    expect(await codeOf(verify(header))).toEqual(UNAUTHENTICATED);
  });

  describe('and a token that is remembered', () => {
    afterEach(() => jest.restoreAllMocks());
    /** Moves the machine's clock; jose asks for it in its own way. */
    const laterBy = (ms: number): void => {
      const real = Date.now();
      jest.useFakeTimers({ now: real + ms, doNotFake: ['nextTick', 'setImmediate', 'setTimeout', 'queueMicrotask'] });
    };
    afterEach(() => jest.useRealTimers());

    it('when it is shown again, then it is known', async () => {
      const verify = await verifier(keys, SETTINGS);
      const token = `Bearer ${await sign()}`;
      expect(await verify(token)).toBe(await verify(token));
    });

    it('when it expires, then it is dropped', async () => {
      const verify = await verifier(keys, SETTINGS);
      const token = `Bearer ${await sign({ exp: now() + 30 })}`;
      await verify(token);
      laterBy(31_000);
      expect(await codeOf(verify(token))).toEqual(UNAUTHENTICATED);
    });

    it('when a minute has gone by, then its signature is checked again, so that a key that was withdrawn counts no more', async () => {
      const verify = await verifier(keys, SETTINGS);
      const token = `Bearer ${await sign({ exp: now() + 3_600 })}`;
      const first = await verify(token);
      laterBy(61_000);
      const second = await verify(token);
      expect(second).not.toBe(first);
      expect(second).toEqual(first);
    });
  });
});

describe('given keys elsewhere', () => {
  it('when they are in a file, then they are read; when that is none of keys, then the setting is named', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'keys-'));
    const file = join(folder, 'jwks.json');
    writeFileSync(file, JSON.stringify(keys));
    const verify = await verifier(file, SETTINGS);
    expect(await codeOf(verify(`Bearer ${await sign()}`))).toBe('accepted');
    for (const text of ['not json', '{}', '{"keys":[1]}']) {
      writeFileSync(file, text);
      await expect(verifier(file, SETTINGS)).rejects.toThrow(/^AUTH_JWKS: /);
    }
    rmSync(folder, { recursive: true });
    await expect(verifier(file, SETTINGS)).rejects.toThrow(/^AUTH_JWKS: /);
  });

  it('when they are served over HTTP, then they are fetched once', async () => {
    let fetched = 0;
    const server = createServer((_, response) => {
      fetched += 1;
      response.setHeader('content-type', 'application/json').end(JSON.stringify(keys));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const verify = await verifier(`http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`, SETTINGS);
    expect(await codeOf(verify(`Bearer ${await sign({ sub: 'pn_1' })}`))).toBe('accepted');
    expect(await codeOf(verify(`Bearer ${await sign({ sub: 'pn_2' })}`))).toBe('accepted');
    expect(fetched).toBe(1);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  describe('and whoever serves them', () => {
    let answer: { status: number; body: string };
    let server: Server;
    let url: string;
    beforeEach(async () => {
      server = createServer((_, response) => response.writeHead(answer.status).end(answer.body));
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
    });
    const away = async (): Promise<void> => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    };
    afterEach(async () => {
      jest.useRealTimers();
      await away();
    });
    const UNAVAILABLE = { code: 'KEYS_UNAVAILABLE', retryable: true, http: { status: 503 } };

    it('when they do not answer, then no token is called bad, and the log says why once a minute, until they do', async () => {
      const { log, logged } = listening();
      const verify = await verifier(url, SETTINGS, log);
      const token = `Bearer ${await sign({ exp: now() + 3_600 })}`;
      await away();
      jest.useFakeTimers({ now: Date.now(), doNotFake: ['nextTick', 'setImmediate', 'setTimeout', 'clearTimeout', 'queueMicrotask'] });
      for (let n = 0; n < 3; n += 1) expect(await codeOf(verify(token))).toEqual(UNAVAILABLE);
      expect(logged).toMatchObject([{ level: ERROR, err: { message: expect.any(String) } }]);
      jest.setSystemTime(Date.now() + 60_000);
      for (let n = 0; n < 3; n += 1) expect(await codeOf(verify(token))).toEqual(UNAVAILABLE);
      expect(logged).toHaveLength(2);
      answer = { status: 200, body: JSON.stringify(keys) };
      server = createServer((_, response) => response.writeHead(answer.status).end(answer.body));
      await new Promise<void>((resolve) => server.listen(Number(new URL(url).port), '127.0.0.1', resolve));
      expect(await codeOf(verify(token))).toBe('accepted');
    });

    it.each([
      ['an error', { status: 500, body: '' }],
      ['a page', { status: 200, body: '<html>' }],
      ['something else', { status: 200, body: '{}' }],
    ])('when they answer with %s, then that is no fault of a token either; what is no token is refused all the same', async (_, given) => {
      answer = given;
      const verify = await verifier(url, SETTINGS);
      expect(await codeOf(verify(`Bearer ${await sign()}`))).toEqual(UNAVAILABLE);
      expect(await codeOf(verify('Bearer a.b.c'))).toEqual(UNAUTHENTICATED);
    });
  });

  it.each(['http://', 'https://:80/jwks'])('when the address is %s, then the setting is named', async (address) => {
    await expect(verifier(address, SETTINGS)).rejects.toThrow(/^AUTH_JWKS: /);
  });
});
