import { isRejection, MINUTE } from '@hospital/kernel';
import {
  answers,
  checked,
  connection,
  dateTime,
  entity,
  historyOf,
  id,
  legible,
  mutation,
  type PageArguments,
  refuse,
  type RequestContext,
  text,
  type Tools,
} from '@hospital/service';
import { z } from 'zod';
import { afterBusinessTime, type CalendarTerms, type Hours, NEVER, ROUND_THE_CLOCK, WEEKDAYS, weekOf } from '../domain/business-time';
import { calendar, type CalendarDefinition } from '../domain/calendar';
import { type CalendarRow, calendars } from '../views/calendars';

const time = legible.max(5, 'is not HH:mm');
const hours = z
  .array(z.object({ from: time, to: time }).transform(({ from, to }): Hours => [from, to]))
  .max(24, 'has more than 24 spans of time');
const once = (values: readonly (string | number)[]): boolean => new Set(values).size === values.length;
const definition = z.object({
  name: text(100),
  nameEn: text(100),
  zone: text(64).nullish(),
  week: z
    .array(z.object({ weekday: z.number().int().min(1, 'is 1 to 7').max(7, 'is 1 to 7'), hours }))
    .refine((days) => once(days.map(({ weekday }) => weekday)), 'names a weekday twice'),
  exceptions: z
    .array(z.object({ date: text(10), hours }))
    .max(1_000, 'has more than 1,000 dates')
    .refine((days) => once(days.map(({ date }) => date)), 'names a date twice')
    .nullish(),
});

/** As the rules read it. */
const termsOf = ({ name, nameEn, zone, week, exceptions }: z.output<typeof definition>): CalendarDefinition => ({
  name,
  nameEn,
  zone: zone ?? ROUND_THE_CLOCK.zone,
  week: weekOf((weekday) => week.find((day) => String(day.weekday) === weekday)?.hours ?? []),
  exceptions: Object.fromEntries((exceptions ?? []).map((day) => [day.date, day.hours])),
});

const shown = (spans: readonly Hours[]) => spans.map(([from, to]) => ({ from, to }));

const minutes = z.number().int().min(0, 'must not be negative').max(525_600, 'must be at most 525,600');
const preview = z.object({ calendarId: id, from: dateTime, minutes });

export const calendarResolvers = ({ context, journal, views }: Tools) => ({
  Query: {
    calendar: (_: unknown, { id: calendarId }: { id: string }, request: RequestContext) => entity(views, calendars, calendarId, request),
    calendars: (_: unknown, page: PageArguments, request: RequestContext) =>
      connection(views, calendars, page, { orderBy: 'NAME_EN_ASC' }, request),
    previewDue: async (_: unknown, asked: unknown, request: RequestContext) => {
      const sent = checked(preview, asked);
      if (isRejection(sent)) throw refuse(sent.code, sent.message, sent.field ?? '');
      const row = await entity(views, calendars, sent.value.calendarId, request);
      if (row === null) throw refuse('UNKNOWN_CALENDAR', 'There is no such calendar.', 'calendarId');
      const dueAt = afterBusinessTime(row as unknown as CalendarTerms, sent.value.from, sent.value.minutes * MINUTE);
      return dueAt === NEVER ? null : dueAt;
    },
  },

  Mutation: {
    defineCalendar: mutation(context, journal, {
      aggregate: calendar,
      view: calendars,
      input: definition,
      of: { makes: 'cl' },
      to: (input) => ({ type: 'DefineCalendar', data: termsOf(input) }),
    }),

    reviseCalendar: mutation(context, journal, {
      aggregate: calendar,
      view: calendars,
      input: definition.extend({ id }),
      of: ({ id: calendarId }) => calendarId,
      to: (input) => ({ type: 'ReviseCalendar', data: termsOf(input) }),
    }),
  },

  CalendarAnswer: answers('Calendar'),

  Calendar: {
    __resolveReference: ({ id: calendarId }: { id: string }, request: RequestContext) => entity(views, calendars, calendarId, request),
    week: ({ week }: CalendarRow) => WEEKDAYS.map((weekday) => ({ weekday: Number(weekday), hours: shown(week[weekday] ?? []) })),
    exceptions: ({ exceptions }: CalendarRow) =>
      Object.entries(exceptions)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([date, spans]) => ({ date, hours: shown(spans) })),
    ...historyOf(journal, calendar.category),
  },
});
