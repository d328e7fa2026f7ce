import fc from 'fast-check';
import { link, technical, verifyChain } from './chain';
import type { Json, JsonObject } from './json';
import type { Metadata, Recorded } from './messages';
import { AT, proposedAt } from './testing/streams';

const STREAM = 'workOrder-wo_1';
const recorded = (payloads: readonly JsonObject[], stream = STREAM): readonly Recorded[] =>
  proposedAt(
    stream,
    -1,
    payloads.map((data) => ({ data })),
  ).map((event, revision) => ({ ...event, stream, revision, position: BigInt(revision + 1) }));

/** Every place in a value that holds a text, a number or the like, as a path. */
function leavesOf(value: Json | undefined, path: readonly (string | number)[] = []): readonly (readonly (string | number)[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([key, member]) => leavesOf(member as Json, [...path, key]));
}

/** A copy with something else at that place: one more character, another number, the opposite. */
function changedAt<T>(value: T, [key, ...rest]: readonly (string | number)[]): T {
  if (key === undefined) {
    if (typeof value === 'string') return `${value}\u0000` as T;
    if (typeof value === 'number') return (value === 0 ? 1 : -value) as T;
    return (typeof value === 'boolean' ? !value : 'something') as T;
  }
  if (Array.isArray(value)) return value.map((member: Json, n) => (n === Number(key) ? changedAt(member, rest) : member)) as T;
  return { ...value, [key]: changedAt((value as Record<string, Json>)[key], rest) };
}

const payload = fc.dictionary(
  fc.stringMatching(/^[a-z]{1,3}$/),
  fc.oneof(
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(fc.string(), { maxLength: 2 }),
    fc.dictionary(fc.stringMatching(/^[a-z]{1,2}$/), fc.string(), { maxKeys: 2 }),
  ),
  { maxKeys: 4 },
) as fc.Arbitrary<JsonObject>;
const stream = fc.array(payload, { minLength: 1, maxLength: 6 });

describe('the hash chain of a stream', () => {
  it('given what was written, when verified, then nothing is broken', () => {
    fc.assert(
      fc.property(stream, (payloads) => {
        const events = recorded(payloads);
        const { hash } = events.at(-1)!.metadata;
        expect(verifyChain(events)).toBeUndefined();
        expect(verifyChain(events, { revision: events.length - 1, hash })).toBeUndefined();
      }),
    );
  });

  it('given any value of any event changed, when verified, then its revision is named', () => {
    fc.assert(
      fc.property(stream, fc.nat(), fc.nat(), (payloads, which, where) => {
        const events = recorded(payloads);
        const revision = which % events.length;
        const { id, type, data, metadata } = events[revision]!;
        const places = leavesOf({ id, type, data, metadata }).filter((path) => path.length > 0);
        const place = places[where % places.length]!;
        const altered = events.map((event, n) => (n === revision ? changedAt(event, place) : event));
        expect(verifyChain(altered)).toEqual({ stream: STREAM, revision, reason: expect.any(String) });
      }),
      { numRuns: 500 },
    );
  });

  it('given any event taken out, put twice or put elsewhere, when verified, then the first wrong place is named', () => {
    fc.assert(
      fc.property(fc.array(payload, { minLength: 3, maxLength: 6 }), fc.nat(), (payloads, which) => {
        const events = recorded(payloads);
        const n = which % (events.length - 1);
        const without = [...events.slice(0, n), ...events.slice(n + 1)];
        const twice = [...events.slice(0, n + 1), events[n]!, ...events.slice(n + 1)];
        const swapped = [...events.slice(0, n), events[n + 1]!, events[n]!, ...events.slice(n + 2)];
        expect(verifyChain(without)).toEqual({ stream: STREAM, revision: n, reason: 'event missing' });
        expect(verifyChain(twice)).toEqual({ stream: STREAM, revision: n + 1, reason: 'event missing' });
        expect(verifyChain(swapped)).toEqual({ stream: STREAM, revision: n, reason: 'event missing' });
        expect(verifyChain(without.map((event, revision) => ({ ...event, revision })))?.revision).toBe(n);
      }),
    );
  });

  it('given an event replaced by a well-hashed one, when verified, then the break shows at the event after it, or at the head', () => {
    const events = recorded([{ n: 0 }, { n: 1 }, { n: 2 }]);
    const forged = (revision: number): readonly Recorded[] =>
      events.map((event) => {
        if (event.revision !== revision) return event;
        const { hash: _, previousHash, ...unsealed } = event.metadata;
        return { ...event, ...link(STREAM, revision, previousHash, { ...event, data: { n: 99 } }, unsealed as Parameters<typeof link>[4]) };
      });
    expect(verifyChain(forged(1))).toEqual({ stream: STREAM, revision: 2, reason: 'chain broken' });
    const head = { revision: 2, hash: events[2]!.metadata.hash };
    expect(verifyChain(forged(2))).toBeUndefined();
    expect(verifyChain(forged(2), head)).toMatchObject({ revision: 2 });
  });

  it('given a cut tail, when verified with a kept head, then the first missing revision is named', () => {
    const events = recorded([{ n: 0 }, { n: 1 }, { n: 2 }]);
    const head = { revision: 2, hash: events[2]!.metadata.hash };
    expect(verifyChain(events.slice(0, 1), head)).toEqual({ stream: STREAM, revision: 1, reason: 'event missing' });
    expect(verifyChain(events.slice(0, 1))).toBeUndefined();
    expect(verifyChain([], head)).toMatchObject({ revision: 0, reason: 'event missing' });
    expect(verifyChain([])).toBeUndefined();
  });

  it('given the events of a stream, when they are moved to another, then the first is named', () => {
    const events = recorded([{ n: 0 }, { n: 1 }]).map((event) => ({ ...event, stream: 'workOrder-wo_2' }));
    expect(verifyChain(events)).toEqual({ stream: 'workOrder-wo_2', revision: 0, reason: 'content changed' });
  });

  it('given a hash, when it is made again elsewhere, then it is this one: what is stored must stay verifiable', () => {
    const event = { id: '00000000-0000-4000-8000-000000000001', type: 'ThingHappened', data: { 病区: '三楼', n: 1 } };
    const { metadata } = link('thing-1', 0, '', event, technical(event.id, AT));
    expect((metadata as Metadata).hash).toBe('b9d61a67aaea886d77b429c4b3dde49ec26248d53fbdbceb47bac7346658d903');
  });
});
