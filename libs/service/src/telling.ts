import { publicEvent, toKafka, topic, topicsOf } from '@hospital/contracts';
import { categoryOf, type JsonObject, type Message, type Recorded } from '@hospital/kernel';
import type { Context } from './context';
import { follow, type SoleTask } from './following';

/** A public message: one of our events as others may know it. */
export interface Told {
  /** Short name of a public event of this context, as in the contracts. */
  readonly type: string;
  readonly data: JsonObject;
}

/** What the others hear of an event, or nothing. Pure. */
export type Tells = (event: Recorded) => Told | undefined;

/**
 * The relay: this context's events, as public messages, in order, at least once. Drills never leave the house. A bus that has not been
 * told anything is told everything.
 */
export const telling = (context: Context, tells: Tells): SoleTask => {
  const tellAll = async (events: readonly Recorded[]): Promise<void> => {
    // Messages of one topic go together; what order there is between topics nobody may rely on.
    const byTopic = new Map<string, Message[]>();
    for (const event of events) {
      const told = event.metadata.drill ? undefined : tells(event);
      if (!told) continue;
      const name = topic(context.name, categoryOf(event.stream));
      if (!byTopic.has(name)) byTopic.set(name, []);
      byTopic.get(name)!.push(toKafka(publicEvent(context.name, told.type, told.data, attributesOf(event))));
    }
    for (const [name, messages] of byTopic) await context.bus.publish(name, messages);
  };
  return follow(context, 'tell', context.categories, tellAll, async () => {
    // Whoever listens before anything is told finds the topics there.
    for (const name of topicsOf(context.name)) await context.bus.publish(name, []);
    const bus = await context.bus.identity?.();
    return bus === undefined ? '' : `-${bus}`;
  });
};

/** What a public message says of the event behind it, whatever it tells. */
export const attributesOf = ({ id, stream, revision, metadata }: Recorded) => ({
  id,
  subject: stream,
  time: metadata.occurredAt,
  recordedat: metadata.recordedAt,
  correlationid: metadata.correlationId,
  causationid: metadata.causationId,
  // Texts of one length sort like the numbers in them.
  sequence: String(revision).padStart(10, '0'),
});
