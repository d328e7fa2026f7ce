import { type Kafka, Partitioners, type Producer, type RetryOptions } from 'kafkajs';
import type { Topics } from './topics';

export interface Outgoing {
  readonly key: string | Buffer | null;
  readonly value: string | Buffer | null;
  readonly headers: Readonly<Record<string, string | Buffer>>;
}

/** One call to publish: settled when its last message is acknowledged, or its first one fails. */
interface Ticket {
  left: number;
  failed: boolean;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

interface Entry {
  readonly topic: string;
  readonly message: Outgoing;
  readonly bytes: number;
  readonly ticket: Ticket;
}

/** Of one request; a larger message travels alone. Keeps every batch below the smallest size limit a topic usually has. */
const REQUEST_BYTES = 512 * 1024;

const bytesOf = ({ key, value, headers }: Outgoing): number =>
  [key, value, ...Object.entries(headers).flat()].reduce((sum, part) => sum + (part === null ? 0 : Buffer.byteLength(part)), 0);

/**
 * The one producer of a process. kafkajs numbers messages when it sends them and takes the numbers back when no answer came; were
 * another send under way, or sent later by the same producer, it would reuse the numbers, and a broker that had written the first
 * one would take the second for its repetition: acknowledged, yet never written. So one request is in flight at a time, what is
 * published meanwhile travels together in the next, and a producer whose request failed is never used again.
 */
export class Outbox {
  private queue: Entry[] = [];
  private sending: Promise<void> | undefined;
  private producer: Producer | undefined;
  /** `topic/partition` of what the request in flight carries. */
  private readonly addressed = new Set<string>();

  constructor(
    private readonly kafka: Kafka,
    private readonly topics: Topics,
    private readonly retry: RetryOptions,
  ) {}

  /** Resolves when all in-sync replicas have the messages. After an error they may have been written, or some of them. */
  push(topic: string, messages: readonly Outgoing[]): Promise<void> {
    if (messages.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const ticket: Ticket = { left: messages.length, failed: false, resolve, reject };
      for (const message of messages) this.queue.push({ topic, message, bytes: bytesOf(message), ticket });
      this.sending ??= this.send().finally(() => (this.sending = undefined));
    });
  }

  /** Waits for what was pushed, then disconnects. */
  async close(): Promise<void> {
    await this.sending;
    await this.producer?.disconnect();
    this.producer = undefined;
  }

  private async send(): Promise<void> {
    // What is published in this turn of the event loop shares the first request.
    await Promise.resolve();
    while (this.queue.length > 0) {
      const request = this.take();
      try {
        await this.request(request);
        for (const { ticket } of request) if ((ticket.left -= 1) === 0) ticket.resolve();
      } catch (error) {
        const broken = this.producer;
        this.producer = undefined;
        for (const { ticket } of request) {
          ticket.failed = true;
          ticket.reject(error);
        }
        // The rest of a publish must not be written after a gap.
        this.queue = this.queue.filter(({ ticket }) => !ticket.failed);
        await broken?.disconnect().catch(() => undefined);
      }
    }
  }

  private take(): readonly Entry[] {
    let bytes = 0;
    let count = 0;
    for (const entry of this.queue) {
      if (count > 0 && bytes + entry.bytes > REQUEST_BYTES) break;
      bytes += entry.bytes;
      count += 1;
    }
    return this.queue.splice(0, count);
  }

  private async request(entries: readonly Entry[]): Promise<void> {
    const byTopic = new Map<string, Outgoing[]>();
    for (const { topic, message } of entries) byTopic.set(topic, [...(byTopic.get(topic) ?? []), message]);
    await this.topics.ensure([...byTopic.keys()]);
    const producer = (this.producer ??= this.create());
    await producer.connect();
    this.addressed.clear();
    const answers = await producer.sendBatch({
      acks: -1,
      topicMessages: [...byTopic].map(([topic, messages]) => ({ topic, messages: messages.map((message) => ({ ...message })) })),
    });
    // When a leader moves to a broker that has answered already, kafkajs forgets that partition and reports success.
    for (const { topicName, partition } of answers) this.addressed.delete(`${topicName}/${partition}`);
    if (this.addressed.size > 0) throw new Error(`no acknowledgement from ${[...this.addressed].join(', ')}`);
  }

  private create(): Producer {
    return this.kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      retry: this.retry,
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
