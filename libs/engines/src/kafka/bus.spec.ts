import { randomUUID } from 'node:crypto';
import type { Delivered, Message } from '@hospital/kernel';
import { busContract } from '@hospital/kernel/testing';
import { Kafka, logLevel } from 'kafkajs';
import { pino } from 'pino';
import { noBroker, startBroker, type TestBroker } from '../../../../tools/kafka/test-broker';
import { KafkaBus, type KafkaOptions } from './bus';
import { PACE, type Pace } from './membership';

const given = process.env['KAFKA_BROKERS'];
const obstacle = noBroker();
const reachable = given !== undefined || obstacle === undefined ? describe : describe.skip;
const startable = obstacle === undefined ? describe : describe.skip;
if (obstacle !== undefined)
  console.warn(`Tests on a real Kafka are left out${given === undefined ? '' : ' where they start one'}: ${obstacle}`);

let started: TestBroker | undefined;
let brokers: readonly string[] = given?.split(',') ?? [];

beforeAll(async () => {
  if (given !== undefined || obstacle !== undefined) return;
  started = await startBroker();
  brokers = started.brokers;
});

afterAll(async () => started?.stop());

const pace: Pace = { ...PACE, backOff: () => 10, consumer: { sessionTimeout: 6_000, heartbeatInterval: 200, maxWaitTimeInMs: 100 } };

const options = (more: Partial<KafkaOptions> = {}): KafkaOptions => ({
  brokers,
  clientId: 'bus-spec',
  log: pino({ level: 'silent' }),
  pace,
  ...more,
});

const numbered = (n: number, key = 'k'): Message => ({ key, value: { n }, headers: {} });
const numberOf = ({ value }: Message): number => value['n'] as number;

busContract('KafkaBus', async () => new KafkaBus(options()), reachable);

describe('KafkaBus without a broker', () => {
  const nowhere = (): KafkaBus =>
    new KafkaBus(options({ brokers: ['127.0.0.1:1'], pace: { ...pace, retry: { ...PACE.retry, retries: 1 } } }));

  it('given a signal that has come already, when a group subscribes, then it resolves without a connection', async () => {
    const bus = nowhere();
    const handle = jest.fn();
    await bus.subscribe({ group: 'g', topics: ['t'], handle, signal: AbortSignal.abort() });
    await bus.close();
    expect(handle).not.toHaveBeenCalled();
  });

  it('given a closed bus, when a group subscribes, then that is refused', async () => {
    const bus = nowhere();
    await bus.close();
    const subscribing = bus.subscribe({ group: 'g', topics: ['t'], handle: async () => undefined, signal: new AbortController().signal });
    await expect(subscribing).rejects.toThrow('closed');
  });

  it('given a broker that does not answer, when the bus is closed while a group tries to join, then subscribing ends', async () => {
    const bus = nowhere();
    const subscribing = bus.subscribe({ group: 'g', topics: ['t'], handle: async () => undefined, signal: new AbortController().signal });
    await bus.close();
    await expect(subscribing).resolves.toBeUndefined();
  });
});

reachable('KafkaBus on a broker', () => {
  let bus: KafkaBus;
  let topic: string;
  let group: string;
  const forEver = new AbortController().signal;

  beforeEach(() => {
    bus = new KafkaBus(options());
    topic = `spec.${randomUUID()}.events.v1`;
    group = `spec.${randomUUID()}`;
  });

  afterEach(() => bus.close());

  /** Resolves with the first `count` messages of a topic. */
  const hear = (from: string, count: number, as = group): Promise<readonly Delivered[]> =>
    new Promise((done, fail) => {
      const heard: Delivered[] = [];
      const handle = async (message: Delivered): Promise<void> => {
        if (heard.push(message) === count) done(heard);
      };
      bus.subscribe({ group: as, topics: [from], handle, signal: forEver }).catch(fail);
    });

  const foreign = new Kafka({ clientId: 'foreign', brokers: () => [...brokers], logLevel: logLevel.NOTHING });

  it('given a topic that is missing, when it is published to, then it is made with several partitions', async () => {
    await bus.publish(topic, [numbered(0)]);
    const admin = foreign.admin();
    await admin.connect();
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    await admin.disconnect();
    expect(topics[0]?.partitions).toHaveLength(8);
  });

  it('given a message that is no JSON object, when a group meets it, then it goes as it is to the dead letters and the group goes on', async () => {
    await bus.publish(topic, [numbered(0)]);
    const producer = foreign.producer({ allowAutoTopicCreation: false });
    await producer.connect();
    await producer.send({ topic, messages: [{ key: 'k', value: Buffer.from([0xff, 0x00]), headers: { origin: '外部' } }] });
    await producer.disconnect();
    await bus.publish(topic, [numbered(1)]);
    expect((await hear(topic, 2)).map(numberOf)).toEqual([0, 1]);

    const consumer = foreign.consumer({ groupId: `${group}.raw` });
    await consumer.connect();
    await consumer.subscribe({ topics: [`${group}.dlq`], fromBeginning: true });
    const letter = await new Promise<{ readonly value: Buffer | null; readonly headers: Record<string, string> }>((done) => {
      void consumer.run({
        eachMessage: async ({ message: { value, headers = {} } }) =>
          done({ value, headers: Object.fromEntries(Object.entries(headers).map(([name, header]) => [name, String(header)])) }),
      });
    });
    await consumer.disconnect();
    expect(letter.value).toEqual(Buffer.from([0xff, 0x00]));
    expect(letter.headers).toMatchObject({ origin: '外部', unreadable_topic: topic, unreadable_offset: '1' });
  });

  it('given a handler at work, when a second member joins, then the group takes it in and every message is handled', async () => {
    const heard = new Set<number>();
    let reach = (): void => undefined;
    let leave = (): void => undefined;
    let all = (): void => undefined;
    const reached = new Promise<void>((open) => (reach = open));
    const left = new Promise<void>((open) => (leave = open));
    const complete = new Promise<void>((open) => (all = open));
    const handle = async (message: Delivered): Promise<void> => {
      if (numberOf(message) === 0) {
        reach();
        await left;
      }
      if (heard.add(numberOf(message)).size === 32) all();
    };
    await bus.subscribe({ group, topics: [topic], handle, signal: forEver });
    await bus.publish(
      topic,
      Array.from({ length: 32 }, (_, n) => numbered(n, `k${n}`)),
    );
    await reached;
    const joining = bus.subscribe({ group, topics: [topic], handle, signal: forEver });
    leave();
    await Promise.all([joining, complete]);
    expect(heard.size).toBe(32);
  });
});

startable('KafkaBus on a broker that is killed', () => {
  it('given a broker killed and started again while messages flow, when all were acknowledged, then none is missing and each key is in order', async () => {
    const broker = await startBroker();
    const bus = new KafkaBus(options({ brokers: broker.brokers }));
    const topic = `spec.${randomUUID()}.events.v1`;
    const keys = ['a', 'b', 'c', 'd', 'e'];
    const heard = new Map<string, number[]>(keys.map((key) => [key, []]));
    let all = (): void => undefined;
    const complete = new Promise<void>((open) => (all = open));
    const handle = async (message: Delivered): Promise<void> => {
      const numbers = heard.get(message.key)!;
      // A repetition is allowed, a step back to what is new is not.
      if (!numbers.includes(numberOf(message))) numbers.push(numberOf(message));
      if ([...heard.values()].every((each) => each.length === 100)) all();
    };
    await bus.subscribe({ group: topic, topics: [topic], handle, signal: new AbortController().signal });

    const flow = async (key: string): Promise<void> => {
      for (let n = 0; n < 100;) {
        // Without an acknowledgement the relay sends the same message again, and nothing after it before.
        const acknowledged = await bus.publish(topic, [numbered(n, key)]).then(
          () => true,
          () => false,
        );
        if (acknowledged) n += 1;
        if (n === 40 && key === 'a' && restarted === undefined) restarted = broker.restart();
      }
    };
    let restarted: Promise<void> | undefined;
    await Promise.all(keys.map(flow));
    await restarted;
    await complete;
    for (const key of keys) expect(heard.get(key)).toEqual(Array.from({ length: 100 }, (_, n) => n));
    await bus.close();
    await broker.stop();
  }, 120_000);
});
