import { generateKeyPairSync } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { verifier } from '@hospital/service';
import { SignJWT } from 'jose';

/** An issuer that is asked for its keys only as often as is needed, whatever strangers send. */
const SETTINGS = { AUTH_ISSUER: 'issuer', AUTH_AUDIENCE: 'hospital' };
const known = generateKeyPairSync('ed25519');
const foreign = generateKeyPairSync('ed25519');
const keys = { keys: [{ ...known.publicKey.export({ format: 'jwk' }), alg: 'EdDSA', kid: 'known' }] };
const token = (kid: string, key = foreign.privateKey) =>
  new SignJWT({ iss: 'issuer', aud: 'hospital', sub: 'pn_1', roles: ['auditor'] })
    .setProtectedHeader({ alg: 'EdDSA', kid })
    .setExpirationTime('1h')
    .sign(key);

let issuer: Server;
let url: string;
let fetched: number;
beforeEach(async () => {
  fetched = 0;
  issuer = createServer((_, response) => {
    fetched += 1;
    response.setHeader('content-type', 'application/json').end(JSON.stringify(keys));
  });
  await new Promise<void>((resolve) => issuer.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}/jwks`;
});
afterEach(async () => {
  issuer.closeAllConnections();
  await new Promise((resolve) => issuer.close(resolve));
});

describe('given keys of an issuer', () => {
  it('when a flood of tokens names keys nobody knows, then they are fetched once, and good tokens still count', async () => {
    const verify = await verifier(url, SETTINGS);
    const flood = await Promise.all(Array.from({ length: 200 }, (_, n) => token(`unknown-${n}`)));
    for (const one of flood.slice(0, 100)) await expect(verify(`Bearer ${one}`)).rejects.toThrow('not valid');
    const together = await Promise.allSettled(flood.slice(100).map((one) => verify(`Bearer ${one}`)));
    expect(together.filter(({ status }) => status === 'fulfilled')).toEqual([]);
    expect((await verify(`Bearer ${await token('known', known.privateKey)}`)).id).toBe('pn_1');
    expect(fetched).toBe(1);
  });

  it('when a token names a known key and is signed by another, then it is refused without asking again', async () => {
    const verify = await verifier(url, SETTINGS);
    for (let n = 0; n < 20; n += 1) await expect(verify(`Bearer ${await token('known')}`)).rejects.toThrow('not valid');
    expect(fetched).toBe(1);
  });
});
