import { z } from 'zod';
import type { JsonObject } from './envelope';
import type { Promised } from './promise';
import { publicEvents, typeOf } from './public-events';
import { topic } from './topics';

const text = (description: string): JsonObject => ({ type: 'string', description });
const instant = (description: string): JsonObject => ({ type: 'string', format: 'date-time', description });

const HEADERS: JsonObject = {
  type: 'object',
  description: 'CloudEvents 1.0, Kafka binding, binary content mode; header values are UTF-8.',
  required: [
    'content-type',
    ...['specversion', 'id', 'source', 'type', 'subject', 'time', 'recordedat', 'correlationid', 'causationid'].map((name) => `ce_${name}`),
  ],
  properties: {
    'content-type': { const: 'application/json' },
    ce_specversion: { const: '1.0' },
    ce_id: { type: 'string', format: 'uuid', description: 'Of the event. Messages may come twice; tell repetitions by this.' },
    ce_source: text('/hospital/<context>'),
    ce_type: text('cn.hospital.<context>.<name>.v<version>'),
    ce_subject: text('The stream the event belongs to; the message key.'),
    ce_time: instant('When it happened, as told by the actor.'),
    ce_recordedat: instant('When it was written down.'),
    ce_correlationid: text('Of everything that goes back to the same wish.'),
    ce_causationid: text('Of the event or command that led to it.'),
    ce_traceparent: text('W3C trace context.'),
    ce_drill: { enum: ['true', 'false'], description: 'An exercise: never counted.' },
  },
};

function payloadOf({ data }: Promised): JsonObject {
  const { $schema: _, ...schema } = z.toJSONSchema(data, {
    target: 'draft-7',
    // Of what is read, not of what is kept: fields may be added.
    io: 'input',
    override: ({ jsonSchema }) => {
      // The format says it, in fewer words than the pattern.
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
    },
  });
  return schema as unknown as JsonObject;
}

const messageOf = (context: string, name: string, promise: Promised): JsonObject => {
  const type = typeOf(context, name, promise.version);
  return {
    name: type,
    title: name,
    summary: promise.summary,
    contentType: 'application/json',
    headers: {
      allOf: [{ $ref: '#/components/schemas/CloudEventHeaders' }, { type: 'object', properties: { ce_type: { const: type } } }],
    },
    payload: payloadOf(promise),
    bindings: { kafka: { key: { type: 'string', description: '<aggregate>-<id>' }, bindingVersion: '0.5.0' } },
  };
};

/** What the contexts tell each other and every integrator, as an AsyncAPI 3.0 document. */
export function asyncapi(): JsonObject {
  const channels: Record<string, { address: string; description: string; messages: Record<string, JsonObject> }> = {};
  const operations: Record<string, JsonObject> = {};
  const messages: Record<string, JsonObject> = {};
  for (const [context, events] of Object.entries(publicEvents))
    for (const [name, promise] of Object.entries<Promised>(events)) {
      const channel = `${context}.${promise.aggregate}`;
      channels[channel] ??= {
        address: topic(context, promise.aggregate),
        description: 'At least once, in order per key.',
        messages: {},
      };
      channels[channel].messages[name] = { $ref: `#/components/messages/${name}` };
      operations[`${channel}.tell`] ??= {
        action: 'send',
        channel: { $ref: `#/channels/${channel}` },
        summary: `Told by the context ${context}.`,
      };
      messages[name] = messageOf(context, name, promise);
    }
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Public events of the hospital logistics suite',
      version: '1.0.0',
      description: 'No message holds personal data: people are pseudonyms, and there is no free text.',
    },
    defaultContentType: 'application/json',
    channels,
    operations,
    components: { messages, schemas: { CloudEventHeaders: HEADERS } },
  };
}
