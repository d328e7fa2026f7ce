import { commandsBy, rulesOf } from '@hospital/kernel/testing';
import { ROUND_THE_CLOCK, weekOf } from './business-time';
import { calendar, type CalendarDefinition } from './calendar';

const T0 = '2026-03-01T00:00:00.000Z';
const by = commandsBy({ id: 'pn_admin', kind: 'person', roles: ['administrator'] });
const { given } = rulesOf(calendar);
const office: CalendarDefinition = {
  name: '行政班',
  nameEn: 'Office hours',
  zone: 'Asia/Shanghai',
  week: weekOf((weekday) => (weekday < '6' ? [['08:00', '17:00']] : [])),
  exceptions: { '2026-05-01': [] },
};
const defined = { type: 'CalendarDefined' as const, data: office };
const longer: CalendarDefinition = { ...office, week: weekOf(() => [['08:00', '20:00']]) };

describe('WO-10 the calendar that limits count by', () => {
  it('is defined once', () => {
    given()
      .when(by('DefineCalendar', office, T0))
      .then(defined);
    given(defined)
      .when(by('DefineCalendar', office, T0))
      .thenRejected('ALREADY_DEFINED', 'idempotencyKey');
  });

  it('is revised, each time a new version; the same again changes nothing, in whatever order its members are said', () => {
    given(defined)
      .when(by('ReviseCalendar', longer, T0))
      .then({ type: 'CalendarRevised', data: { ...longer, version: 2 } });
    given(defined, { type: 'CalendarRevised', data: { ...longer, version: 2 } })
      .when(by('ReviseCalendar', office, T0))
      .then({ type: 'CalendarRevised', data: { ...office, version: 3 } });
    const { zone, ...rest } = office;
    given(defined)
      .when(by('ReviseCalendar', { ...rest, zone }, T0))
      .then();
  });

  it('is not revised before it is defined', () => {
    given()
      .when(by('ReviseCalendar', office, T0))
      .thenRejected('UNKNOWN_CALENDAR', 'input.id');
  });

  it('is refused with the field at fault, new or revised', () => {
    const bad = { ...office, week: { ...ROUND_THE_CLOCK.week, '2': [['09:00', '08:00'] as const] } };
    given()
      .when(by('DefineCalendar', bad, T0))
      .thenRejected('INVALID_CALENDAR', 'input.week.2');
    given(defined)
      .when(by('ReviseCalendar', { ...office, zone: 'Moon' }, T0))
      .thenRejected('INVALID_CALENDAR', 'input.zone');
  });
});
