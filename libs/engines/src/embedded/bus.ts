import { crc32 } from 'node:zlib';
import { type Bus, DAY, type Delivered, type Message, pause } from '@hospital/kernel';
import type { Log } from '../log';
import { Sqlite } from './sqlite';

export interface EmbeddedBusOptions {
  /** How many keys of a topic can be handled at a time. Settled when the file is made; a later value is ignored. */
  readonly partitions?: number;
  /** Messages older than this are deleted, once every group that ever subscribed to their topic has handled them. */
  readonly retentionDays?: number;
  /** Milliseconds before the n-th repetition of a message whose handler threw. */
  readonly backOff?: (attempt: number) => number;
  /** Milliseconds since 1970, for the age of messages. */
  readonly now?: () => number;
  readonly log?: Log;
}

type Subscription = Parameters<Bus['subscribe']>[0];

interface Publish {
  readonly topic: string;
  readonly messages: readonly { readonly partition: number; readonly body: string }[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Messages a lane reads at a time. */
const READ = 64;
/** Handled messages are committed together after so many milliseconds; as many come again when the process is killed. */
const COMMIT_WITHIN = 20;
const COMMIT_AGAIN_AFTER = 1_000;
const TRIM_EVERY = 3_600_000;
const TRIM = 1_000;

const SCHEMA = `
CREATE TABLE IF NOT EXISTS layout (partitions INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS message (
  id INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL, partition INTEGER NOT NULL, at INTEGER NOT NULL, body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS message_by_lane ON message (topic, partition, id);
CREATE INDEX IF NOT EXISTS message_by_age ON message (at);
CREATE TABLE IF NOT EXISTS place (
  consumers TEXT NOT NULL, topic TEXT NOT NULL, partition INTEGER NOT NULL, handled INTEGER NOT NULL,
  PRIMARY KEY (consumers, topic, partition)
) WITHOUT ROWID;`;

const doubling = (attempt: number): number => Math.min(30_000, 100 * 2 ** (attempt - 1));

/**
 * A durable log in one SQLite file, with Kafka's rules: a key belongs to a partition of its topic, a group has a place in every
 * partition, and handles a partition one message after the other. Publishes that meet in one turn of the event loop are committed
 * together; they are on the disk when they resolve. All groups live in this process, so they are woken and never poll.
 */
export class EmbeddedBus implements Bus {
  private readonly db: Sqlite;
  private readonly partitions: number;
  private readonly groups = new Map<string, Group>();
  private readonly closing = new AbortController();
  private readonly trimming: NodeJS.Timeout;
  private publishes: Publish[] = [];
  private readonly handled = new Set<Lane>();
  private publishSoon: NodeJS.Immediate | undefined;
  private commitSoon: NodeJS.Timeout | undefined;
  private closed: Promise<void> | undefined;

  /** @throws {FileInUse} @throws {FileUnusable} */
  constructor(
    file: string,
    private readonly options: EmbeddedBusOptions = {},
  ) {
    this.db = new Sqlite(file, { survives: 'power loss', cacheMegabytes: 16 });
    this.db.exec(SCHEMA);
    const partitions = options.partitions ?? 8;
    if (!Number.isInteger(partitions) || partitions < 1) throw new RangeError(`${partitions} partitions`);
    this.db.prepare('INSERT INTO layout (partitions) SELECT ? WHERE NOT EXISTS (SELECT 1 FROM layout)').run(partitions);
    this.partitions = this.db.prepare('SELECT partitions FROM layout').first()![0] as number;
    this.trimming = setInterval(() => void this.trim(), TRIM_EVERY).unref();
  }

  publish(topic: string, messages: readonly Message[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.checkOpen();
      if (messages.length === 0) return resolve();
      const lines = messages.map(({ key, value, headers }) => ({
        partition: crc32(key) % this.partitions,
        body: JSON.stringify({ key, value, headers }),
      }));
      this.publishes.push({ topic, messages: lines, resolve, reject });
      this.publishSoon ??= setImmediate(() => this.commit());
    });
  }

  async subscribe(subscription: Subscription): Promise<void> {
    this.checkOpen();
    if (subscription.signal.aborted) return;
    let group = this.groups.get(subscription.group);
    if (!group) this.groups.set(subscription.group, (group = new Group(subscription.group)));
    const { backOff = doubling, log } = this.options;
    this.db.transaction(() => {
      for (const topic of subscription.topics)
        for (let partition = 0; partition < this.partitions; partition += 1)
          group.open(topic, partition, () => {
            const handled = this.placeOf(subscription.group, topic, partition);
            return new Lane(group, topic, partition, handled, {
              db: this.db,
              closing: this.closing.signal,
              backOff,
              log,
              done: this.noteHandled,
            });
          });
    });
    group.join(subscription);
  }

  /** Handlers at work finish, may still publish, and are committed. Not to be awaited by a handler. */
  close(): Promise<void> {
    return (this.closed ??= this.end());
  }

  /** Deletes what is past its age and handled by all. Runs by itself every hour; resolves with the number of messages deleted. */
  async trim(): Promise<number> {
    const { retentionDays = 30, now = Date.now } = this.options;
    const old = this.db.prepare(
      `DELETE FROM message WHERE id IN (
         SELECT id FROM message AS m WHERE at < ? AND NOT EXISTS (
           SELECT 1 FROM place AS p WHERE p.topic = m.topic AND p.partition = m.partition AND p.handled < m.id)
         ORDER BY at LIMIT ?)`,
    );
    this.commit();
    let deleted = 0;
    while (!this.closing.signal.aborted) {
      const some = old.run(now() - retentionDays * DAY, TRIM);
      deleted += some;
      if (some < TRIM) break;
      await new Promise((resolve) => setImmediate(resolve));
    }
    return deleted;
  }

  private checkOpen(): void {
    if (this.closed && !this.busy()) throw new Error('the bus is closed');
  }

  /** While handlers finish, what they publish is taken. */
  private busy(): boolean {
    return [...this.groups.values()].some((group) => group.busy);
  }

  private async end(): Promise<void> {
    this.closing.abort();
    clearInterval(this.trimming);
    await Promise.all([...this.groups.values()].map((group) => group.ended()));
    this.commit();
    clearTimeout(this.commitSoon);
    this.db.close();
  }

  /** A new group's place is before the first message; it is written down, so that nothing it has yet to hear is deleted. */
  private placeOf(group: string, topic: string, partition: number): number {
    const row = this.db
      .prepare('SELECT handled FROM place WHERE consumers = ? AND topic = ? AND partition = ?')
      .first(group, topic, partition);
    if (row) return row[0] as number;
    this.db.prepare('INSERT INTO place (consumers, topic, partition, handled) VALUES (?, ?, ?, 0)').run(group, topic, partition);
    return 0;
  }

  private readonly noteHandled = (lane: Lane): void => {
    this.handled.add(lane);
    this.commitSoon ??= setTimeout(() => this.commit(), COMMIT_WITHIN);
  };

  /** Everything that waits, in one transaction. */
  private commit(): void {
    const publishes = this.publishes;
    const lanes = [...this.handled];
    this.publishes = [];
    this.handled.clear();
    clearImmediate(this.publishSoon);
    clearTimeout(this.commitSoon);
    this.publishSoon = this.commitSoon = undefined;
    if (publishes.length === 0 && lanes.length === 0) return;
    try {
      this.db.transaction(() => this.write(publishes, lanes));
    } catch (error) {
      for (const { reject } of publishes) reject(error);
      for (const lane of lanes) this.handled.add(lane);
      this.options.log?.('error', 'the bus could not be written', { error: String(error) });
      this.commitSoon ??= setTimeout(() => this.commit(), COMMIT_AGAIN_AFTER);
      return;
    }
    for (const { topic, messages, resolve } of publishes) {
      resolve();
      for (const partition of new Set(messages.map((message) => message.partition)))
        for (const group of this.groups.values()) group.wake(topic, partition);
    }
  }

  private write(publishes: readonly Publish[], lanes: readonly Lane[]): void {
    const insert = this.db.prepare('INSERT INTO message (topic, partition, at, body) VALUES (?, ?, ?, ?)');
    const advance = this.db.prepare('REPLACE INTO place (handled, consumers, topic, partition) VALUES (?, ?, ?, ?)');
    const at = (this.options.now ?? Date.now)();
    for (const { topic, messages } of publishes) for (const { partition, body } of messages) insert.run(topic, partition, at, body);
    for (const { handled, group, topic, partition } of lanes) advance.run(handled, group.name, topic, partition);
  }
}

/** The members of a consumer group and the partitions they share. */
class Group {
  private members: readonly Subscription[] = [];
  private readonly lanes = new Map<string, Lane>();

  constructor(readonly name: string) {}

  get busy(): boolean {
    return [...this.lanes.values()].some((lane) => lane.running !== undefined);
  }

  open(topic: string, partition: number, make: () => Lane): void {
    const key = `${topic}/${partition}`;
    if (!this.lanes.has(key)) this.lanes.set(key, make());
  }

  join(member: Subscription): void {
    this.members = [...this.members, member];
    member.signal.addEventListener('abort', () => (this.members = this.members.filter((each) => each !== member)), { once: true });
    for (const lane of this.lanes.values()) lane.wake();
  }

  /** Members take turns over the partitions; asked before each message, so that a change holds from the next one on. */
  memberFor(topic: string, partition: number): Subscription | undefined {
    const able = this.members.filter(({ topics }) => topics.includes(topic));
    return able[partition % able.length];
  }

  wake(topic: string, partition: number): void {
    this.lanes.get(`${topic}/${partition}`)?.wake();
  }

  async ended(): Promise<void> {
    await Promise.all([...this.lanes.values()].map((lane) => lane.running));
  }
}

interface Around {
  readonly db: Sqlite;
  readonly closing: AbortSignal;
  readonly backOff: (attempt: number) => number;
  readonly log: Log | undefined;
  readonly done: (lane: Lane) => void;
}

/** A group's way through one partition of a topic: one message after the other, in the order of publishing. */
class Lane {
  running: Promise<void> | undefined;
  private again = false;

  constructor(
    readonly group: Group,
    readonly topic: string,
    readonly partition: number,
    /** Id of the last message handled. */
    public handled: number,
    private readonly around: Around,
  ) {}

  wake(): void {
    if (this.around.closing.aborted) return;
    this.again = true;
    this.running ??= this.run();
  }

  private async run(): Promise<void> {
    while (this.again && !this.around.closing.aborted) {
      this.again = false;
      await this.catchUp();
    }
    this.running = undefined;
  }

  private async catchUp(): Promise<void> {
    const next = this.around.db.prepare('SELECT id, body FROM message WHERE topic = ? AND partition = ? AND id > ? ORDER BY id LIMIT ?');
    for (;;) {
      const rows = next.all(this.topic, this.partition, this.handled, READ);
      for (const [id, body] of rows) {
        if (!(await this.handle(body as string))) return;
        this.handled = id as number;
        this.around.done(this);
      }
      if (rows.length < READ) return;
      // Handlers that never wait must not keep the process from everything else.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** False when nobody is there to handle it: it stays the next one. */
  private async handle(body: string): Promise<boolean> {
    const { closing, backOff, log } = this.around;
    for (let attempt = 1; !closing.aborted; attempt += 1) {
      const member = this.group.memberFor(this.topic, this.partition);
      if (!member) return false;
      const message: Delivered = { topic: this.topic, ...(JSON.parse(body) as Message) };
      try {
        await member.handle(message);
        return true;
      } catch (error) {
        const fields = { group: this.group.name, topic: this.topic, key: message.key, attempt, error: String(error) };
        log?.('warn', 'a handler threw; the message will come again', fields);
        await pause(backOff(attempt), closing);
      }
    }
    return false;
  }
}
