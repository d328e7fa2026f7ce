import { type Delivered, pause } from '@hospital/kernel';
import type { Consumer, EachBatchPayload, Kafka, KafkaMessage, RetryOptions } from 'kafkajs';
import type { Log } from '../log';

export interface MembershipOptions {
  readonly group: string;
  readonly topics: readonly string[];
  readonly handle: (message: Delivered) => Promise<void>;
  /** Takes a message that is no JSON object, and that therefore no handler can be given. */
  readonly setAside: (raw: { readonly topic: string; readonly partition: number; readonly message: KafkaMessage }) => Promise<void>;
  /** Leaves the group, after the handlers at work have finished and their messages are committed. */
  readonly signal: AbortSignal;
  /** Runs before the first join: makes the topics. */
  readonly prepare: () => Promise<void>;
  /** Milliseconds before the n-th repetition of a message, and before the n-th attempt to join again. */
  readonly backOff: (attempt: number) => number;
  readonly timing: Timing;
  readonly retry: RetryOptions;
  readonly log: Log;
}

/** Milliseconds. */
export interface Timing {
  /** A member unheard of for so long is dropped from its group. */
  readonly sessionTimeout: number;
  readonly heartbeatInterval: number;
  /** How long a fetch waits for messages; a partition whose back-off has ended is asked for again after at most this long. */
  readonly maxWait: number;
}

/** How many partitions one member handles at a time. */
const CONCURRENT_PARTITIONS = 16;

/**
 * One member of a consumer group, from its first join until the signal. kafkajs is left one task: to fetch and commit. It fetches from
 * a broker again only when every partition of the last fetch is done, so a failing message is never waited for inside the batch:
 * its partition pauses for the back-off, and the others go on. When kafkajs gives a consumer up, a new one takes its place.
 */
export class Membership {
  /** Resolves with the first join, or when the signal came before it. */
  readonly joined: Promise<void>;
  /** Resolves when the member has left for good. */
  readonly left: Promise<void>;
  /** Per `topic/partition`, the message that fails and how often it has. */
  private readonly failing = new Map<string, { readonly offset: string; readonly attempt: number }>();

  constructor(
    private readonly kafka: Kafka,
    private readonly options: MembershipOptions,
  ) {
    let join = (): void => undefined;
    this.joined = new Promise((resolve) => (join = resolve));
    this.left = this.stay(join).finally(join);
  }

  private async stay(joined: () => void): Promise<void> {
    const { signal, backOff, log, group } = this.options;
    let attempt = 0;
    while (!signal.aborted) {
      try {
        await this.options.prepare();
        await this.consume(() => {
          attempt = 0;
          joined();
        });
      } catch (error) {
        attempt += 1;
        log('error', 'the consumer stopped and will join again', { group, attempt, error: String(error) });
        await pause(backOff(attempt), signal);
      }
    }
  }

  /** Lives as long as one kafkajs consumer. Resolves after the signal; throws what the consumer crashed with. */
  private async consume(joined: () => void): Promise<void> {
    const { group, topics, signal, timing, retry } = this.options;
    const consumer = this.kafka.consumer({
      groupId: group,
      sessionTimeout: timing.sessionTimeout,
      heartbeatInterval: timing.heartbeatInterval,
      maxWaitTimeInMs: timing.maxWait,
      allowAutoTopicCreation: false,
      // kafkajs can start again by itself after a crash, but then also after it was told to stop.
      retry: { ...retry, restartOnFailure: async () => false },
    });
    consumer.on(consumer.events.GROUP_JOIN, joined);
    const over = untilCrashOr(consumer, signal);
    try {
      await consumer.connect();
      await consumer.subscribe({ topics: [...topics], fromBeginning: true });
      await consumer.run({
        eachBatchAutoResolve: false,
        autoCommitInterval: 1_000,
        autoCommitThreshold: 100,
        partitionsConsumedConcurrently: CONCURRENT_PARTITIONS,
        eachBatch: (batch) => this.handleBatch(batch),
      });
      const crash = await over;
      if (crash !== undefined) throw crash;
    } finally {
      await consumer.disconnect();
    }
  }

  private async handleBatch(payload: EachBatchPayload): Promise<void> {
    const { batch, isRunning, isStale, resolveOffset, commitOffsetsIfNecessary, heartbeat } = payload;
    const place = `${batch.topic}/${batch.partition}`;
    for (const message of batch.messages) {
      if (!isRunning() || isStale()) return;
      const beat = this.keepBeating(heartbeat);
      try {
        await this.handle(batch.topic, batch.partition, message);
      } catch (error) {
        this.holdBack(payload, message, error);
        return;
      } finally {
        beat.stop();
      }
      this.failing.delete(place);
      resolveOffset(message.offset);
      // A lost membership ends the batch here, after the effect was noted.
      if (beat.lost() !== undefined) throw beat.lost();
      await commitOffsetsIfNecessary();
      await heartbeat();
    }
  }

  private async handle(topic: string, partition: number, message: KafkaMessage): Promise<void> {
    const delivered = read(topic, message);
    if (delivered === undefined) await this.options.setAside({ topic, partition, message });
    else await this.options.handle(delivered);
  }

  /** The offset stays unresolved, so the same message is the first one fetched when the partition resumes. */
  private holdBack({ batch, pause: pausePartition }: EachBatchPayload, { offset }: KafkaMessage, error: unknown): void {
    const { topic, partition } = batch;
    const { group, backOff, signal, log } = this.options;
    const before = this.failing.get(`${topic}/${partition}`);
    const attempt = before?.offset === offset ? before.attempt + 1 : 1;
    this.failing.set(`${topic}/${partition}`, { offset, attempt });
    log('warn', 'a handler threw; the message will come again', { group, topic, partition, offset, attempt, error: String(error) });
    void pause(backOff(attempt), signal).then(pausePartition());
  }

  private keepBeating(heartbeat: () => Promise<void>): { stop(): void; lost(): unknown } {
    let failure: unknown;
    const timer = setInterval(() => {
      heartbeat().catch((error: unknown) => (failure = error));
    }, this.options.timing.heartbeatInterval);
    return { stop: () => clearInterval(timer), lost: () => failure };
  }
}

const untilCrashOr = (consumer: Consumer, signal: AbortSignal): Promise<Error | undefined> =>
  new Promise((resolve) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => resolve(payload.error));
    if (signal.aborted) resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });

/** `undefined` for what nobody of ours has written: a value that is no JSON object. */
function read(topic: string, { key, value, headers }: KafkaMessage): Delivered | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(value?.toString('utf8') ?? '');
  } catch {
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return undefined;
  const texts: Record<string, string> = {};
  for (const [name, header] of Object.entries(headers ?? {})) {
    const [first] = [header].flat();
    if (first !== undefined) texts[name] = first.toString();
  }
  return { topic, key: key?.toString('utf8') ?? '', value: parsed as Delivered['value'], headers: texts };
}
