import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import {
  AppendTooLarge,
  type Batch,
  canonicalText,
  type EventStore,
  InvalidAppend,
  type JsonObject,
  MAX_APPEND_BYTES,
  NO_STREAM,
  ForeignPosition,
  type Proposed,
  type Recorded,
  StreamErased,
  verifyChain,
  WrongRevision,
} from '../index';
import { AT, numbered, proposedAt, proposedPart, someCategory } from './streams';

export interface OpenedEventStore {
  readonly store: EventStore;
  close(): Promise<void>;
}

/** Everything between the first batch and the last, and how far that is. */
async function drain(batches: AsyncIterable<Batch>): Promise<{ events: readonly Recorded[]; position: bigint | undefined }> {
  const events: Recorded[] = [];
  let position: bigint | undefined;
  for await (const batch of batches) {
    events.push(...batch.events);
    position = batch.position;
  }
  return { events, position };
}

/** Follows a subscription until `enough` holds, then aborts it; `each` runs before the next batch is asked for. */
async function follow(
  store: EventStore,
  from: { readonly after?: bigint | undefined; readonly categories: readonly string[] },
  enough: (events: readonly Recorded[], position: bigint) => boolean,
  each: (events: readonly Recorded[]) => Promise<void> | void = () => undefined,
): Promise<readonly Recorded[]> {
  const stop = new AbortController();
  const events: Recorded[] = [];
  for await (const batch of store.subscribe({ ...from, signal: stop.signal })) {
    events.push(...batch.events);
    await each(events);
    if (enough(events, batch.position)) stop.abort();
  }
  return events;
}

const ids = (events: readonly Proposed[]): readonly string[] => events.map(({ id }) => id);
const bytesOf = (events: readonly Proposed[]): number =>
  events.reduce((sum, { data, metadata }) => sum + Buffer.byteLength(canonicalText(data)) + Buffer.byteLength(canonicalText(metadata)), 0);

/** One event whose data and metadata come to exactly so many bytes. */
function weighing(stream: string, bytes: number): readonly Proposed[] {
  const bare = proposedAt(stream, NO_STREAM, [{ data: { text: '' } }]);
  return proposedAt(stream, NO_STREAM, [{ id: bare[0]!.id, data: { text: 'x'.repeat(bytes - bytesOf(bare)) } }]);
}

const json: fc.Arbitrary<JsonObject> = fc
  .dictionary(fc.string({ unit: 'grapheme', maxLength: 12 }), fc.jsonValue({ stringUnit: 'grapheme', maxDepth: 4 }), { maxKeys: 6 })
  // JSON itself has no negative zero.
  .map((value) => JSON.parse(JSON.stringify(value)) as JsonObject);

/**
 * What every engine of the {@link EventStore} port promises. The log may hold other events and may be written to by others
 * meanwhile: each test keeps to categories of its own.
 */
export function eventStoreContract(name: string, open: () => Promise<OpenedEventStore>): void {
  describe(`${name} as an event store`, () => {
    let opened: OpenedEventStore;
    let store: EventStore;
    let category: string;
    let stream: string;

    beforeAll(async () => {
      opened = await open();
      ({ store } = opened);
    });
    afterAll(() => opened.close());
    beforeEach(() => {
      category = someCategory();
      stream = `${category}-1`;
    });

    describe('append', () => {
      it('given no stream, when events are appended as its first, then they are numbered from 0 and keep all they were given', async () => {
        const events = numbered(stream, NO_STREAM, 3);
        const { revision, position } = await store.append(stream, NO_STREAM, events);
        expect(revision).toBe(2);
        const read = await store.read(stream);
        expect(read.map(proposedPart)).toEqual(events);
        expect(read.map((event) => [event.stream, event.revision])).toEqual([0, 1, 2].map((n) => [stream, n]));
        expect(read[2]!.position).toBe(position);
        expect(verifyChain(read)).toBeUndefined();
      });

      it('given a stream, when events are appended at its revision, then they follow it, at later positions', async () => {
        const first = await store.append(stream, NO_STREAM, numbered(stream, NO_STREAM, 2));
        const second = await store.append(stream, 1, numbered(stream, 1, 2));
        expect(second.revision).toBe(3);
        expect(second.position).toBeGreaterThan(first.position);
        expect((await store.read(stream)).map(({ data }) => data['n'])).toEqual([0, 1, 2, 3]);
      });

      it.each([
        ['no stream', NO_STREAM],
        ['a lower revision', 0],
        ['a higher revision', 7],
      ])(
        'given a stream at revision 1, when %s is expected, then it is refused with the actual revision and nothing is written',
        async (_, expected) => {
          await store.append(stream, NO_STREAM, numbered(stream, NO_STREAM, 2));
          const refused = store.append(stream, expected, numbered(stream, expected, 1));
          await expect(refused).rejects.toBeInstanceOf(WrongRevision);
          await expect(refused).rejects.toMatchObject({ stream, expected, actual: 1 });
          expect(await store.read(stream)).toHaveLength(2);
        },
      );

      it('given no stream, when a revision is expected, then it is refused, and told that there is none', async () => {
        await expect(store.append(stream, 0, numbered(stream, 0, 1))).rejects.toMatchObject({
          name: 'WrongRevision',
          expected: 0,
          actual: NO_STREAM,
        });
        expect(await store.read(stream)).toEqual([]);
      });

      it('given twenty callers at one revision, when they append at once, then exactly one wins and the others learn the revision', async () => {
        const outcomes = await Promise.allSettled(
          Array.from({ length: 20 }, () => store.append(stream, NO_STREAM, numbered(stream, NO_STREAM, 2))),
        );
        expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
        for (const outcome of outcomes)
          if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ name: 'WrongRevision', actual: 1 });
        expect(await store.read(stream)).toHaveLength(2);
      });

      it('given many streams, when a hundred appends run at once and some are refused, then the others are written whole', async () => {
        const streams = Array.from({ length: 50 }, (_, n) => `${category}-${n}`);
        const outcomes = await Promise.allSettled(
          streams.flatMap((one) => [store.append(one, NO_STREAM, numbered(one, NO_STREAM, 2)), store.append(one, 9, numbered(one, 9, 1))]),
        );
        expect(outcomes.map(({ status }) => status)).toEqual(streams.flatMap(() => ['fulfilled', 'rejected']));
        for (const one of streams) expect((await store.read(one)).map(({ revision }) => revision)).toEqual([0, 1]);
      });

      it.each([
        ['an empty name', ''],
        ['no category', '-1'],
        ['no dash', 'workOrder'],
        ['a space', 'workOrder-a 1'],
        ['a capital', 'WorkOrder-1'],
        ['a system stream', '$settings-1'],
        ['a line break', 'workOrder-1\n'],
        ['other letters', 'workOrder-工单'],
      ])('given a stream name with %s, when it is appended to, then it is refused as invalid', async (_, bad) => {
        await expect(store.append(bad, NO_STREAM, numbered(stream, NO_STREAM, 1))).rejects.toBeInstanceOf(InvalidAppend);
      });

      it.each([
        ['an empty type', { type: '' }],
        ['a type in other letters', { type: '已派工' }],
        ['a type with a space', { type: 'Work Done' }],
        ['an id that is no UUID', { id: 'wo_1' }],
        ['an empty id', { id: '' }],
      ])('given an event with %s, when it is appended, then it is refused as invalid and nothing is written', async (_, bad) => {
        const [good, other] = numbered(stream, NO_STREAM, 2);
        await expect(store.append(stream, NO_STREAM, [good!, { ...other!, ...bad }])).rejects.toBeInstanceOf(InvalidAppend);
        expect(await store.read(stream)).toEqual([]);
      });

      it('given no events, the same id twice or an impossible revision, when appended, then it is refused as invalid', async () => {
        const [event] = numbered(stream, NO_STREAM, 1);
        await expect(store.append(stream, NO_STREAM, [])).rejects.toBeInstanceOf(InvalidAppend);
        await expect(store.append(stream, NO_STREAM, [event!, event!])).rejects.toBeInstanceOf(InvalidAppend);
        for (const expected of [-2, 0.5, Number.NaN])
          await expect(store.append(stream, expected, [event!])).rejects.toBeInstanceOf(InvalidAppend);
        expect(await store.read(stream)).toEqual([]);
      });

      it('given data and metadata of exactly the limit, when appended, then they are written', async () => {
        const events = weighing(stream, MAX_APPEND_BYTES);
        expect(bytesOf(events)).toBe(MAX_APPEND_BYTES);
        await store.append(stream, NO_STREAM, events);
        expect((await store.read(stream)).map(proposedPart)).toEqual(events);
      });

      it('given one byte more than the limit, when appended, then it is refused with its size, nothing is written, and the store goes on', async () => {
        const events = weighing(stream, MAX_APPEND_BYTES + 1);
        await expect(store.append(stream, NO_STREAM, events)).rejects.toMatchObject({
          name: 'AppendTooLarge',
          stream,
          bytes: MAX_APPEND_BYTES + 1,
        });
        expect(await store.read(stream)).toEqual([]);
        await store.append(stream, NO_STREAM, numbered(stream, NO_STREAM, 1));
      });

      it('given events that pass the limit only together, when appended at once, then they are refused', async () => {
        const text = '维'.repeat(MAX_APPEND_BYTES / 30);
        const events = proposedAt(
          stream,
          NO_STREAM,
          Array.from({ length: 10 }, () => ({ data: { text } })),
        );
        await expect(store.append(stream, NO_STREAM, events)).rejects.toBeInstanceOf(AppendTooLarge);
        expect(await store.read(stream)).toEqual([]);
      });
    });

    describe('append again', () => {
      it('given written events, when the same ids come at the same revision, then the answer is the first one and nothing is written', async () => {
        const events = numbered(stream, NO_STREAM, 3);
        const first = await store.append(stream, NO_STREAM, events);
        expect(await store.append(stream, NO_STREAM, events)).toEqual(first);
        await store.append(stream, 2, numbered(stream, 2, 20));
        expect(await store.append(stream, NO_STREAM, events)).toEqual(first);
        expect(await store.read(stream)).toHaveLength(23);
      });

      it('given written events, when the same ids come with other content, then the answer is the first one and the content stays', async () => {
        const events = numbered(stream, NO_STREAM, 2);
        const first = await store.append(stream, NO_STREAM, events);
        const other = proposedAt(
          stream,
          NO_STREAM,
          events.map(({ id }) => ({ id, type: 'OtherThing', data: { other: true } })),
        );
        expect(await store.append(stream, NO_STREAM, other)).toEqual(first);
        expect((await store.read(stream)).map(proposedPart)).toEqual(events);
      });

      it('given three events written at once, when only the first, or only the second, comes again in its place, then its own revision is the answer', async () => {
        const events = numbered(stream, NO_STREAM, 3);
        await store.append(stream, NO_STREAM, events);
        const positions = (await store.read(stream)).map(({ position }) => position);
        expect(await store.append(stream, NO_STREAM, events.slice(0, 1))).toEqual({ revision: 0, position: positions[0] });
        expect(await store.append(stream, 0, events.slice(1, 2))).toEqual({ revision: 1, position: positions[1] });
        expect(await store.read(stream)).toHaveLength(3);
      });

      it('given written events, when their ids come with a new one, or in another order, then it is refused', async () => {
        const events = numbered(stream, NO_STREAM, 3);
        await store.append(stream, NO_STREAM, events);
        const more = [...events, ...numbered(stream, 2, 1)];
        await expect(store.append(stream, NO_STREAM, more)).rejects.toMatchObject({ name: 'WrongRevision', actual: 2 });
        await expect(store.append(stream, NO_STREAM, [...events].reverse())).rejects.toMatchObject({ name: 'WrongRevision', actual: 2 });
        expect(await store.read(stream)).toHaveLength(3);
      });

      it('given written events, when the same ids come at the current revision, then they are written again', async () => {
        const events = numbered(stream, NO_STREAM, 3);
        await store.append(stream, NO_STREAM, events);
        expect((await store.append(stream, 2, events)).revision).toBe(5);
        expect(ids(await store.read(stream))).toEqual([...ids(events), ...ids(events)]);
      });

      it('given written events, when the same ids come for another stream, then they are written there', async () => {
        const events = numbered(stream, NO_STREAM, 2);
        await store.append(stream, NO_STREAM, events);
        const other = `${category}-2`;
        await store.append(other, NO_STREAM, events);
        expect(ids(await store.read(other))).toEqual(ids(events));
      });
    });

    describe('read', () => {
      beforeEach(async () => {
        await store.append(stream, NO_STREAM, numbered(stream, NO_STREAM, 10));
      });
      const numbers = async (options?: Parameters<EventStore['read']>[1]): Promise<unknown[]> =>
        (await store.read(stream, options)).map(({ data }) => data['n']);

      it('given ten events, when read forwards from a revision, then that one is the first', async () => {
        expect(await numbers({ from: 7 })).toEqual([7, 8, 9]);
        expect(await numbers({ from: 2, limit: 3 })).toEqual([2, 3, 4]);
        expect(await numbers({ limit: 2 })).toEqual([0, 1]);
      });

      it('given ten events, when read backwards, then the last, or the one asked for, is the first', async () => {
        expect(await numbers({ direction: 'backwards' })).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
        expect(await numbers({ direction: 'backwards', limit: 2 })).toEqual([9, 8]);
        expect(await numbers({ direction: 'backwards', from: 3, limit: 2 })).toEqual([3, 2]);
        expect(await numbers({ direction: 'backwards', from: 0 })).toEqual([0]);
      });

      it('given ten events, when read from past the end, then there is nothing forwards and all of it backwards', async () => {
        expect(await numbers({ from: 10 })).toEqual([]);
        expect(await numbers({ from: 500 })).toEqual([]);
        expect(await numbers({ from: 500, direction: 'backwards', limit: 2 })).toEqual([9, 8]);
      });

      it('given no stream, when read, then there are no events', async () => {
        expect(await store.read(`${category}-none`)).toEqual([]);
        expect(await store.read(`${category}-none`, { direction: 'backwards', limit: 1 })).toEqual([]);
      });

      it('given a stream of thousands, when read, then every event comes once and in order', async () => {
        const long = `${category}-long`;
        for (let at = NO_STREAM; at < 2_499; at += 500) await store.append(long, at, numbered(long, at, 500));
        const all = Array.from({ length: 2_500 }, (_, n) => n);
        expect((await store.read(long)).map(({ revision }) => revision)).toEqual(all);
        expect((await store.read(long, { direction: 'backwards' })).map(({ data }) => data['n'])).toEqual(all.reverse());
        expect(await store.read(long, { limit: 1_800, from: 600 })).toHaveLength(1_800);
      });
    });

    describe('content', () => {
      const deep = (levels: number): JsonObject => (levels === 0 ? { bottom: true } : { down: deep(levels - 1) });
      it.each<[string, JsonObject]>([
        ['Chinese', { note: '三楼手术室空调故障，请尽快处理。' }],
        ['emoji and combining marks', { note: '👩🏽‍🔧 e\u0301 🏥' }],
        ['control characters, NUL and quotes', { note: 'a\u0000b\n\t"\\\u2028', 'key "with", quotes': 1 }],
        ['a lone surrogate', { note: '\ud800' }],
        ['long text', { note: '维修'.repeat(50_000) }],
        ['big and small numbers', { big: Number.MAX_SAFE_INTEGER, small: -1e-7, large: 1e300, third: 1 / 3 }],
        ['empty things', { text: '', list: [], object: {}, nothing: null, no: false, zero: 0 }],
        ['a key named __proto__', JSON.parse('{"__proto__":{"a":1},"constructor":2}') as JsonObject],
        ['deep nesting', deep(200)],
      ])('given data with %s, when it is read back, then it is the same', async (_, data) => {
        await store.append(stream, NO_STREAM, proposedAt(stream, NO_STREAM, [{ data }]));
        const read = await store.read(stream);
        expect(canonicalText(read[0]!.data)).toBe(canonicalText(data));
        expect(verifyChain(read)).toBeUndefined();
        expect({ ...read[0]! }).toEqual(read[0]);
      });

      it('given any JSON, when it is read back, then it is the same and its hash holds', async () => {
        let n = 0;
        await fc.assert(
          fc.asyncProperty(fc.array(json, { minLength: 1, maxLength: 4 }), async (bodies) => {
            const one = `${category}-p${(n += 1)}`;
            const events = proposedAt(
              one,
              NO_STREAM,
              bodies.map((data) => ({ data })),
            );
            await store.append(one, NO_STREAM, events);
            const read = await store.read(one);
            expect(read.map(proposedPart).map(canonicalOf)).toEqual(events.map(canonicalOf));
            expect(verifyChain(read)).toBeUndefined();
          }),
          { numRuns: 50 },
        );
      });
      const canonicalOf = (event: Proposed): string => canonicalText(event as unknown as JsonObject);
    });

    describe('readAll', () => {
      it('given streams of several categories, when some are read, then their events alone come, in the order of their positions', async () => {
        const [other, third] = [someCategory(), someCategory()];
        const written: string[] = [];
        for (let n = 0; n < 6; n += 1) {
          const one = `${[category, other, third][n % 3]}-${n}`;
          const events = numbered(one, NO_STREAM, 2);
          await store.append(one, NO_STREAM, events);
          if (n % 3 !== 2) written.push(...ids(events));
        }
        const { events } = await drain(store.readAll({ categories: [category, other] }));
        expect(ids(events)).toEqual(written);
        expect(events.map(({ position }) => position)).toEqual(events.map(({ position }) => position).sort((a, b) => (a < b ? -1 : 1)));
        expect(new Set(events.map(({ position }) => position)).size).toBe(events.length);
      });

      it('given a category whose name begins like another, when it is read, then the other does not come', async () => {
        await store.append(`${category}x-1`, NO_STREAM, numbered(`${category}x-1`, NO_STREAM, 1));
        expect((await drain(store.readAll({ categories: [category] }))).events).toEqual([]);
      });

      it('given a position, when read after it, then the event there is not delivered and the next one is', async () => {
        await store.append(stream, NO_STREAM, numbered(stream, NO_STREAM, 5));
        const read = await store.read(stream);
        for (const [n, { position }] of read.entries()) {
          const { events } = await drain(store.readAll({ after: position, categories: [category] }));
          expect(events).toEqual(read.slice(n + 1));
        }
      });

      it('given events of other categories at the end, when read, then the position passes them too', async () => {
        await store.append(stream, NO_STREAM, numbered(stream, NO_STREAM, 1));
        const other = `${someCategory()}-1`;
        const { position } = await store.append(other, NO_STREAM, numbered(other, NO_STREAM, 3));
        expect((await drain(store.readAll({ categories: [category] }))).position).toBeGreaterThanOrEqual(position);
      });

      it('given no event of a category, when it is read, then none comes and the position moves all the same', async () => {
        const { position } = await store.append(stream, NO_STREAM, numbered(stream, NO_STREAM, 1));
        const read = await drain(store.readAll({ categories: [someCategory()] }));
        expect(read.events).toEqual([]);
        expect(read.position).toBeGreaterThanOrEqual(position);
      });

      it('given a position beyond the end of the log, when read after it, then it is refused', async () => {
        const { position } = await store.append(stream, NO_STREAM, numbered(stream, NO_STREAM, 1));
        const beyond = position + 1_000_000_000n;
        await expect(drain(store.readAll({ after: beyond, categories: [category] }))).rejects.toBeInstanceOf(ForeignPosition);
        await expect(drain(store.readAll({ after: beyond, categories: [category] }))).rejects.toThrow(String(beyond));
      });

      it('given any appends to several streams, when all is read, then it is what was written, in the order it was written', async () => {
        await fc.assert(
          fc.asyncProperty(
            fc.array(fc.tuple(fc.nat(3), fc.integer({ min: 1, max: 4 }), fc.boolean()), { maxLength: 25 }),
            async (steps) => {
              const [mine, others] = [someCategory(), someCategory()];
              const revisions = new Map<string, number>();
              const model: Proposed[] = [];
              for (const [n, count, filtered] of steps) {
                const one = `${filtered ? others : mine}-${n}`;
                const at = revisions.get(one) ?? NO_STREAM;
                const events = numbered(one, at, count);
                revisions.set(one, (await store.append(one, at, events)).revision);
                if (!filtered) model.push(...events);
              }
              const { events } = await drain(store.readAll({ categories: [mine] }));
              expect(events.map(proposedPart)).toEqual(model);
            },
          ),
          { numRuns: 20 },
        );
      });
    });

    describe('subscribe', () => {
      it('given written events, when subscribed while others are being appended, then each comes once, in order, old ones first', async () => {
        await store.append(stream, NO_STREAM, numbered(stream, NO_STREAM, 50));
        const writing = (async () => {
          for (let at = 49; at < 249; at += 4) await store.append(stream, at, numbered(stream, at, 4));
          const others = Array.from({ length: 50 }, (_, n) => `${category}-other${n}`);
          await Promise.all(others.map((one) => store.append(one, NO_STREAM, numbered(one, NO_STREAM, 2))));
        })();
        const events = await follow(store, { categories: [category] }, ({ length }) => length >= 350);
        await writing;
        expect(events).toEqual((await drain(store.readAll({ categories: [category] }))).events);
      });

      it('given a live subscription, when one append brings a hundred events, then all of them come', async () => {
        await store.append(stream, NO_STREAM, numbered(stream, NO_STREAM, 1));
        let appended = false;
        const events = await follow(
          store,
          { categories: [category] },
          ({ length }) => length >= 101,
          async () => {
            if (appended) return;
            appended = true;
            await store.append(stream, 0, numbered(stream, 0, 100));
          },
        );
        expect(events.map(({ data }) => data['n'])).toEqual(Array.from({ length: 101 }, (_, n) => n));
      });

      it('given three events of one append, when resumed after the first or the second, then the next one comes first', async () => {
        await store.append(stream, NO_STREAM, numbered(stream, NO_STREAM, 3));
        const read = await store.read(stream);
        for (const n of [0, 1])
          expect(await follow(store, { after: read[n]!.position, categories: [category] }, ({ length }) => length >= 2 - n)).toEqual(
            read.slice(n + 1),
          );
      });

      it('given a consumer slower than the writers, when it has caught up, then it has missed nothing', async () => {
        await store.append(stream, NO_STREAM, numbered(stream, NO_STREAM, 1));
        let at = 0;
        const events = await follow(
          store,
          { categories: [category] },
          ({ length }) => length >= 1_501,
          async () => {
            for (let n = 0; n < 3 && at < 1_500; n += 1) at = (await store.append(stream, at, numbered(stream, at, 100))).revision;
          },
        );
        expect(events.map(({ data }) => data['n'])).toEqual(Array.from({ length: 1_501 }, (_, n) => n));
      });

      it('given two subscriptions, when events come, then both get all of theirs', async () => {
        const other = someCategory();
        const following = [
          follow(store, { categories: [category] }, ({ length }) => length >= 20),
          follow(store, { categories: [category, other] }, ({ length }) => length >= 40),
        ];
        for (let n = 0; n < 20; n += 1)
          for (const one of [`${category}-${n}`, `${other}-${n}`]) await store.append(one, NO_STREAM, numbered(one, NO_STREAM, 1));
        const [some, all] = await Promise.all(following);
        expect(some!.map((event) => event.stream)).toEqual(Array.from({ length: 20 }, (_, n) => `${category}-${n}`));
        expect(all!.filter((event) => event.stream.startsWith(`${category}-`))).toEqual(some);
      });

      it('given events of other categories, when subscribed, then the position passes them without an event', async () => {
        const { position } = await store.append(stream, NO_STREAM, numbered(stream, NO_STREAM, 5));
        const events = await follow(store, { categories: [someCategory()] }, (_, reached) => reached >= position);
        expect(events).toEqual([]);
      });

      it('given a live subscription, when only other categories are written, then its position moves in the end', async () => {
        await store.append(stream, NO_STREAM, numbered(stream, NO_STREAM, 1));
        const after = (await store.read(stream))[0]!.position;
        const other = `${someCategory()}-1`;
        const stop = new AbortController();
        const progress = (async () => {
          for await (const batch of store.subscribe({ after, categories: [category], signal: stop.signal }))
            if (batch.position > after) return batch;
          return undefined;
        })();
        for (let at = NO_STREAM; at < 1_999; at += 100) await store.append(other, at, numbered(other, at, 100));
        expect((await progress)?.events).toEqual([]);
        stop.abort();
      });

      it('given a subscription with nothing to deliver, when it is aborted, then it ends', async () => {
        const stop = new AbortController();
        const ended = drain(store.subscribe({ categories: [category], signal: stop.signal }));
        stop.abort();
        expect((await ended).events).toEqual([]);
      });

      it('given an aborted signal, when subscribed, then it ends without an event', async () => {
        await store.append(stream, NO_STREAM, numbered(stream, NO_STREAM, 1));
        expect((await drain(store.subscribe({ categories: [category], signal: AbortSignal.abort() }))).events).toEqual([]);
      });

      it('given a consumer that leaves the loop, when events come later, then the store is not held up', async () => {
        await store.append(stream, NO_STREAM, numbered(stream, NO_STREAM, 1));
        const stop = new AbortController();
        for await (const { events } of store.subscribe({ categories: [category], signal: stop.signal })) if (events.length > 0) break;
        expect((await store.append(stream, 0, numbered(stream, 0, 1))).revision).toBe(1);
      });

      it('given a position beyond the end of the log, when subscribed after it, then it is refused', async () => {
        const { position } = await store.append(stream, NO_STREAM, numbered(stream, NO_STREAM, 1));
        const signal = new AbortController().signal;
        await expect(drain(store.subscribe({ after: position + 1_000_000_000n, categories: [category], signal }))).rejects.toBeInstanceOf(
          ForeignPosition,
        );
      });
    });

    describe('head', () => {
      it('given no event of a category, when asked for its head, then there is none', async () => {
        expect(await store.head([category])).toBeUndefined();
      });

      it('given events of two categories, when asked for the head of one or both, then it is the last position of those', async () => {
        const other = someCategory();
        const first = await store.append(stream, NO_STREAM, numbered(stream, NO_STREAM, 2));
        const second = await store.append(`${other}-1`, NO_STREAM, numbered(`${other}-1`, NO_STREAM, 2));
        expect(await store.head([category])).toBe(first.position);
        expect(await store.head([other])).toBe(second.position);
        expect(await store.head([category, other])).toBe(second.position);
      });

      it('given a position that was seen, when asked for the head, then it is that, unless something of the category came after it', async () => {
        const other = someCategory();
        const first = await store.append(stream, NO_STREAM, numbered(stream, NO_STREAM, 2));
        const seen = (await store.append(`${other}-1`, NO_STREAM, numbered(`${other}-1`, NO_STREAM, 2))).position;
        expect(await store.head([category], seen)).toBe(seen);
        expect(await store.head([other], first.position)).toBe(seen);
        const last = await store.append(stream, 1, numbered(stream, 1, 1));
        expect(await store.head([category], seen)).toBe(last.position);
      });

      it('given appends that are under way, when asked for the head, then it is that of the last of them', async () => {
        const appends = ['a', 'b', 'c'].map((name) =>
          store.append(`${category}-${name}`, NO_STREAM, numbered(`${category}-${name}`, NO_STREAM, 1)),
        );
        const head = await store.head([category]);
        expect(head).toBe((await Promise.all(appends)).at(-1)!.position);
      });
    });

    describe('removing', () => {
      it('given a stream, when it is erased, then nothing of it can be read, and other streams stay', async () => {
        const other = `${category}-2`;
        await store.append(stream, NO_STREAM, numbered(stream, NO_STREAM, 3));
        await store.append(other, NO_STREAM, numbered(other, NO_STREAM, 1));
        await store.erase(stream);
        expect(await store.read(stream)).toEqual([]);
        expect(await store.read(stream, { direction: 'backwards', limit: 1 })).toEqual([]);
        expect(await store.read(other)).toHaveLength(1);
      });

      it('given an erased stream, when it is written again, then that is refused', async () => {
        await store.append(stream, NO_STREAM, numbered(stream, NO_STREAM, 3));
        await store.erase(stream);
        for (const expected of [NO_STREAM, 2])
          await expect(store.append(stream, expected, numbered(stream, expected, 1))).rejects.toBeInstanceOf(StreamErased);
        expect(await store.read(stream)).toEqual([]);
      });

      it('given no stream, when it is erased, then that is no error', async () => {
        await expect(store.erase(stream)).resolves.toBeUndefined();
      });

      it('given a stream, when it is capped, then its newest events are left at their revisions and it goes on from there', async () => {
        await store.append(stream, NO_STREAM, numbered(stream, NO_STREAM, 10));
        await store.cap(stream, 3);
        expect((await store.read(stream)).map(({ revision }) => revision)).toEqual([7, 8, 9]);
        expect((await store.read(stream, { direction: 'backwards', limit: 1 }))[0]!.revision).toBe(9);
        expect((await store.append(stream, 9, numbered(stream, 9, 1))).revision).toBe(10);
      });

      it('given fewer events than are to be kept, when capped, then all are left', async () => {
        await store.append(stream, NO_STREAM, numbered(stream, NO_STREAM, 2));
        await store.cap(stream, 5);
        expect(await store.read(stream)).toHaveLength(2);
      });
    });

    it('given metadata with every member, when it is read back, then it is the same', async () => {
      const id = randomUUID();
      const [event] = proposedAt(stream, NO_STREAM, [{ id, at: AT }]);
      const metadata = {
        ...event!.metadata,
        actor: { id: 'pn_1', kind: 'person', roles: ['technician', 'dispatcher'] },
        drill: true,
      } as const;
      await store.append(stream, NO_STREAM, [{ ...event!, metadata }]);
      expect((await store.read(stream))[0]!.metadata).toEqual(metadata);
    });
  });
}
