import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BadSetting, settingsFrom, verifier } from '@hospital/service';
import { DemoClock, duration } from './demo-clock';
import { demoIssuer, keptMasterKey } from './demo-identity';
import { startSuite } from './suite';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'demo-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('durations', () => {
  it.each([
    ['PT30M', 1_800_000],
    ['P1DT2H3M4S', 93_784_000],
    ['PT0S', 0],
    ['P366D', 366 * 86_400_000],
  ])('%s is understood', (text, ms) => expect(duration(text)).toBe(ms));

  it.each(['', 'P', 'PT', '30M', 'PT-5M', 'P1Y', 'PT1.5H', 'P367D', 'P1D2H', ' PT1M', null, 5, {}])('%p is refused', (text) =>
    expect(duration(text)).toBeUndefined(),
  );
});

describe('the demo clock', () => {
  it('given it was moved ahead, when the suite starts again, then it is still ahead', () => {
    const before = new DemoClock(folder);
    const now = before.advance(3_600_000);
    expect(new DemoClock(folder).now() >= now).toBe(true);
    before.advance(1_000);
    expect(JSON.parse(readFileSync(join(folder, 'demo-clock.json'), 'utf8'))).toEqual({ aheadMs: 3_601_000 });
  });

  it('given a file that cannot be read, then it begins with the machine', () => {
    writeFileSync(join(folder, 'demo-clock.json'), '{');
    expect(Math.abs(Date.parse(new DemoClock(folder).now()) - Date.now())).toBeLessThan(60_000);
  });
});

describe('the secrets of a data folder', () => {
  it('are made once, and readable by their owner only', () => {
    const key = keptMasterKey(folder);
    expect(key).toHaveLength(32);
    expect(keptMasterKey(folder)).toEqual(key);
    expect(statSync(join(folder, 'master.key')).mode & 0o777).toBe(0o600);
  });

  it('sign tokens that the suite accepts, after a restart too; another folder’s tokens it refuses', async () => {
    const settings = { AUTH_ISSUER: 'hospital', AUTH_AUDIENCE: 'hospital' };
    const token = await (await demoIssuer(folder, 'hospital', 'hospital')).tokenFor('pn_1', ['technician']);
    const again = await demoIssuer(folder, 'hospital', 'hospital');
    const verify = await verifier(again.keys, settings);
    expect(await verify(`Bearer ${token}`)).toEqual({ id: 'pn_1', kind: 'person', roles: ['technician'] });
    expect(JSON.stringify(again.keys)).not.toContain('"d"');

    const elsewhere = mkdtempSync(join(tmpdir(), 'demo-'));
    const foreign = await (await demoIssuer(elsewhere, 'hospital', 'hospital')).tokenFor('pn_1', ['administrator']);
    rmSync(elsewhere, { recursive: true });
    await expect(verify(`Bearer ${foreign}`)).rejects.toMatchObject({ extensions: { code: 'UNAUTHENTICATED' } });
  });
});

describe('production', () => {
  const production = { NODE_ENV: 'production', PORT: '0', LOG_LEVEL: 'silent' };
  const MASTER_KEY = Buffer.alloc(32, 7).toString('base64');

  it('given no keys of an issuer, or no master key, then it does not start, and says which', async () => {
    await expect(startSuite(settingsFrom({ ...production, DATA_DIR: folder, MASTER_KEY }))).rejects.toThrow(BadSetting);
    await expect(startSuite(settingsFrom({ ...production, DATA_DIR: folder, AUTH_JWKS: 'keys.json' }))).rejects.toThrow('MASTER_KEY');
  });

  it('given both, then it starts empty: no demo tokens, no demo clock, no starting data, no introspection', async () => {
    const issuer = await demoIssuer(mkdtempSync(join(folder, 'issuer-')), 'hospital-logistics', 'hospital-logistics');
    const jwks = join(folder, 'jwks.json');
    writeFileSync(jwks, JSON.stringify(issuer.keys));
    const suite = await startSuite(settingsFrom({ ...production, DATA_DIR: join(folder, 'data'), AUTH_JWKS: jwks, MASTER_KEY }));
    try {
      expect(suite.tokens).toEqual([]);
      for (const path of [
        '/demo/clock',
        '/demo/tokens',
        '/demo/tokens/administrator',
        '/',
        '/graphiql',
        '/graphiql/graphiql.js',
        '/schema',
      ])
        expect((await fetch(suite.url + path)).status).toBe(404);
      const ask = async (query: string) =>
        (
          await fetch(`${suite.url}/graphql`, {
            method: 'POST',
            headers: { authorization: `Bearer ${await issuer.tokenFor('pn_1', ['director'])}`, 'content-type': 'application/json' },
            body: JSON.stringify({ query }),
          })
        ).json() as Promise<{ data?: unknown; errors?: readonly unknown[] }>;
      expect(await ask('{ people { totalCount } workOrders { totalCount } faultCategories { totalCount } }')).toMatchObject({
        data: { people: { totalCount: 0 }, workOrders: { totalCount: 0 }, faultCategories: { totalCount: 0 } },
      });
      expect((await ask('{ __schema { types { name } } }')).errors).toBeDefined();
    } finally {
      await suite.close();
    }
  });
});
