import { EventStoreDbStore } from '../../libs/engines/src/eventstoredb/event-store';
import { allowReadingAll } from './reading-all';

/** Once for each EventStoreDB with users: lets the suite's user follow events, which takes the right to read `$all`. */
const [url, user] = process.argv.slice(2);
if (url === undefined || user === undefined) {
  process.stderr.write('npm run eventstoredb:allow -- <esdb:// url of an administrator> <user of the suite>\n');
  process.exit(2);
}
const store = new EventStoreDbStore(url);
allowReadingAll(store, user)
  .finally(() => store.close())
  .then(
    () => process.stdout.write(`${user} may read $all\n`),
    (error: Error) => {
      process.stderr.write(`${error.message}\n`);
      process.exitCode = 1;
    },
  );
