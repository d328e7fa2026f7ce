import { randomUUID } from 'node:crypto';
import {
  type Batch,
  type Command,
  type Decider,
  type EventStore,
  handle,
  type Journal,
  link,
  MAX_APPEND_BYTES,
  NO_STREAM,
  OutcomeUnknown,
  pause,
  PositionBeyondEnd,
  type Proposed,
  ShiftableClock,
  StoreUnavailable,
  technical,
  Vault,
} from '@hospital/kernel';
import type * as connection from '../../libs/engines/src/eventstoredb/connection';
import type * as eventStore from '../../libs/engines/src/eventstoredb/event-store';
import { type Generation, StandIn, type StandInOptions } from './stand-in';

export type Adapter = typeof eventStore & Pick<typeof connection, 'Connection'>;
type Options = Partial<eventStore.EventStoreDbOptions>;
type Store = EventStore & { close(): Promise<void> };

/** One server, and stores opened on it with short times. */
export class World {
  readonly pauses: number[] = [];
  private readonly stores: Store[] = [];
  private constructor(
    readonly adapter: Adapter,
    readonly standIn: StandIn,
  ) {}

  static async run(adapter: Adapter, generation: Generation, point: Point): Promise<void> {
    const world = new World(adapter, await StandIn.start({ generation, commitTimeout: 20, ...point.server }));
    try {
      await point.holds(world);
    } finally {
      world.standIn.resume();
      world.standIn.release();
      for (const store of world.stores) void store.close().catch(() => undefined);
      await world.standIn.stop();
    }
  }

  open(options: Options = {}, url = this.standIn.url): Store {
    const store = new this.adapter.EventStoreDbStore(url, { ...this.short, ...options });
    this.stores.push(store);
    return store;
  }

  get short(): Options {
    return { deadline: 1_000, silence: 1_000, patience: 0, backOff: () => 1, pause: async (ms, signal) => (this.pauses.push(ms), pause(ms, signal)) };
  }
}

export interface Point {
  readonly name: string;
  readonly server?: StandInOptions;
  readonly holds: (world: World) => Promise<void>;
}

const events = (stream: string, from: number, count = 1): Proposed[] =>
  Array.from({ length: count }, (_, n) => {
    const id = randomUUID();
    return link(stream, from + n, '', { id, type: 'ThingHappened', data: { n: from + n } }, technical(id, '2026-03-01T04:12:00.000Z'));
  });

/** Waits for something the server does, turn by turn of the event loop. */
const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise(setImmediate);
};
const turns = async (count: number): Promise<void> => {
  for (let n = 0; n < count; n += 1) await new Promise(setImmediate);
};

/** Follows until `enough`; `each` is the consumer. */
async function follow(
  store: Store,
  from: { after?: bigint; categories: readonly string[] },
  enough: (names: readonly string[], batch: Batch) => boolean,
  each: (batch: Batch) => Promise<unknown> | void = () => undefined,
): Promise<readonly string[]> {
  const stop = new AbortController();
  const names: string[] = [];
  for await (const batch of store.subscribe({ ...from, signal: stop.signal })) {
    names.push(...batch.events.map(({ stream, revision }) => `${stream}@${revision}`));
    await each(batch);
    if (enough(names, batch)) stop.abort();
  }
  return names;
}

const outcomeOf = (work: Promise<unknown>): Promise<unknown> => work.then(() => 'written', (error: Error) => error);
const numbers = (stream: string, count: number): string[] => Array.from({ length: count }, (_, n) => `${stream}@${n}`);

/** The points at which a real server surprises, each as what the adapter makes of it. */
export const points: readonly Point[] = [
  {
    name: 'point 1: given the event at a position was scavenged, when resumed after it, then the next event is not lost',
    async holds({ open, standIn, ...world }) {
      const store = World.prototype.open.call(world as World) as Store;
      void [open, standIn, store];
    },
  },
];
