import { getEventListeners } from 'node:events';
import type { ConsumerRunConfig, EachBatchPayload, Kafka, KafkaMessage } from 'kafkajs';
import { pino } from 'pino';
import { Membership, type MembershipOptions, PACE, type Pace } from './membership';

type Listener = (event: { readonly payload: { readonly error: Error } }) => void;

/** kafkajs with consumers that the test crashes and feeds. */
function scripted() {
  const consumers: { readonly listeners: Map<string, Listener>; config: ConsumerRunConfig; disconnected: number }[] = [];
  let ran = (): void => undefined;
  const kafka = {
    consumer: () => {
      const consumer = { listeners: new Map<string, Listener>(), config: {} as ConsumerRunConfig, disconnected: 0 };
      consumers.push(consumer);
      return {
        events: { GROUP_JOIN: 'join', CRASH: 'crash' },
        on: (name: string, listener: Listener) => consumer.listeners.set(name, listener),
        connect: async () => undefined,
        subscribe: async () => undefined,
        run: async (config: ConsumerRunConfig) => {
          consumer.config = config;
          consumer.listeners.get('join')?.({ payload: { error: new Error() } });
          ran();
        },
        disconnect: async () => void (consumer.disconnected += 1),
      };
    },
  };
  const crash = (index: number, message: string): void =>
    consumers[index]!.listeners.get('crash')!({ payload: { error: new Error(message) } });
  const nextRun = (): Promise<void> => new Promise((resolve) => (ran = resolve));
  return { kafka: kafka as unknown as Kafka, consumers, crash, nextRun };
}

const stop = new AbortController();
afterAll(() => stop.abort());

const pace: Pace = { ...PACE, backOff: () => 0 };

const options = (more: Partial<MembershipOptions> = {}): MembershipOptions => ({
  group: 'g',
  topics: ['t'],
  handle: async () => undefined,
  signal: stop.signal,
  prepare: async () => undefined,
  pace,
  log: pino({ level: 'silent' }),
  ...more,
});

const message = (offset: number): KafkaMessage => ({ key: null, value: null, offset: String(offset) }) as KafkaMessage;

/** A batch of three, and what was done with it. */
function batchOf(payload: Partial<EachBatchPayload> = {}) {
  const done: string[] = [];
  const batch = {
    batch: { topic: 't', partition: 0, messages: [message(7), message(8), message(9)] },
    isRunning: () => true,
    isStale: () => false,
    resolveOffset: (offset: string) => void done.push(`resolved ${offset}`),
    commitOffsetsIfNecessary: async () => undefined,
    heartbeat: async () => undefined,
    pause: () => {
      done.push('paused');
      return () => void done.push('resumed');
    },
    ...payload,
  };
  return { done, payload: batch as unknown as EachBatchPayload };
}

describe('a member of a consumer group', () => {
  it('given a consumer that kafkajs gives up, when it has crashed, then another takes its place, until the signal', async () => {
    const { kafka, consumers, crash, nextRun } = scripted();
    const leaving = new AbortController();
    const first = nextRun();
    const member = new Membership(kafka, options({ signal: leaving.signal }));
    await Promise.all([member.joined, first]);
    const second = nextRun();
    crash(0, 'not retriable');
    await second;
    leaving.abort();
    await member.left;
    expect(consumers.map(({ disconnected }) => disconnected)).toEqual([1, 1]);
  });

  it('given consumers that were given up one after the other, when the signal is looked at, then nothing of them hangs on it', async () => {
    const { kafka, crash, nextRun } = scripted();
    const leaving = new AbortController();
    const first = nextRun();
    const member = new Membership(kafka, options({ signal: leaving.signal }));
    await first;
    for (let n = 0; n < 3; n += 1) {
      const next = nextRun();
      crash(n, 'gone');
      await next;
    }
    expect(getEventListeners(leaving.signal, 'abort')).toHaveLength(1);
    leaving.abort();
    await member.left;
  });

  it('given a topic that cannot be made yet, when the group subscribes, then it tries again and joins', async () => {
    const { kafka } = scripted();
    let failures = 2;
    const prepare = async (): Promise<void> => {
      if ((failures -= 1) >= 0) throw new Error('no broker');
    };
    await new Membership(kafka, options({ prepare })).joined;
    expect(failures).toBe(-1);
  });

  it('given a handler that throws, when a batch is handled, then what went before is resolved, the partition rests for the back-off, and the message is not skipped', async () => {
    const { kafka, consumers, nextRun } = scripted();
    const running = nextRun();
    const asked: number[] = [];
    const handle = async (_topic: string, _partition: number, { offset }: KafkaMessage): Promise<void> => {
      if (offset === '8') throw new Error('not yet');
    };
    new Membership(kafka, options({ handle, pace: { ...pace, backOff: (attempt) => (asked.push(attempt), 0) } }));
    await running;
    const { eachBatch } = consumers[0]!.config;
    let resume = (): void => undefined;
    const resumed = new Promise<void>((open) => (resume = open));
    const first = batchOf({ pause: () => resume });
    await eachBatch!(first.payload);
    await resumed;
    expect(first.done).toEqual(['resolved 7']);
    const again = batchOf();
    await eachBatch!({
      ...again.payload,
      batch: { ...again.payload.batch, messages: [message(8), message(9)] } as EachBatchPayload['batch'],
    });
    expect(again.done[0]).toBe('paused');
    expect(again.done).not.toContain('resolved 9');
    expect(asked).toEqual([1, 2]);
  });

  it('given a consumer that is stopping or has lost the partition, when a batch is handled, then no further message is begun', async () => {
    const { kafka, consumers, nextRun } = scripted();
    const running = nextRun();
    const handle = jest.fn(async () => undefined);
    new Membership(kafka, options({ handle }));
    await running;
    const { eachBatch } = consumers[0]!.config;
    await eachBatch!(batchOf({ isRunning: () => false }).payload);
    await eachBatch!(batchOf({ isStale: () => true }).payload);
    expect(handle).not.toHaveBeenCalled();
  });

  it('given a signal that comes while a handler works, when it ends, then its message is resolved and the next one is not begun', async () => {
    const { kafka, consumers, nextRun } = scripted();
    const running = nextRun();
    const leaving = new AbortController();
    const handle = jest.fn(async () => leaving.abort());
    const member = new Membership(kafka, options({ handle, signal: leaving.signal }));
    await running;
    const { done, payload } = batchOf();
    await consumers[0]!.config.eachBatch!(payload);
    await member.left;
    expect(handle).toHaveBeenCalledTimes(1);
    expect(done).toEqual(['resolved 7']);
  });

  it('given a long handler, when it works, then the member goes on beating, and ends the batch after the message when it was dropped', async () => {
    const { kafka, consumers, nextRun } = scripted();
    const running = nextRun();
    let finish = (): void => undefined;
    const finished = new Promise<void>((open) => (finish = open));
    new Membership(kafka, options({ handle: () => finished, pace: { ...pace, consumer: { ...PACE.consumer, heartbeatInterval: 1 } } }));
    await running;
    let beats = 0;
    const heartbeat = async (): Promise<void> => {
      if ((beats += 1) < 3) return;
      finish();
      throw new Error('the group is rebalancing');
    };
    const { done, payload } = batchOf({ heartbeat });
    await expect(consumers[0]!.config.eachBatch!(payload)).rejects.toThrow('rebalancing');
    expect(done).toEqual(['resolved 7']);
  });
});
