import fc from 'fast-check';
import {
  type Condition,
  type Instant,
  instant,
  type JsonObject,
  type Query,
  type RowChange,
  type Scalar,
  type ViewSchema,
  type ViewStore,
} from '../index';

export interface OpenedViewStore {
  readonly store: ViewStore;
  close(): Promise<void>;
}

type Listed = Awaited<ReturnType<ViewStore['query']>>;

const WARDS: ViewSchema = { name: 'wards.list', version: 1, columns: ['status', 'beds', 'urgent'] };

/** Instants a minute apart, so that a test can say "at 3". */
const at = (minute: number): Instant => instant(Date.UTC(2026, 2, 1) + minute * 60_000);
const change = (key: string, minute: number, row: JsonObject | null): RowChange => ({ key, at: at(minute), row });
const keysOf = (listed: Listed): readonly string[] => listed.map(({ key }) => key);

/** Every page of a query, asked for one after the other through `after`. */
async function paged(store: ViewStore, query: Query, limit: number): Promise<Listed> {
  const rows: Listed[number][] = [];
  let after: Query['after'];
  for (;;) {
    const page = await store.query(WARDS.name, { ...query, limit, ...(after ? { after } : {}) });
    rows.push(...page);
    const last = page.at(-1);
    if (last === undefined || page.length < limit) return rows;
    const column = query.orderBy?.column;
    after = { value: column === undefined ? null : ((last.row[column] as Scalar | undefined) ?? null), key: last.key };
  }
}

// --- a store as one would say it: every change kept, every question answered by looking at all of them -------------------------

interface Held {
  readonly key: string;
  readonly from: Instant;
  readonly to: Instant | undefined;
  readonly row: JsonObject | null;
}

/** Periods in which each row held, one after the other; a later change of the same instant takes the place of the earlier. */
function periodsOf(changes: readonly RowChange[]): readonly Held[] {
  const byKey = new Map<string, { from: Instant; row: JsonObject | null }[]>();
  for (const { key, at: told, row } of changes) {
    const periods = byKey.get(key) ?? [];
    const last = periods.at(-1);
    const from = last && last.from > told ? last.from : told;
    if (last?.from === from) periods.pop();
    byKey.set(key, [...periods, { from, row }]);
  }
  return [...byKey].flatMap(([key, periods]) => periods.map(({ from, row }, n) => ({ key, from, to: periods[n + 1]?.from, row })));
}

const rank = (value: Scalar): number => (value === null ? 0 : typeof value === 'string' ? 2 : 1);
function compare(a: Scalar, b: Scalar): number {
  if (rank(a) !== rank(b)) return rank(a) - rank(b);
  if (typeof a === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b as string));
  return Number(a) - Number(b);
}
const valueOf = (row: JsonObject, column: string): Scalar => (row[column] as Scalar | undefined) ?? null;

function holds(value: Scalar, condition: Condition): boolean {
  if (typeof condition !== 'object' || condition === null) return compare(value, condition) === 0;
  if ('in' in condition) return condition.in.some((one) => compare(value, one) === 0);
  const { from, to } = condition;
  const bounded = from !== undefined || to !== undefined;
  return !(bounded && value === null) && (from === undefined || compare(value, from) >= 0) && (to === undefined || compare(value, to) < 0);
}

function answer(changes: readonly RowChange[], { key, where = {}, orderBy, asOf, limit }: Query): Listed {
  const wanted = key === undefined ? undefined : [key].flat();
  const direction = orderBy?.descending ? -1 : 1;
  const found = periodsOf(changes)
    .filter(({ from, to }) => (asOf === undefined ? to === undefined : from <= asOf && (to === undefined || to > asOf)))
    .flatMap(({ key: one, from, row }) => (row === null ? [] : [{ key: one, row, validFrom: from }]))
    .filter((one) => wanted === undefined || wanted.includes(one.key))
    .filter(({ row }) => Object.entries(where).every(([column, condition]) => holds(valueOf(row, column), condition)))
    .sort(
      (a, b) =>
        direction * ((orderBy ? compare(valueOf(a.row, orderBy.column), valueOf(b.row, orderBy.column)) : 0) || compare(a.key, b.key)),
    );
  return found.slice(0, limit);
}

const status = fc.constantFrom<Scalar>('open', 'closed', '待处理', '', null);
const beds = fc.constantFrom<Scalar>(0, 1, 2.5, 10, -3, null);
const rowOf = fc
  .record({ status, beds, urgent: fc.boolean(), note: fc.string() }, { requiredKeys: ['note'] })
  .map((row) => JSON.parse(JSON.stringify(row)) as JsonObject);
const changeOf = fc
  .record({
    key: fc.constantFrom('a', 'b', 'c', 'd-1', '病区', 'e'),
    at: fc.integer({ min: 0, max: 8 }).map(at),
    row: fc.option(rowOf, { nil: null, freq: 4 }),
  })
  .map((one): RowChange => one);
const conditionOf = (values: fc.Arbitrary<Scalar>): fc.Arbitrary<Condition> => {
  const known = values.filter((value) => value !== null);
  return fc.oneof(
    values,
    fc.array(values, { maxLength: 3 }).map((list) => ({ in: list })),
    known.map((from) => ({ from })),
    known.map((to) => ({ to })),
    fc.tuple(known, known).map(([from, to]) => ({ from, to })),
  );
};
const queryOf: fc.Arbitrary<Query> = fc
  .record(
    {
      key: fc.oneof(fc.constantFrom('a', '病区'), fc.constantFrom(['a', 'b', 'x'], [])),
      where: fc.record({ status: conditionOf(status), beds: conditionOf(beds), urgent: conditionOf(fc.boolean()) }, { requiredKeys: [] }),
      orderBy: fc.record({ column: fc.constantFrom('status', 'beds', 'urgent'), descending: fc.boolean() }),
      asOf: fc.integer({ min: -1, max: 9 }).map(at),
    },
    { requiredKeys: [] },
  )
  .map((query) => query as Query);

/** What every engine of the {@link ViewStore} port promises. `open` gives an empty store. */
export function viewStoreContract(name: string, open: () => Promise<OpenedViewStore>): void {
  describe(`${name} as a view store`, () => {
    let opened: OpenedViewStore;
    let store: ViewStore;
    const write = (...changes: readonly RowChange[]): Promise<void> => store.write(new Map([[WARDS.name, changes]]), 1n);
    const query = (asked: Query = {}): Promise<Listed> => store.query(WARDS.name, asked);

    beforeEach(async () => {
      opened = await open();
      ({ store } = opened);
      await store.open(WARDS);
    });
    afterEach(() => opened.close());

    describe('open', () => {
      it('given a new view, when opened, then it is empty and has no checkpoint', async () => {
        expect(await query()).toEqual([]);
        expect(await store.checkpoint(WARDS.name)).toBeUndefined();
      });

      it('given rows and a checkpoint, when the same view is opened again, then they are there', async () => {
        await store.write(new Map([[WARDS.name, [change('a', 1, { beds: 1 })]]]), 2n ** 60n);
        await store.open({ ...WARDS, columns: [...WARDS.columns].reverse() });
        expect(keysOf(await query())).toEqual(['a']);
        expect(await store.checkpoint(WARDS.name)).toBe(2n ** 60n);
      });

      it.each<[string, ViewSchema]>([
        ['a higher version', { ...WARDS, version: 2 }],
        ['a lower version', { ...WARDS, version: 0 }],
        ['other columns', { ...WARDS, columns: ['status', 'beds'] }],
      ])('given rows and a checkpoint, when the view is opened with %s, then they are gone', async (_, schema) => {
        await write(change('a', 1, { beds: 1 }), change('a', 2, { beds: 2 }));
        await store.open(schema);
        expect(await query()).toEqual([]);
        expect(await query({ asOf: at(1) })).toEqual([]);
        expect(await store.checkpoint(WARDS.name)).toBeUndefined();
      });

      it('given two views, when one is written or emptied, then the other is as it was', async () => {
        await store.open({ ...WARDS, name: 'wards' });
        await write(change('a', 1, { beds: 1 }));
        await store.write(new Map([['wards', [change('b', 1, { beds: 2 })]]]), 7n);
        await store.open({ ...WARDS, version: 2 });
        expect(keysOf(await store.query('wards', {}))).toEqual(['b']);
        expect(await store.checkpoint('wards')).toBe(7n);
      });

      it('given a view that was not opened, when it is asked or written, then that is a RangeError naming it', async () => {
        await expect(store.query('nowhere', {})).rejects.toThrow(RangeError);
        await expect(store.write(new Map([['nowhere', []]]), 1n)).rejects.toThrow('nowhere');
      });
    });

    describe('write', () => {
      it('given a row, when it changes, then the new one holds from then on and the old one held until then', async () => {
        await write(change('a', 1, { beds: 1 }));
        await write(change('a', 3, { beds: 2 }));
        expect(await query()).toEqual([{ key: 'a', row: { beds: 2 }, validFrom: at(3) }]);
        expect(await query({ asOf: at(0) })).toEqual([]);
        expect(await query({ asOf: at(1) })).toEqual([{ key: 'a', row: { beds: 1 }, validFrom: at(1) }]);
        expect(await query({ asOf: at(2) })).toEqual([{ key: 'a', row: { beds: 1 }, validFrom: at(1) }]);
        expect(await query({ asOf: at(3) })).toEqual([{ key: 'a', row: { beds: 2 }, validFrom: at(3) }]);
      });

      it('given a row, when it is removed, then it is gone now and still there as of before', async () => {
        await write(change('a', 1, { beds: 1 }));
        await write(change('a', 2, null));
        expect(await query()).toEqual([]);
        expect(await store.current(WARDS.name, ['a'])).toEqual(new Map());
        expect(keysOf(await query({ asOf: at(1) }))).toEqual(['a']);
        expect(await query({ asOf: at(2) })).toEqual([]);
      });

      it('given several changes of a key at one instant, when asked as of it, then only the last ever held', async () => {
        await write(change('a', 1, { beds: 1 }), change('a', 1, { beds: 2 }));
        await write(change('a', 1, { beds: 3 }));
        expect(await query({ asOf: at(1) })).toEqual([{ key: 'a', row: { beds: 3 }, validFrom: at(1) }]);
        expect(await store.count(WARDS.name, { asOf: at(1) })).toBe(1);
        await write(change('a', 1, null));
        expect(await query({ asOf: at(1) })).toEqual([]);
      });

      it('given a change recorded before the last of its key, when written, then it holds from the instant of the last', async () => {
        await write(change('a', 5, { beds: 1 }));
        await write(change('a', 2, { beds: 2 }));
        expect(await query()).toEqual([{ key: 'a', row: { beds: 2 }, validFrom: at(5) }]);
        expect(await query({ asOf: at(3) })).toEqual([]);
      });

      it('given a removed row, when it comes back recorded before its removal, then it holds from the removal on', async () => {
        await write(change('a', 1, { beds: 1 }), change('a', 5, null));
        await write(change('a', 3, { beds: 2 }));
        expect(await query({ asOf: at(4) })).toEqual([{ key: 'a', row: { beds: 1 }, validFrom: at(1) }]);
        expect(await query()).toEqual([{ key: 'a', row: { beds: 2 }, validFrom: at(5) }]);
      });

      it('given a batch without changes, when written, then the checkpoint moves', async () => {
        await store.write(new Map([[WARDS.name, []]]), 5n);
        expect(await store.checkpoint(WARDS.name)).toBe(5n);
      });

      it('given changes of several views, when one cannot be written, then none of them has moved', async () => {
        await store.open({ ...WARDS, name: 'wards' });
        const bad = { key: 'b', at: at(2), row: { beds: 1n } } as unknown as RowChange;
        const both = [change('a', 1, { beds: 1 })];
        await store.write(new Map([WARDS.name, 'wards'].map((name) => [name, both])), 1n);
        await expect(
          store.write(
            new Map([
              [WARDS.name, [change('a', 2, { beds: 2 })]],
              ['wards', [bad]],
            ]),
            2n,
          ),
        ).rejects.toThrow();
        for (const name of [WARDS.name, 'wards'])
          expect([await store.query(name, {}), await store.checkpoint(name)]).toEqual([
            [{ key: 'a', row: { beds: 1 }, validFrom: at(1) }],
            1n,
          ]);
      });

      it('given a batch that cannot be written, when it fails, then neither rows nor checkpoint have moved', async () => {
        await store.write(new Map([[WARDS.name, [change('a', 1, { beds: 1 })]]]), 1n);
        const bad = { key: 'b', at: at(2), row: { beds: 1n } } as unknown as RowChange;
        await expect(store.write(new Map([[WARDS.name, [change('a', 2, { beds: 2 }), bad]]]), 2n)).rejects.toThrow();
        expect(await query()).toEqual([{ key: 'a', row: { beds: 1 }, validFrom: at(1) }]);
        expect(await store.checkpoint(WARDS.name)).toBe(1n);
      });

      it('given thousands of changes, when written at once, then every row is there', async () => {
        const many = Array.from({ length: 2_500 }, (_, n) => change(`k${n % 500}`, Math.floor(n / 500), { beds: n }));
        await write(...many);
        expect(await store.count(WARDS.name, {})).toBe(500);
        expect(await store.count(WARDS.name, { asOf: at(1), where: { beds: { from: 500, to: 1_000 } } })).toBe(500);
      });
    });

    describe('current', () => {
      it('given rows, when asked for some keys, then those that are there come back as they were written', async () => {
        const row = { status: '待处理', note: 'quotes " and, commas', nested: { list: [1, null, '👩🏽‍🔧'] }, odd: 'a\u0000b\ud800' };
        await write(change('a', 1, row), change('b', 1, { beds: 1 }), change('c', 1, null));
        expect(await store.current(WARDS.name, ['b', 'none', 'c', 'a', '病区'])).toEqual(
          new Map<string, JsonObject>([
            ['b', { beds: 1 }],
            ['a', row],
          ]),
        );
        expect(await store.current(WARDS.name, [])).toEqual(new Map());
      });
    });

    describe('query', () => {
      beforeEach(() =>
        write(
          change('a', 1, { status: 'open', beds: 3, urgent: true }),
          change('b', 1, { status: 'closed', beds: 1, urgent: false }),
          change('c', 1, { status: 'open', beds: null }),
          change('d', 1, { status: 'open', beds: 3 }),
          change('e', 1, { beds: 2 }),
        ),
      );

      it.each<[string, Query, readonly string[]]>([
        ['no condition', {}, ['a', 'b', 'c', 'd', 'e']],
        ['an equal value', { where: { status: 'open' } }, ['a', 'c', 'd']],
        ['a boolean', { where: { urgent: true } }, ['a']],
        ['null', { where: { beds: null } }, ['c']],
        ['null for what the row has not', { where: { status: null } }, ['e']],
        ['one of several values, null among them', { where: { status: { in: ['closed', null] } } }, ['b', 'e']],
        ['one of no values', { where: { status: { in: [] } } }, []],
        ['a range, its end not included', { where: { beds: { from: 1, to: 3 } } }, ['b', 'e']],
        ['an open range', { where: { beds: { from: 2 } } }, ['a', 'd', 'e']],
        ['two conditions', { where: { status: 'open', beds: 3 } }, ['a', 'd']],
        ['a key', { key: 'b' }, ['b']],
        ['several keys', { key: ['e', 'a', 'x'] }, ['a', 'e']],
        ['no keys', { key: [] }, []],
        ['an order, nulls first', { orderBy: { column: 'beds' } }, ['c', 'b', 'e', 'a', 'd']],
        ['an order turned round, keys too', { orderBy: { column: 'beds', descending: true } }, ['d', 'a', 'e', 'b', 'c']],
        ['a limit', { orderBy: { column: 'beds' }, limit: 2 }, ['c', 'b']],
        ['a limit of nothing', { limit: 0 }, []],
        ['a row to go on after', { orderBy: { column: 'beds' }, after: { value: 3, key: 'a' } }, ['d']],
        ['a row without value to go on after', { orderBy: { column: 'beds' }, after: { value: null, key: 'c' } }, ['b', 'e', 'a', 'd']],
        ['a key to go on after', { after: { value: null, key: 'c' } }, ['d', 'e']],
      ])('given five rows, when asked with %s, then those that fit come in order', async (_, asked, expected) => {
        expect(keysOf(await query(asked))).toEqual(expected);
      });

      it('given rows, when a column is asked for that the view has not, then that is a RangeError naming it', async () => {
        await expect(query({ where: { note: 1 } })).rejects.toThrow(RangeError);
        await expect(query({ where: { note: 1 } })).rejects.toThrow('note');
        await expect(query({ orderBy: { column: 'beds; DROP TABLE x' } })).rejects.toThrow(RangeError);
        await expect(store.count(WARDS.name, { where: { note: 1 } })).rejects.toThrow('note');
      });

      it('given any changes, in batches of any size, when asked anything, then the answer is the plain one, on one page or on many', async () => {
        await fc.assert(
          fc.asyncProperty(
            fc.array(fc.array(changeOf, { maxLength: 8 }), { maxLength: 6 }),
            fc.array(queryOf, { minLength: 1, maxLength: 6 }),
            fc.integer({ min: 1, max: 3 }),
            async (batches, queries, size) => {
              await store.open({ ...WARDS, version: 2 });
              await store.open(WARDS);
              for (const batch of batches) await store.write(new Map([[WARDS.name, batch]]), 1n);
              for (const asked of queries) {
                const expected = answer(batches.flat(), asked);
                expect(await query(asked)).toEqual(expected);
                expect(await paged(store, asked, size)).toEqual(expected);
                expect(await store.count(WARDS.name, { where: asked.where ?? {}, asOf: asked.asOf })).toBe(
                  answer(batches.flat(), { where: asked.where ?? {}, asOf: asked.asOf }).length,
                );
              }
            },
          ),
          { numRuns: 150 },
        );
      });
    });
  });
}
