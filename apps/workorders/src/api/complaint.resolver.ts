import { type Condition, type JsonObject, personal } from '@hospital/kernel';
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
import { type Cause, complaint, type ComplaintKind, readsAllComplaints } from '../domain/complaint';
import { type ComplaintRow, complaints } from '../views/complaints';
import { workOrders } from '../views/work-orders';
import { fromEnum, toEnum } from './enums';

const kind = z.string().transform((name) => fromEnum<ComplaintKind>(name));
const cause = z.string().transform((name) => fromEnum<Cause>(name));
const longText = text(2_000);
const day = z.iso.date('is not a date (yyyy-mm-dd)');
const one = z.object({ id });
const ofComplaint = ({ id: complaintId }: { id: string }): string => complaintId;

export function complaintResolvers({ context, journal, views }: Tools) {
  /** What this request may read. */
  const readable = ({ identity }: RequestContext): Record<string, Condition> =>
    readsAllComplaints(identity) ? {} : { complainantId: identity.id };

  async function found(complaintId: string, request: RequestContext): Promise<JsonObject | null> {
    const [row] = await views.query(complaints.name, { key: complaintId, where: readable(request) }, request);
    return row?.row ?? null;
  }

  return {
    Query: {
      complaint: (_: unknown, { id: complaintId }: { id: string }, request: RequestContext) => found(complaintId, request),
      complaints: (_: unknown, page: PageArguments, request: RequestContext) =>
        connection(views, complaints, page, { orderBy: 'FILED_DESC', where: readable(request) }, request),
    },

    Mutation: {
      fileComplaint: mutation(context, journal, {
        aggregate: complaint,
        view: complaints,
        input: z.object({ orderId: id.nullish(), kind, text: longText, byPatient: z.boolean().nullish() }),
        of: { makes: 'cp' },
        async to({ orderId, kind: about, text: said, byPatient }, { by }) {
          const order = orderId ? { id: orderId, known: (await views.query(workOrders.name, { key: orderId })).length > 0 } : null;
          const complainant = { complainantId: by.id, byPatient: byPatient ?? by.kind === 'patient' };
          return { type: 'FileComplaint', data: { order, kind: about, text: personal(by.id, said), ...complainant } };
        },
      }),

      investigateComplaint: mutation(context, journal, {
        aggregate: complaint,
        view: complaints,
        input: one.extend({ cause, note: longText.nullish() }),
        of: ofComplaint,
        to: ({ cause: why, note }) => ({ type: 'InvestigateComplaint', data: { cause: why, note: note ?? null } }),
      }),

      setCorrectiveAction: mutation(context, journal, {
        aggregate: complaint,
        view: complaints,
        input: one.extend({ action: longText, ownerId: id, dueOn: day }),
        of: ofComplaint,
        to: ({ action, ownerId, dueOn }) => ({ type: 'SetCorrectiveAction', data: { action, ownerId, dueOn } }),
      }),

      closeComplaint: mutation(context, journal, {
        aggregate: complaint,
        view: complaints,
        input: one,
        of: ofComplaint,
        to: () => ({ type: 'CloseComplaint', data: {} }),
      }),

      rejectComplaint: mutation(context, journal, {
        aggregate: complaint,
        view: complaints,
        input: one.extend({ reason: longText }),
        of: ofComplaint,
        to: ({ reason }) => ({ type: 'RejectComplaint', data: { reason } }),
      }),
    },

    ComplaintAnswer: answers('Complaint'),

    Complaint: {
      __resolveReference: ({ id: complaintId }: { id: string }, request: RequestContext) => found(complaintId, request),
      status: ({ status }: ComplaintRow) => toEnum(status),
      kind: (row: ComplaintRow) => toEnum(row.kind),
      cause: (row: ComplaintRow) => row.cause && toEnum(row.cause),
      order: ({ orderId }: ComplaintRow, _: unknown, request: RequestContext) => orderId && entity(views, workOrders, orderId, request),
      text: (row: ComplaintRow) => journal.vault.open(row.text),
      ...historyOf(journal, complaint.category),
    },

    CorrectiveAction: { owner: ({ ownerId }: { ownerId: string }) => ({ __typename: 'Person', id: ownerId }) },

    WorkOrder: {
      complaints: async ({ id: orderId }: { id: string }, _: unknown, request: RequestContext) => {
        const where = { orderId, ...readable(request) };
        const rows = await views.query(complaints.name, { where, orderBy: { column: 'filedAt', descending: true } }, request);
        return rows.map(({ row }) => row);
      },
    },
  };
}
