import { isRejection } from '@hospital/kernel';
import { z } from 'zod';
import { checked, dateTime, id, text } from './input';

const verdict = (shape: z.ZodType, value: unknown): unknown => {
  const answer = checked(z.object({ it: shape }) as z.ZodType<{ it: unknown }>, { it: value });
  return isRejection(answer) ? [answer.code, answer.field] : answer.value.it;
};
const REFUSED = ['INVALID_INPUT', 'it'];

describe('given text', () => {
  it.each([
    ['  水管漏水  ', '水管漏水'],
    ['two\nlines\tand a tab', 'two\nlines\tand a tab'],
    ['👩‍⚕️', '👩‍⚕️'],
  ])('when it is %j, then it is taken, trimmed', (value, taken) => expect(verdict(text(30), value)).toBe(taken));

  it.each(['', '   ', '\u0000', 'a\u0007b', '\u007f', '\ud800', 'x'.repeat(31), 7, null, undefined, {}])(
    'when it is %j, then it is refused, by the name of its field',
    (value) => expect(verdict(text(30), value)).toEqual(REFUSED),
  );

  it('when it may be short or must be long, then its length is that of what is kept', () => {
    expect([verdict(text(5, 0), ' '), verdict(text(5, 3), ' ab '), verdict(text(5), '  12345  ')]).toEqual(['', REFUSED, '12345']);
  });
});

describe('given an instant', () => {
  it.each([
    ['2026-03-01T08:00:00+08:00', '2026-03-01T00:00:00.000Z'],
    ['2026-03-01T00:00:00Z', '2026-03-01T00:00:00.000Z'],
    ['2024-02-29T12:00:00.123456Z', '2024-02-29T12:00:00.123Z'],
  ])('when it is %s, then it is %s', (value, instant) => expect(verdict(dateTime, value)).toBe(instant));

  it.each([
    '2026-02-30T00:00:00Z',
    '2025-02-29T00:00:00Z',
    '2026-03-01T24:00:00Z',
    '2026-03-01T08:00:00',
    '2026-03-01',
    '1 March 2026',
    '9999-12-31T23:59:59-14:00',
    '0000-01-01T00:00:00+14:00',
    1_772_323_200_000,
  ])('when it is %s, then it is refused', (value) => expect(verdict(dateTime, value)).toEqual(REFUSED));
});

describe('given an id', () => {
  it.each(['wo_01hzy3v9k2m4n5p6q7r8s9t0v1', 'a'])('when it is %s, then it may exist', (value) => expect(verdict(id, value)).toBe(value));
  it.each(['', 'a-b', 'a/b', '../etc', 'é', 'x'.repeat(65), ' a'])('when it is %j, then it cannot exist', (value) =>
    expect(verdict(id, value)).toEqual(REFUSED),
  );
});
