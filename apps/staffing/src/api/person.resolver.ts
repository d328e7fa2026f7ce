import { personal } from '@hospital/kernel';
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
import { person } from '../domain/person';
import { people, type PersonRow } from '../views/people';

const one = z.object({ id });
const ofPerson = ({ id: personId }: { id: string }): string => personId;

export const personResolvers = ({ context, journal, views }: Tools) => ({
  Query: {
    person: (_: unknown, { id: personId }: { id: string }, request: RequestContext) => entity(views, people, personId, request),
    people: (_: unknown, { filter, ...page }: PageArguments & { filter?: { trade?: string | null } | null }, request: RequestContext) =>
      connection(views, people, page, filter?.trade ? { where: { trade: filter.trade } } : {}, request),
  },

  Mutation: {
    registerPerson: mutation(context, journal, {
      aggregate: person,
      view: people,
      roles: ['scheduler', 'administrator'],
      input: z.object({ name: text(100), phone: text(40).nullish(), trade: text(50) }),
      of: { makes: 'pn' },
      to: ({ name, phone, trade }, { id: personId }) => ({
        type: 'RegisterPerson',
        data: { name: personal(personId, name), phone: phone ? personal(personId, phone) : null, trade },
      }),
    }),

    startShift: mutation(context, journal, {
      aggregate: person,
      view: people,
      roles: ['scheduler', 'administrator'],
      input: one.extend({ until: dateTime }),
      of: ofPerson,
      to: ({ until }) => ({ type: 'StartShift', data: { until } }),
    }),

    endShift: mutation(context, journal, {
      aggregate: person,
      view: people,
      roles: ['scheduler', 'administrator'],
      input: one,
      of: ofPerson,
      to: () => ({ type: 'EndShift', data: {} }),
    }),

    forgetPerson: mutation(context, journal, {
      aggregate: person,
      view: people,
      roles: ['administrator'],
      input: one,
      of: ofPerson,
      to: () => ({ type: 'ForgetPerson', data: {} }),
    }),
  },

  PersonAnswer: answers('Person'),

  Person: {
    __resolveReference: ({ id: personId }: { id: string }, request: RequestContext) => entity(views, people, personId, request),
    name: ({ name }: PersonRow) => journal.vault.open(name),
    phone: ({ phone }: PersonRow) => journal.vault.open(phone),
    onShift: ({ onShiftFrom: from, onShiftUntil: until }: PersonRow, _: unknown, { asOf }: RequestContext) => {
      const at = asOf ?? journal.clock.now();
      return from !== null && until !== null && from <= at && at < until;
    },
    ...historyOf(journal, person.category),
  },
});
