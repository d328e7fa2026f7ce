import {
  answers,
  connection,
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
import { reinspection } from '../domain/reinspection';
import { type ReinspectionRow, reinspections } from '../views/jobs';
import { workOrders } from '../views/work-orders';
import { toEnum } from './enums';

const one = z.object({ id });
const ofId = ({ id: named }: { id: string }): string => named;

export const reinspectionResolvers = ({ context, journal, views }: Tools) => ({
  Query: {
    reinspections: (_: unknown, page: PageArguments, request: RequestContext) =>
      connection(views, reinspections, page, { orderBy: 'PROPOSED_DESC' }, request),
  },

  Mutation: {
    confirmReinspection: mutation(context, journal, {
      aggregate: reinspection,
      view: reinspections,
      input: one,
      of: ofId,
      to: () => ({ type: 'ConfirmReinspection', data: {} }),
    }),
    dismissReinspection: mutation(context, journal, {
      aggregate: reinspection,
      view: reinspections,
      input: one.extend({ reason: text(500) }),
      of: ofId,
      to: ({ reason }) => ({ type: 'DismissReinspection', data: { reason } }),
    }),
  },

  ReinspectionAnswer: answers('Reinspection'),
  Reinspection: {
    __resolveReference: ({ id: named }: { id: string }, request: RequestContext) => entity(views, reinspections, named, request),
    status: ({ status }: ReinspectionRow) => toEnum(status),
    order: ({ orderId }: ReinspectionRow, _: unknown, request: RequestContext) => entity(views, workOrders, orderId, request),
    technician: ({ technicianId }: ReinspectionRow) => ({ __typename: 'Person', id: technicianId }),
    certificate: ({ certificateId }: ReinspectionRow) => ({ __typename: 'Certificate', id: certificateId }),
    ...historyOf(journal, reinspection.category),
  },
});
