import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import {
  ERASED,
  type EventStore,
  fold,
  type JsonObject,
  masked,
  OutcomeUnknown,
  type Personal,
  personal,
  type Proposed,
  ShiftableClock,
  type Vault,
  verifyChain,
} from '@hospital/kernel';
import { KeyVault } from '../../libs/engines/src/vault';
import { person } from '../../apps/staffing/src/domain/person';
import { EmbeddedEventStore } from '../../libs/engines/src/embedded/event-store';

const KEY = Buffer.alloc(32, 7);
const clock = new ShiftableClock();

/** Personal values of three persons, anywhere in an object, beside values that are nobody's. */
const data = (subjects: readonly string[]): fc.Arbitrary<JsonObject> => {
  const text = fc.string({ unit: 'grapheme', maxLength: 20 });
  const value = fc.letrec((tie) => ({
    leaf: fc.oneof(
      fc.tuple(fc.constantFrom(...subjects), text).map(([subject, told]) => personal(subject, told)),
      text,
      fc.integer(),
      fc.constant(null),
      fc.boolean(),
    ),
    node: fc.oneof(
      { maxDepth: 3 },
      tie('leaf'),
      fc.array(tie('node'), { maxLength: 3 }),
      fc.dictionary(fc.oneof(fc.constant('__proto__'), fc.stringMatching(/^[a-z]{1,4}$/)), tie('node'), {
        maxKeys: 3,
        noNullPrototype: true,
      }),
    ),
  })).node;
  return fc.record({ a: value, b: value }) as fc.Arbitrary<JsonObject>;
};

/** The same with every personal value replaced by what it should read. */
const reading = (value: unknown, by: (found: Personal) => string): unknown => {
  if (typeof value !== 'object' || value === null) return value;
  if (typeof (value as Personal).personal === 'string') return by(value as Personal);
  if (Array.isArray(value)) return value.map((member) => reading(member, by));
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, reading(member, by)]));
};

describe('personal values', () => {
  let folder: string;
  let store: EmbeddedEventStore;
  let people = 0;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'personal-'));
    store = new EmbeddedEventStore(join(folder, 'events'));
  });
  afterAll(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });
  const vault = (key = KEY, port: EventStore = store): Vault => new KeyVault(port, clock, key);
  const newPerson = (): string => `pn_${(people += 1)}`;

  it('given any data, when sealed and opened, then it reads as it was, and sealed it tells nothing', async () => {
    const subjects = [newPerson(), newPerson(), newPerson()];
    await fc.assert(
      fc.asyncProperty(data(subjects), async (given) => {
        const sealed = await vault().seal(given);
        reading(sealed, (found) => {
          expect(Object.keys(found).sort()).toEqual(['personal', 'sealed']);
          return '';
        });
        expect(masked(sealed)).toEqual(masked(given));
        expect(await vault().open(sealed)).toEqual(reading(given, ({ value }) => value!));
        expect(await vault().seal(sealed)).toEqual(sealed);
      }),
      { numRuns: 100 },
    );
  });

  it('given one value sealed twice, when compared, then the two differ: equal texts must not show', async () => {
    const subject = newPerson();
    const sealed = await vault().seal({ a: personal(subject, 'Chen'), b: personal(subject, 'Chen') });
    expect((sealed['a'] as Personal).sealed).not.toBe((sealed['b'] as Personal).sealed);
  });

  it('given several persons, when one is forgotten, then only what was theirs reads [erased], here, elsewhere and for good', async () => {
    await fc.assert(
      fc.asyncProperty(data(['0', '1', '2']), fc.constantFrom(0, 1, 2), async (shape, which) => {
        const names = [newPerson(), newPerson(), newPerson()];
        const given = JSON.parse(JSON.stringify(shape), (key, value: unknown) =>
          key === 'personal' ? names[Number(value)] : value,
        ) as JsonObject;
        const here = vault();
        const sealed = await here.seal(given);
        await here.forget(names[which]!);
        const expected = reading(given, ({ personal: subject, value }) => (subject === names[which] ? ERASED : value!));
        expect(await here.open(sealed)).toEqual(expected);
        expect(await vault().open(sealed)).toEqual(expected);
        await here.forget(names[which]!);
        expect(await here.open(sealed)).toEqual(expected);
      }),
      { numRuns: 50 },
    );
  });

  it.each(['something was sealed', 'nothing was sealed yet'])(
    'given a person who was forgotten when %s, when more is sealed for them, then nothing of it can be read',
    async (when) => {
      const subject = newPerson();
      const here = vault();
      const before = when === 'something was sealed' ? await here.seal({ name: personal(subject, 'Chen') }) : {};
      await here.forget(subject);
      for (const writer of [here, vault()]) {
        const after = await writer.seal({ name: personal(subject, 'Wang') });
        expect(JSON.stringify(after)).not.toContain('Wang');
        for (const reader of [here, vault()]) {
          expect(await reader.open(after)).toEqual({ name: ERASED });
          if (when === 'something was sealed') expect(await reader.open(before)).toEqual({ name: ERASED });
        }
      }
    },
  );

  it('given a person whose key was forgotten, when their history is folded, then the state is what it was', async () => {
    const subject = newPerson();
    const { name, phone } = await vault().seal({ name: personal(subject, 'Chen'), phone: personal(subject, '555-1') });
    const history = [
      { type: 'PersonRegistered', data: { name, phone, birthDate: null, trades: ['electrician'], employedFrom: null } },
      { type: 'PersonShiftStarted', data: { trade: 'electrician', from: '2026-03-01T00:00:00.000Z', until: '2026-03-01T08:00:00.000Z' } },
    ] as const;
    const before = fold(person, history as never);
    await vault().forget(subject);
    expect(fold(person, history as never)).toEqual(before);
    expect(before).toMatchObject({ status: 'registered', trades: ['electrician'] });
  });

  it('given another master key, when anything of a known person is opened or sealed, then that fails loudly and changes nothing', async () => {
    const subject = newPerson();
    const sealed = await vault().seal({ name: personal(subject, 'Chen') });
    const wrong = vault(Buffer.alloc(32, 8));
    await expect(wrong.open(sealed)).rejects.toThrow('master key');
    await expect(wrong.seal({ name: personal(subject, 'Wang') })).rejects.toThrow('master key');
    expect(await store.read(`personKey-own.${subject}`)).toHaveLength(1);
    expect(await vault().open(sealed)).toEqual({ name: 'Chen' });
  });

  it.each([0, 16, 31, 33])('given a master key of %d bytes, when a vault is made, then that is a RangeError', (length) => {
    expect(() => vault(Buffer.alloc(length))).toThrow(RangeError);
  });

  it('given a sealed value, when any byte of it is changed or it is moved to another person, then it reads [erased], never something else', async () => {
    const [subject, other] = [newPerson(), newPerson()];
    const { name } = (await vault().seal({ name: personal(subject, 'Chen'), other: personal(other, 'Wang') })) as { name: Personal };
    const bytes = Buffer.from(name.sealed!, 'base64');
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: bytes.length - 1 }), fc.integer({ min: 1, max: 255 }), async (at, mask) => {
        const changed = Buffer.from(bytes);
        changed[at]! ^= mask;
        expect(await vault().open({ name: { ...name, sealed: changed.toString('base64') } })).toEqual({ name: ERASED });
      }),
    );
    expect(await vault().open({ name: { ...name, personal: other } })).toEqual({ name: ERASED });
  });

  it('given a new person, when several processes seal for them at once, then one key is made and all values can be read', async () => {
    const subject = newPerson();
    const vaults = Array.from({ length: 5 }, () => vault());
    const sealed = await Promise.all(vaults.map((one, n) => one.seal({ name: personal(subject, `Chen ${n}`) })));
    const keys = await store.read(`personKey-own.${subject}`);
    expect(keys).toHaveLength(1);
    expect(verifyChain(keys)).toBeUndefined();
    for (const [n, one] of sealed.entries()) expect(await vaults[(n + 1) % 5]!.open(one)).toEqual({ name: `Chen ${n}` });
  });

  it.each(['written', 'not written'])(
    'given a store that does not tell, when the key was %s, then no value is sealed that cannot be read',
    async (which) => {
      const subject = newPerson();
      const silent = Object.assign(Object.create(store) as EventStore, {
        read: (...call: Parameters<EventStore['read']>) => store.read(...call),
        append: async (stream: string, expected: number, events: readonly Proposed[]) => {
          if (which === 'written') await store.append(stream, expected, events);
          throw new OutcomeUnknown('no answer');
        },
      });
      const sealing = vault(KEY, silent).seal({ name: personal(subject, 'Chen') });
      if (which === 'not written') await expect(sealing).rejects.toThrow(OutcomeUnknown);
      else expect(await vault().open(await sealing)).toEqual({ name: 'Chen' });
    },
  );

  it('given data without personal values, when sealed or opened, then it comes back as it is, and no key is asked for', async () => {
    const plain = { ward: '三楼', beds: [1, null, { open: true }] };
    const nobody = new KeyVault({} as EventStore, clock, KEY);
    expect(await nobody.seal(plain)).toBe(plain);
    expect(await nobody.open(plain)).toBe(plain);
  });
});
