import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AssetsModule } from '@hospital/assets';
import { EnergyModule } from '@hospital/energy';
import { type Ask, type Feed, feedOf, GatewayModule, type Passage, planningFor } from '@hospital/gateway';
import { InventoryModule } from '@hospital/inventory';
import { type Bus, type Clock, type EventStore, ShiftableClock } from '@hospital/kernel';
import {
  BadSetting,
  CONTEXT,
  type Context,
  httpOf,
  logger,
  openBus,
  type Problem,
  type Role,
  ROLES,
  type Settings,
  start,
  Subgraph,
  type Surroundings,
  verifier,
  Views,
} from '@hospital/service';
import { StaffingModule } from '@hospital/staffing';
import { WorkordersModule } from '@hospital/workorders';
import { DemoClock } from './demo-clock';
import { type DemoIssuer, demoIssuer, keptMasterKey } from './demo-identity';
import { Live } from './hospital/live';
import { type Beginning, hourOf, SEED, seedHospital, settleSeeding, type Size, YEAR } from './hospital/seed';
import { keepText, keptText } from './kept-file';
import { Refused, type Send, sendShifts, sendStartingData, type StartingData, type StartingPerson } from './starting-data';
import { claimForDemo, demoData, keepOutOfDemo } from './whose-folder';

export const CONTEXTS = {
  workorders: WorkordersModule,
  assets: AssetsModule,
  inventory: InventoryModule,
  energy: EnergyModule,
  staffing: StaffingModule,
};

export interface DemoToken {
  readonly role: Role;
  readonly subject: string;
  readonly token: string;
}

export interface Suite {
  readonly url: string;
  /** One per role, and one per technician; empty in production. */
  readonly tokens: readonly DemoToken[];
  readonly clock: Clock;
  /** Writes everything that is stored here into a folder: what a power cut at this instant would leave, with which any start can go on. */
  copyInto(folder: string): void;
  close(): Promise<void>;
}

/** Roles a demo user holds alone. The technicians are the people of the starting data. */
const DEMO_ROLES = ROLES.filter((role) => role !== 'technician');

/** What the demo is to be; production takes no notice. */
export interface DemoOptions {
  /** With what an empty data folder begins: a little starting data unless told. */
  readonly beginning?: Beginning;
  /** How much history a hospital has: a year unless told. */
  readonly size?: Size;
  readonly progress?: (share: number) => void;
  /** Minutes of the demo's clock between two requests that come by themselves; none unless told. */
  readonly paceMinutes?: number;
}

/**
 * All contexts and the gateway in this process. Production (NODE_ENV), or keys of an own issuer (AUTH_JWKS): no demo clock, no demo
 * tokens, no starting data.
 */
export async function startSuite(settings: Settings, wanted: DemoOptions = {}): Promise<Suite> {
  const { beginning = 'small', size = YEAR, progress, paceMinutes = 0 } = wanted;
  const log = logger(settings, 'standalone');
  const production = settings.NODE_ENV === 'production';
  if (production) keepOutOfDemo(settings.DATA_DIR);
  const demo = production || settings.AUTH_JWKS !== undefined ? undefined : await demoOf(settings);
  if (!demo && settings.AUTH_JWKS === undefined) throw new BadSetting('AUTH_JWKS: production needs to know the keys that sign tokens');
  if (!demo && settings.MASTER_KEY === undefined) throw new BadSetting('MASTER_KEY: 32 bytes in base64 are needed without the demo');

  const masterKey = settings.MASTER_KEY ?? keptMasterKey(settings.DATA_DIR);
  const bus = await openBus(settings, 'standalone', log);
  // A history is written into files of its own; a shared store is nobody's to fill.
  if (demo && settings.EVENTSTORE_URL === undefined && settings.KAFKA_BROKERS === undefined) {
    const end = hourOf(Date.parse(demo.clock.now()));
    const seeding = { ...size, seed: SEED, end, progress: progress ?? (() => undefined) };
    if (beginning === 'hospital') await closing(bus, () => seedHospital(settings, masterKey, bus, seeding));
    else settleSeeding(settings.DATA_DIR);
  }
  const surroundings: Surroundings = {
    settings,
    log,
    bus,
    clock: demo?.clock ?? new ShiftableClock(),
    verify: await verifier(settings.AUTH_JWKS ?? demo!.issuer.keys, settings, log),
    masterKey,
  };
  const apps: NestFastifyApplication[] = [];
  const planning = planningFor(settings);
  let live: Live | undefined;
  const close = async (): Promise<void> => {
    await live?.close();
    // The way in closes first, then what stands behind it.
    for (const app of [...apps].reverse()) await app.close();
    await planning.end();
    await bus.close();
  };
  try {
    const stores: ((Bus | EventStore) & Partial<Pick<Suite, 'copyInto'>>)[] = [bus];
    const contexts = new Map<string, Ask>();
    const feeds = new Map<string, Feed>();
    const problems: (() => readonly Problem[])[] = [];
    let photos: Passage | undefined;
    for (const [name, module] of Object.entries(CONTEXTS)) {
      const app = await start(module, surroundings);
      apps.push(app);
      stores.push(app.get<Context>(CONTEXT, { strict: false }).store);
      await app.get(Views, { strict: false }).caughtUp();
      const subgraph = app.get(Subgraph, { strict: false });
      contexts.set(name, (operation, headers) => subgraph.execute(operation, headers));
      feeds.set(
        name,
        feedOf((after, _authorization, signal) => subgraph.changes!(after, signal)),
      );
      problems.push(() => subgraph.problems().map(({ problem, stops }) => ({ problem: `${name}: ${problem}`, stops })));
      if (module === WorkordersModule) {
        const http = httpOf(app);
        await http.ready();
        photos = (request, response) => http.routing(request, response);
      }
    }
    const gateway = await start(
      GatewayModule.with(contexts, photos, feeds, planning, () => problems.flatMap((now) => now())),
      surroundings,
    );
    apps.push(gateway);

    const tokens: DemoToken[] = [];
    if (demo) {
      demo.clock.serve(httpOf(gateway));
      serveTokens(httpOf(gateway), tokens);
      tokens.push(...(await demoTokens(demo.issuer, await furnish(contexts, demo, settings.DATA_DIR, beginning))));
    }
    await gateway.listen(settings.PORT, settings.HOST);
    const url = await gateway.getUrl();
    const failed = (error: unknown): void => log.debug({ err: error }, 'the demo did not move on');
    if (demo && paceMinutes > 0) live = new Live({ url, tokens, clock: demo.clock }, paceMinutes, failed);
    const copyInto = (folder: string): void => {
      // A cluster's keep what they have elsewhere.
      for (const store of stores) store.copyInto?.(folder);
    };
    return { url, tokens, clock: surroundings.clock, copyInto, close };
  } catch (error) {
    await close().catch(() => undefined);
    throw error;
  }
}

/** Closes the bus when this fails. */
async function closing<T>(bus: Bus, work: () => Promise<T>): Promise<T> {
  return work().catch(async (error: unknown) => {
    await bus.close();
    throw error;
  });
}

interface Demo {
  readonly clock: DemoClock;
  readonly issuer: DemoIssuer;
}

async function demoOf({ DATA_DIR, AUTH_ISSUER, AUTH_AUDIENCE }: Settings): Promise<Demo> {
  claimForDemo(DATA_DIR);
  const issuer = await demoIssuer(DATA_DIR, AUTH_ISSUER, AUTH_AUDIENCE);
  return { clock: new DemoClock(DATA_DIR), issuer };
}

/** Sends the starting data, unless this folder's are there and the shifts go on. */
async function furnish(
  contexts: ReadonlyMap<string, Ask>,
  { clock, issuer }: Demo,
  folder: string,
  beginning: Beginning,
): Promise<readonly StartingPerson[]> {
  const data = JSON.parse(keptText(demoData(folder)) ?? '{}') as Partial<StartingData>;
  const kept = data.people && (data as StartingData);
  if (kept && clock.now() < kept.until) return kept.people;
  if (!kept && beginning === 'empty') return [];
  const authorization = `Bearer ${await issuer.tokenFor('demo-setup', ['administrator'])}`;
  const send: Send = async ({ context, mutation, entity, input, key }) => {
    const inputType = `${mutation[0]!.toUpperCase()}${mutation.slice(1)}Input`;
    const query = `mutation ($input: ${inputType}!, $key: ID!) {
      answer: ${mutation}(input: $input, idempotencyKey: $key) { ... on ${entity} { id } ... on Rejection { code message } }
    }`;
    const { data, errors } = await contexts.get(context)!(
      { query, variables: { input, key } },
      new Map([['authorization', authorization]]),
    );
    const answer = data?.['answer'] as { id?: string; code?: string; message?: string } | undefined;
    if (answer?.id !== undefined) return answer.id;
    throw new Refused(answer?.code ?? 'ERROR', `${mutation}: ${answer?.message ?? errors?.[0]?.message}`);
  };
  const hospital = kept?.people.some(({ onShift }) => onShift !== undefined);
  const sent = hospital ? await sendShifts(send, kept!.people, clock.now()) : await sendStartingData(send, clock.now());
  keepText(demoData(folder), JSON.stringify(sent));
  return sent.people;
}

/** GET /demo/tokens, and one as plain text by role or subject: GET /demo/tokens/dispatcher */
function serveTokens(http: ReturnType<typeof httpOf>, tokens: readonly DemoToken[]): void {
  http.get('/demo/tokens', async () => tokens);
  http.get<{ Params: { who: string } }>('/demo/tokens/:who', async ({ params: { who } }, reply) => {
    const found = tokens.find(({ role, subject }) => who === role || who === subject);
    return reply
      .code(found ? 200 : 404)
      .type('text/plain')
      .send(found?.token ?? 'Nobody has this role or id.');
  });
}

async function demoTokens(issuer: DemoIssuer, people: readonly StartingPerson[]): Promise<readonly DemoToken[]> {
  const technicians = people.map(({ id }) => [id, 'technician'] as const);
  const others = DEMO_ROLES.map((role) => [`demo-${role}`, role] as const);
  return Promise.all(
    [...others, ...technicians].map(async ([subject, role]) => ({ role, subject, token: await issuer.tokenFor(subject, [role]) })),
  );
}
