import {
  answers,
  connection,
  entity,
  historyOf,
  mutation,
  type PageArguments,
  type RequestContext,
  text,
  type Tools,
} from '@hospital/service';
import { z } from 'zod';
import { meter, type Medium } from '../domain/meter';
import { meters, type MeterRow } from '../views/meters';

export const meterResolvers = ({ context, journal, views }: Tools) => ({
  Query: {
    meter: (_: unknown, { id }: { id: string }, request: RequestContext) => entity(views, meters, id, request),
    meters: (_: unknown, page: PageArguments, request: RequestContext) => connection(views, meters, page, { orderBy: 'NAME_ASC' }, request),
  },

  Mutation: {
    registerMeter: mutation(context, journal, {
      aggregate: meter,
      view: meters,
      input: z.object({
        name: text(200),
        medium: z.enum(['ELECTRICITY', 'WATER', 'GAS']).transform((value) => value.toLowerCase() as Medium),
        unit: text(20),
      }),
      of: { makes: 'mt' },
      to: (data) => ({ type: 'RegisterMeter', data }),
    }),
  },

  MeterAnswer: answers('Meter'),

  Meter: {
    __resolveReference: ({ id }: { id: string }, request: RequestContext) => entity(views, meters, id, request),
    medium: ({ medium }: MeterRow) => medium.toUpperCase(),
    ...historyOf(journal, meter.category),
  },
});
