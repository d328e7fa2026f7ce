import { setImmediate as nextTurn } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { type Bus, DAY, type Message, pause } from '@hospital/kernel';
import { doubling } from '../back-off';
import type { Log } from '../log';
import { insertRows, Sqlite } from './sqlite';

export interface EmbeddedBusOptions {
  /** Milliseconds before the n-th repetition of a message whose handler threw. */
  readonly backOff?: (attempt: number) => number;
  /** Milliseconds since 1970, for the age of messages. */
  readonly now?: () => number;
  readonly log?: Log;
}

type Subscription = Parameters<Bus['subscribe']>[0];

/** A group's way through one partition of a topic: one message after the other, in the order of publishing. */
interface Lane {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  /** Those of all lanes of a topic, in the same order. */
  members: readonly Subscription[];
  /** Id of the last message handled. */
  handled: number;
  running: Promise<void> | undefined;
}

type MessageRow = readonly [topic: string, partition: number, at: number, body: string];
interface Publish {
  readonly rows: readonly MessageRow[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** How many keys of a topic are handled at a time. For ever: with another number, keys would leave their order in files there are. */
const PARTITIONS = 8;
/**
 * What was published and what was handled is committed together after so many milliseconds: nobody waits for a relay, and each commit
 * waits for the disk. When the process is killed, what was handled since comes again.
 */
const COMMIT_WITHIN = 10;
/** Messages older than this are deleted, once every group that ever subscribed to their topic has handled them. */
const RETENTION = 30 * DAY;
const TRIM_EVERY = 3_600_000;
const TRIM = 1_000;

const SCHEMA = `
CREATE TABLE IF NOT EXISTS message (
  id INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL, partition INTEGER NOT NULL, at INTEGER NOT NULL, body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS message_by_lane ON message (topic, partition, id);
CREATE INDEX IF NOT EXISTS message_by_age ON message (at);
CREATE TABLE IF NOT EXISTS place (
  consumers TEXT NOT NULL, topic TEXT NOT NULL, partition INTEGER NOT NULL, handled INTEGER NOT NULL,
  PRIMARY KEY (consumers, topic, partition)
) WITHOUT ROWID;`;

/**
 * A durable log in one SQLite file, with Kafka's rules: a key belongs to a partition of its topic, a group has a place in every
 * partition, and handles a partition one message after the other. Publishes that meet within ten milliseconds are committed
 * together; they are on the disk when they resolve. All groups live in this process, so they are woken and never poll.
 */
export class EmbeddedBus implements Bus {
  private readonly db: Sqlite;
  private readonly lanes = new Set<Lane>();
  private readonly closing = new AbortController();
  private readonly trimming: NodeJS.Timeout;
  /** What the next commit writes. */
  private readonly publishes: Publish[] = [];
  private readonly advanced = new Set<Lane>();
  private committing: NodeJS.Timeout | undefined;
  private ended: Promise<void> | undefined;
  private closed = false;

  /** @throws {FileInUse} @throws {FileUnusable} */
  constructor(
    file: string,
    private readonly options: EmbeddedBusOptions = {},
  ) {
    this.db = new Sqlite(file, { survives: 'power loss', cacheMegabytes: 16 });
    this.db.exec(SCHEMA);
    const failed = (error: unknown): void => options.log?.error({ error: String(error) }, 'old messages could not be deleted');
    this.trimming = setInterval(() => void this.trim().catch(failed), TRIM_EVERY).unref();
  }

  async publish(topic: string, messages: readonly Message[]): Promise<void> {
    if (this.closed) throw new Error('the bus is closed');
    if (messages.length === 0) return;
    const { now = Date.now } = this.options;
    const rows = messages.map(({ key, value, headers }): MessageRow => [
      topic,
      crc32(key) % PARTITIONS,
      now(),
      JSON.stringify({ key, value, headers }),
    ]);
    await new Promise<void>((resolve, reject) => {
      this.publishes.push({ rows, resolve, reject });
      this.commitSoon();
    });
  }

  async subscribe(member: Subscription): Promise<void> {
    if (this.closing.signal.aborted) throw new Error('the bus is closed');
    if (member.signal.aborted) return;
    const lanes = this.db.transaction(() =>
      [...new Set(member.topics)].flatMap((topic) =>
        Array.from({ length: PARTITIONS }, (_, partition) => this.laneOf(member.group, topic, partition)),
      ),
    );
    for (const lane of lanes) {
      this.lanes.add(lane);
      lane.members = [...lane.members, member];
      lane.running ??= this.run(lane);
    }
  }

  /** {@link Sqlite.copyInto} */
  copyInto(folder: string): void {
    this.db.copyInto(folder);
  }

  /** Handlers at work finish, may still publish, and are committed. Not to be awaited by a handler. */
  close(): Promise<void> {
    return (this.ended ??= this.end());
  }

  /** Deletes what is past its age and handled by all. Runs by itself every hour; resolves with the number of messages deleted. */
  async trim(): Promise<number> {
    const { now = Date.now } = this.options;
    const old = this.db.prepare(
      `DELETE FROM message WHERE id IN (
         SELECT id FROM message AS m WHERE at < ? AND NOT EXISTS (
           SELECT 1 FROM place AS p WHERE p.topic = m.topic AND p.partition = m.partition AND p.handled < m.id)
         ORDER BY at LIMIT ?)`,
    );
    this.commit();
    let deleted = 0;
    while (!this.closing.signal.aborted) {
      const some = old.run(now() - RETENTION, TRIM);
      deleted += some;
      if (some < TRIM) break;
      await nextTurn();
    }
    return deleted;
  }

  private async end(): Promise<void> {
    this.closing.abort();
    clearInterval(this.trimming);
    await Promise.all([...this.lanes].flatMap(({ running }) => running ?? []));
    this.closed = true;
    this.commit();
    this.db.close();
  }

  /** A new group's place is before the first message; it is written down, so that nothing it has yet to hear is deleted. */
  private laneOf(group: string, topic: string, partition: number): Lane {
    for (const lane of this.lanes) if (lane.group === group && lane.topic === topic && lane.partition === partition) return lane;
    const place = [group, topic, partition] as const;
    this.db.prepare('INSERT OR IGNORE INTO place (consumers, topic, partition, handled) VALUES (?, ?, ?, 0)').run(...place);
    const found = this.db.prepare('SELECT handled FROM place WHERE consumers = ? AND topic = ? AND partition = ?').first(...place);
    return { group, topic, partition, members: [], handled: found![0] as number, running: undefined };
  }

  /** Until there is nothing more, or nobody to handle it: then the message stays the next one. */
  private async run(lane: Lane): Promise<void> {
    const { topic, partition, group } = lane;
    const { backOff = doubling, log } = this.options;
    const next = this.db.prepare('SELECT id, body FROM message WHERE topic = ? AND partition = ? AND id > ? ORDER BY id LIMIT 1');
    try {
      let attempt = 1;
      for (;;) {
        // Handlers that never wait must not keep the process from everything else.
        await nextTurn();
        if (this.closing.signal.aborted) return;
        lane.members = lane.members.filter(({ signal }) => !signal.aborted);
        const member = lane.members[partition % lane.members.length];
        if (!member) return;
        try {
          const row = next.first(topic, partition, lane.handled);
          if (!row) return;
          await member.handle({ topic, ...(JSON.parse(row[1] as string) as Message) });
          lane.handled = row[0] as number;
          this.advanced.add(lane);
          this.commitSoon();
          attempt = 1;
        } catch (error) {
          log?.warn({ group, topic, partition, attempt, error: String(error) }, 'a handler threw; the message will come again');
          await pause(backOff(attempt), this.closing.signal);
          attempt += 1;
        }
      }
    } finally {
      // In the same turn as the last look, so that no wake between them is lost.
      lane.running = undefined;
    }
  }

  private commitSoon(): void {
    this.committing ??= setTimeout(() => this.commit(), COMMIT_WITHIN);
  }

  /** Everything that waits, in one transaction. Places that could not be written go with the next. */
  private commit(): void {
    clearTimeout(this.committing);
    this.committing = undefined;
    const publishes = this.publishes.splice(0);
    const rows = publishes.flatMap((publish) => publish.rows);
    if (rows.length === 0 && this.advanced.size === 0) return;
    try {
      this.db.transaction(() => {
        insertRows(this.db, 'INSERT INTO message (topic, partition, at, body) VALUES', rows);
        const places = [...this.advanced].map(({ group, topic, partition, handled }) => [group, topic, partition, handled] as const);
        insertRows(this.db, 'REPLACE INTO place (consumers, topic, partition, handled) VALUES', places);
      });
    } catch (error) {
      for (const { reject } of publishes) reject(error);
      this.options.log?.error({ error: String(error) }, 'the bus could not be written');
      return;
    }
    this.advanced.clear();
    for (const { resolve } of publishes) resolve();
    const fed = new Set(rows.map(([topic, partition]) => `${topic}/${partition}`));
    for (const lane of this.lanes) if (fed.has(`${lane.topic}/${lane.partition}`)) lane.running ??= this.run(lane);
  }
}
