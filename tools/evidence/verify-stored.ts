import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { type Break, canonicalText, type JsonObject, link, type Metadata, type Recorded } from '@hospital/kernel';
import { FileInUse, FileUnusable, Sqlite } from '../../libs/engines/src/embedded/sqlite';

export interface Evidence {
  /** How many there are. */
  readonly events: number;
  /** At most one of a stream. */
  readonly breaks: readonly Break[];
}

/**
 * {@link findBreaks} over the file of a store that is not running; evidence is not touched, so it may lie where nobody can write.
 *
 * @throws {FileInUse} @throws {FileUnusable}
 */
export async function verifyStored(file: string): Promise<Evidence> {
  const beside = ['-wal', '-journal'].filter((end) => existsSync(file + end));
  try {
    if (beside.length === 0) return await evidenceIn(addressOf(file, 'immutable=1'));
    // Whoever was killed left commits beside the file, which whoever opens it would move into it: that is done to a copy.
    refuseInUse(file);
    const folder = mkdtempSync(join(tmpdir(), 'verify-'));
    try {
      for (const end of ['', ...beside]) copyFileSync(file + end, join(folder, `copy${end}`));
      return await evidenceIn(join(folder, 'copy'));
    } finally {
      rmSync(folder, { recursive: true });
    }
  } catch (error) {
    throw error instanceof FileUnusable ? new FileUnusable(file, error.cause as Error) : error;
  }
}

const addressOf = (file: string, how: string): string => `${pathToFileURL(file).href}?${how}`;

/** Opening it to read can fail in other ways too, but only this one says that somebody works in it. */
function refuseInUse(file: string): void {
  try {
    new Sqlite(addressOf(file, 'mode=ro'), { survives: 'crash' }).close();
  } catch (error) {
    if (error instanceof FileInUse) throw new FileInUse(file);
  }
}

async function evidenceIn(address: string): Promise<Evidence> {
  const db = new Sqlite(address, { survives: 'power loss', cacheMegabytes: 8 });
  try {
    const [events] = db.prepare('SELECT count(*) FROM event').first() as [number];
    return { events, breaks: await findBreaks(db) };
  } finally {
    db.close();
  }
}

/** For people. */
export const sentenceOf = ({ stream, revision, reason }: Break): string => `${stream}: ${reason} at revision ${revision}`;

/**
 * The first change in each stream that is not, byte for byte, what was written; empty when all is well. A whole stream is held in
 * memory at a time. What it cannot see: a stream gone as a whole, or its tail; a head hash kept elsewhere shows that.
 */
export async function findBreaks(db: Sqlite): Promise<readonly Break[]> {
  const breaks: Break[] = [];
  for (const name of namesOf(db)) {
    const found = findBreak(db, name);
    if (found) breaks.push(found);
    await turn();
  }
  return breaks;
}

/** Names as bytes, for a changed one need not be text; bound as hexadecimal digits, for the driver takes no bytes. */
function* namesOf(db: Sqlite): Generator<Buffer> {
  const next = db.prepare(`SELECT CAST(stream AS BLOB) FROM event WHERE stream > CAST(unhex(?) AS TEXT) ORDER BY stream LIMIT 1`);
  for (let row = next.first(''); row; row = next.first((row[0] as Buffer).toString('hex'))) yield row[0] as Buffer;
}

/** The index gives the order, the table gives every value: both keep a copy of the stream's name and the revision. */
const ROWS = `
  SELECT event.position, CAST(event.revision AS TEXT),
    ${['stream', 'id', 'type', 'data', 'metadata'].map((column) => `CAST(event.${column} AS BLOB)`).join(', ')}
  FROM event AS entry INDEXED BY event_by_stream CROSS JOIN event ON event.position = entry.position
  WHERE entry.stream = CAST(unhex(?) AS TEXT) ORDER BY entry.revision`;

function findBreak(db: Sqlite, name: Buffer): Break | undefined {
  // The beginning of a shortened stream was removed on purpose, and with it what the first hash of the rest refers to.
  const shortened = db.prepare('SELECT 1 FROM shortened WHERE stream = CAST(unhex(?) AS TEXT)').first(name.toString('hex'));
  let previous: Recorded | undefined;
  for (const [position, digits, ...texts] of db.prepare(ROWS).all(name.toString('hex'))) {
    const found = Number(digits);
    const revision = previous ? previous.revision + 1 : shortened ? found : 0;
    const broken = (reason: Break['reason']): Break => ({ stream: name.toString(), revision, reason });
    if (found !== revision) return broken('event missing');
    const event = read(name, revision, position as number, texts as Buffer[]);
    if (!event) return broken('content changed');
    const first = shortened ? event.metadata.previousHash : '';
    const follows = event.metadata.previousHash === (previous?.metadata.hash ?? first) && event.position > (previous?.position ?? 0n);
    if (!follows) return broken('chain broken');
    previous = event;
  }
  return undefined;
}

/** `undefined` when the stored bytes are not the one text of what was hashed. */
function read(name: Buffer, revision: number, position: number, stored: readonly Buffer[]): Recorded | undefined {
  const [stream, id, type, data, metadata] = stored.map(String) as [string, string, string, string, string];
  try {
    const event = {
      stream,
      revision,
      position: BigInt(position),
      id,
      type,
      data: JSON.parse(data) as JsonObject,
      metadata: JSON.parse(metadata) as Metadata,
    };
    const written = [name, id, type, canonicalText(event.data), canonicalText(event.metadata)];
    return written.every((text, n) => Buffer.from(text).equals(stored[n]!)) && isItsHash(event) ? event : undefined;
  } catch {
    return undefined;
  }
}

function isItsHash({ stream, revision, position: _, metadata, ...event }: Recorded): boolean {
  const { hash, previousHash, ...unsealed } = metadata;
  return link(stream, revision, previousHash, event, unsealed as Parameters<typeof link>[4]).metadata.hash === hash;
}
