import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { NO_STREAM } from '@hospital/kernel';
import { numbered, proposedAt } from '@hospital/kernel/testing';
import { EmbeddedEventStore } from '../../libs/engines/src/embedded/event-store';
import { Sqlite } from '../../libs/engines/src/embedded/sqlite';
import { findBreaks, verifyStored } from './verify-stored';

const folder = mkdtempSync(join(tmpdir(), 'verify-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('verifying stored events', () => {
  const file = join(folder, 'events.db');
  const streams = ['workOrder-wo_1', 'workOrder-wo_2', 'asset-as_1'];

  beforeAll(async () => {
    const store = new EmbeddedEventStore(file);
    for (const stream of streams)
      await store.append(
        stream,
        NO_STREAM,
        proposedAt(stream, NO_STREAM, [{ data: { note: '三楼' } }, { data: { beds: 10 } }, { data: {} }, { data: { n: 1 } }]),
      );
    await store.append('lease-1', NO_STREAM, numbered('lease-1', NO_STREAM, 5));
    await store.cap('lease-1', 2);
    await store.close();
  });

  it('given what was written, when verified, then there is nothing to tell, a capped stream included', async () => {
    expect(await verifyStored(file)).toEqual({ events: 14, breaks: [] });
  });

  /** Runs `check` while the one row is changed, and puts it right again. */
  async function altered(position: number, column: string, value: string, check: (db: Sqlite) => Promise<void>): Promise<void> {
    const db = new Sqlite(file, { survives: 'crash' });
    const [original] = db.prepare(`SELECT quote(CAST(${column} AS BLOB)) FROM event WHERE position = ?`).first(position) as [string];
    const put = (literal: string): void => db.exec(`UPDATE event SET ${column} = CAST(${literal} AS TEXT) WHERE position = ${position}`);
    try {
      put(value);
      await check(db);
    } finally {
      put(original);
      db.close();
    }
  }

  it('given any byte of any text of any row changed, when verified, then the stream and the revision are named', async () => {
    const db = new Sqlite(file, { survives: 'crash' });
    const rows = db.prepare('SELECT position, stream, revision FROM event').all() as readonly (readonly [number, string, number])[];
    const columns = ['stream', 'id', 'type', 'data', 'metadata'];
    const put = (column: string, bytes: Buffer, position: number): void => {
      db.prepare(`UPDATE event SET ${column} = CAST(unhex(?) AS TEXT) WHERE position = ?`).run(bytes.toString('hex'), position);
    };
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...rows),
        fc.constantFrom(...columns),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        async (row, column, at, mask) => {
          const [position, stream, revision] = row;
          const original = db.prepare(`SELECT CAST(${column} AS BLOB) FROM event WHERE position = ?`).first(position)![0] as Buffer;
          const bytes = Buffer.from(original);
          bytes[at % bytes.length]! ^= mask;
          const taken = column === 'stream' && rows.some(([, name, other]) => name === bytes.toString() && other === revision);
          fc.pre(!taken);
          put(column, bytes, position);
          const found = await findBreaks(db);
          put(column, original, position);
          if (column === 'stream') expect(found).toContainEqual(expect.objectContaining({ stream: bytes.toString() }));
          else expect(found).toEqual([{ stream, revision, reason: expect.any(String) }]);
        },
      ),
      { numRuns: 500 },
    );
    db.close();
    expect((await verifyStored(file)).breaks).toEqual([]);
  });

  it.each([1, 2, 3, 4])('given the revision of event %d changed, when verified, then its place is named', async (position) => {
    const named = async (db: Sqlite): Promise<unknown> => (await findBreaks(db)).map(({ stream, revision }) => [stream, revision]);
    for (const [revision, place] of [
      [-5, 0],
      [9, position - 1],
      ['9007199254740993', position - 1],
    ])
      await altered(position, 'revision', `'${revision}'`, async (db) => expect(await named(db)).toEqual([[streams[0], place]]));
  });

  it('given an event moved in the log, when verified, then the one that now comes before it is named', async () => {
    const copy = join(folder, 'moved.db');
    writeFileSync(copy, readFileSync(file));
    const db = new Sqlite(copy, { survives: 'crash' });
    db.exec('UPDATE event SET position = 100 WHERE position = 3');
    db.close();
    expect((await verifyStored(copy)).breaks).toEqual([{ stream: streams[0], revision: 3, reason: 'chain broken' }]);
  });

  it('given a removed event, when verified, then the gap is named', async () => {
    const copy = join(folder, 'gap.db');
    writeFileSync(copy, readFileSync(file));
    const db = new Sqlite(copy, { survives: 'crash' });
    db.exec('DELETE FROM event WHERE position = 6');
    db.close();
    expect((await verifyStored(copy)).breaks).toEqual([{ stream: streams[1], revision: 1, reason: 'event missing' }]);
  });

  it('given an event removed from a capped stream, when verified, then the gap is named', async () => {
    const copy = join(folder, 'capped.db');
    const store = new EmbeddedEventStore(copy);
    await store.append('lease-1', NO_STREAM, numbered('lease-1', NO_STREAM, 6));
    await store.cap('lease-1', 4);
    await store.close();
    const db = new Sqlite(copy, { survives: 'crash' });
    db.exec('DELETE FROM event WHERE revision = 4');
    db.close();
    expect((await verifyStored(copy)).breaks).toEqual([{ stream: 'lease-1', revision: 4, reason: 'event missing' }]);
  });

  it('given a byte changed in the file itself, when verified, then the event is named', async () => {
    const copy = join(folder, 'bytes.db');
    const bytes = readFileSync(file);
    bytes[bytes.indexOf('"beds":10') + 8] = '1'.charCodeAt(0);
    writeFileSync(copy, bytes);
    const { breaks: found } = await verifyStored(copy);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ revision: 1, reason: 'content changed' });
  });
});
