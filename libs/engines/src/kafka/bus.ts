import type { Bus, Delivered, Message } from '@hospital/kernel';
import { Kafka, type KafkaConfig, type KafkaMessage, logLevel, type RetryOptions } from 'kafkajs';
import type { Log } from '../log';
import { bridge } from './log-lines';
import { Membership, type Timing } from './membership';
import { type Outgoing, Outbox } from './outbox';
import { Topics } from './topics';

export interface KafkaOptions {
  /** `host:port`, at least one that answers. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** TLS and credentials, as kafkajs takes them. */
  readonly security?: Pick<KafkaConfig, 'ssl' | 'sasl'>;
  /** Of topics this bus makes. More can be added later only while nothing is published: keys change their partition. */
  readonly partitions?: number;
  /** Of topics this bus makes; absent: the cluster's own default. */
  readonly replicationFactor?: number;
  /** Milliseconds before the n-th repetition of a message whose handler threw. */
  readonly backOff?: (attempt: number) => number;
  readonly timing?: Partial<Timing>;
  /** How often a request is sent again before it counts as failed; 8 take about twelve seconds. */
  readonly retries?: number;
  readonly log?: Log;
}

/** Every field is named, since kafkajs has other defaults when NODE_ENV is `test`. */
const retrying = (retries = 8): RetryOptions => ({ initialRetryTime: 300, retries, factor: 0.2, multiplier: 2, maxRetryTime: 2_000 });
const TIMING: Timing = { sessionTimeout: 10_000, heartbeatInterval: 3_000, maxWait: 500 };

const doubling = (attempt: number): number => Math.min(30_000, 100 * 2 ** (attempt - 1));

/**
 * The bus on Apache Kafka. A message that no handler can be given (its value is no JSON object) goes, as it is, to `<group>.dlq`,
 * with headers that say where it came from. A handler that never settles holds up every partition of its broker.
 */
export class KafkaBus implements Bus {
  private readonly kafka: Kafka;
  private readonly retry: RetryOptions;
  private readonly topics: Topics;
  private readonly outbox: Outbox;
  private readonly members = new Set<Membership>();
  private readonly leaving = new AbortController();
  private closing: Promise<void> | undefined;
  private closed = false;

  constructor(private readonly options: KafkaOptions) {
    this.retry = retrying(options.retries);
    this.kafka = new Kafka({
      clientId: options.clientId,
      brokers: [...options.brokers],
      ...options.security,
      retry: this.retry,
      logLevel: logLevel.INFO,
      logCreator: bridge(this.log),
    });
    this.topics = new Topics(this.kafka, { partitions: options.partitions ?? 8, replicationFactor: options.replicationFactor ?? -1 });
    this.outbox = new Outbox(this.kafka, this.topics, this.retry);
  }

  /** Rejects when the retries end without an acknowledgement; the messages may then have been written, or some of them. */
  async publish(topic: string, messages: readonly Message[]): Promise<void> {
    if (this.closed) throw new Error('the bus is closed');
    await this.outbox.push(
      topic,
      messages.map(({ key, value, headers }) => ({ key, value: JSON.stringify(value), headers })),
    );
  }

  /** Tries until it has joined or the signal comes. */
  async subscribe({
    group,
    topics,
    handle,
    signal,
  }: {
    readonly group: string;
    readonly topics: readonly string[];
    readonly handle: (message: Delivered) => Promise<void>;
    readonly signal: AbortSignal;
  }): Promise<void> {
    if (this.closing) throw new Error('the bus is closed');
    const member = new Membership(this.kafka, {
      group,
      topics,
      handle,
      setAside: ({ topic, partition, message }) => this.outbox.push(`${group}.dlq`, [aside(topic, partition, message)]),
      signal: AbortSignal.any([signal, this.leaving.signal]),
      prepare: () => this.topics.ensure(topics),
      backOff: this.options.backOff ?? doubling,
      timing: { ...TIMING, ...this.options.timing },
      retry: this.retry,
      log: this.log,
    });
    this.members.add(member);
    void member.left.finally(() => this.members.delete(member));
    await member.joined;
  }

  /** Handlers at work finish, may still publish, and are committed. Not to be awaited by a handler. */
  close(): Promise<void> {
    return (this.closing ??= this.end());
  }

  private async end(): Promise<void> {
    this.leaving.abort();
    await Promise.all([...this.members].map(({ left }) => left));
    this.closed = true;
    await this.outbox.close();
  }

  private readonly log: Log = (level, message, fields) => this.options.log?.(level, message, fields);
}

const aside = (topic: string, partition: number, { key, value, headers, offset }: KafkaMessage): Outgoing => ({
  key,
  value,
  headers: {
    ...Object.fromEntries(Object.entries(headers ?? {}).map(([name, header]) => [name, [header].flat()[0] ?? ''])),
    unreadable_topic: topic,
    unreadable_partition: String(partition),
    unreadable_offset: offset,
  },
});
