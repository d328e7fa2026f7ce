import fc from 'fast-check';
import { canonicalText, type Json, type JsonObject, sha256 } from './json';

/** Keys that trip careless code among them. */
const key = fc.oneof(
  fc.constantFrom('__proto__', 'constructor', 'toString', '', '1', '10', '2', 'é', '病区', '\u{1f600}', '\uffff'),
  fc.string(),
);
const json = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4 },
    fc.string({ unit: 'grapheme' }),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('json'), { maxLength: 4 }),
    fc.array(fc.tuple(key, tie('json')), { maxLength: 5 }).map(objectOf),
  ),
})).json;

/** Defined, not assigned, so that `__proto__` is a key like any other. */
function objectOf(entries: readonly (readonly [string, Json | undefined])[]): JsonObject {
  const made = {};
  for (const [name, value] of entries) Object.defineProperty(made, name, { value, enumerable: true, configurable: true, writable: true });
  return made;
}

const turnedRound = (value: Json): Json => {
  if (Array.isArray(value)) return value.map(turnedRound);
  if (typeof value !== 'object' || value === null) return value;
  return objectOf(
    Object.entries(value)
      .reverse()
      .map(([name, member]) => [name, member === undefined ? member : turnedRound(member)]),
  );
};

/** Keys of every object in a text, in the order in which they stand there. */
function keysInOrder(text: string): readonly (readonly string[])[] {
  const found: string[][] = [];
  const collect = (value: Json): void => {
    if (typeof value !== 'object' || value === null) return;
    if (!Array.isArray(value)) found.push(Object.keys(value));
    for (const member of Object.values(value)) collect(member as Json);
  };
  collect(JSON.parse(text) as Json);
  return found;
}
/** Integers come first in any object of JavaScript, in numeric order, so their place in a parsed text tells nothing. */
const isIndex = (name: string): boolean => String(Number(name)) === name && Number.isInteger(Number(name)) && Number(name) >= 0;

describe('canonical JSON', () => {
  it('given any value, when its canonical text is read, then it is the same value', () => {
    fc.assert(fc.property(json, (value) => expect(JSON.parse(canonicalText(value))).toEqual(JSON.parse(JSON.stringify(value)))));
  });

  it('given any value, when the keys of its objects come in another order, then the text is the same', () => {
    fc.assert(fc.property(json, (value) => canonicalText(turnedRound(value)) === canonicalText(value)));
  });

  it('given any value, when written, then the keys of each object stand in code-unit order', () => {
    fc.assert(
      fc.property(json, (value) => {
        for (const keys of keysInOrder(canonicalText(value))) {
          const names = keys.filter((name) => !isIndex(name));
          expect(names).toEqual([...names].sort());
        }
      }),
    );
  });

  it('given keys that look like numbers, when written, then they stand in code-unit order as all others do', () => {
    expect(canonicalText({ 9: 1, a: 2, 10: 3, '-1': 4, B: 5 })).toBe('{"-1":4,"10":3,"9":1,"B":5,"a":2}');
  });

  it('given a canonical value, when made canonical again, then nothing changes', () => {
    fc.assert(fc.property(json, (value) => canonicalText(JSON.parse(canonicalText(value)) as Json) === canonicalText(value)));
  });

  it('given two values, when their texts are the same, then so are they', () => {
    fc.assert(
      fc.property(fc.array(json, { minLength: 2, maxLength: 8 }), (values) => {
        const byText = new Map<string, Json>();
        for (const value of values) {
          const text = canonicalText(value);
          const plain = JSON.parse(JSON.stringify(value)) as Json;
          if (byText.has(text)) expect(byText.get(text)).toEqual(plain);
          byText.set(text, plain);
        }
      }),
    );
  });

  it('given a key named __proto__, when written, then it is there', () => {
    const value = JSON.parse('{"b":1,"__proto__":{"polluted":true},"a":{"__proto__":2}}') as Json;
    expect(canonicalText(value)).toBe('{"__proto__":{"polluted":true},"a":{"__proto__":2},"b":1}');
  });

  it('given members that are undefined, when written, then they are left out', () => {
    expect(canonicalText({ b: undefined, a: { c: undefined } })).toBe('{"a":{}}');
  });

  it('given texts beyond ASCII, when written, then they stand as they are, and lone surrogates as escapes', () => {
    expect(canonicalText({ 病区: '三楼 "手术室"\n', face: '\u{1f468}\u200d\u{1f527}' })).toBe(
      '{"face":"\u{1f468}\u200d\u{1f527}","病区":"三楼 \\"手术室\\"\\n"}',
    );
    expect(canonicalText('\ud800')).toBe('"\\ud800"');
  });

  it('given a text, when hashed, then it is the SHA-256 of its UTF-8', () => {
    expect(sha256('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(sha256('病区')).toHaveLength(64);
  });
});
