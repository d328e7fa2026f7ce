import { DAY, HOUR, instant, type Instant, millis, MINUTE } from '@hospital/kernel';
import { IANAZone } from 'luxon';

/** Open from … to, 'HH:mm' on the clocks of the zone; `to` may be '24:00'. */
export type Hours = readonly [from: string, to: string];
type Weekday = '1' | '2' | '3' | '4' | '5' | '6' | '7';

/** When time counts. An instant is open when the clocks of the zone then show a time within the hours of that date. */
export type CalendarTerms = {
  /** IANA name, e.g. Asia/Shanghai. */
  readonly zone: string;
  /** By ISO weekday: 1 is Monday. */
  readonly week: Readonly<Record<Weekday, readonly Hours[]>>;
  /** By date (yyyy-mm-dd), instead of the weekday's hours: none on a holiday, some on a make-up day. */
  readonly exceptions: Readonly<Record<string, readonly Hours[]>>;
};

export const WEEKDAYS: readonly Weekday[] = ['1', '2', '3', '4', '5', '6', '7'];
export const weekOf = (hours: (weekday: Weekday) => readonly Hours[]): CalendarTerms['week'] =>
  Object.fromEntries(WEEKDAYS.map((weekday) => [weekday, hours(weekday)])) as Record<Weekday, readonly Hours[]>;

export const ROUND_THE_CLOCK: CalendarTerms = { zone: 'Asia/Shanghai', week: weekOf(() => [['00:00', '24:00']]), exceptions: {} };

/** The end of time: what never comes due, is due then. */
export const NEVER: Instant = '9999-12-31T23:59:59.999Z';
/** A calendar that grants too little time within so many years grants it never. */
const SEARCHED = 20 * 366 * DAY;

/** Milliseconds of open time in [from, until). */
export function businessTime(calendar: CalendarTerms, from: Instant, until: Instant): number {
  const [start, end] = [millis(from), millis(until)];
  if (!(start < end)) return 0;
  if (planOf(calendar).always) return end - start;
  let open = 0;
  for (const [opens, closes] of openSpans(calendar, start, end)) open += closes - opens;
  return open;
}

/** The first instant at which `ms` of open time have passed since `from`. */
export function afterBusinessTime(calendar: CalendarTerms, from: Instant, ms: number): Instant {
  if (!(ms > 0)) return from;
  const start = millis(from);
  const latest = millis(NEVER);
  if (!(start + ms < latest)) return NEVER;
  if (planOf(calendar).always) return instant(start + ms);
  let left = ms;
  for (const [opens, closes] of openSpans(calendar, start, Math.min(start + SEARCHED, latest))) {
    if (left <= closes - opens) return instant(opens + left);
    left -= closes - opens;
  }
  return NEVER;
}

/** The first thing that makes these terms no calendar. */
export function calendarFault({ zone, week, exceptions }: CalendarTerms): { readonly field: string; readonly why: string } | null {
  if (!isZone(zone)) return { field: 'zone', why: `${zone} is no time zone` };
  for (const weekday of WEEKDAYS) {
    const why = faultOfHours(week[weekday]);
    if (why) return { field: `week.${weekday}`, why };
  }
  for (const [date, hours] of Object.entries(exceptions)) {
    const why = isDate(date) ? faultOfHours(hours) : `${date} is no date (yyyy-mm-dd)`;
    if (why) return { field: `exceptions.${date}`, why };
  }
  return WEEKDAYS.every((weekday) => week[weekday].length === 0) ? { field: 'week', why: 'no day has open hours' } : null;
}

function faultOfHours(hours: readonly Hours[]): string | null {
  const spans = hours.map(([from, to]) => [sinceMidnight(from), sinceMidnight(to)] as const);
  const text = (n: number): string => hours[n]!.join('–');
  const bad = spans.findIndex(([from, to]) => !(from < to));
  if (bad >= 0) return `${text(bad)} is not from HH:mm to a later HH:mm of the same day`;
  const overlapping = spans.findIndex(([from, to], n) => spans.some(([begin, end], m) => m < n && from < end && begin < to));
  return overlapping >= 0 ? `${text(overlapping)} overlaps other hours of the day` : null;
}

const isZone = (zone: string): boolean => /^[A-Za-z]/.test(zone) && IANAZone.create(zone).isValid;

function isDate(text: string): boolean {
  const ms = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(text) : NaN;
  return !Number.isNaN(ms) && instant(ms).startsWith(text);
}

/** Milliseconds, or NaN. */
function sinceMidnight(time: string): number {
  if (time === '24:00') return DAY;
  const [, hours, minutes] = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(time) ?? [];
  return Number(hours) * HOUR + Number(minutes) * MINUTE;
}

type Span = readonly [from: number, until: number];

/** A calendar with its texts read. Days are counted from 1970-01-01. */
interface Plan {
  readonly always: boolean;
  readonly zone: string;
  readonly week: readonly (readonly Span[])[];
  readonly exceptions: ReadonlyMap<number, readonly Span[]>;
}

const plans = new WeakMap<CalendarTerms, Plan>();

function planOf(calendar: CalendarTerms): Plan {
  const known = plans.get(calendar);
  if (known) return known;
  const exceptions = new Map<number, readonly Span[]>();
  for (const [date, hours] of Object.entries(calendar.exceptions)) exceptions.set(Date.parse(date) / DAY, spansOf(hours));
  const week = WEEKDAYS.map((weekday) => spansOf(calendar.week[weekday]));
  const always = exceptions.size === 0 && week.every(([only]) => only?.[0] === 0 && only[1] === DAY);
  const plan = { always, zone: isZone(calendar.zone) ? calendar.zone : ROUND_THE_CLOCK.zone, week, exceptions };
  plans.set(calendar, plan);
  return plan;
}

/** In order and apart, whatever was said. */
function spansOf(hours: readonly Hours[]): readonly Span[] {
  let open = 0;
  return hours
    .map(([from, to]): Span => [sinceMidnight(from), sinceMidnight(to)])
    .sort(([a], [b]) => a - b)
    .map(([from, to]): Span => [Math.max(from, open), (open = Math.max(open, to || 0))])
    .filter(([from, to]) => from < to);
}

/** Open time in [from, until), in order: while the clocks of the zone are not put forward or back, local days lie side by side. */
function* openSpans(calendar: CalendarTerms, from: number, until: number): Generator<Span> {
  const { zone, week, exceptions } = planOf(calendar);
  for (let at = from; at < until;) {
    const { offset, until: changes } = stretchAt(zone, at);
    const begin = at + offset;
    const end = Math.min(changes, until) + offset;
    for (let day = Math.floor(begin / DAY); day * DAY < end; day += 1) {
      // 1970-01-01 was a Thursday.
      for (const [opens, closes] of exceptions.get(day) ?? week[(((day + 3) % 7) + 7) % 7]!) {
        const [start, stop] = [Math.max(day * DAY + opens, begin), Math.min(day * DAY + closes, end)];
        if (start < stop) yield [start - offset, stop - offset];
      }
    }
    at = changes;
  }
}

/** How far the clocks of a zone are ahead of UTC, and until when. */
interface Stretch {
  readonly until: number;
  readonly offset: number;
}

/** By zone and UTC year: asking a zone for its offset is slow. */
const stretches = new Map<string, readonly Stretch[]>();

function stretchAt(zone: string, at: number): Stretch {
  const year = new Date(at).getUTCFullYear();
  const key = `${zone} ${year}`;
  let known = stretches.get(key);
  if (!known) stretches.set(key, (known = [...stretchesOf(zone, Date.UTC(year, 0), Date.UTC(year + 1, 0))]));
  return known.find(({ until }) => at < until)!;
}

function* stretchesOf(zone: string, from: number, until: number): Generator<Stretch> {
  const iana = IANAZone.create(zone);
  const offsetAt = (at: number): number => iana.offset(at) * MINUTE;
  let offset = offsetAt(from);
  for (let at = from; at < until; at += DAY) {
    if (offsetAt(at + DAY) === offset) continue;
    let [before, after] = [at, at + DAY];
    while (after - before > 1) {
      const middle = Math.floor((before + after) / 2);
      if (offsetAt(middle) === offset) before = middle;
      else after = middle;
    }
    yield { until: after, offset };
    offset = offsetAt(after);
  }
  yield { until, offset };
}
