import { randomBytes } from 'node:crypto';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { instant } from '@hospital/kernel';
import { type Role, settingsFrom } from '@hospital/service';
import { demoIssuer } from '../../apps/standalone/src/demo-identity';
import { noBroker, startBroker } from '../kafka/test-broker';
import { type Context, type DividedHospital, WEB_HOOKS } from './hospital';
import { Program, readyAt } from './program';

const CONTEXTS: readonly Context[] = ['workorders', 'staffing', 'assets', 'inventory', 'energy'];

/** Why this form cannot run here; `undefined` when it can. */
export const obstacle = (): string | undefined => (process.env['KAFKA_BROKERS'] === undefined ? noBroker() : undefined);

/** Ends what was started, the last first. */
class Ends {
  private readonly all: (() => Promise<void> | void)[] = [];
  add(end: () => Promise<void> | void): void {
    this.all.unshift(end);
  }
  async run(): Promise<void> {
    for (const end of this.all.splice(0)) await end();
  }
}

/** Five contexts and the gateway, each its own process: on the EventStoreDB at EVENTSTORE_URL or the stand-in, and on a real Kafka. */
export async function sixProcesses(): Promise<DividedHospital> {
  const ends = new Ends();
  try {
    return await assemble(ends);
  } catch (error) {
    await ends.run();
    throw error;
  }
}

async function assemble(ends: Ends): Promise<DividedHospital> {
  const folder = mkdtempSync(join(tmpdir(), 'hospital-'));
  ends.add(() => rmSync(folder, { recursive: true, force: true }));
  const { AUTH_ISSUER, AUTH_AUDIENCE } = settingsFrom({});
  const issuer = await demoIssuer(folder, AUTH_ISSUER, AUTH_AUDIENCE);
  const keys = join(folder, 'keys.json');
  writeFileSync(keys, JSON.stringify(issuer.keys));
  const clock = join(folder, 'clock');
  let ahead = 0;
  writeFileSync(clock, '0');

  const environment = {
    NODE_ENV: 'test',
    ...WEB_HOOKS,
    PORT: '0',
    LOG_LEVEL: 'info',
    DATA_DIR: folder,
    AUTH_JWKS: keys,
    MASTER_KEY: randomBytes(32).toString('base64'),
    DEMO_CLOCK_FILE: clock,
    EVENTSTORE_URL: process.env['EVENTSTORE_URL'] ?? (await standIn(ends)),
    KAFKA_BROKERS: process.env['KAFKA_BROKERS'] ?? (await broker(ends)),
  };

  const contexts = new Map<Context, { readonly program: Program; port: string; url: string }>();
  const start = async (context: Context): Promise<void> => {
    const known = contexts.get(context);
    const program = known?.program ?? new Program(context, { ...environment, INSTANCE: `${context}-0` }, readyAt);
    const url = await program.start({ PORT: known?.port ?? '0' });
    contexts.set(context, { program, url, port: new URL(url).port });
  };
  const kill = (context: Context): Promise<void> => contexts.get(context)!.program.end('SIGKILL');
  ends.add(async () => {
    await Promise.all([...contexts.values()].map(({ program }) => program.end('SIGTERM')));
  });
  await Promise.all(CONTEXTS.map(start));

  const subgraphs = [...contexts].map(([name, { url }]) => `${name}=${url}/graphql`).join(',');
  const gateway = new Program('gateway', { ...environment, SUBGRAPHS: subgraphs }, readyAt);
  ends.add(() => gateway.end('SIGTERM'));
  let url = await gateway.start();

  return {
    get url() {
      return url;
    },
    token: (subject: string, ...roles: readonly Role[]) => issuer.tokenFor(subject, roles),
    now: async () => instant(Date.now() + ahead),
    async advance(ms) {
      ahead += ms;
      // In one step: nobody may read half a number.
      writeFileSync(`${clock}.new`, String(ahead));
      renameSync(`${clock}.new`, clock);
    },
    kill,
    start,
    async restart() {
      await Promise.all([gateway.end('SIGKILL'), ...CONTEXTS.map(kill)]);
      await Promise.all(CONTEXTS.map(start));
      url = await gateway.start();
    },
    close: () => ends.run(),
  };
}

async function standIn(ends: Ends): Promise<string> {
  const program = new Program('eventstoredb', {}, (line) => (line.startsWith('esdb') ? line : undefined));
  ends.add(() => program.end('SIGTERM'));
  return program.start();
}

async function broker(ends: Ends): Promise<string> {
  const started = await startBroker();
  ends.add(() => started.stop());
  return started.brokers.join(',');
}
