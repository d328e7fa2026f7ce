import { type Personal, personal } from '@hospital/kernel';
import {
  answers,
  connection,
  dateTime,
  entity,
  historyOf,
  id,
  mutation,
  type PageArguments,
  type RequestContext,
  text,
  type Tools,
} from '@hospital/service';
import { z } from 'zod';
import { isDate, midnight } from '../domain/local-time';
import { type Level, levelAt, person } from '../domain/person';
import { ageAt, ageProfileOf, headcountOf } from '../domain/workforce';
import { people, type PersonRow } from '../views/people';
import { factsOf, instantOfArgument } from './facts';

const one = z.object({ id });
const ofPerson = ({ id: personId }: { id: string }): string => personId;
const trade = text(50);
const date = z.string().refine(isDate, 'is not a date that exists (yyyy-mm-dd)');
const level = z.enum(['JUNIOR', 'MIDDLE', 'SENIOR']).transform((value) => value.toLowerCase() as Level);

export const personResolvers = (tools: Tools) => {
  const { context, journal, views } = tools;
  const { members, onPlannedShiftSince } = factsOf(tools);
  const now = ({ asOf }: RequestContext): string => asOf ?? journal.clock.now();
  const opened = async (value: Personal | null): Promise<string | null> =>
    value === null ? null : String(await journal.vault.open(value));

  return {
    Query: {
      person: (_: unknown, { id: personId }: { id: string }, request: RequestContext) => entity(views, people, personId, request),
      people: (_: unknown, page: PageArguments, request: RequestContext) => connection(views, people, page, { orderBy: 'ID_ASC' }, request),
      headcount: async (_: unknown, __: unknown, request: RequestContext) => headcountOf(await members(request)),
      ageProfile: async (_: unknown, __: unknown, request: RequestContext) =>
        ageProfileOf(await Promise.all((await members(request)).map(({ birthDate }) => opened(birthDate))), now(request)),
    },

    Mutation: {
      registerPerson: mutation(context, journal, {
        aggregate: person,
        view: people,
        input: z.object({
          ...{ name: text(100), phone: text(40).nullish(), birthDate: date.nullish(), employedFrom: date.nullish() },
          ...{ trade: trade.nullish(), trades: z.array(trade).max(20, 'are at most 20').nullish() },
        }),
        of: { makes: 'pn' },
        to: ({ name, phone, birthDate, employedFrom, trade: main, trades }, { id: personId }) => ({
          type: 'RegisterPerson',
          data: {
            name: personal(personId, name),
            phone: phone ? personal(personId, phone) : null,
            birthDate: birthDate ? personal(personId, birthDate) : null,
            trades: [...(main ? [main] : []), ...(trades ?? [])],
            employedFrom: employedFrom ?? null,
          },
        }),
      }),

      addTrade: mutation(context, journal, {
        aggregate: person,
        view: people,
        input: one.extend({ trade }),
        of: ofPerson,
        to: ({ trade: further }) => ({ type: 'AddTrade', data: { trade: further } }),
      }),

      grantSkillLevel: mutation(context, journal, {
        aggregate: person,
        view: people,
        input: one
          .extend({ trade, level, from: dateTime.nullish(), fromDate: date.nullish(), examId: id.nullish(), reason: text(500).nullish() })
          .refine(({ from, fromDate }) => !(from && fromDate), { path: ['fromDate'], error: 'or from, not both' }),
        of: ofPerson,
        to: ({ trade: of, level: granted, from, fromDate, examId, reason }) => ({
          type: 'GrantSkillLevel',
          data: {
            ...{ trade: of, level: granted, examId: examId ?? null, reason: reason ?? null },
            from: from ?? (fromDate ? midnight(fromDate) : null),
          },
        }),
      }),

      leavePerson: mutation(context, journal, {
        aggregate: person,
        view: people,
        input: one,
        of: ofPerson,
        to: () => ({ type: 'LeavePerson', data: {} }),
      }),

      startShift: mutation(context, journal, {
        aggregate: person,
        view: people,
        input: one.extend({ until: dateTime }),
        of: ofPerson,
        to: ({ until }) => ({ type: 'StartShift', data: { until } }),
      }),

      endShift: mutation(context, journal, {
        aggregate: person,
        view: people,
        input: one,
        of: ofPerson,
        to: async ({ id: personId }) => ({ type: 'EndShift', data: { planned: await onPlannedShiftSince(personId) } }),
      }),

      forgetPerson: mutation(context, journal, {
        aggregate: person,
        view: people,
        input: one,
        of: ofPerson,
        to: () => ({ type: 'ForgetPerson', data: {} }),
      }),
    },

    PersonAnswer: answers('Person'),

    Person: {
      __resolveReference: ({ id: personId }: { id: string }, request: RequestContext) => entity(views, people, personId, request),
      name: ({ name }: PersonRow) => opened(name),
      phone: ({ phone }: PersonRow) => opened(phone),
      birthDate: ({ birthDate }: PersonRow) => opened(birthDate),
      age: async ({ birthDate }: PersonRow, _: unknown, request: RequestContext) => ageAt(await opened(birthDate), now(request)),
      levels: ({ trades, levels }: PersonRow, { at }: { at?: unknown }, request: RequestContext) =>
        trades.flatMap((of) => levelAt(levels, of, instantOfArgument('at', at) ?? now(request)) ?? []),
      onShift: ({ onShiftFrom: from, onShiftUntil: until }: PersonRow, _: unknown, request: RequestContext) =>
        from !== null && until !== null && from <= now(request) && now(request) < until,
      ...historyOf(journal, person.category),
    },

    Actor: {
      person: ({ actorId }: { actorId: string }, _: unknown, request: RequestContext) => entity(views, people, actorId, request),
    },
    SkillGrade: { level: ({ level: granted }: { level: string }) => granted.toUpperCase() },
  };
};
