import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { buildSync } from 'esbuild';
import { noBroker, startBroker, type TestBroker } from './test-broker';

const obstacle = noBroker();
const startable = obstacle === undefined ? describe : describe.skip;
if (obstacle !== undefined) console.warn(`No secure broker is signed in to: ${obstacle}`);

/** Opens the bus that its environment names, publishes one message and hears it; each line of its log is a line of its output. */
const PROGRAM = `
  import { logger, openBus, settingsFrom } from '@hospital/service';
  async function main() {
    const settings = settingsFrom(process.env);
    const bus = await openBus(settings, 'secure-spec', logger(settings, 'program'));
    await bus.publish('secure', [{ key: 'k', value: { text: '三楼停电' }, headers: {} }]);
    const heard = new Promise((hear) => {
      const handle = async ({ value }) => hear(value.text);
      void bus.subscribe({ group: settings.INSTANCE, topics: ['secure'], handle, signal: new AbortController().signal });
    });
    console.log(await heard);
    await bus.close();
  }
  main().catch((error) => console.log(String(error)));
`;

startable('given a broker that asks for TLS and a user', () => {
  let folder: string;
  let program: string;
  let broker: TestBroker;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'secure-'));
    // Beside the packages.
    program = resolve(__dirname, '../../dist/secure-spec.js');
    buildSync({
      stdin: { contents: PROGRAM, resolveDir: __dirname, loader: 'ts' },
      tsconfig: resolve(__dirname, '../../tsconfig.json'),
      bundle: true,
      platform: 'node',
      packages: 'external',
      loader: { '.graphql': 'text' },
      outfile: program,
    });
    broker = await startBroker('--secure');
  });
  afterAll(async () => {
    await broker.stop();
    rmSync(folder, { recursive: true });
    rmSync(program);
  });

  const begin = (access: Readonly<Record<string, string>>) => {
    const env = { PATH: process.env['PATH'], KAFKA_BROKERS: broker.brokers.join(','), DATA_DIR: folder, ...access };
    const child = spawn(process.execPath, [program], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    return { child, lines: createInterface({ input: child.stdout }) };
  };
  const secure = (): Record<string, string> => ({ KAFKA_TLS: 'true', NODE_EXTRA_CA_CERTS: broker.ca });

  it.each([0, 1, 2])('when a process signs in by the mechanism of place %i, then it publishes and hears', async (place) => {
    const { child, lines } = begin({ ...secure(), KAFKA_SASL: broker.sasl[place]!, INSTANCE: `group-${place}` });
    const said: string[] = [];
    lines.on('line', (line) => said.push(line));
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(said).toContain('三楼停电');
  });

  it.each([
    [
      'with another password',
      () => ({ ...secure(), KAFKA_SASL: 'scram-sha-512:hospital:guessed' }),
      /SASL SCRAM SHA512 authentication failed/,
    ],
    ['without a user', () => secure(), /Closed connection/],
    ['without TLS', () => ({ KAFKA_SASL: broker.sasl[0]! }), /Closed connection/],
    ['without knowing its authority', () => ({ KAFKA_TLS: 'true', KAFKA_SASL: broker.sasl[0]! }), /self-signed certificate/],
  ])('when a process comes %s, then its log says why it gets nowhere, and no password', async (_, access, why) => {
    const { child, lines } = begin(access());
    const said: string[] = [];
    for await (const line of lines) {
      said.push(line);
      if (why.test(line)) break;
    }
    child.kill('SIGKILL');
    expect(said.join('\n')).toMatch(why);
    expect(said.join('\n')).not.toMatch(/guessed|for-a-test|三楼停电/);
  });
});
