import { idOf, type Instant, type JsonObject, type Recorded, type View } from '@hospital/kernel';
import type { News, NotificationEvent, Suppression } from '../domain/notification';
import type { Contact, SubscriptionEvent } from '../domain/subscription';

/** One piece of news for one recipient, and how far it got. */
export interface NotificationRow extends JsonObject, News {
  readonly id: string;
  readonly status: 'pending' | 'delivered' | 'given-up' | 'suppressed';
  readonly suppressedBecause: Suppression | null;
  readonly attempts: number;
  readonly lastFailure: { readonly attempt: number; readonly reason: string; readonly at: Instant } | null;
  readonly requestedAt: Instant;
  readonly deliveredAt: Instant | null;
  /** When it is to be delivered next; null when it is not any more. */
  readonly nextAt: Instant | null;
  readonly drill: boolean;
  readonly correlationId: string;
}

function project(row: NotificationRow | undefined, recorded: Recorded): NotificationRow | undefined {
  const event = recorded as unknown as NotificationEvent;
  if (event.type === 'NotificationRequested') {
    const { occurredAt: requestedAt, correlationId, drill = false } = recorded.metadata;
    return {
      ...event.data,
      id: idOf(recorded.stream),
      status: 'pending',
      suppressedBecause: null,
      attempts: 0,
      lastFailure: null,
      requestedAt,
      deliveredAt: null,
      drill,
      correlationId,
    };
  }
  return row && { ...row, ...change(event) };
}

function change(event: Exclude<NotificationEvent, { type: 'NotificationRequested' }>): Partial<NotificationRow> {
  switch (event.type) {
    case 'NotificationSuppressed':
      return { status: 'suppressed', suppressedBecause: event.data.because, nextAt: null };
    case 'NotificationDelivered':
      return { status: 'delivered', attempts: event.data.attempt, deliveredAt: event.data.at, nextAt: null };
    case 'DeliveryFailed': {
      const { nextAt, ...lastFailure } = event.data;
      return { attempts: lastFailure.attempt, lastFailure, nextAt };
    }
    case 'NotificationGivenUp':
      return { status: 'given-up', nextAt: null };
    case 'NotificationRetried':
      return { status: 'pending', nextAt: event.data.nextAt };
  }
}

export const notifications: View<NotificationRow> = {
  name: 'notifications',
  version: 2,
  categories: ['notification'],
  columns: ['orderId', 'recipientId', 'status', 'kind', 'requestedAt', 'nextAt'],
  project,
};

/** How somebody is to be reached. */
export interface ContactRow extends JsonObject, Contact {
  readonly recipientId: string;
}

export const contacts: View<ContactRow> = {
  name: 'contacts',
  version: 1,
  categories: ['subscription'],
  columns: [],
  project: (_, recorded) => ({ ...(recorded as unknown as SubscriptionEvent).data, recipientId: idOf(recorded.stream) }),
};
