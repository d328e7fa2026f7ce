import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Role, settingsFrom } from '@hospital/service';
import { type DemoIssuer, demoIssuer } from '../../apps/standalone/src/demo-identity';
import { FrontEnd } from './front-end';
import { Program } from './program';

const VERIFY = join(__dirname, '../../dist/verify.js');
const SHOTS = 8;
const FIRST = 40;

const REGISTER = `mutation ($name: String!, $key: ID!) {
  answer: registerPerson(input: { name: $name, trade: "electrician" }, idempotencyKey: $key) { ... on Person { id } }
}`;

describe('given a house in production, asked for a backup while it works', () => {
  const folder = mkdtempSync(join(tmpdir(), 'backup-'));
  const [backups, restored] = [join(folder, 'backups'), join(folder, 'restored')];
  const environment = (dataFolder: string) => ({
    ...{
      NODE_ENV: 'production',
      PORT: '0',
      DATA_DIR: dataFolder,
      AUTH_JWKS: join(folder, 'keys.json'),
      MASTER_KEY,
      RATE_PER_IDENTITY: '0',
    },
    BACKUP_DIR: backups,
  });
  const MASTER_KEY = randomBytes(32).toString('base64');
  let issuer: DemoIssuer;
  const told: string[] = [];
  let tell: () => void;
  const backedUp = new Promise<void>((resolve) => (tell = resolve));
  const address = (line: string): string | undefined => {
    told.push(line);
    if (/^Backup: |there is no backup/.test(line)) tell();
    return /(http\S+)\/graphql /.exec(line)?.[1];
  };
  const at = async (url: string): Promise<FrontEnd> =>
    FrontEnd.of({ url, token: (subject: string, ...roles: readonly Role[]) => issuer.tokenFor(subject, roles) }, 'adm-1', 'administrator');

  /** People by id whose registration was answered before the backup was asked for. */
  const acknowledged = new Map<string, string>();
  let atBackup: ReadonlyMap<string, string>;
  const house = new Program('standalone', environment(join(folder, 'data')), address);
  const copy = new Program('standalone', environment(restored), address);

  beforeAll(async () => {
    const { AUTH_ISSUER, AUTH_AUDIENCE } = settingsFrom({});
    issuer = await demoIssuer(folder, AUTH_ISSUER, AUTH_AUDIENCE);
    writeFileSync(join(folder, 'keys.json'), JSON.stringify(issuer.keys));
    const administrator = await at(await house.start());
    let working = true;
    let enough: () => void;
    const first = new Promise<void>((resolve) => (enough = resolve));
    const work = Array.from({ length: SHOTS }, async (_, lane) => {
      for (let n = 0; working; n += 1) {
        const name = `王${lane}-${n}`;
        const { data } = await administrator.ask<{ answer: { id: string } }>(REGISTER, { name, key: `${lane}-${n}` });
        acknowledged.set(data!.answer.id, name);
        if (acknowledged.size >= FIRST) enough();
      }
    });
    await first;
    atBackup = new Map(acknowledged);
    house.signal('SIGUSR2');
    await backedUp;
    working = false;
    await Promise.all(work);
    await house.end('SIGTERM');
  });
  afterAll(async () => {
    await Promise.all([house, copy].map((program) => program.end('SIGKILL')));
    rmSync(folder, { recursive: true, force: true });
  });

  it('then there is one folder with all events and the bus, said to be verified, and neither read models nor a key', () => {
    const names = readdirSync(backups);
    expect(names).toEqual([expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d-]+Z$/)]);
    expect(told.filter((line) => line.startsWith('Backup: '))).toEqual([
      expect.stringContaining(`${join(backups, names[0]!)}, verified (assets.events.sqlite: intact: `),
    ]);
    const contexts = ['assets', 'energy', 'inventory', 'staffing', 'workorders'].map((name) => `${name}.events.sqlite`);
    expect(readdirSync(join(backups, names[0]!)).sort()).toEqual([...contexts, 'bus.sqlite'].sort());
  });

  it('then the verification calls every file of it intact', () => {
    const whole = join(backups, readdirSync(backups)[0]!);
    for (const name of readdirSync(whole).filter((file) => file.endsWith('.events.sqlite')))
      expect(spawnSync(process.execPath, [VERIFY, join(whole, name)], { encoding: 'utf8' })).toMatchObject({
        status: 0,
        stdout: expect.stringContaining('intact: '),
      });
  });

  it('when it is restored and started, then everybody who was acknowledged before is there by name, and the house works', async () => {
    cpSync(join(backups, readdirSync(backups)[0]!), restored, { recursive: true });
    const administrator = await at(await copy.start());
    const query = 'query ($id: ID!) { person(id: $id) { name evidence { intact } } }';
    for (const [id, name] of atBackup)
      expect((await administrator.ask(query, { id })).data).toEqual({ person: { name, evidence: { intact: true } } });
    const { data } = await administrator.ask<{ answer: { id: string } }>(REGISTER, { name: '后来', key: 'afterwards' });
    expect(data!.answer.id).toMatch(/^pn_/);
    await copy.end('SIGTERM');
  });
});
