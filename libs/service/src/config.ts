import { hostname } from 'node:os';
import { z } from 'zod';

/** A setting that cannot be used; the process does not start. */
export class BadSetting extends Error {
  override readonly name = 'BadSetting';
}

const count = z.coerce.number().int().min(1);
/** Parted by commas, blanks around them. */
const list = z
  .string()
  .transform((text) => text.match(/[^\s,]+/g) ?? [])
  .refine((parts) => parts.length > 0, 'names nothing');
const network = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]);

const settings = z
  .object({
    NODE_ENV: z.enum(['development', 'test', 'production']).default('development'),
    HOST: z.string().default('127.0.0.1'),
    PORT: z.coerce.number().int().min(0).max(65_535).default(4000),
    /** Folder of the embedded engines; a file per context. */
    DATA_DIR: z.string().min(1).default('./data'),
    /** `esdb://…`; absent: the embedded event store. */
    EVENTSTORE_URL: z.string().startsWith('esdb').optional(),
    /** `host:port,host:port`; absent: the embedded bus. */
    KAFKA_BROKERS: list.optional(),
    /** `true`: brokers are spoken to by TLS; a private authority's certificate goes into NODE_EXTRA_CA_CERTS. */
    KAFKA_TLS: z.stringbool().optional(),
    /** How and as whom to sign in: `mechanism:user:password`, the mechanism `scram-sha-512`, `scram-sha-256` or `plain`. */
    KAFKA_SASL: z.stringFormat('mechanism:user:password', /^(plain|scram-sha-(256|512)):[^:]+:.+$/).optional(),
    /** Before the name of every topic and group: `test.` */
    KAFKA_PREFIX: z.stringFormat('letters, digits, . _ -', /^[A-Za-z0-9._-]{1,50}$/).optional(),
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
    /** Folder of the photos of faults; replicas share it. */
    PHOTOS_DIR: z.string().min(1).optional(),
    /** Addresses or networks of the proxies before the gateway, whose `x-forwarded-for` counts. */
    TRUSTED_PROXIES: list
      .refine((parts) => parts.every((part) => network.safeParse(part).success), 'are addresses or networks (CIDR)')
      .optional(),
    /** How often somebody without an account may send something: by address, and by location code in an hour. */
    INTAKE_PER_MINUTE: count.default(5),
    INTAKE_PER_HOUR: count.default(30),
    INTAKE_PER_CODE: count.default(20),
    /** Where the gateway finds the contexts: `workorders=http://…/graphql,staffing=…`. */
    SUBGRAPHS: list.optional(),
    /** How much one document may be and ask for: `depth=16,cost=50000`. */
    QUERY_LIMITS: list.optional(),
    /** Origins whose pages may ask. */
    CORS_ORIGINS: list.optional(),
    /** How often one identity may ask in a minute; 0: not counted. */
    RATE_PER_IDENTITY: z.coerce.number().int().min(0).optional(),
    /** Only the documents of this file run. */
    TRUSTED_DOCUMENTS: z.string().min(1).optional(),
    /** Another graph than the committed one, for audits. */
    SUPERGRAPH_FILE: z.string().min(1).optional(),
    /** What each web hook's own secret is made from. Absent: there is no such channel. */
    NOTIFY_WEBHOOK_SECRET: z.string().min(32, 'must have at least 32 characters').optional(),
    /** `smtp://…` (TLS by STARTTLS, but on loopback) or `smtps://…`; absent: there is no such channel. */
    NOTIFY_SMTP_URL: z.url({ protocol: /^smtps?$/, error: 'is not smtp://… or smtps://…' }).optional(),
    /** Mailbox that mails come from. */
    NOTIFY_FROM: z.email('is not a mailbox').optional(),
    /** Hosts of web hooks that may lie in a private network. */
    NOTIFY_ALLOWED_HOSTS: list.optional(),
    /** How far ahead of the machine's the clock is, for demos and tests: a file with a number of milliseconds. */
    DEMO_CLOCK_FILE: z.string().min(1).optional(),
  })
  .refine((set) => set.NODE_ENV !== 'production' || !set.DEMO_CLOCK_FILE, {
    path: ['DEMO_CLOCK_FILE'],
    error: 'production goes by the clock of the machine',
  })
  .refine((set) => set.KAFKA_TLS || !set.KAFKA_SASL?.startsWith('plain'), { path: ['KAFKA_SASL'], error: 'plain needs KAFKA_TLS' })
  .refine((set) => !set.NOTIFY_SMTP_URL || set.NOTIFY_FROM !== undefined, { path: ['NOTIFY_FROM'], error: 'mails come from somebody' });

export type Settings = z.infer<typeof settings>;

type Environment = Readonly<Record<string, string | undefined>>;

/** What a shape names of the environment. @throws {BadSetting} naming every variable at fault */
export function readSettings<Read>(shape: z.ZodType<Read>, environment: Environment): Read {
  // An empty variable is one nobody set: charts render them so.
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = shape.safeParse(set);
  if (parsed.success) return parsed.data;
  throw new BadSetting(parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '));
}

/** The environment, checked. @throws {BadSetting} */
export const settingsFrom = (environment: Environment): Settings => readSettings(settings, environment);
