import { type logCreator, logLevel } from 'kafkajs';
import type { Log } from '../log';

/** kafkajs warns of retries that end, because then a message may be repeated: which is what "at least once" means. */
const SETTLED = 'Limiting retries for the idempotent producer may invalidate EoS guarantees';

const nameOf = (level: logLevel): keyof Log =>
  level <= logLevel.ERROR ? 'error' : level === logLevel.WARN ? 'warn' : level === logLevel.INFO ? 'info' : 'debug';

/** Hands the lines of kafkajs to a logger of ours. */
export const bridge =
  (log: Log): logCreator =>
  () =>
  ({ level, namespace, log: { message, timestamp: _, logger: __, ...fields } }) => {
    if (message !== SETTLED) log[nameOf(level)]({ ...fields, namespace }, message);
  };
