import { HOUR, type Instant, millis } from '@hospital/kernel';
import { addDays, HOME_ZONE, midnight } from './local-time';
import type { PersonEvent } from './person';

/** One stretch of duty: a planned shift, one that was served, or a post on call. */
export type Duty = {
  readonly kind: 'planned' | 'served' | 'primary' | 'backup';
  /** Of the shift or slot; null for a shift that was started without a plan. */
  readonly id: string | null;
  readonly trade: string;
  readonly from: Instant;
  readonly until: Instant;
};

export const isMonth = (month: string): boolean => /^(19|[2-8]\d)\d\d-(0[1-9]|1[0-2])$/.test(month);

/** From the first local midnight of a month to that of the next. */
export const monthOf = (month: string, zone = HOME_ZONE): { readonly from: Instant; readonly until: Instant } => ({
  from: midnight(`${month}-01`, zone),
  until: midnight(`${addDays(`${month}-28`, 4).slice(0, 7)}-01`, zone),
});

/** When a person was on shift, from their own events; a shift that still runs counts until now. */
export function servedOf(events: readonly PersonEvent[], now: Instant): readonly Duty[] {
  const served: Duty[] = [];
  for (const event of events) {
    const last = served.at(-1);
    if (event.type === 'PersonShiftStarted') served.push({ kind: 'served', id: null, ...event.data });
    else if (event.type === 'PersonShiftEnded' && last && event.data.at < last.until)
      served[served.length - 1] = { ...last, until: event.data.at };
  }
  return served.map((duty) => ({ ...duty, until: duty.until < now ? duty.until : now })).filter(({ from, until }) => from < until);
}

/** The part of each duty inside a period, with its hours; every figure is the sum of what is listed. */
export function ledgerOf(duties: readonly Duty[], period: { readonly from: Instant; readonly until: Instant }) {
  const entries = duties
    .map((duty) => ({
      ...duty,
      from: duty.from > period.from ? duty.from : period.from,
      until: duty.until < period.until ? duty.until : period.until,
    }))
    .filter(({ from, until }) => from < until)
    .map((duty) => ({ ...duty, hours: (millis(duty.until) - millis(duty.from)) / HOUR }))
    .sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0));
  const hoursOf = (kind: Duty['kind']): number => entries.reduce((sum, entry) => sum + (entry.kind === kind ? entry.hours : 0), 0);
  return {
    plannedHours: hoursOf('planned'),
    servedHours: hoursOf('served'),
    primaryHours: hoursOf('primary'),
    backupHours: hoursOf('backup'),
    entries,
  };
}
