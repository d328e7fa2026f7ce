import { type Command, DAY, type Decider, HOUR, type Instant, MINUTE, type Personal, plus, reject, type Rejection } from '@hospital/kernel';
import type { Channel } from './subscription';

/** How long to wait after each failed attempt; after the last one it is given up. */
const WAITS = [MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 4 * HOUR];
/** News older than this when it is first decided on is kept and not delivered: a history that is read again rings no bells. */
const FRESH = DAY;

/** What somebody is to hear, and how; text without a personal word. */
export type News = {
  readonly recipientId: string;
  readonly channel: Channel;
  readonly address: Personal | null;
  /** Of what it tells of: an order, a vendor job, a complaint, a month, … */
  readonly aboutId: string;
  /** Null: it is about no order. */
  readonly orderId: string | null;
  /** Type of the event it tells of. */
  readonly kind: string;
  readonly text: string;
  readonly textEn: string;
  /** The event it tells of; news from before these were kept is without. */
  readonly eventId?: string;
  readonly occurredAt?: Instant;
  readonly recordedAt?: Instant;
};
export type Suppression = 'drill' | 'out-of-date' | 'quiet';

export type NotificationCommand =
  | Command<'RequestNotification', { news: News; recordedAt: Instant; quiet: boolean; exercise: boolean }>
  | Command<'RecordDelivery', { attempt: number }>
  | Command<'RecordDeliveryFailure', { attempt: number; reason: string; hopeless: boolean }>
  | Command<'RetryNotification', Record<string, never>>;

export type NotificationEvent =
  | { type: 'NotificationRequested'; data: News & { nextAt: Instant } }
  | { type: 'NotificationSuppressed'; data: { because: Suppression } }
  | { type: 'NotificationDelivered'; data: { attempt: number; at: Instant } }
  | { type: 'DeliveryFailed'; data: { attempt: number; reason: string; at: Instant; nextAt: Instant | null } }
  | { type: 'NotificationGivenUp'; data: { attempts: number } }
  | { type: 'NotificationRetried'; data: { nextAt: Instant } };

interface Tried {
  /** Attempts made in all. */
  readonly attempts: number;
  /** Of them, since it was asked for or retried by hand. */
  readonly round: number;
}
type Pending = Tried & { readonly status: 'pending' };
export type Notification =
  { readonly status: 'unknown' | 'delivered' | 'suppressed' } | Pending | (Tried & { readonly status: 'given-up' });

function decide(command: NotificationCommand, notification: Notification): readonly NotificationEvent[] | Rejection {
  const { at } = command;
  if (command.type === 'RequestNotification') return notification.status === 'unknown' ? request(command) : [];
  if (notification.status === 'unknown') return reject('UNKNOWN_NOTIFICATION', 'There is no such notification.', 'input.id');
  switch (command.type) {
    case 'RecordDelivery':
      return isNext(command.data.attempt, notification)
        ? [{ type: 'NotificationDelivered', data: { attempt: command.data.attempt, at } }]
        : [];
    case 'RecordDeliveryFailure':
      return isNext(command.data.attempt, notification) ? fail(command, notification.round) : [];
    case 'RetryNotification':
      if (notification.status === 'pending') return [];
      return notification.status === 'given-up'
        ? [{ type: 'NotificationRetried', data: { nextAt: at } }]
        : reject('WRONG_STATUS', `This takes a notification that was given up; this one is ${notification.status}.`, 'input.id');
  }
}

type Of<T extends NotificationCommand['type']> = Extract<NotificationCommand, { type: T }>;

function request({ data: { news, recordedAt, quiet, exercise }, at, drill }: Of<'RequestNotification'>): readonly NotificationEvent[] {
  const requested: NotificationEvent = { type: 'NotificationRequested', data: { ...news, nextAt: at } };
  const because = drill || exercise ? 'drill' : at > plus(recordedAt, FRESH) ? 'out-of-date' : quiet ? 'quiet' : undefined;
  if (because) return [requested, { type: 'NotificationSuppressed', data: { because } }];
  // Nothing is to be brought anywhere: it is where they look for it.
  return news.channel === 'log' ? [requested, { type: 'NotificationDelivered', data: { attempt: 1, at } }] : [requested];
}

/** What is told of an attempt twice, or too late, changes nothing. */
const isNext = (attempt: number, notification: Notification): notification is Pending =>
  notification.status === 'pending' && attempt === notification.attempts + 1;

function fail({ data: { attempt, reason, hopeless }, at }: Of<'RecordDeliveryFailure'>, round: number): readonly NotificationEvent[] {
  const wait = hopeless ? undefined : WAITS[round];
  const failed: NotificationEvent = {
    type: 'DeliveryFailed',
    data: { attempt, reason, at, nextAt: wait === undefined ? null : plus(at, wait) },
  };
  return wait === undefined ? [failed, { type: 'NotificationGivenUp', data: { attempts: attempt } }] : [failed];
}

function evolve(notification: Notification, event: NotificationEvent): Notification {
  if (event.type === 'NotificationRequested') return { status: 'pending', attempts: 0, round: 0 };
  if (!('round' in notification)) return notification;
  switch (event.type) {
    case 'NotificationSuppressed':
      return { status: 'suppressed' };
    case 'NotificationDelivered':
      return { status: 'delivered' };
    case 'DeliveryFailed':
      return { ...notification, attempts: event.data.attempt, round: notification.round + 1 };
    case 'NotificationGivenUp':
      return { ...notification, status: 'given-up' };
    case 'NotificationRetried':
      return { ...notification, status: 'pending', round: 0 };
  }
}

/** One piece of news for one recipient, from the decision to tell to the end of the attempts. 通知 */
export const notification: Decider<Notification, NotificationCommand, NotificationEvent> = {
  category: 'notification',
  initial: { status: 'unknown' },
  decide,
  evolve,
};
