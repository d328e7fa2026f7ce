import { hostname } from 'node:os';
import { z } from 'zod';

/** A setting that cannot be used; the process does not start. */
export class BadSetting extends Error {
  override readonly name = 'BadSetting';
}

const port = z.coerce.number().int().min(0).max(65_535);
/** Parted by commas, blanks around them. */
const list = z
  .string()
  .transform((text) => text.match(/[^\s,]+/g) ?? [])
  .refine((parts) => parts.length > 0, 'names nothing');

const settings = z
  .object({
    NODE_ENV: z.string().default('development'),
    HOST: z.string().default('127.0.0.1'),
    PORT: port.default(4000),
    /** Folder of the embedded engines; a file per context. */
    DATA_DIR: z.string().min(1).default('./data'),
    /** `esdb://…`; absent: the embedded event store. */
    EVENTSTORE_URL: z.string().startsWith('esdb').optional(),
    /** `host:port,host:port`; absent: the embedded bus. */
    KAFKA_BROKERS: list.optional(),
    /** Where the keys that sign tokens are: an https URL or a file. */
    AUTH_JWKS: z.string().min(1).optional(),
    AUTH_ISSUER: z.string().min(1).default('hospital-logistics'),
    AUTH_AUDIENCE: z.string().min(1).default('hospital-logistics'),
    /** Base64 of the 32 bytes that wrap the keys of persons. */
    MASTER_KEY: z
      .string()
      .transform((text) => Buffer.from(text, 'base64'))
      .refine((key) => key.length === 32, 'must be 32 bytes in base64')
      .optional(),
    /** Stable name of this process among its replicas. */
    INSTANCE: z.string().min(1).default(hostname()),
    LOG_LEVEL: z.enum(['silent', 'error', 'warn', 'info', 'debug']).default('info'),
    /** Where the gateway finds the contexts: `workorders=http://…/graphql,staffing=…`. */
    SUBGRAPHS: list.optional(),
    /** How far ahead of the machine's the clock is, for demos and tests: a file with a number of milliseconds. */
    DEMO_CLOCK_FILE: z.string().min(1).optional(),
  })
  .refine(({ NODE_ENV, DEMO_CLOCK_FILE }) => NODE_ENV !== 'production' || DEMO_CLOCK_FILE === undefined, {
    path: ['DEMO_CLOCK_FILE'],
    error: 'production goes by the clock of the machine',
  });

export type Settings = z.infer<typeof settings>;

/** The environment, checked. @throws {BadSetting} naming every variable at fault */
export function settingsFrom(environment: Readonly<Record<string, string | undefined>>): Settings {
  // An empty variable is one nobody set: charts render them so.
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = settings.safeParse(set);
  if (parsed.success) return parsed.data;
  throw new BadSetting(parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '));
}
