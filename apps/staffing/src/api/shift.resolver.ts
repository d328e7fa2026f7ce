import { readStream } from '@hospital/kernel';
import {
  answers,
  connection,
  dateTime,
  entity,
  historyOf,
  id,
  mutation,
  type PageArguments,
  refuse,
  type RequestContext,
  text,
  type Tools,
} from '@hospital/service';
import { z } from 'zod';
import { type Duty, isMonth, ledgerOf, monthOf, servedOf } from '../domain/duty';
import { calendarOf } from '../domain/duty-calendar';
import { person, type PersonEvent } from '../domain/person';
import { shift } from '../domain/shift';
import { onCallSlots, type SlotRow } from '../views/on-call';
import { people } from '../views/people';
import { type ShiftRow, shifts } from '../views/shifts';
import { factsOf, instantOfArgument, periodOf } from './facts';

const ofShift = ({ id: shiftId }: { id: string }): string => shiftId;
const one = z.object({ id });
const upperCase = (value: string): string => value.toUpperCase();

/** What touches a period ends in it or later, and begins before its end. */
const touching = ({ from, until, ...filter }: NonNullable<PageArguments['filter']>) => ({
  ...filter,
  untilFrom: instantOfArgument('filter.from', from) ?? null,
  fromTo: instantOfArgument('filter.until', until) ?? null,
});

export const shiftResolvers = (tools: Tools) => {
  const { context, journal, views } = tools;
  const { colleague, neighbours, shift: known } = factsOf(tools);
  const answering = { aggregate: shift, view: shifts } as const;

  /** Who is to work a shift, and their other shifts around it. */
  async function factsFor(shiftId: string, whoOf: (row: ShiftRow) => string) {
    const row = (await known(shiftId)) as ShiftRow | undefined;
    if (!row) return { person: null, others: [] };
    const who = whoOf(row);
    return { person: await colleague(who), others: await neighbours(who, row, shiftId) };
  }
  /** Whoever took it already, when the same wish is sent again. */
  const takerOf = (by: string) => (row: ShiftRow) => (row.swapOpen ? (row.offeredTo ?? by) : row.personId);

  /** Planned shifts and slots on call that touch a period. */
  async function ahead(
    personId: string,
    { from, until }: { from: string; until: string },
    request: RequestContext,
  ): Promise<readonly Duty[]> {
    const during = { from: { to: until }, until: { from } };
    const planned = await views.query(shifts.name, { where: { personId, status: 'planned', ...during } }, request);
    const primary = await views.query(onCallSlots.name, { where: { primaryId: personId, ...during } }, request);
    const backup = await views.query(onCallSlots.name, { where: { backupId: personId, ...during } }, request);
    const dutyOf =
      (kind: Duty['kind']) =>
      ({ row }: { row: object }) => {
        const { id: ofWhat, trade, ...hours } = row as ShiftRow | SlotRow;
        return { kind, id: ofWhat, trade, from: hours.from, until: hours.until };
      };
    return [...planned.map(dutyOf('planned')), ...primary.map(dutyOf('primary')), ...backup.map(dutyOf('backup'))];
  }

  async function ledger(personId: string, month: string, request: RequestContext) {
    if (!isMonth(month)) throw refuse('INVALID_INPUT', 'month is not a month (yyyy-MM).', 'month');
    const { asOf } = request;
    const period = monthOf(month);
    const events = await readStream(journal, `${person.category}-${personId}`);
    const seen = events.filter(({ metadata }) => asOf === undefined || metadata.recordedAt <= asOf) as unknown as readonly PersonEvent[];
    const served = servedOf(seen, asOf ?? journal.clock.now());
    return { personId, month, ...ledgerOf([...(await ahead(personId, period, request)), ...served], period) };
  }

  return {
    Query: {
      shift: (_: unknown, { id: shiftId }: { id: string }, request: RequestContext) => entity(views, shifts, shiftId, request),
      shifts: (_: unknown, { filter, ...page }: PageArguments, request: RequestContext) =>
        connection(views, shifts, { ...page, filter: touching(filter ?? {}) }, { orderBy: 'FROM_ASC' }, request),
      dutyLedger: async (_: unknown, { personId, month }: { personId: string; month: string }, request: RequestContext) =>
        (await entity(views, people, personId, request)) && ledger(personId, month, request),
    },

    Mutation: {
      planShift: mutation(context, journal, {
        ...answering,
        input: z.object({
          ...{ personId: id, trade: text(50), zones: z.array(text(100)).max(100, 'are at most 100').nullish() },
          ...{ from: dateTime, until: dateTime },
        }),
        of: { makes: 'sh' },
        to: async ({ zones, ...hours }, { id: shiftId }) => ({
          type: 'PlanShift',
          data: {
            ...{ ...hours, zones: zones ?? [], person: await colleague(hours.personId) },
            others: await neighbours(hours.personId, hours, shiftId),
          },
        }),
      }),

      cancelShift: mutation(context, journal, {
        ...answering,
        input: one.extend({ reason: text(500) }),
        of: ofShift,
        to: ({ reason }) => ({ type: 'CancelShift', data: { reason } }),
      }),

      reassignShift: mutation(context, journal, {
        ...answering,
        input: one.extend({ personId: id, reason: text(500) }),
        of: ofShift,
        to: async ({ id: shiftId, personId, reason }) => ({
          type: 'ReassignShift',
          data: { personId, reason, ...(await factsFor(shiftId, () => personId)) },
        }),
      }),

      // Whose shift it is, is a rule: the aggregate knows.
      offerSwap: mutation(context, journal, {
        ...answering,
        input: one.extend({ toPersonId: id.nullish() }),
        of: ofShift,
        to: async ({ toPersonId: to = null }) => ({
          type: 'OfferSwap',
          data: { toPersonId: to, person: to === null ? null : await colleague(to) },
        }),
      }),

      acceptSwap: mutation(context, journal, {
        ...answering,
        input: one,
        of: ofShift,
        to: async ({ id: shiftId }, { by }) => ({ type: 'AcceptSwap', data: await factsFor(shiftId, takerOf(by.id)) }),
      }),

      declineSwap: mutation(context, journal, {
        ...answering,
        input: one,
        of: ofShift,
        to: () => ({ type: 'DeclineSwap', data: {} }),
      }),

      withdrawSwap: mutation(context, journal, {
        ...answering,
        input: one,
        of: ofShift,
        to: () => ({ type: 'WithdrawSwap', data: {} }),
      }),
    },

    ShiftAnswer: answers('Shift'),

    Shift: {
      __resolveReference: ({ id: shiftId }: { id: string }, request: RequestContext) => entity(views, shifts, shiftId, request),
      status: ({ status }: ShiftRow) => upperCase(status),
      person: ({ personId }: ShiftRow, _: unknown, request: RequestContext) => entity(views, people, personId, request),
      offeredTo: ({ offeredTo }: ShiftRow, _: unknown, request: RequestContext) =>
        offeredTo === null ? null : entity(views, people, offeredTo, request),
      ...historyOf(journal, shift.category),
    },

    DutyLedger: {
      person: ({ personId }: { personId: string }, _: unknown, request: RequestContext) => entity(views, people, personId, request),
    },
    DutyEntry: { plannedAs: ({ id: planned }: Duty) => planned, kind: ({ kind }: Duty) => upperCase(kind) },

    Person: {
      dutyLedger: ({ id: personId }: { id: string }, { month }: { month: string }, request: RequestContext) =>
        ledger(personId, month, request),
      calendar: async ({ id: personId }: { id: string }, args: { from: unknown; until: unknown }, request: RequestContext) =>
        calendarOf(await ahead(personId, periodOf(args), request), request.asOf ?? journal.clock.now()),
    },
  };
};
