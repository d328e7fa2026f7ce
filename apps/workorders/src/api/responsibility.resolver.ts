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
import { responsibility } from '../domain/responsibility';
import { type HandOverRow, responsibilities, type ResponsibilityRow } from '../views/responsibilities';
import { workOrders } from '../views/work-orders';

const order = z.object({ id });
const ofOrder = ({ id: orderId }: { id: string }): string => orderId;
const reason = text(500);
const person = (personId: string) => ({ __typename: 'Person', id: personId });

export function responsibilityResolvers({ context, journal, views }: Tools) {
  const found = (orderId: string, request: RequestContext) =>
    entity(views, responsibilities, orderId, request) as Promise<ResponsibilityRow | null>;
  const common = { aggregate: responsibility, view: responsibilities, of: ofOrder };

  return {
    Query: {
      ownedBy: (_: unknown, { personId, ...page }: PageArguments & { personId: string }, request: RequestContext) =>
        connection(views, responsibilities, page, { orderBy: 'SINCE_ASC', where: { ownerId: personId } }, request),
      handOversOffered: (_: unknown, { personId, ...page }: PageArguments & { personId: string }, request: RequestContext) =>
        connection(views, responsibilities, page, { orderBy: 'SINCE_ASC', where: { offeredTo: personId } }, request),
    },

    Mutation: {
      offerHandOver: mutation(context, journal, {
        ...common,
        input: order.extend({ toId: id, reason }),
        to: ({ toId, reason }) => ({ type: 'OfferHandOver', data: { toId, reason } }),
      }),
      acceptHandOver: mutation(context, journal, { ...common, input: order, to: () => ({ type: 'AcceptHandOver', data: {} }) }),
      declineHandOver: mutation(context, journal, {
        ...common,
        input: order.extend({ reason }),
        to: ({ reason }) => ({ type: 'DeclineHandOver', data: { reason } }),
      }),
      withdrawHandOver: mutation(context, journal, { ...common, input: order, to: () => ({ type: 'WithdrawHandOver', data: {} }) }),
    },

    ResponsibilityAnswer: answers('Responsibility'),

    Responsibility: {
      orderId: ofOrder,
      order: ({ id: orderId }: ResponsibilityRow, _: unknown, request: RequestContext) => entity(views, workOrders, orderId, request),
      status: ({ status }: ResponsibilityRow) => status.toUpperCase(),
      because: ({ because }: ResponsibilityRow) => because.toUpperCase().replaceAll('-', '_'),
      owner: ({ ownerId }: ResponsibilityRow) => person(ownerId),
      handOverCount: ({ handOvers }: ResponsibilityRow) => handOvers.length,
      ...historyOf(journal, responsibility.category),
    },
    HandOver: {
      from: ({ fromId }: HandOverRow) => person(fromId),
      to: ({ toId }: HandOverRow) => person(toId),
    },
    HandOverOffer: { to: ({ toId }: NonNullable<ResponsibilityRow['openOffer']>) => person(toId) },

    WorkOrder: {
      responsibility: ({ id: orderId }: { id: string }, _: unknown, request: RequestContext) => found(orderId, request),
      ownerOfRecord: async ({ id: orderId }: { id: string }, _: unknown, request: RequestContext) => {
        const row = await found(orderId, request);
        return row && person(row.ownerId);
      },
      handOvers: async ({ id: orderId }: { id: string }, _: unknown, request: RequestContext) =>
        (await found(orderId, request))?.handOvers ?? [],
    },
  };
}
