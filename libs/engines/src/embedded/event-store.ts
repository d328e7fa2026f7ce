import { EventEmitter, once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import {
  AppendTooLarge,
  type Appended,
  type Batch,
  canonicalText,
  categoryOf,
  checkAppend,
  type EventStore,
  type From,
  MAX_APPEND_BYTES,
  NO_STREAM,
  OutcomeUnknown,
  ForeignPosition,
  type Proposed,
  type Recorded,
  StoreUnavailable,
  StreamErased,
  WrongRevision,
} from '@hospital/kernel';
import { decodePage, PAGE_COLUMNS } from './event-page';
import { type Bound, insertRows, Sqlite, sqliteCode } from './sqlite';

/** One transaction takes at most so many appends, or so many bytes and one append. */
const GROUP = { appends: 1_000, bytes: 8 * MAX_APPEND_BYTES };
/** One page holds at most so many events, or so many bytes and one event. */
const PAGE = { events: 500, bytes: 4 * MAX_APPEND_BYTES };
/** A page of some categories is looked for among so many positions. */
const WINDOW = 10_000;
const KEPT_REVISIONS = 20_000;
/** In place of the last revision of a stream. */
const ERASED = -2;
/** A live subscription to which nothing matches tells its progress each time so many positions have gone by. */
const PROGRESS = 1_000;

/** Texts are what is hashed, so they are stored as they are. */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS event (
    position INTEGER PRIMARY KEY,
    stream TEXT NOT NULL,
    revision INTEGER NOT NULL,
    id TEXT NOT NULL,
    type TEXT NOT NULL,
    data TEXT NOT NULL,
    metadata TEXT NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX IF NOT EXISTS event_by_stream ON event (stream, revision);
  -- Streams that lost events on purpose. The last position is kept here, so that none is ever given twice.
  CREATE TABLE IF NOT EXISTS shortened (stream TEXT PRIMARY KEY, end INTEGER NOT NULL) STRICT, WITHOUT ROWID;
`;

/** {@link categoryOf} */
const CATEGORY = `substr(stream, 1, instr(stream, '-') - 1)`;

type Texts = readonly [id: string, type: string, data: string, metadata: string];
type EventRow = readonly [position: number, stream: string, revision: number, ...Texts];

interface Pending {
  readonly stream: string;
  readonly expected: number;
  readonly events: readonly Texts[];
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
  /** Last position of each category that was asked for or written to; 0 when there is none. */
  private readonly heads = new Map<string, number>();
  /** Last revisions of streams lately written. Nobody else writes to the file, so they hold. */
  private readonly revisions = new Map<string, number>();
  private readonly queue: Pending[] = [];
  /** Emits `more` when there is more to read, or never will be. */
  private readonly news = new EventEmitter().setMaxListeners(0);
  private closed = false;

  /** @throws {FileInUse} @throws {FileUnusable} */
  constructor(file: string) {
    this.db = new Sqlite(file, { survives: 'power loss', cacheMegabytes: 8 });
    this.db.exec(SCHEMA);
    const [end] = this.db
      .prepare('SELECT max(coalesce((SELECT max(position) FROM event), 0), coalesce((SELECT max(end) FROM shortened), 0))')
      .first() as [number];
    this.end = end;
  }

  // --- writing -------------------------------------------------------------------------------------------------------------

  async append(stream: string, expected: number, events: readonly Proposed[]): Promise<Appended> {
    checkAppend(stream, expected, events);
    let bytes = 0;
    const texts = events.map((event): Texts => {
      const [data, metadata] = [canonicalText(event.data), canonicalText(event.metadata)];
      bytes += Buffer.byteLength(data) + Buffer.byteLength(metadata);
      return [event.id, event.type, data, metadata];
    });
    if (bytes > MAX_APPEND_BYTES) throw new AppendTooLarge(stream, bytes);
    this.assertOpen();
    return new Promise<Appended>((resolve, reject) => {
      // Everybody who appends in this turn of the event loop travels together.
      if (this.queue.push({ stream, expected, events: texts, bytes, resolve, reject }) === 1) setImmediate(() => this.commitGroup());
    });
  }

  private commitGroup(): void {
    let bytes = 0;
    let size = 0;
    while (size < this.queue.length && size < GROUP.appends && (bytes += this.queue[size]!.bytes) <= GROUP.bytes) size += 1;
    const group = this.queue.splice(0, size);
    if (group.length === 0) return;
    if (this.queue.length > 0) setImmediate(() => this.commitGroup());

    const before = this.end;
    if (this.revisions.size > KEPT_REVISIONS) this.revisions.clear();
    let verdicts: readonly (Appended | Error)[] | undefined;
    try {
      this.db.transaction(() => {
        const rows: EventRow[] = [];
        const judged = group.map((pending) => this.judge(pending, rows));
        this.insert(rows);
        verdicts = judged;
      });
    } catch (error) {
      this.end = before;
      this.heads.clear();
      this.revisions.clear();
      // A commit whose flush failed may still be found in the log after a crash.
      const Failure = verdicts !== undefined && sqliteCode(error) !== 'SQLITE_FULL' ? OutcomeUnknown : StoreUnavailable;
      const failure = new Failure(`${this.db.file}: ${(error as Error).message}`);
      for (const { reject } of group) reject(failure);
      return;
    }
    for (const [n, verdict] of verdicts!.entries())
      if (verdict instanceof Error) group[n]!.reject(verdict);
      else group[n]!.resolve(verdict);
    if (this.end > before) this.news.emit('more');
  }

  /** What becomes of one append after those before it in its group; its events join the rows when they are to be written. */
  private judge({ stream, expected, events }: Pending, rows: EventRow[]): Appended | Error {
    const actual = this.lastRevision(stream);
    if (actual === ERASED) return new StreamErased(`${stream} was erased`);
    const revision = expected + events.length;
    if (expected === actual) {
      for (const [n, texts] of events.entries()) rows.push([(this.end += 1), stream, expected + 1 + n, ...texts]);
      this.revisions.set(stream, revision);
      return { revision, position: BigInt(this.end) };
    }
    // When exactly these ids follow the expected revision already, the answer is the first one again.
    this.insert(rows.splice(0));
    const there = this.db
      .prepare('SELECT id, position FROM event WHERE stream = ? AND revision > ? AND revision <= ? ORDER BY revision')
      .all(stream, expected, revision) as readonly (readonly [string, number])[];
    const same = there.length === events.length && events.every(([id], n) => there[n]![0] === id);
    return same ? { revision, position: BigInt(there.at(-1)![1]) } : new WrongRevision(stream, expected, actual);
  }

  private insert(rows: readonly EventRow[]): void {
    insertRows(this.db, 'INSERT INTO event VALUES', rows);
    for (const [position, stream] of rows) this.heads.set(categoryOf(stream), position);
  }

  /** Also {@link NO_STREAM} and {@link ERASED}. */
  private lastRevision(stream: string): number {
    const known = this.revisions.get(stream);
    if (known !== undefined) return known;
    const stored = '(SELECT max(revision) FROM event WHERE stream = ?), (SELECT ? FROM shortened WHERE stream = ?)';
    return this.db.prepare(`SELECT coalesce(${stored}, ?)`).first(stream, ERASED, stream, NO_STREAM)![0] as number;
  }

  async erase(stream: string): Promise<void> {
    this.remove(stream, 0);
  }

  async cap(stream: string, keep: number): Promise<void> {
    if (!Number.isSafeInteger(keep) || keep < 1) throw new RangeError(`cannot keep ${keep} events of ${stream}`);
    this.remove(stream, keep);
  }

  private remove(stream: string, keep: number): void {
    this.assertOpen();
    while (this.queue.length > 0) this.commitGroup();
    const removed = this.db.transaction(() => {
      const rows = this.db.prepare('DELETE FROM event WHERE stream = ? AND revision <= ?').run(stream, this.lastRevision(stream) - keep);
      if (rows > 0 || keep === 0) this.db.prepare('REPLACE INTO shortened VALUES (?, ?)').run(stream, this.end);
      return rows;
    });
    // Done again after a crash, the first time may have left its bytes in the file.
    if (removed === 0 && keep > 0) return;
    this.heads.delete(categoryOf(stream));
    this.revisions.delete(stream);
    this.db.checkpoint();
  }

  // --- reading -------------------------------------------------------------------------------------------------------------

  async read(
    stream: string,
    { from, direction = 'forwards', limit = Number.MAX_SAFE_INTEGER }: NonNullable<Parameters<EventStore['read']>[1]> = {},
  ): Promise<readonly Recorded[]> {
    this.assertOpen();
    for (const [name, value] of Object.entries({ from: from ?? 0, limit }))
      if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${name} ${value} of ${stream}`);
    const forwards = direction === 'forwards';
    const chosen = forwards ? 'stream = ? AND revision >= ? ORDER BY revision' : 'stream = ? AND revision <= ? ORDER BY revision DESC';
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
        await once(this.news, 'more', { signal }).catch(() => undefined);
      }
    }
  }

  async head(categories: readonly string[], seen = 0n): Promise<bigint | undefined> {
    this.assertOpen();
    while (this.queue.length > 0) this.commitGroup();
    const head = BigInt(this.headOf(categories));
    return head > seen ? head : seen || undefined;
  }

  /** 0 when there is none. */
  private headOf(categories: readonly string[]): number {
    return Math.max(0, ...categories.map((category) => this.heads.get(category) ?? this.findHead(category)));
  }

  /** From the index alone: a million events take some 50 ms. */
  private findHead(category: string): number {
    // The streams of a category lie between its dash and the next character.
    const found = this.db.prepare('SELECT coalesce(max(position), 0) FROM event WHERE stream > ? AND stream < ?');
    const [head] = found.first(`${category}-`, `${category}.`) as [number];
    this.heads.set(category, head);
    return head;
  }

  private start(after = 0n): number {
    this.assertOpen();
    if (after > BigInt(this.end)) throw new ForeignPosition(after);
    return Number(after);
  }

  /** The next events of these categories up to `end`; without any, the place up to which there are none. */
  private batch(position: number, categories: readonly string[], end: number): Batch {
    if (this.headOf(categories) <= position) return { events: [], position: BigInt(end) };
    const to = Math.min(end, position + WINDOW);
    const events = this.page(`position > ? AND position <= ? AND ${CATEGORY} IN (SELECT value FROM json_each(?)) ORDER BY position`, [
      position,
      to,
      JSON.stringify(categories),
    ]);
    return { events, position: events.at(-1)?.position ?? BigInt(to) };
  }

  /** The chosen events, as many as a page holds. */
  private page(chosen: string, parameters: readonly Bound[], limit = PAGE.events): readonly Recorded[] {
    let size = Math.min(limit, PAGE.events);
    const weigh = this.db.prepare(
      `SELECT count(*), sum(bytes) FROM (SELECT octet_length(data) + octet_length(metadata) AS bytes FROM event WHERE ${chosen} LIMIT ?)`,
    );
    for (;;) {
      const [count, bytes] = weigh.first(...parameters, size) as [number, number];
      if (count === 0) return [];
      if (count === 1 || bytes <= PAGE.bytes) break;
      size = Math.floor(count / 2);
    }
    const fetch = this.db.prepare(`SELECT ${PAGE_COLUMNS} FROM (SELECT * FROM event WHERE ${chosen} LIMIT ?)`);
    return decodePage(fetch.first(...parameters, size) as readonly Buffer[]);
  }

  /** {@link Sqlite.copyInto} */
  copyInto(folder: string): void {
    this.db.copyInto(folder);
  }

  // --- life ----------------------------------------------------------------------------------------------------------------

  private assertOpen(): void {
    if (this.closed) throw new StoreUnavailable(`${this.db.file} is closed`);
  }

  /** Settles the appends that wait, ends the subscriptions and lets go of the file. */
  async close(): Promise<void> {
    if (this.closed) return;
    while (this.queue.length > 0) this.commitGroup();
    this.closed = true;
    this.news.emit('more');
    this.db.close();
  }
}
