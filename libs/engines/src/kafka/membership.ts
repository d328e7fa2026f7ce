import { pause } from '@hospital/kernel';
import type { Consumer, EachBatchPayload, Kafka, KafkaMessage } from 'kafkajs';
import { doubling } from '../back-off';
import type { Log } from '../log';

export interface MembershipOptions {
  readonly group: string;
  readonly topics: readonly string[];
  readonly handle: (topic: string, partition: number, message: KafkaMessage) => Promise<void>;
  /** Leaves the group: no handler is begun any more, those at work finish, and their messages are committed. */
  readonly signal: AbortSignal;
  /** Runs before each join: makes the topics. */
  readonly prepare: () => Promise<void>;
  readonly pace: Pace;
  readonly log: Log;
}

/** How patient a bus is. All in milliseconds. */
export const PACE = {
  /** Before the n-th repetition of a message whose handler threw, and before the n-th attempt to join again. */
  backOff: doubling,
  /**
   * Of single requests, by kafkajs: about twelve seconds in all. Every field is named, since kafkajs has other defaults when NODE_ENV
   * is `test`.
   */
  retry: { retries: 8, initialRetryTime: 300, factor: 0.2, multiplier: 2, maxRetryTime: 2_000 },
  /**
   * A member unheard of for `sessionTimeout` is dropped from its group. A fetch waits for `maxWaitTimeInMs`: so much later at most a
   * partition whose back-off has ended is asked for again.
   */
  consumer: { sessionTimeout: 10_000, heartbeatInterval: 3_000, maxWaitTimeInMs: 500 },
};
export type Pace = Readonly<typeof PACE>;

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
  /** Per `topic/partition`, how often its next message has failed. */
  private readonly failures = new Map<string, number>();

  constructor(
    private readonly kafka: Kafka,
    private readonly options: MembershipOptions,
  ) {
    let join = (): void => undefined;
    this.joined = new Promise((resolve) => (join = resolve));
    this.left = this.stay(join).finally(join);
  }

  private async stay(joined: () => void): Promise<void> {
    const { signal, pace, log, group } = this.options;
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
        log.error({ group, attempt, error: String(error) }, 'the consumer stopped and will join again');
        await pause(pace.backOff(attempt), signal);
      }
    }
  }

  /** Lives as long as one kafkajs consumer. Resolves after the signal; throws what the consumer crashed with. */
  private async consume(joined: () => void): Promise<void> {
    const { group, topics, signal, pace } = this.options;
    const consumer = this.kafka.consumer({
      groupId: group,
      ...pace.consumer,
      allowAutoTopicCreation: false,
      // kafkajs can start again by itself after a crash, but then also after it was told to stop.
      retry: { restartOnFailure: async () => false },
    });
    consumer.on(consumer.events.GROUP_JOIN, joined);
    // Nothing of a consumer may hang on the signal, which lives as long as the process.
    const gone = new AbortController();
    const over = untilCrashOr(consumer, signal, gone.signal);
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
      gone.abort();
      await consumer.disconnect();
    }
  }

  private async handleBatch(payload: EachBatchPayload): Promise<void> {
    const { batch, isRunning, isStale, resolveOffset, commitOffsetsIfNecessary, heartbeat } = payload;
    const { handle, pace, signal } = this.options;
    for (const message of batch.messages) {
      if (signal.aborted || !isRunning() || isStale()) return;
      // One that fails is tried again, and its error seen, after the handler.
      const beating = setInterval(() => void heartbeat().catch(() => undefined), pace.consumer.heartbeatInterval);
      try {
        await handle(batch.topic, batch.partition, message);
      } catch (error) {
        this.holdBack(payload, message, error);
        return;
      } finally {
        clearInterval(beating);
      }
      this.failures.delete(`${batch.topic}/${batch.partition}`);
      resolveOffset(message.offset);
      // A lost membership ends the batch here, after the effect was noted.
      await heartbeat();
      await commitOffsetsIfNecessary();
    }
  }

  /** The offset stays unresolved, so the same message is the first one fetched when the partition resumes. */
  private holdBack(
    { batch: { topic, partition }, pause: pausePartition }: EachBatchPayload,
    { offset }: KafkaMessage,
    error: unknown,
  ): void {
    const { group, pace, signal, log } = this.options;
    const place = `${topic}/${partition}`;
    const attempt = (this.failures.get(place) ?? 0) + 1;
    this.failures.set(place, attempt);
    log.warn({ group, topic, partition, offset, attempt, error: String(error) }, 'a handler threw; the message will come again');
    void pause(pace.backOff(attempt), signal).then(pausePartition());
  }
}

const untilCrashOr = (consumer: Consumer, signal: AbortSignal, gone: AbortSignal): Promise<Error | undefined> =>
  new Promise((resolve) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => resolve(payload.error));
    if (signal.aborted) resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined), { once: true, signal: gone });
  });
