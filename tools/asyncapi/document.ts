import { attributes, type JsonObject, type Promised, publicEvents, topic, typeOf } from '@hospital/contracts';
import { z } from 'zod';

/** Of what is read, not of what is kept: fields may be added. */
const schemaOf = (object: z.ZodObject) => {
  const { $schema: _, ...schema } = z.toJSONSchema(object, {
    target: 'draft-7',
    io: 'input',
    override: ({ jsonSchema }) => {
      // The format says it, in fewer words than the pattern.
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
    },
  });
  return schema;
};

function headersOf(): JsonObject {
  const { properties = {}, required = [] } = schemaOf(attributes);
  return {
    type: 'object',
    description: 'CloudEvents 1.0, Kafka binding, binary content mode; header values are UTF-8.',
    required: ['content-type', 'ce_specversion', ...required.map((name) => `ce_${name}`)],
    properties: {
      'content-type': { const: 'application/json' },
      ce_specversion: { const: '1.0' },
      ...(Object.fromEntries(Object.entries(properties).map(([name, schema]) => [`ce_${name}`, schema])) as JsonObject),
    },
  };
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
    payload: schemaOf(promise.data) as JsonObject,
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
      description:
        'No message holds personal data: people are pseudonyms, and there is no free text. Exercises are not told. How to begin, and what may change: docs/integrators.md.',
    },
    defaultContentType: 'application/json',
    channels,
    operations,
    components: { messages, schemas: { CloudEventHeaders: headersOf() } },
  };
}
