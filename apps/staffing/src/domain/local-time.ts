import { DAY, type Instant, instant, millis } from '@hospital/kernel';

/** Dates `yyyy-mm-dd` and times `HH:mm` as calendars and clocks on the wall show them, and the instants they are. Zones are IANA names. */
export const HOME_ZONE = 'Asia/Shanghai';

const clocks = new Map<string, Intl.DateTimeFormat>();

function clockIn(zone: string): Intl.DateTimeFormat | undefined {
  const known = clocks.get(zone);
  if (known) return known;
  try {
    const clock = new Intl.DateTimeFormat('en-US', {
      ...{ timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric' },
      ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
    });
    clocks.set(zone, clock);
    return clock;
  } catch {
    return undefined;
  }
}

export const isZone = (zone: string): boolean => /^[A-Z][A-Za-z0-9_+/-]{1,60}$/.test(zone) && clockIn(zone) !== undefined;

/** How far the clocks of a zone are ahead of UTC at that moment (ms). */
function ahead(ms: number, clock: Intl.DateTimeFormat): number {
  const shown: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
  for (const { type, value } of clock.formatToParts(ms)) shown[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = shown;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(ms / 1_000) * 1_000;
}

/** A date that exists, of the years 1900 to 9998. */
export const isDate = (date: string): boolean =>
  /^(19|[2-9]\d)\d\d-\d\d-\d\d$/.test(date) &&
  date < '9999' &&
  !Number.isNaN(Date.parse(date)) &&
  instant(Date.parse(date)).startsWith(date);

export const isTime = (time: string): boolean => /^([01]\d|2[0-3]):[0-5]\d$/.test(time);

export const addDays = (date: string, days: number): string => instant(Date.parse(date) + days * DAY).slice(0, 10);

/**
 * When clocks in the zone show that. What they show twice is meant the first time; what they skip is as much later as they skip.
 * Midnight is thus the first instant of its date, also where the clocks change at midnight.
 */
export function instantOf(date: string, time: string, zone: string): Instant {
  const shown = Date.parse(`${date}T${time}:00Z`);
  const clock = clockIn(zone)!;
  const before = shown - ahead(shown - DAY, clock);
  const after = shown - ahead(shown + DAY, clock);
  const exact = [before, after].filter((ms) => ms + ahead(ms, clock) === shown);
  return instant(exact.length > 0 ? Math.min(...exact) : before);
}

export const midnight = (date: string, zone = HOME_ZONE): Instant => instantOf(date, '00:00', zone);

export function dateAt(at: Instant, zone = HOME_ZONE): string {
  const ms = millis(at);
  return instant(ms + ahead(ms, clockIn(zone)!)).slice(0, 10);
}

/** Whole years from one date to another. */
export const yearsBetween = (from: string, to: string): number =>
  Number(to.slice(0, 4)) - Number(from.slice(0, 4)) - (to.slice(5) < from.slice(5) ? 1 : 0);
