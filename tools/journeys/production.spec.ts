import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Program, readyAt } from './program';

describe('given an app as a process in production', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'hospital-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it.each(['assets', 'gateway', 'standalone'])('when %s is to follow a demo clock, then it does not start, and says why', async (name) => {
    const [clock, keys] = [join(folder, 'clock'), join(folder, 'keys.json')];
    writeFileSync(clock, '0');
    writeFileSync(keys, '{"keys":[]}');
    const program = new Program(
      name,
      {
        NODE_ENV: 'production',
        PORT: '0',
        DATA_DIR: folder,
        AUTH_JWKS: keys,
        MASTER_KEY: randomBytes(32).toString('base64'),
        DEMO_CLOCK_FILE: clock,
      },
      (line) => (line.includes('ready') ? line : undefined),
    );
    await expect(program.start().finally(() => program.end('SIGKILL'))).rejects.toThrow(
      'DEMO_CLOCK_FILE: production goes by the clock of the machine',
    );
  });

  it.each(['workorders', 'staffing', 'assets', 'inventory', 'energy'])(
    'when %s is to run alone without a bus, then it does not start, and names the setting',
    async (name) => {
      const keys = join(folder, 'keys.json');
      writeFileSync(keys, '{"keys":[]}');
      const environment = { PORT: '0', DATA_DIR: folder, AUTH_JWKS: keys, MASTER_KEY: randomBytes(32).toString('base64') };
      const program = new Program(name, environment, readyAt);
      await expect(program.start().finally(() => program.end('SIGKILL'))).rejects.toThrow('KAFKA_BROKERS: ');
      expect(readdirSync(folder)).toEqual(['keys.json']);
    },
  );
});
