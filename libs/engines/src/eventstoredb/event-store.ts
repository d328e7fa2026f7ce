import { randomUUID } from 'node:crypto';
import type { Direction, ReadableSubscription, ReadPosition, ReadStreamOptions, ResolvedEvent, StreamingRead } from '@eventstore/db-client';
import {
  type Appended,
  AppendTooLarge,
  type Batch,
  canonicalText,
  categoryOf,
  checkAppend,
  type EventStore,
  type From,
  type JsonObject,
  MAX_APPEND_BYTES,
  NO_STREAM,
  pause,
  ForeignPosition,
  type Proposed,
  type Recorded,
  StoreUnavailable,
  WrongRevision,
} from '@hospital/kernel';
import { APPEND_LIMITS, bytesOf, Connection, type Encoded, failureOf } from './connection';

/** Times in milliseconds. */
const DEFAULTS = {
  ...APPEND_LIMITS,
  /** A read that hears nothing for this long is given up. */
  silence: 10_000,
  /** What can be asked again without harm is asked again for this long: an election takes up to three seconds. */
  patience: 5_000,
  /** Most events in one batch. */
  batch: 256,
  /** Wait before the n-th attempt in a row (from 1) to reach the store again. */
  backOff: (attempt: number): number => Math.min(5_000, 50 * 2 ** Math.min(attempt, 10)) * (0.5 + Math.random() / 2),
  pause,
};
export type EventStoreDbOptions = Readonly<typeof DEFAULTS>;

/** What a subscription says besides events, in its place among them: everything up to this position, or before it, was sent. */
type Mark = { readonly upTo: bigint } | { readonly before: bigint };
type Call<T> = StreamingRead<T> | ReadableSubscription<T>;

/**
 * A follower may lag, and what is decided on yesterday's state is not always caught by an append. The client only prefers the leader
 * when it looks for a node; asked so, any other node names the leader, and the client goes there.
 */
const LEADER = { requiresLeader: true };

/** While catching up, a mark without an exact place comes every 32 events; asking for the place of each would halve the speed. */
const MARKS_TO_SKIP = 32;

/**
 * Streams in EventStoreDB or KurrentDB, over `@eventstore/db-client`. A position is the commit position of an event: one append is
 * one log record per event there, with commit and prepare position equal.
 */
export class EventStoreDbStore implements EventStore {
  readonly shared = true;
  private readonly connection: Connection;
  private readonly options: EventStoreDbOptions;
  private readonly heads = new Map<string, { readonly end: bigint; readonly head: bigint | undefined }>();
  private readonly appending = new Set<Promise<Appended>>();
  private closed = false;

  constructor(url: string, options: Partial<EventStoreDbOptions> = {}) {
    this.connection = new Connection(url);
    this.options = { ...DEFAULTS, ...options };
  }

  /** A store that can be reached and followed. @throws {StoreUnavailable} @throws {AccessDenied} */
  static async open(url: string, options: Partial<EventStoreDbOptions> = {}): Promise<EventStoreDbStore> {
    const store = new EventStoreDbStore(url, options);
    try {
      await store.patiently(() => store.reach());
      return store;
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  async append(stream: string, expected: number, events: readonly Proposed[]): Promise<Appended> {
    // The server answers a malformed append twice, and one over its limit in other ways still: neither may leave the process.
    checkAppend(stream, expected, events);
    const encoded = events.map(encode);
    if (bytesOf(encoded) > MAX_APPEND_BYTES) throw new AppendTooLarge(stream, bytesOf(encoded));
    if (this.closed) throw new StoreUnavailable('the store was closed');
    const appended = this.connection.append(stream, expected, encoded, this.options).finally(() => this.appending.delete(appended));
    this.appending.add(appended);
    return appended;
  }

  async read(
    stream: string,
    { from, direction = 'forwards', limit = Number.MAX_SAFE_INTEGER }: NonNullable<Parameters<EventStore['read']>[1]> = {},
  ): Promise<readonly Recorded[]> {
    // The server answers a count of nought with an error.
    if (limit <= 0) return [];
    const fromRevision = from === undefined ? (direction === 'forwards' ? 'start' : 'end') : BigInt(from);
    const found = await this.entriesOf(stream, { fromRevision, direction, maxCount: limit });
    return found.flatMap((resolved) => decode(resolved) ?? []);
  }

  /**
   * Reads the whole log and keeps what was asked for: a filtered subscription would send less, but has no end of its own, is
   * ended by the server when it turns live under a burst, and its last position is not exact. A read is none of that.
   */
  async *readAll({ after, categories }: From): AsyncGenerator<Batch> {
    const { end } = await this.patiently(() => this.reach(after));
    if (end === undefined || end === after) return;
    try {
      for await (const chunk of this.listen(() => this.connection.client.readAll({ ...LEADER, fromPosition: at(after) }))) {
        const fresh = chunk.filter((resolved) => placeOf(resolved) > (after ?? -1n) && placeOf(resolved) <= end);
        const last = fresh.at(-1);
        if (last) yield { events: eventsOf(fresh, categories), position: placeOf(last) };
        if (placeOf(chunk.at(-1)!) >= end) return;
      }
    } catch (error) {
      throw failureOf(error);
    }
  }

  async *subscribe({ after, categories, signal }: From & { readonly signal: AbortSignal }): AsyncGenerator<Batch> {
    let last = after;
    for (let failures = 1; !signal.aborted; failures += 1) {
      let ending: unknown;
      try {
        for await (const batch of this.follow(last, categories, signal)) {
          yield batch;
          last = batch.position;
          failures = 0;
        }
      } catch (error) {
        ending = error;
      }
      if (signal.aborted) return;
      const failure = failureOf(ending);
      if (this.closed || !(failure instanceof StoreUnavailable)) throw failure;
      // A burst of live events ends the subscription, however fast its reader is. That is no fault, unless nothing came of it.
      if (isTooSlow(ending) && failures === 0) continue;
      await this.options.pause(this.options.backOff(Math.max(1, failures)), signal);
    }
  }

  /** Reads the log backwards to the newest event wanted, or to what was seen; afterwards only what is new. */
  async head(categories: readonly string[], seen?: bigint): Promise<bigint | undefined> {
    await Promise.allSettled(this.appending);
    const name = [...categories].sort().join();
    const known = this.heads.get(name) ?? (seen === undefined ? undefined : { end: seen, head: seen });
    return this.patiently(async () => {
      let end: bigint | undefined;
      const found = (head: bigint | undefined): bigint | undefined => {
        if (end !== undefined) this.heads.set(name, { end, head });
        return head;
      };
      for await (const chunk of this.listen(() =>
        this.connection.client.readAll({ ...LEADER, direction: 'backwards', fromPosition: 'end' }),
      ))
        for (const resolved of chunk) {
          end ??= placeOf(resolved);
          // A log that ends before what was once seen is another one.
          if (known && known.end <= end && placeOf(resolved) <= known.end) return found(known.head);
          if (eventsOf([resolved], categories).length > 0) return found(placeOf(resolved));
        }
      return found(undefined);
    });
  }

  /**
   * A tombstone, not a soft delete: scavenging keeps the last event of a soft-deleted stream, and the last event of a person's
   * key is the key. The name can never be written again.
   */
  async erase(stream: string): Promise<void> {
    await this.patiently(async () => {
      try {
        await this.connection.client.tombstoneStream(stream);
      } catch (error) {
        // Erased already, or never there.
        if (!isGone(error) && typeOf(error) !== 'wrong-expected-version') throw error;
      }
    });
  }

  async cap(stream: string, keep: number): Promise<void> {
    await this.changeMetadata(stream, (metadata) => ({ ...metadata, $maxCount: keep }));
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.connection.client.dispose();
  }

  /** Writes the stream's metadata when it changes. Whoever writes at the same time means the same. */
  async changeMetadata(stream: string, change: (metadata: JsonObject) => JsonObject): Promise<void> {
    const metastream = `$$${stream}`;
    const [last] = await this.entriesOf(metastream, { direction: 'backwards', fromRevision: 'end', maxCount: 1 });
    const before = (last?.event?.data ?? {}) as JsonObject;
    const data = canonicalText(change(before));
    if (data === canonicalText(before)) return;
    try {
      const event: Encoded = { id: randomUUID(), type: '$metadata', data, metadata: '' };
      await this.connection.append(metastream, last?.event ? Number(last.event.revision) : NO_STREAM, [event], this.options);
    } catch (error) {
      if (!(error instanceof WrongRevision)) throw error;
    }
  }

  /** `[]` for a stream that is not there, or no more. */
  private entriesOf(stream: string, options: ReadStreamOptions): Promise<readonly ResolvedEvent[]> {
    return this.patiently(async () => {
      try {
        return await this.all(() => this.connection.client.readStream(stream, { ...LEADER, ...options }));
      } catch (error) {
        if (isGone(error)) return [];
        throw error;
      }
    });
  }

  /** The entry of the log next to a position. */
  private async entryAt(fromPosition: ReadPosition, direction: Direction): Promise<ResolvedEvent | undefined> {
    const [entry] = await this.all(() => this.connection.client.readAll({ ...LEADER, fromPosition, direction, maxCount: 1 }));
    return entry;
  }

  private async all(open: () => Call<ResolvedEvent>): Promise<readonly ResolvedEvent[]> {
    const entries: ResolvedEvent[] = [];
    for await (const chunk of this.listen(open)) entries.push(...chunk);
    return entries;
  }

  /** One subscription, from its start to its end. */
  private async *follow(after: bigint | undefined, categories: readonly string[], signal: AbortSignal): AsyncGenerator<Batch> {
    const { next } = await this.reach(after);
    let position = after;
    // A server before 24.10 skips the event after a position whose own event has been scavenged. A read is inclusive and exact.
    if (next && placeOf(next) !== after) {
      position = placeOf(next);
      yield { events: eventsOf([next], categories), position };
    }
    const open = (): Call<ResolvedEvent | Mark> => {
      // The client calls back ahead of its reader, by all that is buffered between: marks take their place in the same queue.
      const mark = (place: Mark): void => void subscription.push(place);
      const subscription = this.connection.client.subscribeToAll(
        {
          ...LEADER,
          fromPosition: at(position),
          filter: {
            filterOn: 'streamName',
            prefixes: categories.map((category) => `${category}-`),
            checkpointInterval: 1,
            checkpointReached: (_, { commit, prepare }) => {
              if (commit > 0n) mark(commit === prepare ? { upTo: commit } : { before: commit });
            },
          },
        },
        { highWaterMark: 4 * this.options.batch },
      );
      return subscription;
    };
    let inexact = 0;
    for await (const chunk of this.listen(open, signal)) {
      const before = position;
      const entries: ResolvedEvent[] = [];
      for (const item of chunk) {
        if ('upTo' in item) position = further(position, item.upTo);
        else if (!('before' in item)) {
          entries.push(item);
          position = further(position, placeOf(item));
        } else if ((inexact += 1) % MARKS_TO_SKIP === 0) {
          const last = await this.entryAt(at(item.before), 'backwards');
          if (last) position = further(position, placeOf(last));
        }
      }
      if (position !== undefined && position !== before) yield { events: eventsOf(entries, categories), position };
    }
  }

  /**
   * The end of the log, and what is at a position or next after it. The server accepts a position beyond the end in silence and
   * withholds what is written up to there; one in the middle of a record it calls a mistake of its own, each time.
   */
  private async reach(after?: bigint): Promise<{ readonly end?: bigint | undefined; readonly next?: ResolvedEvent | undefined }> {
    const last = await this.entryAt('end', 'backwards');
    const end = last && placeOf(last);
    if (after === undefined) return { end };
    if (after > (end ?? -1n)) throw new ForeignPosition(after);
    const next = await this.entryAt(at(after), 'forwards').catch((error: unknown) => {
      throw /Unexpected ReadAllResult/.test(String(error)) ? new ForeignPosition(after) : error;
    });
    return { end, next };
  }

  /**
   * What a stream of the client says, as many items at once as have arrived. Left early, its call is cancelled. Without a signal it
   * is a read, and given up when it falls silent; a subscription may be silent for ever, and is watched by keep-alive.
   */
  private async *listen<T>(open: () => Call<T>, signal?: AbortSignal): AsyncGenerator<readonly T[]> {
    if (this.closed) throw new StoreUnavailable('the store was closed');
    if (signal?.aborted) return;
    const stream = open();
    const items = stream.iterator({ destroyOnReturn: false });
    const stop = (): unknown => stream.destroy();
    let reason: Error | undefined;
    // A reader is sometimes told no more than that it was aborted; this event tells why.
    stream.on('error', (error) => (reason ??= error));
    signal?.addEventListener('abort', stop, { once: true });
    try {
      for (;;) {
        const giveUp = (): unknown => stream.destroy(new StoreUnavailable(`the store said nothing for ${this.options.silence} ms`));
        const timer = signal ? undefined : setTimeout(giveUp, this.options.silence);
        const next = await items.next().finally(() => clearTimeout(timer));
        if (next.done) return;
        // Lets what has arrived with it be decoded.
        await new Promise(setImmediate);
        const chunk = [next.value];
        for (let more; chunk.length < this.options.batch && (more = stream.read()) !== null;) chunk.push(more);
        yield chunk;
      }
    } catch (error) {
      throw reason ?? error;
    } finally {
      signal?.removeEventListener('abort', stop);
      // The client forgets a call when it was cancelled in time or read to its end, whichever comes first.
      void ('cancel' in stream ? stream.cancel() : stream.unsubscribe()).catch(() => undefined);
      void items.return?.().then(() => stream.resume());
    }
  }

  /** Does again what failed for want of a server, until patience ends. */
  private async patiently<T>(work: () => Promise<T>): Promise<T> {
    const until = performance.now() + this.options.patience;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await work();
      } catch (error) {
        const failure = failureOf(error);
        if (!(failure instanceof StoreUnavailable) || this.closed || performance.now() >= until) throw failure;
        await this.options.pause(this.options.backOff(attempt));
      }
    }
  }
}

const at = (position: bigint | undefined): ReadPosition => (position === undefined ? 'start' : { commit: position, prepare: position });
const further = (a: bigint | undefined, b: bigint): bigint => (a !== undefined && a > b ? a : b);
const typeOf = (error: unknown): unknown => (error as { type?: unknown } | undefined)?.type;
const isGone = (error: unknown): boolean => typeOf(error) === 'stream-not-found' || typeOf(error) === 'stream-deleted';
const isTooSlow = (error: unknown): boolean => typeOf(error) === 'timeout' || (error instanceof Error && error.name === 'AbortError');
const placeOf = ({ event, commitPosition }: ResolvedEvent): bigint => commitPosition ?? event?.position?.commit ?? 0n;

const encode = ({ data, metadata, ...event }: Proposed): Encoded => ({
  ...event,
  data: canonicalText(data),
  metadata: canonicalText(metadata),
});

const eventsOf = (entries: readonly ResolvedEvent[], categories: readonly string[]): readonly Recorded[] =>
  entries.flatMap((entry) => decode(entry) ?? []).filter(({ stream }) => categories.includes(categoryOf(stream)));

/** `undefined` for what the server writes itself, such as the mark of a deleted stream. */
function decode({ event }: ResolvedEvent): Recorded | undefined {
  if (!event?.isJson || event.type.startsWith('$')) return undefined;
  return {
    id: event.id,
    type: event.type,
    data: event.data as JsonObject,
    metadata: event.metadata as unknown as Recorded['metadata'],
    stream: event.streamId,
    revision: Number(event.revision),
    position: event.position?.commit ?? 0n,
  };
}
