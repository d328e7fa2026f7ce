import { DAY, type Instant, type JsonObject, millis, plus } from '@hospital/kernel';
import { dateTime, refuse, type RequestContext, told, type Tools } from '@hospital/service';
import type { Colleague } from '../domain/colleague';
import type { OnCallPlan } from '../domain/on-call-plan';
import { REST } from '../domain/shift';
import { onCallGaps, onCallSlots, type GapRow, type SlotRow } from '../views/on-call';
import { people, type PersonRow } from '../views/people';
import { shifts } from '../views/shifts';

/** An instant given as an argument of a query. */
export function instantOfArgument(name: string, value: unknown): Instant | undefined {
  return value === null || value === undefined ? undefined : told(dateTime, value, name);
}

export const periodOf = (args: { from: unknown; until: unknown }): { from: Instant; until: Instant } => {
  const from = instantOfArgument('from', args.from)!;
  const until = instantOfArgument('until', args.until)!;
  if (until <= from) throw refuse('ENDS_BEFORE_IT_STARTS', 'A period ends after it starts.', 'until');
  if (millis(until) - millis(from) > 400 * DAY) throw refuse('PERIOD_TOO_LONG', 'At most 400 days are answered.', 'until');
  return { from, until };
};

/** What commands and queries need to know beside what they were given. Commands see everything that was answered before them. */
export const factsOf = ({ journal, views }: Tools) => {
  const settled = async (category: string) => ({ waitFor: await journal.store.head([category], views.position) });

  const staff = async (ids: readonly string[]): Promise<readonly Colleague[]> => {
    const found = await views.query(people.name, { key: ids }, await settled('person'));
    return found.map(({ key, row }) => {
      const { trades, leftAt, forgotten } = row as PersonRow;
      return { id: key, trades, employed: leftAt === null && !forgotten };
    });
  };

  return {
    staff,
    /** Everyone registered who has not left, as the request sees it. */
    members: async (request: RequestContext): Promise<readonly PersonRow[]> =>
      (await views.query(people.name, { where: { leftAt: null, forgotten: false } }, request)).map(({ row }) => row as PersonRow),

    colleague: async (id: string): Promise<Colleague | null> => (await staff([id]))[0] ?? null,

    /** A person's planned shifts around these hours, apart from this one. */
    async neighbours(personId: string, { from, until }: { from: Instant; until: Instant }, except: string) {
      const around = { from: { to: plus(until, REST) }, until: { from: plus(from, -REST) } };
      const found = await views.query(shifts.name, { where: { personId, status: 'planned', ...around } }, await settled('shift'));
      return found
        .filter(({ key }) => key !== except)
        .map(({ key: id, row }) => ({ id, from: row['from'] as string, until: row['until'] as string }));
    },

    /** Since when a planned shift of somebody's runs; null: none does. */
    async onPlannedShiftSince(personId: string): Promise<Instant | null> {
      const soon = plus(journal.clock.now(), 1);
      const running = { personId, status: 'planned', from: { to: soon }, until: { from: soon } };
      const found = await views.query(shifts.name, { where: running }, await settled('shift'));
      return found.map(({ row }) => String(row['from'])).sort()[0] ?? null;
    },

    async shift(id: string): Promise<JsonObject | undefined> {
      return (await views.query(shifts.name, { key: id }, await settled('shift')))[0]?.row;
    },

    /** What is planned on call for a trade in a period, as the request sees it. */
    async plan(trade: string, { from, until }: { from: Instant; until: Instant }, request: RequestContext): Promise<OnCallPlan> {
      const where = { trade, from: { to: until }, until: { from } };
      const seen = { ...request, waitFor: request.wrote ?? request.waitFor };
      const slots = await views.query(onCallSlots.name, { where, orderBy: { column: 'from' } }, seen);
      const gaps = await views.query(onCallGaps.name, { where, orderBy: { column: 'from' } }, seen);
      return {
        slots: slots.map(({ row }) => ({ ...(row as SlotRow), slotId: (row as SlotRow).id })).filter((slot) => slot.until > from),
        gaps: gaps.map(({ row }) => ({ ...(row as GapRow), gapId: (row as GapRow).id })).filter((gap) => gap.until > from),
      };
    },
  };
};
