import { randomUUID } from 'node:crypto';
import {
  type Batch,
  type Command,
  type Decider,
  type Event,
  type EventStore,
  handle,
  type Journal,
  link,
  MAX_APPEND_BYTES,
  NO_STREAM,
  OutcomeUnknown,
  pause,
  ForeignPosition,
  type Proposed,
  ShiftableClock,
  StoreUnavailable,
  technical,
} from '@hospital/kernel';
import { KeyVault } from '../../libs/engines/src/vault';
import type * as connection from '../../libs/engines/src/eventstoredb/connection';
import type * as eventStore from '../../libs/engines/src/eventstoredb/event-store';
import { allowReadingAll } from './reading-all';
import { type Generation, StandIn, type StandInOptions } from './stand-in';

export type Adapter = typeof eventStore & Pick<typeof connection, 'Connection'>;
type Options = Partial<eventStore.EventStoreDbOptions>;
type Store = EventStore & { close(): Promise<void> };

/** One server, and stores opened on it with short times. */
export class World {
  readonly pauses: number[] = [];
  private readonly stores: Store[] = [];
  private over = false;
  private constructor(
    readonly adapter: Adapter,
    readonly standIn: StandIn,
  ) {}

  /** Holds the point against a server of its own; `giveUp` may end the wait for it. */
  static async run(adapter: Adapter, generation: Generation, point: Point, giveUp?: Promise<never>): Promise<void> {
    const world = new World(adapter, await StandIn.start({ generation, commitTimeout: 20, ...point.server }));
    try {
      await Promise.race([point.holds(world), ...(giveUp ? [giveUp] : [])]);
    } finally {
      world.over = true;
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

  /** Waits for something the server does, turn by turn of the event loop, until the point is given up. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      if (this.over) throw new Error('the point was given up');
      await new Promise(setImmediate);
    }
  }

  get short(): Options {
    const counted = (ms: number, signal?: AbortSignal): Promise<void> => {
      this.pauses.push(ms);
      return pause(ms, signal);
    };
    return { deadline: 10_000, silence: 10_000, patience: 0, backOff: () => 1, pause: counted };
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

const outcomeOf = (work: Promise<unknown>): Promise<unknown> => work.catch((error: Error) => error);
const numbers = (stream: string, count: number): string[] => Array.from({ length: count }, (_, n) => `${stream}@${n}`);

/** The points at which a real server surprises, each as what the adapter makes of it. */
export const points: readonly Point[] = [
  {
    name: 'point 1: given the event at a position was scavenged, when resumed after it, then the next event is not lost',
    async holds(world) {
      const store = world.open();
      await store.append('keep-1', NO_STREAM, events('keep-1', 0));
      await store.append('gone-1', NO_STREAM, events('gone-1', 0, 2));
      await store.append('keep-2', NO_STREAM, events('keep-2', 0, 2));
      const [first] = await store.read('gone-1');
      await store.erase('gone-1');
      world.standIn.log.scavenge();
      const names = await follow(store, { after: first!.position, categories: ['keep'] }, (got) => got.includes('keep-2@1'));
      expect(names).toEqual(['keep-2@0', 'keep-2@1']);
    },
  },
  {
    name: 'point 2: given a consumer slower than the server, when a batch comes, then its position covers delivered events only',
    async holds(world) {
      const store = world.open({ batch: 4 });
      await store.append('thing-1', NO_STREAM, events('thing-1', 0, 12));
      const written = await store.read('thing-1');
      await follow(
        store,
        { categories: ['thing'] },
        (names, { position }) => {
          expect(names).toHaveLength(written.filter((event) => event.position <= position).length);
          return names.length === written.length;
        },
        () => turns(50),
      );
    },
  },
  {
    name: 'point 2: given the marks of a catching-up server, which lie before an event, when followed, then none passes for that event',
    async holds(world) {
      const store = world.open({ batch: 1 });
      await store.append('thing-1', NO_STREAM, events('thing-1', 0, 1_100));
      const written = (await store.read('thing-1')).map(({ position }) => position);
      const end = written.at(-1)!;
      await follow(store, { categories: ['thing'] }, (names, { position }) => {
        expect(position).toBe(written[names.length - 1]);
        return position === end;
      });
      const passed: bigint[] = [];
      await follow(store, { categories: ['other'] }, (_, { position }) => passed.push(position) > 0 && position === end);
      expect(passed).toHaveLength(2);
      expect(written).toContain(passed[0]);
    },
  },
  {
    name: 'point 3: given a burst of live events, when the server ends the subscription, then it goes on at once from where it was',
    async holds(world) {
      const store = world.open();
      await store.append('thing-1', NO_STREAM, events('thing-1', 0));
      let bursts = 0;
      const names = await follow(
        store,
        { categories: ['thing'] },
        ({ length }) => length === 301,
        async () => {
          if (bursts < 3) await store.append('thing-1', 100 * bursts++, events('thing-1', 100 * (bursts - 1) + 1, 100));
        },
      );
      expect(names).toEqual(numbers('thing-1', 301));
      expect(world.pauses).toEqual([]);
    },
  },
  {
    name: 'point 4: given a malformed append, when it is tried, then it never leaves the process',
    async holds(world) {
      const store = world.open();
      const [event] = events('thing-1', 0);
      for (const bad of [{ type: '' }, { id: 'no uuid' }])
        expect(await outcomeOf(store.append('thing-1', NO_STREAM, [{ ...event!, ...bad }]))).toMatchObject({ name: 'InvalidAppend' });
      expect(await outcomeOf(store.append('', NO_STREAM, [event!]))).toMatchObject({ name: 'InvalidAppend' });
      expect(world.standIn.received['BatchAppend']).toBeUndefined();
    },
  },
  {
    name: 'point 4: given a malformed append got out, when the server answers it a second time, then appends in flight beside it go on',
    async holds(world) {
      const wire = new world.adapter.Connection(world.standIn.url);
      const append = (type: string, deadline: number) => {
        const event = { id: randomUUID(), type, data: '{}', metadata: '{}' };
        return outcomeOf(wire.append('thing-1', NO_STREAM, [event], { deadline, clockTolerance: 0, inFlight: 1 }));
      };
      expect(await append('', 200)).toMatchObject({ name: 'InvalidAppend' });
      world.standIn.hold();
      const appending = append('ThingHappened', 10_000);
      await world.until(() => world.standIn.received['second answer'] === 1);
      await turns(50);
      world.standIn.release();
      expect(await appending).toMatchObject({ revision: 0 });
      await wire.client.dispose();
    },
  },
  {
    name: 'point 5: given a store restored from an older copy, when resumed beyond its end, then it is refused, also in the midst of following',
    async holds(world) {
      const store = world.open();
      await store.append('thing-1', NO_STREAM, events('thing-1', 0));
      const older = world.standIn.log.length;
      const { position } = await store.append('thing-1', 0, events('thing-1', 1));
      const restored = follow(
        store,
        { categories: ['thing'] },
        () => false,
        async (batch) => {
          if (batch.position < position || world.standIn.log.length === older) return;
          world.standIn.log.restore(older);
          world.standIn.drop();
        },
      );
      expect(await outcomeOf(restored)).toBeInstanceOf(ForeignPosition);
      expect(await outcomeOf(follow(store, { after: position, categories: ['thing'] }, () => false))).toBeInstanceOf(ForeignPosition);
    },
  },
  {
    name: 'point 5, outgrown: given a store restored from an older copy that has grown past a position, when resumed or read after it, then it is refused',
    async holds(world) {
      const store = world.open();
      await store.append('thing-1', NO_STREAM, events('thing-1', 0));
      const older = world.standIn.log.length;
      await store.append('thing-1', 0, events('thing-1', 1));
      const { position: after } = await store.append('thing-1', 1, events('thing-1', 2));
      world.standIn.log.restore(older);
      for (let n = 0; n < 3; n += 1) await store.append(`lease-${n}00`, NO_STREAM, events(`lease-${n}00`, 0));
      expect(await outcomeOf(follow(store, { after, categories: ['thing'] }, () => false))).toBeInstanceOf(ForeignPosition);
      expect(
        await outcomeOf(
          store
            .readAll({ after, categories: ['thing'] })
            [Symbol.asyncIterator]()
            .next(),
        ),
      ).toBeInstanceOf(ForeignPosition);
    },
  },
  {
    name: 'point 6: given ids in flight, when they are sent again, then that outcome is unknown and the events are there once',
    async holds(world) {
      const store = world.open();
      world.standIn.hold();
      const written = events('thing-1', 0);
      const first = outcomeOf(store.append('thing-1', NO_STREAM, written));
      await world.until(() => world.standIn.holding === 1);
      expect(await outcomeOf(store.append('thing-1', NO_STREAM, written))).toBeInstanceOf(OutcomeUnknown);
      world.standIn.release();
      expect(await first).toMatchObject({ revision: 0 });
      expect(await store.read('thing-1')).toHaveLength(1);
    },
  },
  {
    name: 'point 7: given a write, when repeated at its revision, then it is there once; other events at that revision are refused',
    async holds(world) {
      const store = world.open();
      const written = events('thing-1', 0, 2);
      const first = await store.append('thing-1', NO_STREAM, written);
      expect(await store.append('thing-1', NO_STREAM, written)).toEqual(first);
      for (const expected of [NO_STREAM, 0])
        expect(await outcomeOf(store.append('thing-1', expected, events('thing-1', 0)))).toMatchObject({
          name: 'WrongRevision',
          expected,
          actual: 1,
        });
      expect(await store.read('thing-1')).toHaveLength(2);
    },
  },
  {
    name: 'point 8: given a command was handled, when its id comes with other content, then it is refused, though the server would say success',
    async holds(world) {
      const store = world.open();
      const written = events('thing-1', 0);
      const first = await store.append('thing-1', NO_STREAM, written);
      expect(await store.append('thing-1', NO_STREAM, [{ ...written[0]!, data: { n: 9 } }])).toEqual(first);
      expect((await store.read('thing-1'))[0]).toMatchObject({ data: { n: 0 } });
      const clock = new ShiftableClock();
      const journal: Journal = { store, clock, history: {}, vault: new KeyVault(store, clock, Buffer.alloc(32)) };
      const by = { id: 'pn_1', kind: 'person', roles: [] } as const;
      const command = (n: number): Command => ({
        id: '00000000-0000-4000-8000-000000000001',
        type: 'Do',
        data: { n },
        at: clock.now(),
        by,
        correlationId: 'c',
      });
      const decider: Decider<number, Command, Event> = {
        category: 'job',
        initial: 0,
        decide: ({ data }) => [{ type: 'Done', data }],
        evolve: (_, { data }) => Number(data['n']),
      };
      expect(await handle(journal, decider, '1', command(1))).toMatchObject({ state: 1, repeated: false });
      expect(await handle(journal, decider, '1', command(1))).toMatchObject({ state: 1, repeated: true });
      expect(await handle(journal, decider, '1', command(2))).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
    },
  },
  {
    name: 'point 9: given a write of three, when a part of it or more than it is sent, then the part is known and the rest refused with the revision',
    async holds(world) {
      const store = world.open();
      const written = events('thing-1', 0, 3);
      await store.append('thing-1', NO_STREAM, written);
      expect(await store.append('thing-1', NO_STREAM, written.slice(0, 1))).toMatchObject({ revision: 0 });
      expect(await store.append('thing-1', 0, written.slice(1, 2))).toMatchObject({ revision: 1 });
      const more = [...written, ...events('thing-1', 3)];
      expect(await outcomeOf(store.append('thing-1', NO_STREAM, more))).toMatchObject({ name: 'WrongRevision', actual: 2 });
    },
  },
  {
    name: 'point 10: given a server that hangs, when appended, then the outcome is unknown after our own deadline',
    async holds(world) {
      await world.open().append('thing-1', NO_STREAM, events('thing-1', 0));
      const store = world.open({ deadline: 40 });
      world.standIn.pause();
      expect(await outcomeOf(store.append('thing-1', 0, events('thing-1', 1)))).toBeInstanceOf(OutcomeUnknown);
      world.standIn.resume();
      await world.until(() => world.standIn.log.last?.revision === '1');
      expect(await world.open().read('thing-1')).toHaveLength(2);
    },
  },
  {
    name: 'point 10: given a clock fifteen seconds behind the server, when appended, then it is written',
    async holds(world) {
      world.standIn.clockAhead = 15_000;
      expect(await world.open().append('thing-1', NO_STREAM, events('thing-1', 0))).toMatchObject({ revision: 0 });
    },
  },
  {
    name: "point 11: given two stores on one url, when one is closed, then the other's appends in flight are answered",
    async holds(world) {
      const [store, other] = [world.open(), world.open()];
      await other.append('thing-0', NO_STREAM, events('thing-0', 0));
      world.standIn.hold();
      const appending = outcomeOf(store.append('thing-1', NO_STREAM, events('thing-1', 0)));
      await world.until(() => world.standIn.holding === 1);
      await other.close();
      world.standIn.release();
      expect(await appending).toMatchObject({ revision: 0 });
    },
  },
  {
    name: 'point 11: given forty appends in flight, when the server is killed, then each is unknown, none is taken for refused, and the process lives',
    async holds(world) {
      const store = world.open();
      await store.append('thing-0', NO_STREAM, events('thing-0', 0));
      world.standIn.hold();
      const appending = Array.from({ length: 40 }, (_, n) =>
        outcomeOf(store.append(`thing-${n + 1}`, NO_STREAM, events(`thing-${n + 1}`, 0))),
      );
      await world.until(() => world.standIn.holding === 40);
      await world.standIn.down();
      for (const outcome of await Promise.all(appending)) expect(outcome).toBeInstanceOf(OutcomeUnknown);
      await world.standIn.up();
      expect(await world.open({ patience: 5_000 }).read('thing-40')).toHaveLength(1);
    },
  },
  {
    name: 'point 12: given the first discovery failed, when the server is up, then the same store reads and appends',
    async holds(world) {
      const store = world.open({}, world.standIn.discoverUrl);
      await world.standIn.down();
      expect(await outcomeOf(store.read('thing-1'))).toBeInstanceOf(StoreUnavailable);
      expect(await outcomeOf(store.append('thing-1', NO_STREAM, events('thing-1', 0)))).toBeInstanceOf(StoreUnavailable);
      await world.standIn.up();
      expect(await store.append('thing-1', NO_STREAM, events('thing-1', 0))).toMatchObject({ revision: 0 });
      expect(await store.read('thing-1')).toHaveLength(1);
    },
  },
  {
    name: 'point 13: given a client told not to throw, no events or a count of nought, when asked, then the answers are right all the same',
    async holds(world) {
      const store = world.open({}, `${world.standIn.url}&throwOnAppendFailure=false`);
      await store.append('thing-1', NO_STREAM, events('thing-1', 0, 3));
      expect(await outcomeOf(store.append('thing-1', 0, events('thing-1', 1)))).toMatchObject({ name: 'WrongRevision', actual: 2 });
      expect(await outcomeOf(store.append('thing-1', 2, []))).toMatchObject({ name: 'InvalidAppend' });
      expect(await store.read('thing-1', { limit: 0 })).toEqual([]);
    },
  },
  {
    name: 'point 14: given credentials, when many append, then they go over the batch path, so many at a time',
    async holds(world) {
      const store = world.open({ inFlight: 4 }, world.standIn.url.replace('esdb://', 'esdb://hospital:secret@'));
      world.standIn.hold();
      const appending = Array.from({ length: 10 }, (_, n) => outcomeOf(store.append(`thing-${n}`, NO_STREAM, events(`thing-${n}`, 0))));
      await world.until(() => world.standIn.holding === 4);
      await turns(50);
      expect(world.standIn.holding).toBe(4);
      world.standIn.release();
      for (const outcome of await Promise.all(appending)) expect(outcome).toMatchObject({ revision: 0 });
      expect(world.standIn.received).toMatchObject({ BatchAppend: 10 });
      expect(world.standIn.received['Append']).toBeUndefined();
    },
  },
  {
    name: 'point 15: given a key was erased, when scavenged, then not a byte of it is left; its stream reads empty and takes nothing more',
    async holds(world) {
      const store = world.open();
      await store.append('personKey-1', NO_STREAM, events('personKey-1', 0, 2));
      const read = follow(
        store,
        { categories: ['personKey'] },
        (_, { position }) => position >= BigInt(world.standIn.log.last!.position) && erased,
      );
      let erased = false;
      await store.erase('personKey-1');
      erased = true;
      await store.erase('personKey-1');
      expect(await read).toEqual(numbers('personKey-1', 2));
      world.standIn.log.scavenge();
      expect([...world.standIn.log.all('start')].filter(({ stream }) => stream === 'personKey-1').map(({ type }) => type)).toEqual([
        '$streamDeleted',
      ]);
      expect(await store.read('personKey-1')).toEqual([]);
      expect(await outcomeOf(store.append('personKey-1', NO_STREAM, events('personKey-1', 0)))).toMatchObject({ name: 'StreamErased' });
    },
  },
  {
    name: 'point 15: given a stream soft-deleted by hand, when its first events are appended again, then that is no success',
    async holds(world) {
      const store = world.open();
      const written = events('thing-1', 0, 2);
      await store.append('thing-1', NO_STREAM, written);
      world.standIn.log.delete('thing-1', 'any', false);
      expect(await outcomeOf(store.append('thing-1', NO_STREAM, written))).toMatchObject({ name: 'StreamErased' });
      expect(await store.read('thing-1')).toEqual([]);
    },
  },
  {
    name: 'point 16: given a user who may not read $all, when the store is opened or followed, then that is said at once; once allowed, it works',
    server: { guarded: true },
    async holds(world) {
      const { url } = world.standIn;
      expect(await outcomeOf(world.adapter.EventStoreDbStore.open(url, world.short))).toMatchObject({
        name: 'AccessDenied',
        message: expect.stringContaining('$all'),
      });
      const store = world.open();
      expect(await outcomeOf(follow(store, { categories: ['thing'] }, () => false))).toMatchObject({ name: 'AccessDenied' });
      const administrator = new world.adapter.EventStoreDbStore(url, world.short);
      for (let time = 0; time < 2; time += 1) await allowReadingAll(administrator, 'hospital');
      await administrator.close();
      expect(world.standIn.log.metadataOf('$all')).toEqual({ $acl: { $r: ['$admins', 'hospital'] } });
      expect(world.standIn.log.last?.revision).toBe('0');
      await store.append('thing-1', NO_STREAM, events('thing-1', 0));
      expect(await follow(store, { categories: ['thing'] }, ({ length }) => length === 1)).toEqual(['thing-1@0']);
      await (await world.adapter.EventStoreDbStore.open(url, world.short)).close();
    },
  },
  {
    name: 'point 17: given an election, when appended, then the outcome is unknown; when read, then it waits for the end of it',
    async holds(world) {
      const patient = world.open({
        patience: 5_000,
        pause: async () => {
          world.standIn.electing = false;
        },
      });
      await patient.append('thing-1', NO_STREAM, events('thing-1', 0));
      world.standIn.electing = true;
      expect(await outcomeOf(patient.append('thing-1', 0, events('thing-1', 1)))).toBeInstanceOf(OutcomeUnknown);
      expect(await patient.read('thing-1')).toHaveLength(1);
      expect(await patient.append('thing-1', 0, events('thing-1', 1))).toMatchObject({ revision: 1 });
    },
  },
  {
    name: 'point 17, followers: given a node that lags behind the leader, when a stream or the log is read there, then the leader answers',
    async holds(world) {
      const leader = await StandIn.start();
      try {
        await world.open({}, leader.url).append('thing-1', NO_STREAM, events('thing-1', 0));
        world.standIn.follower = true;
        world.standIn.leader = leader;
        const patient = (): Store => world.open({ patience: 5_000 }, world.standIn.discoverUrl);
        expect(await patient().read('thing-1')).toHaveLength(1);
        expect(await patient().head(['thing'])).toBeDefined();
        expect(await follow(patient(), { categories: ['thing'] }, (names) => names.length === 1)).toEqual(['thing-1@0']);
      } finally {
        await leader.stop();
      }
    },
  },
  {
    name: 'point 18: given a server stops in good order, when followed and appended to meanwhile, then following goes on and the append is unknown',
    async holds(world) {
      const store = world.open({ patience: 5_000 });
      await store.append('thing-1', NO_STREAM, events('thing-1', 0));
      let stopped = false;
      const names = await follow(
        store,
        { categories: ['thing'] },
        ({ length }) => length === 2,
        async () => {
          if (stopped) return;
          stopped = true;
          world.standIn.hold();
          const appending = outcomeOf(store.append('other-1', NO_STREAM, events('other-1', 0)));
          await world.until(() => world.standIn.holding === 1);
          world.standIn.endCalls();
          expect(await appending).toBeInstanceOf(OutcomeUnknown);
          world.standIn.release();
          await store.append('thing-1', 0, events('thing-1', 1));
        },
      );
      expect(names).toEqual(numbers('thing-1', 2));
    },
  },
  {
    name: 'point 18: given a server killed and back at once, when a new client is handed the connection that was cut, then it reads and appends',
    async holds(world) {
      const store = world.open();
      await store.append('thing-1', NO_STREAM, events('thing-1', 0));
      await store.close();
      await world.standIn.down();
      await world.standIn.up();
      const next = world.open({ patience: 5_000 });
      expect(await next.read('thing-1')).toHaveLength(1);
      expect(await next.append('thing-1', 0, events('thing-1', 1))).toMatchObject({ revision: 1 });
    },
  },
  {
    name: 'point 18: given a server that hangs, when read, then it is given up',
    async holds(world) {
      const store = world.open({ silence: 40 });
      await store.append('thing-1', NO_STREAM, events('thing-1', 0));
      world.standIn.freeze();
      expect(await outcomeOf(store.read('thing-1'))).toBeInstanceOf(StoreUnavailable);
      world.standIn.freeze(false);
      expect(await world.open().read('thing-1')).toHaveLength(1);
    },
  },
  {
    name: 'point 18: given a subscription on a network gone dead, when keep-alive notices, then following goes on where it was',
    async holds(world) {
      // The client warns of so short an interval.
      const warned = jest.spyOn(console, 'warn').mockImplementation();
      const pausing = async (): Promise<void> => world.standIn.freeze(false);
      const store = world.open({ pause: pausing }, `${world.standIn.url}&keepAliveInterval=50&keepAliveTimeout=50`);
      const writer = world.open();
      await writer.append('thing-1', NO_STREAM, events('thing-1', 0));
      let frozen = false;
      const names = await follow(
        store,
        { categories: ['thing'] },
        ({ length }) => length === 2,
        () => {
          if (frozen) return;
          frozen = true;
          world.standIn.freeze();
          world.standIn.log.append('thing-1', 0, [
            {
              id: randomUUID(),
              type: 'ThingHappened',
              contentType: 'application/json',
              data: Buffer.from('{}'),
              metadata: Buffer.from('{}'),
            },
          ]);
        },
      );
      expect(names).toEqual(numbers('thing-1', 2));
      warned.mockRestore();
    },
  },
  {
    name: 'point 19: given an append of a megabyte and one byte, when tried, then it is refused before it leaves the process',
    async holds(world) {
      const store = world.open();
      const [event] = events('thing-1', 0);
      const large = { ...event!, data: { text: 'x'.repeat(MAX_APPEND_BYTES) } };
      expect(await outcomeOf(store.append('thing-1', NO_STREAM, [large]))).toMatchObject({ name: 'AppendTooLarge' });
      expect(world.standIn.received['BatchAppend']).toBeUndefined();
    },
  },
];
