import { eventStoreContract } from '@hospital/kernel/testing';
import { type Generation, StandIn } from '../../../../tools/eventstoredb/stand-in';
import { EventStoreDbStore } from './event-store';

for (const generation of ['23.10', '24.10'] satisfies Generation[])
  eventStoreContract(`EventStoreDB ${generation} (stand-in)`, async () => {
    const standIn = await StandIn.start({ generation });
    const store = new EventStoreDbStore(standIn.url);
    return {
      store,
      async close() {
        await store.close();
        await standIn.stop();
      },
    };
  });

const url = process.env['EVENTSTORE_URL'];
if (url === undefined) console.warn('EVENTSTORE_URL is not set: the contract is not run against a real EventStoreDB');
else
  eventStoreContract('EventStoreDB (real)', async () => {
    const store = await EventStoreDbStore.open(url);
    return { store, close: () => store.close() };
  });
