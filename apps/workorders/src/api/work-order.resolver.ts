import { personal, readStream, type Condition, type JsonObject } from '@hospital/kernel';
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
import { staffed } from '../domain/escalation';
import { type Severity, workOrder } from '../domain/work-order';
import { categories, places } from '../views/reference';
import { latestChoice, type WorkOrderRow, workOrders } from '../views/work-orders';

const lowerCase = <T extends string>(value: string): T => value.toLowerCase() as T;
const severity = z
  .enum(['LOW', 'NORMAL', 'HIGH', 'CRITICAL'])
  .nullish()
  .transform((value) => lowerCase<Severity>(value ?? 'NORMAL'));
const order = z.object({ id });
const ofOrder = ({ id: orderId }: { id: string }): string => orderId;
const longText = text(2_000);

interface Filter {
  readonly status?: readonly string[] | null;
  readonly severity?: readonly string[] | null;
  /** `reportedFrom`, `reportedTo`, and columns that must equal. */
  readonly [column: string]: unknown;
}

/** Rows hold instants in UTC: one with another offset must be brought there before texts are compared. */
function bound(name: string, value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  const instant = dateTime.safeParse(value);
  if (instant.success) return instant.data;
  throw refuse('INVALID_INPUT', `filter.${name} ${instant.error.issues[0]!.message}.`, `filter.${name}`);
}

function whereOf({ status, severity: severities, reportedFrom, reportedTo, ...equal }: Filter): Record<string, Condition> {
  const where: Record<string, Condition> = {};
  for (const [column, value] of Object.entries(equal)) if (value !== null && value !== undefined) where[column] = value as string;
  if (status) where['status'] = { in: status.map(lowerCase) };
  if (severities) where['severity'] = { in: severities.map(lowerCase) };
  const from = bound('reportedFrom', reportedFrom);
  const to = bound('reportedTo', reportedTo);
  if (from || to) where['reportedAt'] = { ...(from ? { from } : {}), ...(to ? { to } : {}) };
  return where;
}

export function workOrderResolvers({ context, journal, views }: Tools) {
  const found = async (view: string, key: string): Promise<JsonObject | undefined> => (await views.query(view, { key }))[0]?.row;

  return {
    Query: {
      workOrder: (_: unknown, { id: orderId }: { id: string }, request: RequestContext) => entity(views, workOrders, orderId, request),
      workOrders: (
        _: unknown,
        { filter, orderBy, ...page }: PageArguments & { filter?: Filter | null; orderBy?: string | null },
        request: RequestContext,
      ) =>
        connection(
          views,
          workOrders,
          page,
          { where: whereOf(filter ?? {}), orderBy: { column: 'reportedAt', descending: orderBy !== 'REPORTED_ASC' } },
          request,
        ),
    },

    Mutation: {
      reportFault: mutation(context, journal, {
        aggregate: workOrder,
        view: workOrders,
        roles: ['reporter', 'clinician', 'dispatcher', 'technician', 'administrator'],
        input: z.object({
          categoryId: id,
          placeId: id,
          description: longText,
          severity,
          contact: text(200).nullish(),
          occurredAt: dateTime.nullish(),
        }),
        of: { makes: 'wo' },
        async to({ categoryId, placeId, contact, occurredAt, ...fault }, { by }) {
          const category = await found(categories.name, categoryId);
          const place = await found(places.name, placeId);
          return {
            type: 'ReportFault',
            data: {
              ...fault,
              category: category ? { id: categoryId, trade: String(category['trade']) } : null,
              place: place ? { id: placeId } : null,
              contact: contact ? personal(by.id, contact) : null,
            },
            ...(occurredAt ? { at: occurredAt } : {}),
          };
        },
      }),

      dispatchWorkOrder: mutation(context, journal, {
        aggregate: workOrder,
        view: workOrders,
        roles: ['dispatcher', 'administrator'],
        input: order,
        of: ofOrder,
        async to({ id: orderId }) {
          const known = await found(workOrders.name, orderId);
          const { technicians } = await staffed((view, query) => views.query(view, query), String(known?.['trade']), [orderId]);
          return { type: 'DispatchWorkOrder', data: { technicians } };
        },
      }),

      acceptWorkOrder: mutation(context, journal, {
        aggregate: workOrder,
        view: workOrders,
        roles: ['technician'],
        input: order,
        of: ofOrder,
        to: () => ({ type: 'AcceptWorkOrder', data: {} }),
      }),

      completeWorkOrder: mutation(context, journal, {
        aggregate: workOrder,
        view: workOrders,
        roles: ['technician'],
        input: order.extend({ resolution: longText }),
        of: ofOrder,
        to: ({ resolution }) => ({ type: 'CompleteWorkOrder', data: { resolution } }),
      }),

      rateWorkOrder: mutation(context, journal, {
        aggregate: workOrder,
        view: workOrders,
        roles: ['reporter', 'clinician', 'dispatcher', 'technician', 'administrator'],
        input: order.extend({ stars: z.number().int().min(1, 'must be 1 to 5').max(5, 'must be 1 to 5'), comment: longText.nullish() }),
        of: ofOrder,
        to: ({ stars, comment }) => ({ type: 'RateWorkOrder', data: { stars, comment: comment ?? null } }),
      }),
    },

    WorkOrderAnswer: answers('WorkOrder'),

    WorkOrder: {
      __resolveReference: ({ id: orderId }: { id: string }, request: RequestContext) => entity(views, workOrders, orderId, request),
      status: ({ status }: WorkOrderRow) => status.toUpperCase(),
      severity: (row: WorkOrderRow) => row.severity.toUpperCase(),
      category: ({ categoryId }: WorkOrderRow, _: unknown, request: RequestContext) => entity(views, categories, categoryId, request),
      place: ({ placeId }: WorkOrderRow) => ({ __typename: 'Asset', id: placeId }),
      technician: ({ technicianId }: WorkOrderRow) => person(technicianId),
      dispatch: async ({ id: orderId, revision }: WorkOrderRow) =>
        latestChoice((await readStream(journal, `${workOrder.category}-${orderId}`)).slice(0, revision + 1)),
      contact: ({ contact }: WorkOrderRow) => journal.vault.open(contact),
      ...historyOf(journal, workOrder.category),
    },

    Candidate: { technician: ({ id: personId }: { id: string }) => person(personId) },
  };
}

const person = (personId: string | null) => (personId === null ? null : { __typename: 'Person', id: personId });
