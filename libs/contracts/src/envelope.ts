export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

/** The attributes of a CloudEvent 1.0 as this suite fills them in; the lower-case names without a break are extensions. */
export interface Attributes {
  /** UUID of the event; consumers tell repetitions by it. */
  readonly id: string;
  /** `/hospital/<context>` */
  readonly source: string;
  /** `cn.hospital.<context>.<name>.v<version>`: reverse-DNS, so that it stays unique among the types of other makers. */
  readonly type: string;
  /** The stream it belongs to, `<aggregate>-<id>`; the message key. */
  readonly subject: string;
  /** When it happened, as told by the actor: ISO 8601 in UTC. */
  readonly time: string;
  /** When it was written down. */
  readonly recordedat: string;
  /** UUID of everything that goes back to the same wish. */
  readonly correlationid: string;
  /** UUID of the event or command that led to it. */
  readonly causationid: string;
  /** URI of a schema of the data. */
  readonly dataschema?: string;
  /** W3C trace context. */
  readonly traceparent?: string;
  /** An exercise: never counted. */
  readonly drill?: boolean;
}

export interface Envelope extends Attributes {
  readonly data: JsonObject;
}

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
    readonly reason: string,
  ) {
    super(`${attribute} ${reason}`);
  }
}

const REQUIRED = ['id', 'source', 'type', 'subject', 'time', 'recordedat', 'correlationid', 'causationid'] as const;
const OPTIONAL = ['dataschema', 'traceparent'] as const;

/** Binary content mode: the value is the data, each attribute a header `ce_<name>` in UTF-8, never percent-encoded. */
export function toKafka(event: Envelope): KafkaMessage {
  const headers: Record<string, string> = { 'content-type': 'application/json', ce_specversion: '1.0' };
  for (const name of [...REQUIRED, ...OPTIONAL]) {
    const value = event[name];
    if (value !== undefined) headers[`ce_${name}`] = value;
  }
  if (event.drill) headers['ce_drill'] = 'true';
  return { key: event.subject, value: event.data, headers };
}

/** Extensions of other makers are let go. @throws {MalformedEnvelope} */
export function envelopeFrom({ value, headers }: Pick<KafkaMessage, 'value' | 'headers'>): Envelope {
  const [contentType = ''] = (headers['content-type'] ?? '').split(';');
  if (contentType.trim().toLowerCase() !== 'application/json')
    throw new MalformedEnvelope('datacontenttype', `is ${JSON.stringify(contentType)}, not application/json`);
  const text = (name: string): string => {
    const found = headers[`ce_${name}`];
    if (found === undefined || found === '') throw new MalformedEnvelope(name, 'is missing');
    return found;
  };
  if (text('specversion') !== '1.0') throw new MalformedEnvelope('specversion', `is ${text('specversion')}, not 1.0`);
  const instant = (name: 'time' | 'recordedat'): string => {
    if (Number.isNaN(Date.parse(text(name)))) throw new MalformedEnvelope(name, `is no instant: ${text(name)}`);
    return text(name);
  };
  const optional = Object.fromEntries(OPTIONAL.filter((name) => headers[`ce_${name}`]).map((name) => [name, text(name)]));
  return {
    ...(Object.fromEntries(REQUIRED.map((name) => [name, text(name)])) as Pick<Attributes, (typeof REQUIRED)[number]>),
    time: instant('time'),
    recordedat: instant('recordedat'),
    ...optional,
    ...(headers['ce_drill'] === 'true' ? { drill: true } : {}),
    data: value,
  };
}
