import { z } from 'zod';

export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

const text = (what: string): z.ZodString => z.string('is missing').min(1, 'is missing').describe(what);
const instant = (what: string): z.ZodString =>
  text(what)
    .refine((value) => !Number.isNaN(Date.parse(value)), 'is no instant')
    .meta({ format: 'date-time' });

/** The attributes of a CloudEvent 1.0 as this suite fills them in; the lower-case names without a break are extensions. */
export const attributes = z.object({
  id: text('UUID of the event. Messages may come twice; tell repetitions by this.').meta({ format: 'uuid' }),
  source: text('/hospital/<context>'),
  /** Reverse-DNS, so that it stays unique among the types of other makers. */
  type: text('cn.hospital.<context>.<name>.v<version>'),
  subject: text('The stream the event belongs to, <aggregate>-<id>; the message key.'),
  time: instant('When it happened, as told by the actor: ISO 8601 in UTC.'),
  recordedat: instant('When it was written down.'),
  correlationid: text('UUID of everything that goes back to the same wish.'),
  causationid: text('UUID of the event or command that led to it.'),
  sequence: text('Place of the event in its stream, from 0: its revision in the graph, in ten digits.').optional(),
});

export type Attributes = Readonly<z.infer<typeof attributes>>;

export type Envelope = Attributes & { readonly data: JsonObject };

/** A message of the Kafka protocol, before its texts become UTF-8 bytes. */
export interface KafkaMessage {
  readonly key: string;
  readonly value: JsonObject;
  readonly headers: Readonly<Record<string, string>>;
}

/** A message that is no CloudEvent of ours. */
export class MalformedEnvelope extends Error {
  override readonly name = 'MalformedEnvelope';
  constructor(
    /** As CloudEvents names it, without the `ce_` of its header. */
    readonly attribute: string,
    reason: string,
  ) {
    super(`${attribute} ${reason}`);
  }
}

const names = attributes.keyof().options;

/** Binary content mode: the value is the data, each attribute a header `ce_<name>` in UTF-8, never percent-encoded. */
export function toKafka(event: Envelope): KafkaMessage {
  const headers: Record<string, string> = { 'content-type': 'application/json', ce_specversion: '1.0' };
  for (const name of names) if (event[name] !== undefined) headers[`ce_${name}`] = event[name];
  return { key: event.subject, value: event.data, headers };
}

/** Extensions of other makers are let go. @throws {MalformedEnvelope} */
export function envelopeFrom({ value, headers }: Pick<KafkaMessage, 'value' | 'headers'>): Envelope {
  const { 'content-type': contentType = 'missing', ce_specversion: version = 'missing' } = headers;
  if (!/^\s*application\/json\s*(;|$)/i.test(contentType))
    throw new MalformedEnvelope('datacontenttype', `is ${contentType}, not application/json`);
  if (version !== '1.0') throw new MalformedEnvelope('specversion', `is ${version}, not 1.0`);
  const { success, data, error } = attributes.safeParse(Object.fromEntries(names.map((name) => [name, headers[`ce_${name}`]])));
  if (success) return { ...data, data: value };
  const [{ path, message }] = error.issues as [z.core.$ZodIssue];
  throw new MalformedEnvelope(String(path[0]), message);
}
