import type { JsonObject } from '@hospital/kernel';
import type { EventStoreDbStore } from '../../libs/engines/src/eventstoredb/event-store';

/**
 * Lets a user who is no administrator read `$all`, which following events needs. The store is an administrator's. Needed once for
 * each cluster that has users; says the same when it is done again.
 */
export const allowReadingAll = (store: Pick<EventStoreDbStore, 'changeMetadata'>, user: string): Promise<void> =>
  store.changeMetadata('$all', (metadata) => {
    const acl = (metadata['$acl'] ?? {}) as JsonObject;
    const readers = [acl['$r'] ?? '$admins'].flat() as string[];
    return { ...metadata, $acl: { ...acl, $r: readers.includes(user) ? readers : [...readers, user] } };
  });
