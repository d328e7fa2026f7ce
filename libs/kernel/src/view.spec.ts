import fc from 'fast-check';
import { technical } from './chain';
import { instant } from './clock';
import type { JsonObject } from './json';
import type { Recorded } from './messages';
import { foldRow, keysOfBatch, projectBatch, type View } from './view';

interface Seen extends JsonObject {
  readonly sum: number;
}

/** Each event adds to the wards it names; a removal ends their rows; a look changes nothing. */
const wards: View<Seen> = {
  ...{ name: 'wards', version: 1, categories: ['bed'], columns: ['sum'] },
  keys: ({ data }) => data['wards'] as readonly string[],
  project: (row, { type, data }) => {
    if (type === 'BedRemoved') return null;
    return type === 'BedSeen' ? row : { sum: (row?.sum ?? 0) + Number(data['n']) };
  },
};

const eventOf = (revision: number, at: number, type: string, data: JsonObject): Recorded => {
  const id = `00000000-0000-4000-8000-${String(revision).padStart(12, '0')}`;
  return {
    ...{ stream: 'bed-1', revision, position: BigInt(revision + 1), id, type, data },
    metadata: { ...technical(id, instant(at)), hash: '', previousHash: '' },
  };
};

/** A log in recorded order, some events at the same instant. */
const log = fc
  .array(
    fc.record({
      type: fc.constantFrom('BedAdded', 'BedAdded', 'BedSeen', 'BedRemoved'),
      wards: fc.uniqueArray(fc.constantFrom('a', 'b', 'c')),
      n: fc.integer({ min: -3, max: 3 }),
      after: fc.nat({ max: 2 }),
    }),
    { maxLength: 20 },
  )
  .map((steps) => {
    let at = 1_000;
    return steps.map(({ type, after, ...data }, revision) => eventOf(revision, (at += after), type, data));
  });

describe('projecting a view', () => {
  it('given any log, cut into batches anywhere, when projected one batch after the other, then the rows are the fold of the log', () => {
    fc.assert(
      fc.property(log, fc.array(fc.nat(20)), (events, cuts) => {
        const rows = new Map<string, JsonObject>();
        const edges = [0, ...[...cuts].sort((a, b) => a - b), events.length];
        for (const [n, edge] of edges.slice(1).entries()) {
          const batch = events.slice(edges[n], Math.max(edge, edges[n]!));
          const known = new Map(keysOfBatch(wards, batch).flatMap((key) => (rows.has(key) ? [[key, rows.get(key)!] as const] : [])));
          for (const { key, row } of projectBatch(wards, batch, known)) {
            if (row === null) rows.delete(key);
            else rows.set(key, row);
          }
        }
        for (const key of ['a', 'b', 'c']) expect(rows.get(key)).toEqual(foldRow(wards, key, events));
      }),
    );
  });

  it('given any log, when a row is folded as of an instant, then it is the fold of what was recorded until then, that instant included', () => {
    fc.assert(
      fc.property(log, fc.integer({ min: 999, max: 1_045 }), fc.constantFrom('a', 'b', 'c'), (events, at, key) => {
        const until = events.filter(({ metadata }) => metadata.recordedAt <= instant(at));
        expect(foldRow(wards, key, events, instant(at))).toEqual(foldRow(wards, key, until));
      }),
    );
  });

  it('given any log, when projected, then each change holds from the instant its event was recorded, and the log is as it was', () => {
    fc.assert(
      fc.property(log, (events) => {
        const before = JSON.stringify(events.map(({ data }) => data));
        const instants = new Set(events.map(({ metadata }) => metadata.recordedAt));
        for (const { at } of projectBatch(wards, events, new Map())) expect(instants).toContain(at);
        expect(JSON.stringify(events.map(({ data }) => data))).toBe(before);
      }),
    );
  });

  it('given an event that leaves a row as it is, when projected, then that is no change', () => {
    const row = { sum: 1 };
    expect(projectBatch(wards, [eventOf(0, 0, 'BedSeen', { wards: ['a', 'b'] })], new Map([['a', row]]))).toEqual([]);
    expect(projectBatch(wards, [eventOf(0, 0, 'BedRemoved', { wards: ['b'] })], new Map())).toEqual([]);
  });

  it('given a row that ends, when projected, then the change is null', () => {
    const removed = eventOf(0, 0, 'BedRemoved', { wards: ['a'] });
    expect(projectBatch(wards, [removed], new Map([['a', { sum: 1 }]]))).toEqual([{ key: 'a', at: instant(0), row: null }]);
  });

  it('given a view without keys, when asked whom events concern, then the ids of their streams, each once', () => {
    const { keys: _, ...plain } = wards;
    expect(keysOfBatch(plain, [eventOf(0, 0, 'BedAdded', {}), eventOf(1, 0, 'BedAdded', {})])).toEqual(['1']);
  });
});
