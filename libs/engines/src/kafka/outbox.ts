import { type Kafka, type Message, Partitioners, type Producer } from 'kafkajs';
import type { Topics } from './topics';
import { bytesOf } from './wire';

/** Of one request; a larger message travels alone. Keeps every batch below the smallest size limit a topic usually has. */
const REQUEST_BYTES = 512 * 1024;

/**
 * The one producer of a process. kafkajs numbers messages when it sends them and takes the numbers back when no answer came; were
 * another send under way, or sent later by the same producer, it would reuse the numbers, and a broker that had written the first
 * one would take the second for its repetition: acknowledged, yet never written. So one request is in flight at a time, one publish
 * follows the other, and a producer whose request failed is never used again.
 */
export class Outbox {
  /** Settles with the publish that was asked for last. */
  private last: Promise<void> = Promise.resolve();
  private producer: Producer | undefined;
  /** `topic/partition` of what the request in flight carries. */
  private readonly addressed = new Set<string>();

  constructor(
    private readonly kafka: Kafka,
    private readonly topics: Topics,
  ) {}

  /** Resolves when all in-sync replicas have the messages. After an error they may have been written, or some of them. */
  push(topic: string, messages: readonly Message[]): Promise<void> {
    const sent = this.last.then(() => this.send(topic, messages));
    this.last = sent.catch(() => undefined);
    return sent;
  }

  /** Waits for what was pushed, then disconnects. */
  async close(): Promise<void> {
    await this.last;
    await this.producer?.disconnect();
  }

  private async send(topic: string, messages: readonly Message[]): Promise<void> {
    await this.topics.ensure([topic]);
    const producer = (this.producer ??= this.create());
    try {
      await producer.connect();
      // After a part that failed the rest is not sent: a key must not go on behind a gap.
      for (const part of parts(messages)) await this.request(producer, topic, part);
    } catch (error) {
      this.producer = undefined;
      this.topics.forget([topic]);
      await producer.disconnect().catch(() => undefined);
      throw error;
    }
  }

  private async request(producer: Producer, topic: string, messages: Message[]): Promise<void> {
    this.addressed.clear();
    const answers = await producer.send({ topic, messages, acks: -1 });
    // When a leader moves to a broker that has answered already, kafkajs forgets that partition and reports success.
    for (const { topicName, partition } of answers) this.addressed.delete(`${topicName}/${partition}`);
    if (this.addressed.size > 0) throw new Error(`no acknowledgement from ${[...this.addressed].join(', ')}`);
  }

  private create(): Producer {
    return this.kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: () => {
        const choose = Partitioners.DefaultPartitioner();
        return (message) => {
          const partition = choose(message);
          this.addressed.add(`${message.topic}/${partition}`);
          return partition;
        };
      },
    });
  }
}

function* parts(messages: readonly Message[]): Iterable<Message[]> {
  let part: Message[] = [];
  let bytes = 0;
  for (const message of messages) {
    const more = bytesOf(message);
    if (part.length > 0 && bytes + more > REQUEST_BYTES) {
      yield part;
      part = [];
      bytes = 0;
    }
    part.push(message);
    bytes += more;
  }
  if (part.length > 0) yield part;
}
