import type { Instant } from './clock';
import type { JsonObject } from './json';
import { isUuid } from './uuid';
import type { Proposed, Recorded } from './messages';
import type { Query, RowChange, ViewSchema } from './view';

/** Expected revision of a stream that must not exist yet. */
export const NO_STREAM = -1;

/** What one append may weigh in all, data and metadata as UTF-8 JSON (the limit of a real EventStoreDB). */
export const MAX_APPEND_BYTES = 1_048_576;

export interface Appended {
  /** Of the last event written. */
  readonly revision: number;
  readonly position: bigint;
}

/** Events in global order. `position` covers everything up to and with this batch, filtered events too. */
export interface Batch {
  readonly events: readonly Recorded[];
  readonly position: bigint;
}

export interface From {
  /** Exclusive: the first event delivered is the one after. Absent: from the beginning. */
  readonly after?: bigint | undefined;
  /** Streams are named `<category>-<id>`; only these categories are delivered. */
  readonly categories: readonly string[];
}

/**
 * Streams of events. An append ends in one of three ways: written (it resolves), refused ({@link WrongRevision},
 * {@link InvalidAppend}, {@link AppendTooLarge}), or not known ({@link OutcomeUnknown}): then the events may be there now or
 * appear later, and only reading the stream for their ids tells. Events with ids already written at the same expected
 * revision are not written again.
 */
export interface EventStore {
  /** All or nothing, at exactly `expected` (the stream's last revision, or {@link NO_STREAM}). */
  append(stream: string, expected: number, events: readonly Proposed[]): Promise<Appended>;
  /** `[]` for a stream that is not there. `from` is inclusive; backwards starts at the end unless told. */
  read(stream: string, options?: { from?: number; direction?: 'forwards' | 'backwards'; limit?: number }): Promise<readonly Recorded[]>;
  /** Everything up to the end of the log as it is now, then ends. @throws {ForeignPosition} */
  readAll(from: From): AsyncIterable<Batch>;
  /** Everything, then what comes, until aborted. No event is skipped or reordered. @throws {ForeignPosition} */
  subscribe(from: From & { readonly signal: AbortSignal }): AsyncIterable<Batch>;
  /**
   * Position of the last event of these categories, or `seen` when none came after it; `undefined` when there is none at all. What
   * this process is appending is waited for.
   */
  head(categories: readonly string[], seen?: bigint): Promise<bigint | undefined>;
  /**
   * Removes a stream for good; an append to it is {@link StreamErased} from then on. Only for streams that nothing folds or
   * follows: keys of persons.
   */
  erase(stream: string): Promise<void>;
  /** Keeps only the newest events of a stream. Only for streams that nothing folds or follows: leases. */
  cap(stream: string, keep: number): Promise<void>;
  /** True when other processes may write to the same store, so that single tasks need a lease. */
  readonly shared: boolean;
  close(): Promise<void>;
}

export interface Message {
  /** Messages of one key keep their order. */
  readonly key: string;
  readonly value: JsonObject;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Delivered extends Message {
  readonly topic: string;
  /** Where exactly it stood, as headers of a dead letter, for a bus that others read too. */
  readonly origin?: Readonly<Record<string, string>>;
}

/** At least once, in order per key. */
export interface Bus {
  /** Names what is published to, when another could take its place; whoever keeps a place in telling it keeps one for each. */
  identity?(): Promise<string>;
  /** Durable when it resolves. Publishing nothing makes the topic, where topics are made. */
  publish(topic: string, messages: readonly Message[]): Promise<void>;
  /**
   * One copy of each message per group, from the group's last committed place (the beginning for a new group). A message is
   * committed when `handle` resolves; when it throws, the same message comes again, after a back-off, and none overtakes it
   * on its key. Resolves when the subscription is live. Once `signal` is aborted no message is handed over any more; a handler
   * at work is not interrupted, its message is committed, and {@link close} waits for it.
   */
  subscribe(options: {
    readonly group: string;
    readonly topics: readonly string[];
    readonly handle: (message: Delivered) => Promise<void>;
    readonly signal: AbortSignal;
  }): Promise<void>;
  /** Ends all subscriptions, waits for the handlers at work, which may still publish, and commits. No handler may await it. */
  close(): Promise<void>;
}

/** Read models: rows with a validity in recorded time. Disposable: everything here can be built again from the streams. */
export interface ViewStore {
  /** Makes the table; one of another version or shape is emptied, with its checkpoint. */
  open(view: ViewSchema): Promise<void>;
  checkpoint(view: string): Promise<bigint | undefined>;
  /** Current rows of these keys. */
  current(view: string, keys: readonly string[]): Promise<ReadonlyMap<string, JsonObject>>;
  /** What a batch changes in each view that it concerns, and the checkpoint of all of these, in one step. Changes of one key come in order. */
  write(changes: ReadonlyMap<string, readonly RowChange[]>, checkpoint: bigint): Promise<void>;
  query(view: string, query: Query): Promise<readonly { readonly key: string; readonly row: JsonObject; readonly validFrom: Instant }[]>;
  count(view: string, query: Pick<Query, 'where' | 'asOf'>): Promise<number>;
  close(): Promise<void>;
}

export class WrongRevision extends Error {
  override readonly name = 'WrongRevision';
  constructor(
    readonly stream: string,
    readonly expected: number,
    /** {@link NO_STREAM} when there is none. */
    readonly actual: number,
  ) {
    super(`${stream}: expected revision ${expected}, found ${actual}`);
  }
}

/** The append was refused before or by the store, for its form. Sending it again is useless. */
export class InvalidAppend extends Error {
  override readonly name = 'InvalidAppend';
}

/** The stream was there and was removed for good. */
export class StreamErased extends Error {
  override readonly name = 'StreamErased';
}

export class AppendTooLarge extends Error {
  override readonly name = 'AppendTooLarge';
  constructor(
    readonly stream: string,
    readonly bytes: number,
  ) {
    super(`${stream}: an append of ${bytes} bytes is over the limit of ${MAX_APPEND_BYTES}`);
  }
}

/** It may have been written, or be written yet. */
export class OutcomeUnknown extends Error {
  override readonly name = 'OutcomeUnknown';
}

/** The store cannot be reached; nothing was written. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}

/** A position that this store has never given: it was restored from an older copy, or is another one. */
export class ForeignPosition extends Error {
  override readonly name = 'ForeignPosition';
  constructor(position: bigint) {
    super(`position ${position} is none of this log; this is not the store it was taken from`);
  }
}

const STREAM = /^[a-z][A-Za-z0-9]*-[A-Za-z0-9_.:-]{1,200}$/;

/** What every engine checks before a call leaves the process; some stores fail badly on a malformed append. */
export function checkAppend(stream: string, expected: number, events: readonly Proposed[]): void {
  if (!STREAM.test(stream)) throw new InvalidAppend(`stream name ${JSON.stringify(stream)} is not <category>-<id>`);
  if (!Number.isSafeInteger(expected) || expected < NO_STREAM) throw new InvalidAppend(`expected revision ${expected}`);
  if (events.length === 0) throw new InvalidAppend(`${stream}: an append of no events`);
  const ids = new Set<string>();
  for (const { id, type } of events) {
    if (!isUuid(id)) throw new InvalidAppend(`${stream}: event id ${JSON.stringify(id)} is not a UUID`);
    if (!/^[A-Z][A-Za-z0-9]{0,99}$/.test(type)) throw new InvalidAppend(`${stream}: event type ${JSON.stringify(type)}`);
    ids.add(id);
  }
  if (ids.size !== events.length) throw new InvalidAppend(`${stream}: the same event id twice in one append`);
}
