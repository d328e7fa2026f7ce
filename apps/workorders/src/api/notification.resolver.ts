import { type Condition, personal } from '@hospital/kernel';
import {
  answers,
  connection,
  entity,
  historyOf,
  id,
  mutation,
  type PageArguments,
  type RequestContext,
  type Settings,
  text,
  type Tools,
} from '@hospital/service';
import type { GraphQLResolveInfo } from 'graphql';
import { z } from 'zod';
import { notification } from '../domain/notification';
import { type Channel, DEFAULT_CONTACT, groupOf, subscription } from '../domain/subscription';
import { KINDS } from '../domain/who-hears';
import { type ContactRow, contacts, type NotificationRow, notifications } from '../views/notifications';
import { workOrders } from '../views/work-orders';

/** `GIVEN_UP` in the graph is `given-up` in the house. */
const inHouse = (value: string): string => value.toLowerCase().replaceAll('_', '-');
const inGraph = (value: string): string => value.toUpperCase().replaceAll('-', '_');

const channel = z.enum(['LOG', 'E_MAIL', 'WEB_HOOK']).transform((value) => inHouse(value) as Channel);
/** As accounts are named in tokens. */
const recipientId = z.string().regex(/^[A-Za-z0-9_.:-]{1,100}$/, 'is not an account');

/** The log is always there. */
const isOffered = (wanted: Channel, { NOTIFY_SMTP_URL: server, NOTIFY_WEBHOOK_SECRET: secret }: Settings): boolean =>
  ({ log: true, 'e-mail': server !== undefined, 'web-hook': secret !== undefined })[wanted];

const seesAll = ({ identity: { roles } }: RequestContext): boolean =>
  roles.some((role) => ['dispatcher', 'administrator', 'auditor'].includes(role));
/** The recipients that the asker is. */
const selves = ({ identity }: RequestContext): readonly string[] => [identity.id, ...identity.roles.map(groupOf)];

/** Whose news the asker may see, of those that are wanted. */
function readable(wanted: unknown, request: RequestContext): Record<string, Condition> {
  return seesAll(request) ? {} : { recipientId: { in: selves(request).filter((one) => !wanted || one === wanted) } };
}

export function notificationResolvers({ context, journal, views, surroundings }: Tools) {
  const page = (at: PageArguments, order: Record<string, Condition>, request: RequestContext) => {
    const where = { ...order, ...readable(at.filter?.['recipientId'], request) };
    return connection(views, notifications, at, { orderBy: 'REQUESTED_DESC', where }, request);
  };
  const seen = async ({ id: notificationId }: { id: string }, request: RequestContext) => {
    const found = (await entity(views, notifications, notificationId, request)) as NotificationRow | null;
    return found && (seesAll(request) || selves(request).includes(found.recipientId)) ? found : null;
  };
  const ofContact = historyOf(journal, subscription.category);

  return {
    Query: {
      notification: (_: unknown, wanted: { id: string }, request: RequestContext) => seen(wanted, request),
      notifications: (_: unknown, at: PageArguments, request: RequestContext) => page(at, {}, request),
      contact: async (_: unknown, { recipientId: wanted }: { recipientId?: string | null }, request: RequestContext) => {
        const whose = wanted ?? request.identity.id;
        if (whose !== request.identity.id && !request.identity.roles.includes('administrator')) return null;
        return (await entity(views, contacts, whose, request)) ?? { ...DEFAULT_CONTACT, recipientId: whose };
      },
    },

    Mutation: {
      setContact: mutation(context, journal, {
        aggregate: subscription,
        view: contacts,
        input: z.object({
          recipientId,
          channel,
          address: text(500).nullish(),
          kinds: z.array(z.enum(KINDS, 'is not a type of event that is told')).nullish(),
          quiet: z.boolean().nullish(),
        }),
        of: ({ recipientId: whose }) => whose,
        to: ({ address, kinds, quiet, ...wish }) => ({
          type: 'SetContact',
          data: {
            ...wish,
            offered: isOffered(wish.channel, surroundings.settings),
            address: address ? personal(wish.recipientId, address) : null,
            kinds: kinds ?? null,
            quiet: quiet ?? false,
          },
        }),
      }),

      retryNotification: mutation(context, journal, {
        aggregate: notification,
        view: notifications,
        input: z.object({ id }),
        of: ({ id: notificationId }) => notificationId,
        to: () => ({ type: 'RetryNotification', data: {} }),
      }),
    },

    ContactAnswer: answers('Contact'),
    NotificationAnswer: answers('Notification'),

    Contact: {
      channel: (row: ContactRow) => inGraph(row.channel),
      address: ({ address }: ContactRow) => journal.vault.open(address),
      history: (row: ContactRow, none: unknown, request: RequestContext, info: GraphQLResolveInfo) =>
        ofContact.history({ ...row, id: row.recipientId }, none, request, info),
      evidence: ({ recipientId: id }: ContactRow, none: unknown, request: RequestContext) => ofContact.evidence({ id }, none, request),
    },

    Notification: {
      __resolveReference: (wanted: { id: string }, request: RequestContext) => seen(wanted, request),
      order: ({ orderId }: NotificationRow, _: unknown, request: RequestContext) =>
        orderId === null ? null : entity(views, workOrders, orderId, request),
      channel: (row: NotificationRow) => inGraph(row.channel),
      status: (row: NotificationRow) => inGraph(row.status),
      suppressedBecause: (row: NotificationRow) => row.suppressedBecause && inGraph(row.suppressedBecause),
      nextAttemptAt: ({ nextAt }: NotificationRow) => nextAt,
      ...historyOf(journal, notification.category),
    },

    WorkOrder: {
      notifications: ({ id: orderId }: { id: string }, at: PageArguments, request: RequestContext) => page(at, { orderId }, request),
    },
  };
}
