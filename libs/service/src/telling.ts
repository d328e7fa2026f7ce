import { type PublicEvent, publicEvent, toKafka, topic } from '@hospital/contracts';
import { type Bus, categoryOf, type History, type JsonObject, type Message, type Recorded, upcast } from '@hospital/kernel';
import { follow, type SoleTask, type Solo } from './following';

/** A public message: one of our events as others may know it. */
export interface Told {
  /** Short name of a public event of this context, as in the contracts. */
  readonly type: string;
  readonly data: JsonObject;
}

/** What the others hear of an event, or nothing. Pure. */
export type Tells = (event: Recorded) => Told | undefined;

/** The relay: this context's events, as public messages, in order, at least once. Drills never leave the house. */
export class Tell {
  private readonly task: SoleTask;

  constructor(
    private readonly context: string,
    categories: readonly string[],
    private readonly tells: Tells,
    private readonly history: History,
    private readonly bus: Bus,
    solo: Solo,
  ) {
    this.task = follow(`${context}.tell`, categories, solo, (events) => this.publish(events));
  }

  onApplicationBootstrap(): void {
    this.task.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.task.stop();
  }

  private async publish(events: readonly Recorded[]): Promise<void> {
    // Messages of one topic go together; what order there is between topics nobody may rely on.
    const byTopic = new Map<string, Message[]>();
    for (const stored of events) {
      if (stored.metadata.drill) continue;
      const event = upcast(this.history, stored);
      const told = this.tells(event);
      if (!told) continue;
      const name = topic(this.context, categoryOf(event.stream));
      const messages = byTopic.get(name) ?? [];
      messages.push(toKafka(this.envelope(event, told)));
      byTopic.set(name, messages);
    }
    for (const [name, messages] of byTopic) await this.bus.publish(name, messages);
  }

  private envelope({ id, stream, metadata }: Recorded, { type, data }: Told): PublicEvent {
    return publicEvent(this.context, type, data, {
      id,
      subject: stream,
      time: metadata.occurredAt,
      recordedat: metadata.recordedAt,
      correlationid: metadata.correlationId,
      causationid: metadata.causationId,
    });
  }
}
