import { ERASED, to } from '@hospital/kernel';
import { type Context, type Settings, tasks, type Tools } from '@hospital/service';
import { notification } from '../domain/notification';
import type { Channel } from '../domain/subscription';
import type { Adapter, Letter } from './adapter';
import { delivering, type Delivery, Undelivered } from './delivering';
import { mail } from './e-mail';
import { secretFor, webHook } from './web-hook';

/** The channels that the settings offer; what is for the log is there already. */
function adaptersFrom(settings: Settings, { clock }: Context): ReadonlyMap<Channel, Adapter> {
  const { NOTIFY_WEBHOOK_SECRET: secret, NOTIFY_SMTP_URL: server, NOTIFY_FROM: from, NOTIFY_ALLOWED_HOSTS: allowedHosts = [] } = settings;
  const adapters = new Map<Channel, Adapter>();
  if (server !== undefined && from !== undefined) adapters.set('e-mail', mail({ server, from, clock }));
  if (secret !== undefined)
    adapters.set('web-hook', webHook({ secret, allowedHosts, clock, development: settings.NODE_ENV !== 'production' }));
  return adapters;
}

/** Every notification whose instant has come, by the channel it was decided for. */
const deliveryBy = (adapters: ReadonlyMap<Channel, Adapter>): Delivery => ({
  name: 'deliver-notifications',
  view: 'notifications',
  column: 'nextAt',
  recipient: 'recipientId',
  tries: 'attempts',
  correlation: 'correlationId',
  async bring(id, row, signal) {
    const { channel, address, recipientId, aboutId, orderId, kind, text, textEn } = row as unknown as Letter & {
      channel: Channel;
      address: string | null;
    };
    const { eventId = null, occurredAt = null, recordedAt = null } = row as unknown as Partial<Letter>;
    const adapter = adapters.get(channel);
    // It may be offered again when it is retried by hand.
    if (!adapter) throw new Undelivered('CHANNEL_NOT_OFFERED', true);
    if (address === ERASED) throw new Undelivered('FORGOTTEN', true);
    await adapter({ id, recipientId, aboutId, orderId, kind, text, textEn, eventId, occurredAt, recordedAt }, address ?? '', signal);
  },
  outcome(id, row, failure) {
    const attempt = Number(row['attempts']) + 1;
    return failure
      ? to(notification, id, 'RecordDeliveryFailure', { attempt, reason: failure.code, hopeless: failure.hopeless })
      : to(notification, id, 'RecordDelivery', { attempt });
  },
});

/** Brings people the news that was decided for them. */
export const deliverNotifications = tasks((own, views, { settings }) => delivering(own, views, deliveryBy(adaptersFrom(settings, own))));

/** What each owner of a contact verifies letters with. */
export const webHookSecrets = ({ surroundings }: Tools) => ({
  Contact: {
    webHookSecret: ({ recipientId }: Pick<Letter, 'recipientId'>): string | null => {
      const { NOTIFY_WEBHOOK_SECRET: master } = surroundings.settings;
      return master === undefined ? null : secretFor(master, recipientId);
    },
  },
});
