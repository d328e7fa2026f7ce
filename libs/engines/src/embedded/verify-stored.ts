import { setImmediate as turn } from 'node:timers/promises';
import { type Break, canonicalText, categoryOf, type JsonObject, link, type Metadata, type Recorded, verifyChain } from '@hospital/kernel';
import { Sqlite } from './sqlite';

/** {@link findBreaks} over the file of a store that is not running. @throws {FileInUse} */
export async function verifyStored(file: string, stream?: string): Promise<readonly Break[]> {
  const db = new Sqlite(file, { survives: 'power loss', cacheMegabytes: 8 });
  try {
    return await findBreaks(db, stream);
  } finally {
    db.close();
  }
}

/**
 * The first change in each stream that is not, byte for byte, what was written; empty when all is well. A whole stream is held in
 * memory at a time. What it cannot see: a stream gone as a whole, or its tail; a head hash kept elsewhere shows that.
 */
export async function findBreaks(db: Sqlite, stream?: string): Promise<readonly Break[]> {
  const breaks: Break[] = [];
  const names = stream === undefined ? namesOf(db) : [Buffer.from(stream)];
  for (const name of names) {
    const found = findBreak(name, rowsOf(db, name), isShortened(db, name));
    if (found) breaks.push(found);
    await turn();
  }
  return breaks;
}

/** Names as bytes, for a changed one need not be text. */
function* namesOf(db: Sqlite): Generator<Buffer> {
  const next = db.prepare(`SELECT CAST(stream AS BLOB) FROM event WHERE stream > CAST(unhex(?) AS TEXT) ORDER BY stream LIMIT 1`);
  for (let row = next.first(''); row; row = next.first((row[0] as Buffer).toString('hex'))) yield row[0] as Buffer;
}

interface StoredRow {
  readonly position: number;
  readonly revision: number;
  readonly category: Buffer;
  readonly stream: Buffer;
  readonly id: Buffer;
  readonly type: Buffer;
  readonly data: Buffer;
  readonly metadata: Buffer;
}

/** The index gives the order, the table gives every value: both keep a copy of the stream's name and the revision. */
function rowsOf(db: Sqlite, name: Buffer): StoredRow[] {
  const texts = ['category', 'stream', 'id', 'type', 'data', 'metadata'].map((column) => `CAST(event.${column} AS BLOB)`).join(', ');
  return db
    .prepare(
      `SELECT event.position, CAST(event.revision AS TEXT), ${texts}
       FROM event AS entry INDEXED BY event_by_stream CROSS JOIN event ON event.position = entry.position
       WHERE entry.stream = CAST(unhex(?) AS TEXT) ORDER BY entry.revision`,
    )
    .all(name.toString('hex'))
    .map(([position, revision, category, stream, id, type, data, metadata]) => ({
      ...{ position: position as number, revision: Number(revision) },
      ...({ category, stream, id, type, data, metadata } as Record<'category' | 'stream' | 'id' | 'type' | 'data' | 'metadata', Buffer>),
    }));
}

const isShortened = (db: Sqlite, name: Buffer): boolean =>
  db.prepare('SELECT 1 FROM shortened WHERE stream = CAST(unhex(?) AS TEXT)').first(name.toString('hex')) !== undefined;

function findBreak(name: Buffer, rows: readonly StoredRow[], shortened: boolean): Break | undefined {
  const stream = name.toString();
  const events: Recorded[] = [];
  for (const row of rows) {
    const event = read(row);
    if (!event || !row.stream.equals(name) || row.category.toString() !== categoryOf(stream))
      return { stream, revision: row.revision, reason: 'content changed' };
    events.push(event);
  }
  const broken = shortened ? firstChanged(events) : verifyChain(events);
  const misplaced = rows.find(({ position }, n) => position <= (rows[n - 1]?.position ?? 0));
  return broken ?? (misplaced && { stream, revision: misplaced.revision, reason: 'chain broken' });
}

/** The beginning of these was removed on purpose, and with it what the first hash of the rest refers to. */
function firstChanged(events: readonly Recorded[]): Break | undefined {
  const changed = events.find((event) => !matchesItsHash(event));
  return changed && { stream: changed.stream, revision: changed.revision, reason: 'content changed' };
}

/** `undefined` when the stored bytes are not the one canonical text of what they say. */
function read({ position, revision, stream, id, type, data, metadata }: StoredRow): Recorded | undefined {
  try {
    const event = {
      ...{ stream: stream.toString(), revision, position: BigInt(position), id: id.toString(), type: type.toString() },
      data: JSON.parse(data.toString()) as JsonObject,
      metadata: JSON.parse(metadata.toString()) as Metadata,
    };
    const same = (bytes: Buffer, text: string): boolean => bytes.equals(Buffer.from(text));
    const canonical =
      same(data, canonicalText(event.data)) &&
      same(metadata, canonicalText(event.metadata)) &&
      same(id, event.id) &&
      same(type, event.type) &&
      typeof event.metadata === 'object' &&
      event.metadata !== null;
    return canonical ? event : undefined;
  } catch {
    return undefined;
  }
}

function matchesItsHash({ stream, revision, metadata, ...event }: Recorded): boolean {
  const { hash, previousHash, ...unsealed } = metadata;
  return link(stream, revision, previousHash, event, unsealed as Parameters<typeof link>[4]).metadata.hash === hash;
}
