import { HOUR, MINUTE } from '@hospital/kernel';
import {
  afterBusinessTime,
  businessTime,
  calendarFault,
  type CalendarTerms,
  type Hours,
  NEVER,
  ROUND_THE_CLOCK,
  weekOf,
} from './business-time';

const OFFICE: readonly Hours[] = [
  ['08:00', '12:00'],
  ['14:00', '17:30'],
];
const officeIn = (zone: string, exceptions: CalendarTerms['exceptions'] = {}): CalendarTerms => ({
  zone,
  week: weekOf((weekday) => (weekday < '6' ? OFFICE : [])),
  exceptions,
});
const alwaysIn = (zone: string): CalendarTerms => ({ ...ROUND_THE_CLOCK, zone });
const nightsIn = (zone: string): CalendarTerms => ({ zone, week: weekOf(() => [['01:00', '05:00']]), exceptions: {} });
const SHANGHAI = officeIn('Asia/Shanghai');

/** Days off and made up for in 2026, as one administrator entered them; whether they are the official ones is not for a test to say. */
const HOLIDAYS_2026: CalendarTerms['exceptions'] = {
  ...Object.fromEntries(['01-01', '01-02', '01-03'].map((day) => [`2026-${day}`, []])),
  ...Object.fromEntries([15, 16, 17, 18, 19, 20, 21, 22, 23].map((day) => [`2026-02-${day}`, []])),
  ...Object.fromEntries([1, 2, 3, 4, 5, 6, 7].map((day) => [`2026-10-0${day}`, []])),
  ...Object.fromEntries(['01-04', '02-14', '02-28', '09-20', '10-10'].map((day) => [`2026-${day}`, OFFICE])),
};

/** Wall clock of Shanghai. */
const cst = (text: string): string => new Date(`${text}:00+08:00`).toISOString();

describe('given office hours in Shanghai', () => {
  it('when the time lies within them, then all of it counts', () => {
    expect(businessTime(SHANGHAI, cst('2026-03-02T08:00'), cst('2026-03-02T09:30'))).toBe(90 * MINUTE);
  });

  it('when it spans lunch, a night and a weekend, then only the hours count', () => {
    expect(businessTime(SHANGHAI, cst('2026-03-06T11:00'), cst('2026-03-09T08:10'))).toBe((60 + 210 + 10) * MINUTE);
  });

  it('when it ends before it begins, or is of no length, then nothing counts', () => {
    expect(businessTime(SHANGHAI, cst('2026-03-02T09:00'), cst('2026-03-02T08:00'))).toBe(0);
    expect(businessTime(SHANGHAI, cst('2026-03-02T09:00'), cst('2026-03-02T09:00'))).toBe(0);
  });

  it('when a limit ends exactly at closing, then it is due then, and not at the next opening', () => {
    expect(afterBusinessTime(SHANGHAI, cst('2026-03-02T14:00'), 210 * MINUTE)).toBe(cst('2026-03-02T17:30'));
  });

  it('when a limit begins on Friday evening, then it goes on on Monday morning', () => {
    expect(afterBusinessTime(SHANGHAI, cst('2026-03-06T19:00'), HOUR)).toBe(cst('2026-03-09T09:00'));
  });

  it('when no time is granted, then it is due at once, also while closed', () => {
    expect(afterBusinessTime(SHANGHAI, cst('2026-03-07T03:00'), 0)).toBe(cst('2026-03-07T03:00'));
    expect(afterBusinessTime(SHANGHAI, cst('2026-03-07T03:00'), -HOUR)).toBe(cst('2026-03-07T03:00'));
  });
});

describe('given holidays and make-up days, as the administrator entered them', () => {
  const calendar = officeIn('Asia/Shanghai', HOLIDAYS_2026);

  it('when a limit begins before the holiday, then it goes on after it', () => {
    expect(afterBusinessTime(calendar, cst('2026-09-30T17:00'), HOUR)).toBe(cst('2026-10-08T08:30'));
  });

  it('when a Saturday is a make-up day, then it counts as its hours say', () => {
    expect(businessTime(calendar, cst('2026-10-10T00:00'), cst('2026-10-11T00:00'))).toBe(450 * MINUTE);
    expect(businessTime(calendar, cst('2026-10-17T00:00'), cst('2026-10-18T00:00'))).toBe(0);
  });

  it('when time is counted from the make-up Saturday before the spring holiday to the end of the one after it, then six days are worked', () => {
    const days = businessTime(calendar, cst('2026-02-14T00:00'), cst('2026-03-01T00:00')) / (450 * MINUTE);
    // 14, 24 to 27 and 28 February.
    expect(days).toBe(6);
  });
});

describe('given clocks that are put forward or back', () => {
  it.each([
    ['Europe/Berlin', '2026-03-28T23:00:00.000Z', '2026-03-29T22:00:00.000Z', 23],
    ['Europe/Berlin', '2026-10-24T22:00:00.000Z', '2026-10-25T23:00:00.000Z', 25],
    ['America/New_York', '2026-03-08T05:00:00.000Z', '2026-03-09T04:00:00.000Z', 23],
    ['America/New_York', '2026-11-01T04:00:00.000Z', '2026-11-02T05:00:00.000Z', 25],
    ['Australia/Lord_Howe', '2026-04-04T13:00:00.000Z', '2026-04-05T13:30:00.000Z', 24.5],
    ['Australia/Lord_Howe', '2026-10-03T13:30:00.000Z', '2026-10-04T13:00:00.000Z', 23.5],
    ['Asia/Shanghai', '2026-03-28T16:00:00.000Z', '2026-03-29T16:00:00.000Z', 24],
  ])('when a whole day of %s is open (%s until %s), then it counts its %d hours', (zone, from, until, hours) => {
    // A day that is closed, far from here, makes the calendar one that must be walked.
    const calendar = { ...alwaysIn(zone), exceptions: { '2020-01-01': [] } };
    expect(businessTime(calendar, from, until)).toBe(hours * HOUR);
    expect(businessTime(alwaysIn(zone), from, until)).toBe(hours * HOUR);
  });

  it('when an hour of the night is skipped, then the hours from 1 to 5 are three', () => {
    expect(businessTime(nightsIn('Europe/Berlin'), '2026-03-28T23:00:00.000Z', '2026-03-29T22:00:00.000Z')).toBe(3 * HOUR);
  });

  it('when an hour of the night comes twice, then the hours from 1 to 5 are five', () => {
    expect(businessTime(nightsIn('Europe/Berlin'), '2026-10-24T22:00:00.000Z', '2026-10-25T23:00:00.000Z')).toBe(5 * HOUR);
    expect(afterBusinessTime(nightsIn('Europe/Berlin'), '2026-10-24T22:00:00.000Z', 4 * HOUR)).toBe('2026-10-25T03:00:00.000Z');
  });

  it('when office hours lie on the other side of the change, then a limit over the weekend ends by the new clock', () => {
    // Friday 16:30 in summer time, and an hour: 17:30 is closing. Two hours: Monday 09:00 in winter time.
    expect(afterBusinessTime(officeIn('Europe/Berlin'), '2026-10-23T14:30:00.000Z', 2 * HOUR)).toBe('2026-10-26T08:00:00.000Z');
  });
});

describe('given calendars at their limits', () => {
  const never: CalendarTerms = { zone: 'Asia/Shanghai', week: weekOf(() => []), exceptions: {} };
  const FROM = '2026-03-01T00:00:00.000Z';

  it('when one never opens, or would not for twenty years, then a limit is due at the end of time', () => {
    expect(afterBusinessTime(never, FROM, 1)).toBe(NEVER);
    expect(afterBusinessTime({ ...never, exceptions: { '2026-03-02': [['08:00', '09:00']] } }, FROM, 2 * HOUR)).toBe(NEVER);
    expect(afterBusinessTime({ ...never, exceptions: { '2066-03-02': [['08:00', '09:00']] } }, FROM, HOUR)).toBe(NEVER);
  });

  it('when one is open round the clock but for a date, then that date does not count', () => {
    const but = { ...ROUND_THE_CLOCK, exceptions: { '2026-03-02': [] } };
    expect(businessTime(but, cst('2026-03-01T00:00'), cst('2026-03-04T00:00'))).toBe(48 * HOUR);
    expect(afterBusinessTime(but, cst('2026-03-01T23:00'), 2 * HOUR)).toBe(cst('2026-03-03T01:00'));
  });

  it('when one opens on a single date, then that is when it is due', () => {
    const once = { ...never, exceptions: { '2027-03-02': [['08:00', '09:00']] as const } };
    expect(afterBusinessTime(once, FROM, HOUR)).toBe(cst('2027-03-02T09:00'));
  });

  it('when more is granted than there is time, then it is due at the end of time', () => {
    expect(afterBusinessTime(ROUND_THE_CLOCK, FROM, Infinity)).toBe(NEVER);
    expect(afterBusinessTime(ROUND_THE_CLOCK, FROM, 1e300)).toBe(NEVER);
    expect(afterBusinessTime(SHANGHAI, '9999-12-31T00:00:00.000Z', 24 * HOUR)).toBe(NEVER);
  });

  it('when it is none that could have been defined, then it still answers: unreadable hours are closed, overlapping ones count once', () => {
    const odd = {
      zone: 'Nowhere/Land',
      week: weekOf(() => [
        ['09:00', '8 o’clock'],
        ['08:00', '10:00'],
        ['09:00', '11:00'],
      ]),
      exceptions: { soon: [] },
    };
    expect(businessTime(odd, cst('2026-03-02T00:00'), cst('2026-03-03T00:00'))).toBe(3 * HOUR);
    expect(afterBusinessTime(odd, 'no instant', HOUR)).toBe(NEVER);
    expect(businessTime(odd, 'no instant', FROM)).toBe(0);
  });
});

describe('given the terms of a calendar', () => {
  const hours = (...spans: readonly Hours[]): CalendarTerms => ({ ...SHANGHAI, week: { ...SHANGHAI.week, '3': spans } });

  it('when they can be read, then there is no fault', () => {
    expect([ROUND_THE_CLOCK, SHANGHAI, officeIn('Asia/Shanghai', HOLIDAYS_2026)].map(calendarFault)).toEqual([null, null, null]);
    expect(calendarFault(hours(['14:00', '24:00'], ['00:00', '14:00']))).toBeNull();
  });

  it.each([
    ['an unknown zone', { ...SHANGHAI, zone: 'Asia/Chengdu' }, 'zone'],
    ['an offset for a zone', { ...SHANGHAI, zone: '+08:00' }, 'zone'],
    ['no time', hours(['8:00', '12:00']), 'week.3'],
    ['no such time', hours(['08:00', '12:60']), 'week.3'],
    ['past midnight', hours(['22:00', '06:00']), 'week.3'],
    ['of no length', hours(['08:00', '08:00']), 'week.3'],
    ['24:00 at the beginning', hours(['24:00', '24:00']), 'week.3'],
    ['overlapping', hours(['08:00', '12:00'], ['11:59', '14:00']), 'week.3'],
    ['overlapping, the later first', hours(['11:59', '14:00'], ['08:00', '12:00']), 'week.3'],
    ['the same twice', hours(['08:00', '12:00'], ['08:00', '12:00']), 'week.3'],
    ['no such date', officeIn('Asia/Shanghai', { '2026-02-29': [] }), 'exceptions.2026-02-29'],
    ['no date', officeIn('Asia/Shanghai', { '1 May': [] }), 'exceptions.1 May'],
    [
      'a date with hours that overlap',
      officeIn('Asia/Shanghai', {
        '2026-05-01': [
          ['08:00', '12:00'],
          ['09:00', '10:00'],
        ],
      }),
      'exceptions.2026-05-01',
    ],
    ['never open', { ...SHANGHAI, week: weekOf(() => []) }, 'week'],
  ])('when they hold %s, then the field is named', (_, terms, field) => {
    expect(calendarFault(terms as CalendarTerms)?.field).toBe(field);
  });
});
