import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BadSetting, settingsFrom } from '@hospital/service';
import { keptMasterKey } from './demo-identity';
import type { Beginning } from './hospital/seed';
import { keptText } from './kept-file';
import { startSuite, type Suite } from './suite';

let folder: string;
let suite: Suite | undefined;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'whose-'))));
afterEach(async () => {
  await suite?.close();
  suite = undefined;
  rmSync(folder, { recursive: true, force: true });
});

const production = () => {
  writeFileSync(join(folder, 'keys.json'), '{"keys":[]}');
  return { NODE_ENV: 'production', AUTH_JWKS: join(folder, 'keys.json'), MASTER_KEY: Buffer.alloc(32, 7).toString('base64') };
};
const data = (): string => join(folder, 'data');
/** Starts the suite on the folder; ends it again, unless it refused. */
async function run(environment: Readonly<Record<string, string>>, beginning: Beginning = 'small'): Promise<Suite> {
  suite = await startSuite(settingsFrom({ PORT: '0', LOG_LEVEL: 'silent', DATA_DIR: data(), ...environment }), { beginning });
  const ran = suite;
  suite = undefined;
  await ran.close();
  return ran;
}

describe('given a master key that is there and cannot be read', () => {
  it('when the suite starts, then it says which file, and the file is left as it is', async () => {
    mkdirSync(data());
    symlinkSync('master.key', join(data(), 'master.key'));
    await expect(run({})).rejects.toThrow(BadSetting);
    await expect(run({})).rejects.toThrow(join(data(), 'master.key'));
    expect(() => readFileSync(join(data(), 'master.key'))).toThrow('ELOOP');
  });

  it('when it is only a part of one, then it says so, and no other is made', () => {
    writeFileSync(join(folder, 'master.key'), 'c2hvcnQ=');
    expect(() => keptMasterKey(folder)).toThrow(`${join(folder, 'master.key')} is not whole`);
    expect(keptText(join(folder, 'master.key'))).toBe('c2hvcnQ=');
  });
});

describe('given a folder with a history, and no master key', () => {
  it('when the suite starts, then no new key is made, and it goes on once the old one is back', async () => {
    await run({});
    const key = readFileSync(join(data(), 'master.key'));
    rmSync(join(data(), 'master.key'));
    await expect(run({})).rejects.toThrow(`${join(data(), 'master.key')} is missing`);
    expect(existsSync(join(data(), 'master.key'))).toBe(false);
    writeFileSync(join(data(), 'master.key'), key);
    await run({});
    rmSync(join(data(), 'master.key'));
    await run({ MASTER_KEY: key.toString() });
  });
});

describe('given a folder of production', () => {
  it('when a demo starts on it, empty or not, then it refuses, says how to go on, and has written nothing', async () => {
    await run(production());
    const before = readdirSync(data()).sort();
    for (const beginning of ['hospital', 'small', 'empty'] as const) {
      const demo = run({}, beginning);
      await expect(demo).rejects.toThrow(BadSetting);
      await expect(demo).rejects.toThrow(/holds a history that is not a demo's.*NODE_ENV=production.*another DATA_DIR/);
    }
    expect(readdirSync(data()).sort()).toEqual(before);
    await run(production());
  });
});

describe('given a folder of a demo', () => {
  it.each(['small', 'empty'] as const)('when it began %s, then it goes on as a demo, and production refuses it', async (beginning) => {
    expect((await run({}, beginning)).tokens).not.toEqual([]);
    await run({}, beginning);
    const refused = run(production());
    await expect(refused).rejects.toThrow(BadSetting);
    await expect(refused).rejects.toThrow('demo-data.json');
  });

  it('when it began empty, then nobody is in it at the next start either', async () => {
    const technicians = ({ tokens }: Suite): number => tokens.filter(({ role }) => role === 'technician').length;
    expect([technicians(await run({}, 'empty')), technicians(await run({}, 'empty'))]).toEqual([0, 0]);
  });
});
