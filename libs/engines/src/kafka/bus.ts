import type { Bus, Message } from '@hospital/kernel';
import { Kafka, type KafkaConfig, logLevel, type Message as Outgoing } from 'kafkajs';
import type { Log } from '../log';
import { bridge } from './log-lines';
import { Membership, PACE, type Pace } from './membership';
import { Outbox } from './outbox';
import { Topics } from './topics';
import { deadLetter, readMessage, stub } from './wire';

export interface KafkaOptions {
  /** `host:port`, at least one that answers. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** TLS, and how to sign in; absent: neither. */
  readonly access?: Pick<KafkaConfig, 'ssl' | 'sasl'>;
  /** Before the name of every topic and group, so that installations can share a cluster. */
  readonly prefix?: string | undefined;
  readonly log: Log;
  readonly pace?: Pace;
}

/**
 * The bus on Apache Kafka. A message that no handler can be given (its value is no JSON object, or too large or too deep for one of
 * ours) goes, as it is, to `<group>.dlq`, with headers that say where it came from. A handler that never settles holds up every partition of its broker.
 */
export class KafkaBus implements Bus {
  private readonly pace: Pace;
  private readonly prefix: string;
  private readonly kafka: Kafka;
  private readonly topics: Topics;
  private readonly outbox: Outbox;
  private readonly members = new Set<Membership>();
  private readonly leaving = new AbortController();
  private closing: Promise<void> | undefined;
  private closed = false;

  constructor(private readonly options: KafkaOptions) {
    const { brokers, clientId, log, access } = options;
    this.pace = options.pace ?? PACE;
    this.prefix = options.prefix ?? '';
    const own = { retry: this.pace.retry, logLevel: logLevel.INFO, logCreator: bridge(log) };
    this.kafka = new Kafka({ clientId, brokers: [...brokers], ...access, ...own });
    this.topics = new Topics(this.kafka);
    this.outbox = new Outbox(this.kafka, this.topics);
  }

  /** Another cluster, or another prefix, holds nothing of what this one was told. */
  identity = async (): Promise<string> => `${await this.topics.ensure([])}${this.prefix && `.${this.prefix}`}`;

  /** Rejects when the retries end without an acknowledgement; the messages may then have been written, or some of them. */
  async publish(topic: string, messages: readonly Message[]): Promise<void> {
    if (this.closed) throw new Error('the bus is closed');
    const texts = messages.map(({ key, value, headers }) => ({ key, value: JSON.stringify(value), headers }));
    await this.push(`${this.prefix}${topic}`, texts);
  }

  /** Tries until it has joined or the signal comes. */
  async subscribe({ group, topics, handle, signal }: Parameters<Bus['subscribe']>[0]): Promise<void> {
    if (this.closing) throw new Error('the bus is closed');
    const names = new Map(topics.map((topic) => [`${this.prefix}${topic}`, topic]));
    const dead = `${this.prefix}${group}.dlq`;
    const needed = [...names.keys(), dead];
    const member = new Membership(this.kafka, {
      group: `${this.prefix}${group}`,
      topics: [...names.keys()],
      handle: async (name, partition, raw) => {
        const message = readMessage(name, partition, raw);
        if (message) await handle({ topic: names.get(name)!, ...message });
        else await this.push(dead, [deadLetter(name, partition, raw)]);
      },
      signal: AbortSignal.any([signal, this.leaving.signal]),
      prepare: async () => void (this.topics.forget(needed), await this.topics.ensure(needed)),
      pace: this.pace,
      log: this.options.log,
    });
    this.members.add(member);
    void member.left.finally(() => this.members.delete(member));
    await member.joined;
  }

  /** A dead letter that is too large for its topic must not hold up what comes behind it. */
  private async push(topic: string, messages: readonly Outgoing[]): Promise<void> {
    await this.outbox.push(topic, messages).catch((error: { readonly type?: string }) => {
      if (!topic.endsWith('.dlq') || error.type !== 'MESSAGE_TOO_LARGE') throw error;
      return this.outbox.push(topic, messages.map(stub));
    });
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
}
