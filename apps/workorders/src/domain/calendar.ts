import { canonicalText, type Command, type Decider, reject, type Rejection } from '@hospital/kernel';
import { calendarFault, type CalendarTerms } from './business-time';

/** Working hours, as an administrator keeps them: which days are holidays is the administrator's word. 服务日历 */
export type CalendarDefinition = CalendarTerms & { readonly name: string; readonly nameEn: string };

export type CalendarCommand = Command<'DefineCalendar', CalendarDefinition> | Command<'ReviseCalendar', CalendarDefinition>;

export type CalendarEvent =
  { type: 'CalendarDefined'; data: CalendarDefinition } | { type: 'CalendarRevised'; data: CalendarDefinition & { version: number } };

export type Calendar =
  { readonly status: 'unknown' } | { readonly status: 'in use'; readonly version: number; readonly definition: CalendarDefinition };

function decide({ type, data }: CalendarCommand, calendar: Calendar): readonly CalendarEvent[] | Rejection {
  const fault = calendarFault(data);
  const refused = fault && reject('INVALID_CALENDAR', `The ${fault.field} of a calendar: ${fault.why}.`, `input.${fault.field}`);
  if (type === 'DefineCalendar') {
    if (calendar.status !== 'unknown') return reject('ALREADY_DEFINED', 'This calendar exists.', 'idempotencyKey');
    return refused ?? [{ type: 'CalendarDefined', data }];
  }
  if (calendar.status === 'unknown') return reject('UNKNOWN_CALENDAR', 'There is no such calendar.', 'input.id');
  if (refused) return refused;
  if (canonicalText(data) === canonicalText(calendar.definition)) return [];
  return [{ type: 'CalendarRevised', data: { ...data, version: calendar.version + 1 } }];
}

function evolve(_: Calendar, { type, data }: CalendarEvent): Calendar {
  switch (type) {
    case 'CalendarDefined':
      return { status: 'in use', version: 1, definition: data };
    case 'CalendarRevised': {
      const { version, ...definition } = data;
      return { status: 'in use', version, definition };
    }
  }
}

export const calendar: Decider<Calendar, CalendarCommand, CalendarEvent> = {
  category: 'calendar',
  initial: { status: 'unknown' },
  decide,
  evolve,
};
