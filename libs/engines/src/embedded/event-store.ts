import { setImmediate as turn } from 'node:timers/promises';
import {
  AppendTooLarge,
  type Appended,
  type Batch,
  type Break,
  canonicalText,
  categoryOf,
  checkAppend,
  type EventStore,
  type From,
  MAX_APPEND_BYTES,
  NO_STREAM,
  OutcomeUnknown,
  PositionBeyondEnd,
  type Proposed,
  type Recorded,
  StoreUnavailable,
  WrongRevision,
} from '@hospital/kernel';
import { decodePage, PAGE_COLUMNS } from './event-page';
import { type Bound, insertRows, Sqlite, sqliteCode } from './sqlite';
import { findBreaks } from './verify-stored';

/** One transaction takes at most so many appends, or so many bytes and one append. */
const GROUP = { appends: 1_000, bytes: 8 * MAX_APPEND_BYTES };
/** One page holds at most so many events, or so many bytes and one event. */
const PAGE = { events: 2_000, bytes: 4 * MAX_APPEND_BYTES };
const KEPT_REVISIONS = 20_000;
/** A live subscription to which nothing matches tells its progress each time so many positions have gone by. */
const PROGRESS = 1_000;

/** Texts are what is hashed, so they are stored as they are. `category` is there for its index. */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS event (
    position INTEGER PRIMARY KEY,
    category TEXT NOT NULL,
    stream TEXT NOT NULL,
    revision INTEGER NOT NULL,
    id TEXT NOT NULL,
    type TEXT NOT NULL,
    data TEXT NOT NULL,
    metadata TEXT NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX IF NOT EXISTS event_by_stream ON event (stream, revision);
  CREATE INDEX IF NOT EXISTS event_by_category ON event (category, position);
  -- Streams that lost events on purpose. The last position is kept here, so that none is ever given twice.
  CREATE TABLE IF NOT EXISTS shortened (stream TEXT PRIMARY KEY, end INTEGER NOT NULL) STRICT, WITHOUT ROWID;
`;

interface Written {
  readonly id: string;
  readonly type: string;
  readonly data: string;
  readonly metadata: string;
}

interface Placed extends Written {
  readonly position: number;
  readonly stream: string;
  readonly revision: number;
}

interface Pending {
  readonly stream: string;
  readonly expected: number;
  readonly events: readonly Written[];
  readonly bytes: number;
  readonly resolve: (appended: Appended) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Event streams in one SQLite file, for one process. Appends that wait at the same time share one transaction, each judged by
 * itself; a position is a sequence number in commit order and is never given twice.
 */
export class EmbeddedEventStore implements EventStore {
  readonly shared = false;
  private readonly db: Sqlite;
  /** Last position ever given; 0 before the first. */
  private end: number;
  /** Last position of each category. */
  private readonly heads = new Map<string, number>();
  /** Last revisions of streams lately written. Nobody else writes to the file, so they hold. */
  private readonly revisions = new Map<string, number>();
  private readonly queue: Pending[] = [];
  private readonly sleepers = new Set<() => void>();
  private closed = false;

  /** @throws {FileInUse} @throws {FileUnusable} */
  constructor(file: string) {
    this.db = new Sqlite(file, { survives: 'power loss', cacheMegabytes: 8 });
    this.db.exec(SCHEMA);
    const [end] = this.db
      .prepare('SELECT max(coalesce((SELECT max(position) FROM event), 0), coalesce((SELECT max(end) FROM shortened), 0))')
      .first() as [number];
    this.end = end;
    for (let category = this.nextCategory(''); category !== undefined; category = this.nextCategory(category)) this.findHead(category);
  }

  private nextCategory(after: string): string | undefined {
    const row = this.db.prepare('SELECT category FROM event WHERE category > ? ORDER BY category LIMIT 1').first(after);
    return row?.[0] as string | undefined;
  }

  private findHead(category: string): void {
    const [head] = this.db.prepare('SELECT max(position) FROM event WHERE category = ?').first(category)!;
    if (typeof head === 'number') this.heads.set(category, head);
    else this.heads.delete(category);
  }

  // --- writing -------------------------------------------------------------------------------------------------------------

  async append(stream: string, expected: number, events: readonly Proposed[]): Promise<Appended> {
    checkAppend(stream, expected, events);
    let bytes = 0;
    const written = events.map(({ id, type, data, metadata }) => {
      const texts = { id, type, data: canonicalText(data), metadata: canonicalText(metadata) };
      bytes += Buffer.byteLength(texts.data) + Buffer.byteLength(texts.metadata);
      return texts;
    });
    if (bytes > MAX_APPEND_BYTES) throw new AppendTooLarge(stream, bytes);
    this.assertOpen();
    return new Promise<Appended>((resolve, reject) => {
      // Everybody who appends in this turn of the event loop travels together.
      if (this.queue.push({ stream, expected, events: written, bytes, resolve, reject }) === 1) setImmediate(() => this.commitGroup());
    });
  }

  private commitGroup(): void {
    let bytes = 0;
    let size = 0;
    while (size < this.queue.length && size < GROUP.appends && (bytes += this.queue[size]!.bytes) <= GROUP.bytes) size += 1;
    const group = this.queue.splice(0, size);
    if (group.length === 0) return;
    if (this.queue.length > 0) setImmediate(() => this.commitGroup());

    const placed: Placed[] = [];
    const answers: (() => void)[] = [];
    const revisions = new Map<string, number>();
    try {
      for (const pending of group) {
        const verdict = this.judge(pending, revisions, placed);
        answers.push(verdict instanceof Error ? () => pending.reject(verdict) : () => pending.resolve(verdict));
      }
      if (placed.length > 0) this.write(placed);
    } catch (error) {
      const failure = error instanceof OutcomeUnknown ? error : new StoreUnavailable(`${this.db.file}: ${(error as Error).message}`);
      for (const { reject } of group) reject(failure);
      return;
    }
    for (const { position, stream } of placed) this.heads.set(categoryOf(stream), position);
    if (this.revisions.size > KEPT_REVISIONS) this.revisions.clear();
    for (const [stream, revision] of revisions) this.revisions.set(stream, revision);
    this.end += placed.length;
    for (const answer of answers) answer();
    if (placed.length > 0) this.wakeSleepers();
  }

  /** What becomes of one append after those before it in its group; gives its events their places when they are to be written. */
  private judge({ stream, expected, events }: Pending, revisions: Map<string, number>, placed: Placed[]): Appended | WrongRevision {
    const actual = revisions.get(stream) ?? this.revisions.get(stream) ?? this.lastRevision(stream);
    if (expected === actual) {
      for (const [n, event] of events.entries())
        placed.push({ ...event, stream, revision: expected + 1 + n, position: this.end + placed.length + 1 });
      revisions.set(stream, expected + events.length);
      return { revision: expected + events.length, position: BigInt(this.end + placed.length) };
    }
    revisions.set(stream, actual);
    return this.repeated(stream, expected, events, placed) ?? new WrongRevision(stream, expected, actual);
  }

  /** The first answer, when exactly these ids follow the expected revision already. */
  private repeated(stream: string, expected: number, events: readonly Written[], placed: readonly Placed[]): Appended | undefined {
    const revision = expected + events.length;
    const stored = this.db
      .prepare('SELECT id, position FROM event WHERE stream = ? AND revision > ? AND revision <= ? ORDER BY revision')
      .all(stream, expected, revision) as readonly (readonly [string, number])[];
    const there = [
      ...stored.map(([id, position]) => ({ id, position })),
      ...placed.filter((event) => event.stream === stream && event.revision > expected && event.revision <= revision),
    ];
    const same = there.length === events.length && events.every(({ id }, n) => there[n]!.id === id);
    return same ? { revision, position: BigInt(there.at(-1)!.position) } : undefined;
  }

  private lastRevision(stream: string): number {
    const row = this.db.prepare('SELECT revision FROM event WHERE stream = ? ORDER BY revision DESC LIMIT 1').first(stream);
    return (row?.[0] as number | undefined) ?? NO_STREAM;
  }

  private write(placed: readonly Placed[]): void {
    let committing = false;
    try {
      this.db.exec('BEGIN IMMEDIATE');
      insertRows(this.db, 'INSERT INTO event VALUES', placed.map(cells));
      committing = true;
      this.db.exec('COMMIT');
    } catch (error) {
      this.db.rollback();
      // A commit whose flush failed may still be found in the log after a crash.
      if (committing && sqliteCode(error) !== 'SQLITE_FULL') throw new OutcomeUnknown(`${this.db.file}: ${(error as Error).message}`);
      throw error;
    }
  }

  async erase(stream: string): Promise<void> {
    this.remove(stream, Number.MAX_SAFE_INTEGER);
  }

  async cap(stream: string, keep: number): Promise<void> {
    if (!Number.isSafeInteger(keep) || keep < 1) throw new RangeError(`cannot keep ${keep} events of ${stream}`);
    this.assertOpen();
    this.commitAll();
    this.remove(stream, this.lastRevision(stream) - keep);
  }

  private remove(stream: string, upTo: number): void {
    this.assertOpen();
    this.commitAll();
    const removed = this.db.transaction(() => {
      const rows = this.db.prepare('DELETE FROM event WHERE stream = ? AND revision <= ?').run(stream, upTo);
      if (rows > 0)
        this.db.prepare('INSERT INTO shortened VALUES (?, ?) ON CONFLICT DO UPDATE SET end = excluded.end').run(stream, this.end);
      return rows;
    });
    this.revisions.delete(stream);
    if (removed === 0) return;
    this.findHead(categoryOf(stream));
    this.db.checkpoint();
  }

  // --- reading -------------------------------------------------------------------------------------------------------------

  async read(
    stream: string,
    {
      from,
      direction = 'forwards',
      limit = Number.MAX_SAFE_INTEGER,
    }: { from?: number; direction?: 'forwards' | 'backwards'; limit?: number } = {},
  ): Promise<readonly Recorded[]> {
    this.assertOpen();
    for (const [name, value] of Object.entries({ from: from ?? 0, limit }))
      if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${name} ${value} of ${stream}`);
    const forwards = direction === 'forwards';
    const chosen = `SELECT position FROM event WHERE stream = ? AND revision ${forwards ? '>=' : '<='} ? ORDER BY revision ${forwards ? 'ASC' : 'DESC'} LIMIT ?`;
    const events: Recorded[] = [];
    let next = from ?? (forwards ? 0 : Number.MAX_SAFE_INTEGER);
    while (events.length < limit && next >= 0) {
      const page = this.page(chosen, [stream, next], limit - events.length);
      if (page.length === 0) break;
      for (const event of page) events.push(event);
      next = page.at(-1)!.revision + (forwards ? 1 : -1);
    }
    return events;
  }

  async *readAll({ after, categories }: From): AsyncGenerator<Batch, void, undefined> {
    let position = this.start(after);
    const end = this.end;
    while (position < end) {
      this.assertOpen();
      const batch = this.batch(position, categories, end);
      position = Number(batch.position);
      yield batch;
      await turn();
    }
  }

  async *subscribe({ after, categories, signal }: From & { readonly signal: AbortSignal }): AsyncGenerator<Batch, void, undefined> {
    let position = this.start(after);
    let live = false;
    while (!signal.aborted && !this.closed) {
      const unseen = this.headOf(categories) > position || this.end - position >= (live ? PROGRESS : 1);
      if (unseen) {
        const batch = this.batch(position, categories, this.end);
        position = Number(batch.position);
        yield batch;
        await turn();
      } else {
        live = true;
        await this.sleep(signal);
      }
    }
  }

  async head(categories: readonly string[]): Promise<bigint | undefined> {
    this.assertOpen();
    const head = this.headOf(categories);
    return head === 0 ? undefined : BigInt(head);
  }

  private headOf(categories: readonly string[]): number {
    let head = 0;
    for (const category of categories) head = Math.max(head, this.heads.get(category) ?? 0);
    return head;
  }

  private start(after: bigint | undefined): number {
    this.assertOpen();
    if (after !== undefined && after > BigInt(this.end)) throw new PositionBeyondEnd(after, BigInt(this.end));
    return Number(after ?? 0n);
  }

  /** The next events of these categories up to `end`; the position is `end` when there are no more. */
  private batch(position: number, categories: readonly string[], end: number): Batch {
    const wanted = [...new Set(categories)].filter((category) => (this.heads.get(category) ?? 0) > position);
    if (wanted.length === 0) return { events: [], position: BigInt(end) };
    // Each category's index range is in order already, and merging them reads no further than the limit.
    const ranges = wanted.map(() => 'SELECT position FROM event WHERE category = ? AND position > ? AND position <= ?').join(' UNION ALL ');
    const events = this.page(
      `${ranges} ORDER BY position LIMIT ?`,
      wanted.flatMap((category) => [category, position, end]),
    );
    const last = events.at(-1);
    // A page may be cut short by its bytes, so only an empty one, or one that reaches the head, says that nothing follows.
    const exhausted = last === undefined || last.position >= BigInt(Math.min(end, this.headOf(wanted)));
    return { events, position: exhausted ? BigInt(end) : last.position };
  }

  /**
   * Events at the chosen positions, in their order. Each column of the page comes out of the database as one text: a call or a
   * value across the driver's border costs more than reading and parsing the event.
   */
  private page(chosen: string, parameters: readonly Bound[], limit: number = PAGE.events): readonly Recorded[] {
    let size = Math.min(limit, PAGE.events);
    const from = `FROM (${chosen}) AS chosen CROSS JOIN event ON event.position = chosen.position`;
    const weigh = this.db.prepare(`SELECT count(*), sum(octet_length(data) + octet_length(metadata)) ${from}`);
    for (;;) {
      const [count, bytes] = weigh.first(...parameters, size) as [number, number | null];
      if (count === 0) return [];
      if (count === 1 || bytes! <= PAGE.bytes) break;
      size = Math.floor(count / 2);
    }
    return decodePage(this.db.prepare(`SELECT ${PAGE_COLUMNS} ${from}`).first(...parameters, size) as readonly Buffer[]);
  }

  // --- life ----------------------------------------------------------------------------------------------------------------

  /** Until the next commit, the signal or the end of the store. */
  private sleep(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        signal.removeEventListener('abort', wake);
        this.sleepers.delete(wake);
        resolve();
      };
      signal.addEventListener('abort', wake, { once: true });
      this.sleepers.add(wake);
    });
  }

  private wakeSleepers(): void {
    for (const wake of [...this.sleepers]) wake();
  }

  private commitAll(): void {
    while (this.queue.length > 0) this.commitGroup();
  }

  private assertOpen(): void {
    if (this.closed) throw new StoreUnavailable(`${this.db.file} is closed`);
  }

  /** The first change found in each stream; see {@link findBreaks}. */
  verify(stream?: string): Promise<readonly Break[]> {
    this.assertOpen();
    return findBreaks(this.db, stream);
  }

  /** Settles the appends that wait, ends the subscriptions and lets go of the file. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.commitAll();
    this.closed = true;
    this.wakeSleepers();
    this.db.close();
  }
}

const cells = ({ position, stream, revision, id, type, data, metadata }: Placed): readonly Bound[] => [
  position,
  categoryOf(stream),
  stream,
  revision,
  id,
  type,
  data,
  metadata,
];
