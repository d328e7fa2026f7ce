import { randomBytes } from 'node:crypto';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { instant } from '@hospital/kernel';
import { type Role, settingsFrom } from '@hospital/service';
import { demoIssuer } from '../../apps/standalone/src/demo-identity';
import { noBroker, startBroker } from '../kafka/test-broker';
import { type Context, type DividedHospital, type Hospital, WEB_HOOKS } from './hospital';
import { Program, readyAt } from './program';

const CONTEXTS: readonly Context[] = ['workorders', 'staffing', 'assets', 'inventory', 'energy'];

/** Why contexts in processes of their own cannot hear of each other here; `undefined` when they can. */
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

/**
 * Five contexts and the gateway, each its own process: on the EventStoreDB at EVENTSTORE_URL or the stand-in, and on a real Kafka.
 * Where there is none the contexts cannot hear of each other: what all of them need to know is founded while they are one process.
 */
export async function sixProcesses(found: (hospital: Hospital) => Promise<void> = async () => undefined): Promise<DividedHospital> {
  const ends = new Ends();
  try {
    return await assemble(ends, found);
  } catch (error) {
    await ends.run();
    throw error;
  }
}

async function assemble(ends: Ends, found: (hospital: Hospital) => Promise<void>): Promise<DividedHospital> {
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
    // The same for all, so that each takes over at once what the one process before them did.
    INSTANCE: 'hospital-0',
    EVENTSTORE_URL: process.env['EVENTSTORE_URL'] ?? (await standIn(ends)),
    ...(obstacle() === undefined ? await broker(ends) : {}),
  };

  const contexts = new Map<Context, { readonly program: Program; port: string; url: string }>();
  const start = async (context: Context): Promise<void> => {
    const known = contexts.get(context);
    const program = known?.program ?? new Program(context, environment, readyAt);
    const url = await program.start({ PORT: known?.port ?? '0' });
    contexts.set(context, { program, url, port: new URL(url).port });
  };
  const kill = (context: Context): Promise<void> => contexts.get(context)!.program.end('SIGKILL');
  ends.add(async () => {
    await Promise.all([...contexts.values()].map(({ program }) => program.end('SIGTERM')));
  });
  const gateway = new Program('gateway', environment, readyAt);
  ends.add(() => gateway.end('SIGTERM'));
  let url = '';
  const startAll = async (): Promise<void> => {
    await Promise.all(CONTEXTS.map(start));
    url = await gateway.start({ SUBGRAPHS: [...contexts].map(([name, context]) => `${name}=${context.url}/graphql`).join(',') });
  };
  const hospital: DividedHospital = {
    get url() {
      return url;
    },
    token: (subject: string, ...roles: readonly Role[]) => issuer.tokenFor(subject, roles),
    passingToken: (subject: string, ...roles: readonly Role[]) => issuer.tokenFor(subject, roles, '2s'),
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
      await Promise.all([gateway.end('SIGTERM'), ...CONTEXTS.map(kill)]);
      await startAll();
    },
    close: () => ends.run(),
  };

  if (obstacle() !== undefined) {
    const whole = new Program('standalone', environment, (line) => /(http\S+)\/graphql /.exec(line)?.[1]);
    ends.add(() => whole.end('SIGTERM'));
    url = await whole.start();
    await found(hospital);
    await whole.end('SIGTERM');
  }
  await startAll();
  if (obstacle() === undefined) await found(hospital);
  return hospital;
}

async function standIn(ends: Ends): Promise<string> {
  const program = new Program('eventstoredb', {}, (line) => (line.startsWith('esdb') ? line : undefined));
  ends.add(() => program.end('SIGTERM'));
  return program.start();
}

/** The one that is named, and how to sign in there; or one of our own that asks for TLS and a user. */
async function broker(ends: Ends): Promise<Record<string, string>> {
  const named = ['KAFKA_BROKERS', 'KAFKA_TLS', 'KAFKA_SASL', 'NODE_EXTRA_CA_CERTS'].map((name) => [name, process.env[name] ?? ''] as const);
  if (named[0]![1] !== '') return Object.fromEntries(named.filter(([, value]) => value !== ''));
  const { brokers, ca, sasl, stop } = await startBroker('--secure');
  ends.add(stop);
  return { KAFKA_BROKERS: brokers.join(','), KAFKA_TLS: 'true', KAFKA_SASL: sasl[0]!, NODE_EXTRA_CA_CERTS: ca };
}
