import { answers, entity, historyOf, id, mutation, type RequestContext, type Tools } from '@hospital/service';
import { z } from 'zod';
import { reporterContact } from '../domain/reporter-contact';
import { type ReporterContactRow, reporterContacts } from '../views/reporter-contacts';
import { type WorkOrderRow, workOrders } from '../views/work-orders';

export const reporterContactResolvers = ({ context, journal, views }: Tools) => ({
  Mutation: {
    forgetReporterContact: mutation(context, journal, {
      aggregate: reporterContact,
      view: reporterContacts,
      input: z.object({ id }),
      of: ({ id: orderId }) => orderId,
      async to({ id: orderId }) {
        const [order] = await views.query(workOrders.name, { key: orderId });
        const left = (order?.row as WorkOrderRow | undefined)?.contact?.personal === orderId;
        return { type: 'ForgetReporterContact', data: { left, dueAt: null } };
      },
    }),
  },

  ReporterContactAnswer: answers('ReporterContact'),

  ReporterContact: {
    orderId: ({ id: orderId }: ReporterContactRow) => orderId,
    because: ({ because }: ReporterContactRow) => because?.toUpperCase(),
    ...historyOf(journal, reporterContact.category),
  },

  WorkOrder: {
    reporterContact: ({ id: orderId }: { id: string }, _: unknown, request: RequestContext) =>
      entity(views, reporterContacts, orderId, request),
  },
});
