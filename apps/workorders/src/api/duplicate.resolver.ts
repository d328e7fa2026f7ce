import type { JsonObject, Query, ViewSchema } from '@hospital/kernel';
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
import { duplicate, hearersOf, type OrderFact } from '../domain/duplicate';
import { type DuplicateRow, duplicates, type Proposal } from '../views/duplicates';
import { type WorkOrderRow, workOrders } from '../views/work-orders';
import { toEnum } from './enums';

const ofOrder = ({ id: orderId }: { id: string }): string => orderId;
type Seen = RequestContext | undefined;
/** Before anything was recorded: whatever has an instant has a later one. */
const EVER = '2000-01-01T00:00:00Z';

export function duplicateResolvers({ context, journal, views }: Tools) {
  async function row(view: ViewSchema, key: string, request: Seen): Promise<JsonObject | undefined> {
    return (await views.query(view.name, { key }, request))[0]?.row;
  }

  const orderRow = async (orderId: string, request: Seen) => (await row(workOrders, orderId, request)) as WorkOrderRow | undefined;
  const intoOf = async ({ mergedInto }: WorkOrderRow): Promise<string | null> => mergedInto;

  /** What was said last, else what the report said. */
  async function parentOf({ id: orderId, parentId }: WorkOrderRow, request?: Seen): Promise<string | null> {
    const said = (await row(duplicates, orderId, request))?.['parentId'] as string | null | undefined;
    return said === undefined ? parentId : said;
  }

  async function fact(orderId: string): Promise<OrderFact | null> {
    const order = await orderRow(orderId, undefined);
    return order ? factOf(order) : null;
  }

  /** An order and the ones behind it, step by step. */
  async function chainOf(first: string, next: (order: WorkOrderRow) => Promise<string | null>): Promise<readonly OrderFact[]> {
    const chain: OrderFact[] = [];
    for (let at: string | null = first; at !== null && chain.every((order) => order.id !== at);) {
      const order: WorkOrderRow | undefined = await orderRow(at, undefined);
      if (!order) break;
      chain.push(factOf(order));
      at = await next(order);
    }
    return chain;
  }

  /** Oldest report first. */
  const ordersOf = async (query: Query, request: RequestContext): Promise<readonly WorkOrderRow[]> =>
    (await views.query(workOrders.name, { ...query, orderBy: { column: 'reportedAt' } }, request)).map(
      (found) => found.row as WorkOrderRow,
    );

  const relation = { aggregate: duplicate, view: duplicates, of: ofOrder };

  return {
    Query: {
      duplicates: (_: unknown, { filter, ...page }: PageArguments, request: RequestContext) => {
        const open = { ...filter, openSinceFrom: filter?.['openSinceFrom'] ?? EVER };
        return connection(views, duplicates, { ...page, filter: open }, { orderBy: 'OPEN_SINCE_ASC' }, request);
      },
    },

    Mutation: {
      confirmDuplicate: mutation(context, journal, {
        ...relation,
        input: z.object({ id, of: id }),
        to: async ({ id: orderId, of }) => ({
          type: 'ConfirmDuplicate',
          data: { order: await fact(orderId), chain: await chainOf(of, intoOf) },
        }),
      }),

      dismissDuplicate: mutation(context, journal, {
        ...relation,
        input: z.object({ id, of: id, reason: text(2_000) }),
        to: ({ of, reason }) => ({ type: 'DismissDuplicate', data: { of, reason } }),
      }),

      relateToParent: mutation(context, journal, {
        ...relation,
        input: z.object({ id, parentId: id }),
        to: async ({ id: orderId, parentId }) => ({
          type: 'RelateToParent',
          data: { order: await fact(orderId), chain: await chainOf(parentId, parentOf) },
        }),
      }),

      unrelateFromParent: mutation(context, journal, {
        ...relation,
        input: z.object({ id }),
        async to({ id: orderId }) {
          const order = await orderRow(orderId, undefined);
          return { type: 'UnrelateFromParent', data: { parentId: order ? await parentOf(order) : null } };
        },
      }),
    },

    OrderRelationsAnswer: answers('OrderRelations'),

    OrderRelations: {
      workOrder: ({ id: orderId }: DuplicateRow, _: unknown, request: RequestContext) => entity(views, workOrders, orderId, request),
      ...historyOf(journal, duplicate.category),
    },

    DuplicateProposal: {
      of: ({ of }: Proposal, _: unknown, request: RequestContext) => entity(views, workOrders, of, request),
      status: ({ status }: Proposal) => toEnum(status),
      minutesApart: ({ because }: Proposal) => because?.minutesApart ?? null,
    },

    WorkOrder: {
      duplicateProposals: async ({ id: orderId }: { id: string }, _: unknown, request: RequestContext) =>
        (await row(duplicates, orderId, request))?.['proposals'] ?? [],
      mergedInto: ({ mergedInto }: WorkOrderRow, _: unknown, request: RequestContext) =>
        mergedInto && entity(views, workOrders, mergedInto, request),
      mergedFrom: ({ id: orderId }: WorkOrderRow, _: unknown, request: RequestContext) =>
        ordersOf({ where: { mergedInto: orderId } }, request),
      async concernedReporterIds(order: WorkOrderRow, _: unknown, request: RequestContext) {
        const family = [order];
        for (let last: readonly WorkOrderRow[] = family; last.length > 0;) {
          last = await ordersOf({ where: { mergedInto: { in: last.map(({ id: into }) => into) } } }, request);
          family.push(...last);
        }
        return hearersOf(order.id, family);
      },
      async parent(order: WorkOrderRow, _: unknown, request: RequestContext) {
        const parentId = await parentOf(order, request);
        return parentId && entity(views, workOrders, parentId, request);
      },
      async children({ id: parentId }: WorkOrderRow, _: unknown, request: RequestContext) {
        const said = await views.query(duplicates.name, { where: { parentId } }, request);
        const reported = await ordersOf({ where: { parentId } }, request);
        const parents = await Promise.all(reported.map((child) => parentOf(child, request)));
        const key = [
          ...said.map((found) => found.key),
          ...reported.filter((_child, n) => parents[n] === parentId).map((child) => child.id),
        ];
        return key.length === 0 ? [] : ordersOf({ key }, request);
      },
    },
  };
}

const factOf = ({ id: orderId, status, reportedAt }: WorkOrderRow): OrderFact => ({ id: orderId, status, reportedAt });
