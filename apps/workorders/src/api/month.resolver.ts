import {
  answers,
  connection,
  entity,
  historyOf,
  id,
  mutation,
  type PageArguments,
  refuse,
  type RequestContext,
  type Tools,
} from '@hospital/service';
import { z } from 'zod';
import { loopOf, month, type MonthOrder, ordersOfMonth, windowOf } from '../domain/month';
import { months } from '../views/months';
import { workOrders } from '../views/work-orders';
import { toEnum } from './enums';

const name = z.string().regex(/^\d{4}-\d{2}$/, 'is not a month like 2026-03');
const carriedOver = z.object({ orderId: id, ownerId: id, dueOn: z.iso.date('is not a date (yyyy-mm-dd)') });

export function monthResolvers({ context, journal, views }: Tools) {
  const orders = (key: string, request?: RequestContext): Promise<readonly MonthOrder[]> =>
    ordersOfMonth((view, query) => views.query(view, query, request), key);
  const windowIn = (key: string) => {
    const window = windowOf(key);
    if (window === null) throw refuse('INVALID_MONTH', 'A month is written like 2026-03.', 'month');
    return window;
  };

  const among = (which: readonly MonthOrder[]) => (page: PageArguments, request: RequestContext) =>
    connection(views, workOrders, page, { orderBy: 'REPORTED_ASC', where: { id: { in: which.map((one) => one.id) } } }, request);

  const order = ({ orderId }: { orderId: string }, _: unknown, request: RequestContext) => entity(views, workOrders, orderId, request);

  return {
    Query: {
      month(_: unknown, { month: key }: { month: string }, request: RequestContext) {
        windowIn(key);
        return entity(views, months, key, request);
      },
      async monthPreview(_: unknown, { month: key }: { month: string }, request: RequestContext) {
        const window = windowIn(key);
        const { open, unexplained, share, ...counts } = loopOf(await orders(key, request));
        return {
          ...{ month: key, ...window, ...counts, closedLoopShare: share },
          isOver: (request.asOf ?? journal.clock.now()) >= window.until,
          open: among(open),
          cancelledWithoutReason: among(unexplained),
        };
      },
    },

    Mutation: {
      closeMonth: mutation(context, journal, {
        aggregate: month,
        view: months,
        input: z.object({ month: name, carriedOver: z.array(carriedOver).max(2_000, 'has more than 2000 orders') }),
        of: (input) => input.month,
        to: async (input) => ({ type: 'CloseMonth', data: { ...input, orders: await orders(input.month) } }),
      }),
    },

    WorkOrderMonthAnswer: answers('WorkOrderMonth'),

    WorkOrderMonth: {
      __resolveReference: ({ id: key }: { id: string }, request: RequestContext) => entity(views, months, key, request),
      ...historyOf(journal, month.category),
    },
    CarriedOver: { order, owner: ({ ownerId }: { ownerId: string }) => ({ __typename: 'Person', id: ownerId }) },
    LoopException: { order, because: ({ because }: { because: string }) => toEnum(because) },
  };
}
