import fc from 'fast-check';
import { DAY, HOUR, instant, millis, MINUTE } from '@hospital/kernel';
import { DateTime } from 'luxon';
import {
  afterBusinessTime,
  businessTime,
  type CalendarTerms,
  type Hours,
  NEVER,
  ROUND_THE_CLOCK,
  weekOf,
} from '../../apps/workorders/src/domain/business-time';

const ZONES = ['Asia/Shanghai', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe'] as const;
/** Instants at which one of these zones puts its clocks forward or back in 2026, and one at which nothing happens. */
const NEAR = [
  '2026-03-08T07:00',
  '2026-03-29T01:00',
  '2026-04-04T15:00',
  '2026-10-03T15:30',
  '2026-10-25T01:00',
  '2026-11-01T06:00',
  '2026-07-01T00:00',
];

const clockText = (minutes: number): string =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;

/** Up to three spans of a day that do not overlap. */
const hours: fc.Arbitrary<readonly Hours[]> = fc
  .uniqueArray(fc.oneof(fc.integer({ min: 0, max: 24 * 60 }), fc.constantFrom(0, 60, 120, 150, 180, 24 * 60)), { maxLength: 6 })
  .map((cuts) => {
    const sorted = cuts.sort((a, b) => a - b);
    return Array.from({ length: Math.floor(sorted.length / 2) }, (_, n): Hours => [
      clockText(sorted[2 * n]!),
      clockText(sorted[2 * n + 1]!),
    ]);
  });

const calendar: fc.Arbitrary<CalendarTerms> = fc
  .tuple(
    fc.constantFrom(...ZONES),
    fc.array(hours, { minLength: 7, maxLength: 7 }),
    fc.dictionary(fc.constantFrom(...NEAR.map((text) => text.slice(0, 10))), hours, { maxKeys: 3 }),
  )
  .map(([zone, week, exceptions]) => ({ zone, week: weekOf((weekday) => week[Number(weekday) - 1]!), exceptions }));

const moment = fc
  .tuple(fc.constantFrom(...NEAR), fc.integer({ min: -2 * DAY, max: 2 * DAY }))
  .map(([text, ms]) => instant(millis(`${text}Z`) + ms));
const wholeMinute = moment.map((at) => `${at.slice(0, 17)}00.000Z`);

/** Minute by minute, by what the clocks show. */
function minutesOpen({ zone, week, exceptions }: CalendarTerms, from: string, minutes: number): number {
  let open = 0;
  for (let n = 0; n < minutes; n += 1) {
    const shown = DateTime.fromMillis(millis(from) + n * MINUTE, { zone });
    const time = shown.toFormat('HH:mm');
    const spans = exceptions[shown.toFormat('yyyy-MM-dd')] ?? week[String(shown.weekday) as '1'];
    if (spans.some(([opens, closes]) => opens <= time && time < closes)) open += 1;
  }
  return open;
}

describe('given any calendar in zones with and without summer time', () => {
  it('when time is counted, then it is what the clocks show minute by minute', () => {
    fc.assert(
      fc.property(calendar, wholeMinute, fc.integer({ min: 0, max: 36 * 60 }), (terms, from, minutes) => {
        expect(businessTime(terms, from, instant(millis(from) + minutes * MINUTE))).toBe(minutesOpen(terms, from, minutes) * MINUTE);
      }),
      { numRuns: 60 },
    );
  });

  it('when a window is split anywhere, then its parts add up', () => {
    fc.assert(
      fc.property(calendar, fc.tuple(moment, moment, moment), (terms, moments) => {
        const [from, middle, until] = [...moments].sort() as [string, string, string];
        expect(businessTime(terms, from, middle) + businessTime(terms, middle, until)).toBe(businessTime(terms, from, until));
      }),
    );
  });

  it('when a limit ends, then so much time has passed then, and less a millisecond before', () => {
    fc.assert(
      fc.property(calendar, moment, fc.integer({ min: 1, max: 60 * HOUR }), (terms, from, ms) => {
        const due = afterBusinessTime(terms, from, ms);
        if (due === NEVER) return expect(Object.values(terms.week).flat()).toEqual([]);
        expect(businessTime(terms, from, due)).toBe(ms);
        return expect(businessTime(terms, from, instant(millis(due) - 1))).toBe(ms - 1);
      }),
    );
  });

  it('when a limit is reached in two steps, then it ends where it would in one', () => {
    fc.assert(
      fc.property(calendar, moment, fc.nat(20 * HOUR), fc.integer({ min: 1, max: 20 * HOUR }), (terms, from, first, second) => {
        expect(afterBusinessTime(terms, afterBusinessTime(terms, from, first), second)).toBe(
          afterBusinessTime(terms, from, first + second),
        );
      }),
    );
  });

  it('when it is open round the clock, then it is the time that passes, counted day by day or not', () => {
    fc.assert(
      fc.property(fc.constantFrom(...ZONES), moment, fc.nat(90 * DAY), (zone, from, ms) => {
        const until = instant(millis(from) + ms);
        const always = { ...ROUND_THE_CLOCK, zone };
        const byDays = { ...always, exceptions: { '2020-01-01': [] } };
        expect([always, byDays].map((terms) => businessTime(terms, from, until))).toEqual([ms, ms]);
        expect([always, byDays].map((terms) => afterBusinessTime(terms, from, ms))).toEqual([until, until]);
      }),
    );
  });
});
