import fc from 'fast-check';
import { type Decider, fold, type History, upcast, versionOf } from './decider';
import type { JsonObject } from './json';
import { type Command, type Recorded, reject } from './messages';
import { technical } from './chain';
import { AT } from './testing/streams';

type Counted = { type: 'ThingCounted'; data: { by: number } };
const counter: Decider<number, Command<'CountThing', { by: number }>, Counted> = {
  category: 'counter',
  initial: 0,
  decide: ({ data }, sum) => (data.by < 0 ? reject('NEGATIVE', `At ${sum}.`) : [{ type: 'ThingCounted', data }]),
  evolve: (sum, event) => (event.type === 'ThingCounted' ? sum + event.data.by : (undefined as never)),
};

const recorded = (type: string, schemaVersion: number, data: JsonObject): Recorded => ({
  ...{ id: '00000000-0000-4000-8000-000000000001', type, data, stream: 'counter-1', revision: 0, position: 1n },
  metadata: { ...technical('00000000-0000-4000-8000-000000000001', AT), schemaVersion, previousHash: '', hash: 'kept' },
});

describe('folding', () => {
  const events = fc.array(fc.integer({ min: 0, max: 9 }).map((by): Counted => ({ type: 'ThingCounted', data: { by } })));

  it('given a history, when folded in two parts, then the state is that of the whole', () => {
    fc.assert(
      fc.property(
        events,
        events,
        (first, second) => fold({ ...counter, initial: fold(counter, first) }, second) === fold(counter, [...first, ...second]),
      ),
    );
  });

  it('given events of a newer version, when folded, then they change nothing', () => {
    expect(
      fold(counter, [
        { type: 'ThingCounted', data: { by: 2 } },
        { type: 'ThingPraised', data: {} },
      ]),
    ).toBe(2);
    expect(fold(counter, [])).toBe(0);
  });
});

describe('upcasting', () => {
  const steps = {
    1: (data: JsonObject) => ({ ...data, second: true }),
    2: ({ second, ...data }: JsonObject) => ({ ...data, third: second }),
  };
  const history: History = { ThingCounted: { version: 3, up: steps } };

  it('given any stored version, when read, then each step to today is taken once, in order', () => {
    expect(upcast(history, recorded('ThingCounted', 1, { by: 1 })).data).toEqual({ by: 1, third: true });
    expect(upcast(history, recorded('ThingCounted', 2, { by: 1, second: 'was so' })).data).toEqual({ by: 1, third: 'was so' });
  });

  it('given the version of today, a newer one or a type without a history, when read, then the event is untouched', () => {
    for (const event of [recorded('ThingCounted', 3, { by: 1 }), recorded('ThingCounted', 9, {}), recorded('ThingNamed', 1, {})])
      expect(upcast(history, event)).toBe(event);
    expect(versionOf(history, 'ThingCounted')).toBe(3);
    expect(versionOf(history, 'ThingNamed')).toBe(1);
  });

  it('given a stored event, when read, then only its data is new: what was hashed stays to be verified', () => {
    const stored = recorded('ThingCounted', 1, Object.freeze({ by: 1 }));
    expect(upcast(history, stored)).toEqual({ ...stored, data: { by: 1, third: true } });
    expect(stored.data).toEqual({ by: 1 });
  });

  it('given a version nobody knows the way from, when read, then that is an error naming it', () => {
    expect(() => upcast({ ThingCounted: { version: 3, up: { 2: steps[2] } } }, recorded('ThingCounted', 1, {}))).toThrow(
      'ThingCounted: no upcaster from version 1',
    );
  });
});
