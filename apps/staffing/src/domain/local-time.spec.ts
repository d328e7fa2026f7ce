import { addDays, dateAt, instantOf, isDate, isTime, isZone, midnight, yearsBetween } from './local-time';

describe('a date and a time on the wall', () => {
  it.each(['2026-02-28', '2024-02-29', '1900-01-01', '9998-12-31'])('given %s, then it exists', (date) => expect(isDate(date)).toBe(true));
  it.each(['2026-02-29', '2026-13-01', '2026-2-1', '1899-12-31', '9999-12-31', '2026-02-28T00:00', '电工', ''])(
    'given %s, then it is none',
    (date) => expect(isDate(date)).toBe(false),
  );
  it('given times and zones, then those are known that exist', () => {
    expect(['00:00', '23:59', '24:00', '7:30', '07:60'].map(isTime)).toEqual([true, true, false, false, false]);
    expect(['Asia/Shanghai', 'Europe/Berlin', 'UTC', 'Asia/Nowhere', '+08:00', '', '电工'].map(isZone)).toEqual([
      ...[true, true, true],
      ...[false, false, false, false],
    ]);
  });
});

describe('the instant of a date and a time', () => {
  it.each([
    ['2026-04-01', '00:00', 'Asia/Shanghai', '2026-03-31T16:00:00.000Z'],
    ['2026-01-01', '08:00', 'Europe/Berlin', '2026-01-01T07:00:00.000Z'],
    ['2026-07-01', '08:00', 'Europe/Berlin', '2026-07-01T06:00:00.000Z'],
  ])('given %s %s in %s, then it is %s', (date, time, zone, at) => expect(instantOf(date, time, zone)).toBe(at));

  it('given a time that clocks skip, then it is as much later as they skip', () =>
    expect(instantOf('2026-03-29', '02:30', 'Europe/Berlin')).toBe('2026-03-29T01:30:00.000Z'));

  it('given a time that clocks show twice, then it is meant the first time', () =>
    expect(instantOf('2026-10-25', '02:30', 'Europe/Berlin')).toBe('2026-10-25T00:30:00.000Z'));

  it('given a day that clocks begin at one, then its midnight is its first instant', () => {
    const first = midnight('2026-03-08', 'America/Havana');
    expect(first).toBe('2026-03-08T05:00:00.000Z');
    expect(dateAt(first, 'America/Havana')).toBe('2026-03-08');
    expect(dateAt('2026-03-08T04:59:59.999Z', 'America/Havana')).toBe('2026-03-07');
  });
});

it('given dates, then days and whole years are counted as calendars do', () => {
  expect(addDays('2024-02-28', 2)).toBe('2024-03-01');
  expect([yearsBetween('1976-03-02', '2026-03-01'), yearsBetween('1976-03-01', '2026-03-01')]).toEqual([49, 50]);
  expect([yearsBetween('2004-02-29', '2026-02-28'), yearsBetween('2004-02-29', '2026-03-01')]).toEqual([21, 22]);
});
