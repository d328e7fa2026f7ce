import { randomUUID } from 'node:crypto';
import { DAY, type Delivered, type Message, pause } from '@hospital/kernel';
import { busContract } from '@hospital/kernel/testing';
import { type Admin, CompressionTypes, ConfigResourceTypes, Kafka, logLevel } from 'kafkajs';
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

  const administering = async <T>(work: (admin: Admin) => Promise<T>): Promise<T> => {
    const admin = foreign.admin();
    await admin.connect();
    return work(admin).finally(() => admin.disconnect());
  };

  const configOf = async (name: string, entry: string): Promise<string | undefined> => {
    const { resources } = await administering((admin) =>
      admin.describeConfigs({ includeSynonyms: false, resources: [{ type: ConfigResourceTypes.TOPIC, name, configNames: [entry] }] }),
    );
    return resources[0]?.configEntries[0]?.configValue;
  };

  /** The first message of a topic as it lies there. */
  const firstOf = async (name: string): Promise<{ readonly value: Buffer | null; readonly headers: Record<string, string> }> => {
    const consumer = foreign.consumer({ groupId: `raw.${randomUUID()}` });
    await consumer.connect();
    await consumer.subscribe({ topics: [name], fromBeginning: true });
    const first = await new Promise<Awaited<ReturnType<typeof firstOf>>>((done) => {
      void consumer.run({
        eachMessage: async ({ message: { value, headers = {} } }) =>
          done({ value, headers: Object.fromEntries(Object.entries(headers).map(([header, text]) => [header, String(text)])) }),
      });
    });
    await consumer.disconnect();
    return first;
  };

  it('given a topic that is missing, when it is published to, then it is made with several partitions', async () => {
    await bus.publish(topic, [numbered(0)]);
    const admin = foreign.admin();
    await admin.connect();
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    await admin.disconnect();
    expect(topics[0]?.partitions).toHaveLength(8);
  });

  it('given a topic that is missing, when nothing is published to it, then it is made, and keeps what comes for 30 days', async () => {
    await bus.publish(topic, []);
    expect(await configOf(topic, 'retention.ms')).toBe(String(30 * DAY));
  });

  it('given a topic that somebody else made with other partitions, when it is published to, then that works, and the log names it', async () => {
    await administering((admin) => admin.createTopics({ topics: [{ topic, numPartitions: 3 }] }));
    const warned: object[] = [];
    const log = { ...pino({ level: 'silent' }), warn: (fields: object) => void warned.push(fields) } as unknown as KafkaOptions['log'];
    const other = new KafkaBus(options({ log }));
    await other.publish(topic, [numbered(0)]);
    await other.close();
    expect(warned).toContainEqual(expect.objectContaining({ topic, partitions: 3 }));
    expect((await hear(topic, 1)).map(numberOf)).toEqual([0]);
  });

  it('given a topic that is deleted meanwhile and nobody listens to, when it is published to again, then it is made anew', async () => {
    const patient = new KafkaBus(options({ pace: { ...pace, retry: { ...PACE.retry, retries: 2 } } }));
    await patient.publish(topic, [numbered(0)]);
    await administering(async (admin) => {
      await admin.deleteTopics({ topics: [topic] });
      // Till then the broker may still take what goes with it.
      while ((await admin.listTopics()).includes(topic));
    });
    // As the relay does: again and again, from its place.
    const publish = (): Promise<void> => patient.publish(topic, [numbered(1)]).catch(publish);
    await publish();
    await patient.close();
    expect((await hear(topic, 1)).map(numberOf)).toEqual([1]);
  }, 60_000);

  it('given a topic that is deleted meanwhile, when it is published to again, then it is made anew, and the group goes on', async () => {
    const heard: Delivered[] = [];
    let more = (): void => undefined;
    const handle = async (message: Delivered): Promise<void> => {
      heard.push(message);
      more();
    };
    const until = async (n: number): Promise<void> => {
      while (!heard.some((message) => numberOf(message) === n)) await new Promise<void>((resolve) => (more = resolve));
    };
    const patient = new KafkaBus(options({ pace: { ...pace, retry: { ...PACE.retry, retries: 2 } } }));
    await patient.subscribe({ group, topics: [topic], handle, signal: forEver });
    await patient.publish(topic, [numbered(0)]);
    await until(0);
    await administering((admin) => admin.deleteTopics({ topics: [topic] }));
    // As the relay does: again and again, from its place.
    const publish = (): Promise<void> => patient.publish(topic, [numbered(1)]).catch(publish);
    // What the broker still took while it deleted went with the topic, which whoever listens makes anew: no telling which one took it.
    while (!heard.some((message) => numberOf(message) === 1)) {
      await publish();
      await pause(50);
    }
    await patient.close();
  }, 60_000);

  it('given two installations with prefixes of their own on one cluster, when one publishes, then the other group of the same name hears nothing of it', async () => {
    const [one, two] = [new KafkaBus(options({ prefix: 'a.' })), new KafkaBus(options({ prefix: 'b.' }))];
    const heard: (readonly [string, string, number])[] = [];
    let both = (): void => undefined;
    const all = new Promise<void>((resolve) => (both = resolve));
    for (const [name, each] of [['a', one] as const, ['b', two] as const])
      await each.subscribe({
        group,
        topics: [topic],
        signal: forEver,
        handle: async (message) => {
          if (heard.push([name, message.topic, numberOf(message)]) === 2) both();
        },
      });
    await one.publish(topic, [numbered(1)]);
    await two.publish(topic, [numbered(2)]);
    await all;
    expect(heard.sort()).toEqual([
      ['a', topic, 1],
      ['b', topic, 2],
    ]);
    const names = await administering((admin) => admin.listTopics());
    expect(names.filter((name) => name.endsWith(topic)).sort()).toEqual([`a.${topic}`, `b.${topic}`]);
    const [whole, ...parts] = await Promise.all([bus.identity(), one.identity(), two.identity()]);
    expect(parts).toEqual([`${whole}.a.`, `${whole}.b.`]);
    await Promise.all([one.close(), two.close()]);
  }, 60_000);

  it('given small bytes that are a large message once unpacked, when a group meets it, then a short dead letter says so, and the group goes on', async () => {
    // Less than what it becomes: also where somebody else made the topic.
    await administering((admin) =>
      admin.createTopics({ topics: [{ topic: `${group}.dlq`, configEntries: [{ name: 'max.message.bytes', value: '100000' }] }] }),
    );
    await bus.publish(topic, [numbered(0)]);
    const value = JSON.stringify({ text: 'a'.repeat(5_000_000) });
    const producer = foreign.producer({ allowAutoTopicCreation: false });
    await producer.connect();
    await producer.send({ topic, compression: CompressionTypes.GZIP, messages: [{ key: 'k', value }] });
    await producer.disconnect();
    await bus.publish(topic, [numbered(1)]);
    expect((await hear(topic, 2)).map(numberOf)).toEqual([0, 1]);
    const { value: left, headers } = await firstOf(`${group}.dlq`);
    expect(left).toBeNull();
    expect(headers).toMatchObject({ origin_topic: topic, origin_offset: '1', origin_bytes: String(value.length) });
  }, 60_000);

  it('given messages that were heard, when one of them is published as a dead letter larger than its topic takes, then a short one is', async () => {
    await administering((admin) =>
      admin.createTopics({ topics: [{ topic: `${group}.dlq`, configEntries: [{ name: 'max.message.bytes', value: '100000' }] }] }),
    );
    await bus.publish(topic, [{ key: 'k', value: { text: 'a'.repeat(200_000) }, headers: {} }]);
    const [{ key, value, origin }] = (await hear(topic, 1)) as [Delivered];
    await bus.publish(`${group}.dlq`, [{ key, value, headers: { ...origin, reason: 'no time' } }]);
    expect((await firstOf(`${group}.dlq`)).headers).toMatchObject({ origin_topic: topic, origin_offset: '0', reason: 'no time' });
  });

  it('given a message that is no JSON object, when a group meets it, then it goes as it is to the dead letters and the group goes on', async () => {
    await bus.publish(topic, [numbered(0)]);
    const producer = foreign.producer({ allowAutoTopicCreation: false });
    await producer.connect();
    await producer.send({ topic, messages: [{ key: 'k', value: Buffer.from([0xff, 0x00]), headers: { origin: '外部' } }] });
    await producer.disconnect();
    await bus.publish(topic, [numbered(1)]);
    expect((await hear(topic, 2)).map(numberOf)).toEqual([0, 1]);

    const letter = await firstOf(`${group}.dlq`);
    expect(letter.value).toEqual(Buffer.from([0xff, 0x00]));
    expect(letter.headers).toMatchObject({ origin: '外部', origin_topic: topic, origin_offset: '1' });
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
