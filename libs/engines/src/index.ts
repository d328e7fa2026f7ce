import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Bus, EventStore, ViewStore } from '@hospital/kernel';
import type { SASLOptions } from 'kafkajs';
import { EmbeddedBus } from './embedded/bus';
import { EmbeddedEventStore } from './embedded/event-store';
import { EmbeddedViewStore } from './embedded/view-store';
import type { Log } from './log';

export type { Log } from './log';
export { FileInUse, FileUnusable } from './embedded/sqlite';
export { KeyVault } from './vault';

export interface EngineSettings {
  /** Folder of the embedded engines' files; made when missing. */
  readonly DATA_DIR: string;
  readonly EVENTSTORE_URL?: string | undefined;
  readonly KAFKA_BROKERS?: readonly string[] | undefined;
  readonly KAFKA_TLS?: boolean | undefined;
  /** `mechanism:user:password` */
  readonly KAFKA_SASL?: string | undefined;
  /** Before the name of every topic and group. */
  readonly KAFKA_PREFIX?: string | undefined;
}

export interface Engines {
  readonly store: EventStore;
  readonly views: ViewStore;
  readonly bus: Bus;
  close(): Promise<void>;
}

/** The bus that the settings name. */
export async function openBus({ DATA_DIR, KAFKA_BROKERS, ...access }: EngineSettings, clientId: string, log: Log): Promise<Bus> {
  if (KAFKA_BROKERS === undefined) return new EmbeddedBus(fileIn(DATA_DIR, 'bus'), { log });
  // Loaded only where it is used: it would cost every other process its start.
  const { KafkaBus } = await import('./kafka/bus');
  const [mechanism, username, ...password] = access.KAFKA_SASL?.split(':') ?? [];
  const sasl = mechanism && { sasl: { mechanism, username, password: password.join(':') } as SASLOptions };
  const { KAFKA_PREFIX: prefix } = access;
  return new KafkaBus({ brokers: KAFKA_BROKERS, clientId, prefix, log, access: { ssl: access.KAFKA_TLS === true, ...sasl } });
}

/** The engines of one context that the settings name; `bus` when the process has one already. */
export async function openEngines(context: string, settings: EngineSettings, log: Log, bus?: Bus): Promise<Engines> {
  const { DATA_DIR, EVENTSTORE_URL } = settings;
  const store = EVENTSTORE_URL === undefined ? new EmbeddedEventStore(fileIn(DATA_DIR, `${context}.events`)) : await reach(EVENTSTORE_URL);
  const views = new EmbeddedViewStore(fileIn(DATA_DIR, `${context}.views`));
  const own = bus ?? (await openBus(settings, context, log));
  return {
    store,
    views,
    bus: own,
    async close() {
      if (bus === undefined) await own.close();
      await Promise.all([store.close(), views.close()]);
    },
  };
}

const reach = async (url: string): Promise<EventStore> => (await import('./eventstoredb/event-store')).EventStoreDbStore.open(url);

function fileIn(folder: string, name: string): string {
  mkdirSync(folder, { recursive: true });
  return join(folder, `${name}.sqlite`);
}
