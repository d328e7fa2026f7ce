import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { idFrom, isUuid, NAMESPACE, uuidV5 } from './uuid';

/** A UUIDv7 of that millisecond. */
const uuidV7 = (ms: number, rest: bigint): string => {
  const time = ms.toString(16).padStart(12, '0');
  const random = rest.toString(16).padStart(18, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-8${random.slice(3, 6)}-${random.slice(6)}`;
};
const uuid = fc.uuid();
const millisecond = fc.integer({ min: 0, max: 2 ** 48 - 1 });
const rest = fc.bigInt({ min: 0n, max: 2n ** 72n - 1n });

describe('name-based UUIDs', () => {
  it.each([
    ['6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'www.example.com', '2ed6657d-e927-568b-95e1-2665a8aea6a2'],
    ['6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'python.org', '886313e1-3b8a-5372-9b90-0c9aee199e5d'],
  ])('given the namespace %s and %s, when named, then the id is the one of the standard', (namespace, name, expected) => {
    expect(uuidV5(namespace, name)).toBe(expected);
  });

  it('given any namespace and name, when named, then it is a UUID of version 5, the same each time', () => {
    fc.assert(
      fc.property(uuid, fc.string({ unit: 'grapheme' }), (namespace, name) => {
        const made = uuidV5(namespace, name);
        expect(made).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
        expect(uuidV5(namespace, name)).toBe(made);
      }),
    );
  });

  it('given two names, when they differ, then so do the ids', () => {
    fc.assert(fc.property(fc.string(), fc.string(), (a, b) => (uuidV5(NAMESPACE, a) === uuidV5(NAMESPACE, b)) === (a === b)));
  });

  it('given no UUID as a namespace, or one in upper case, when named, then that is a TypeError', () => {
    for (const text of ['', 'workOrder', `${NAMESPACE} `, NAMESPACE.slice(1), NAMESPACE.toUpperCase()])
      expect(() => uuidV5(text, 'x')).toThrow(TypeError);
    expect(isUuid(NAMESPACE)).toBe(true);
  });
});

describe('ids of new things', () => {
  it("given UUIDv7 keys, when things are made, then their ids sort as their keys' milliseconds do", () => {
    fc.assert(
      fc.property(millisecond, rest, millisecond, rest, (one, a, other, b) => {
        const [first, second] = [idFrom('wo', uuidV7(one, a), randomUUID()), idFrom('wo', uuidV7(other, b), randomUUID())];
        if (one !== other) expect(first < second).toBe(one < other);
      }),
    );
  });

  it('given any key, when a thing is made, then its id is the prefix and 26 characters, the same each time', () => {
    fc.assert(
      fc.property(fc.string(), uuid, (key, command) => {
        const id = idFrom('as', key, command);
        expect(id).toMatch(/^as_[0-9a-hjkmnp-tv-z]{26}$/);
        expect(idFrom('as', key, command)).toBe(id);
      }),
    );
  });

  it('given one key, when two commands carry it, then they make two things', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.tuple(millisecond, rest).map(([ms, r]) => uuidV7(ms, r)),
        ),
        uuid,
        uuid,
        (key, one, other) => {
          expect(idFrom('wo', key, one) === idFrom('wo', key, other)).toBe(one === other);
        },
      ),
    );
  });
});
