import type { Kafka, Message, ProducerConfig, ProducerRecord, RecordMetadata } from 'kafkajs';
import { Outbox } from './outbox';
import type { Topics } from './topics';

type Send = (request: ProducerRecord, choose: (topic: string, key: string) => number) => Promise<RecordMetadata[]>;

/** kafkajs with a script for each request, so that what a real broker does only now and then happens when it is wanted. */
function scripted(...script: Send[]) {
  const log: string[] = [];
  let producers = 0;
  let underWay = 0;
  const kafka = {
    producer: ({ createPartitioner }: ProducerConfig) => {
      const name = `producer ${(producers += 1)}`;
      const partitioner = createPartitioner!();
      const partitionMetadata = [0, 1, 2].map((partitionId) => ({
        partitionId,
        leader: 1,
        partitionErrorCode: 0,
        replicas: [1],
        isr: [1],
      }));
      const choose = (topic: string, key: string): number => partitioner({ topic, partitionMetadata, message: { key, value: '' } });
      return {
        connect: async () => undefined,
        disconnect: async () => void log.push(`${name} disconnects`),
        send: async (request: ProducerRecord) => {
          log.push(`${name} sends ${request.messages.map(({ value }) => String(value)).join(',')}`);
          expect((underWay += 1)).toBe(1);
          try {
            return await script.shift()!(request, choose);
          } finally {
            underWay -= 1;
          }
        },
      };
    },
  };
  const topics = { ensure: async () => undefined, forget: (names: readonly string[]) => void log.push(`${names.join()} may be gone`) };
  return { outbox: new Outbox(kafka as unknown as Kafka, topics as unknown as Topics), log };
}

const acknowledgeAll: Send = async ({ topic, messages }, choose) =>
  messages.map(({ key }) => ({ topicName: topic, partition: choose(topic, String(key)), errorCode: 0, baseOffset: '0' }));
const fail =
  (reason: string): Send =>
  async () => {
    throw new Error(reason);
  };

const outgoing = (value: string, key = 'k'): Message => ({ key, value, headers: {} });

describe('the outbox', () => {
  it('given a request in flight, when more is published, then that waits for the answer and follows in the order of the calls', async () => {
    let acknowledge = (): void => undefined;
    const acknowledged = new Promise<void>((open) => (acknowledge = open));
    const { outbox, log } = scripted(
      async (request, choose) => {
        await acknowledged;
        return acknowledgeAll(request, choose);
      },
      acknowledgeAll,
      acknowledgeAll,
    );
    const all = [outbox.push('t', [outgoing('1')]), outbox.push('t', [outgoing('2')]), outbox.push('u', [outgoing('3'), outgoing('4')])];
    await new Promise((resolve) => setImmediate(resolve));
    expect(log).toEqual(['producer 1 sends 1']);
    acknowledge();
    await Promise.all(all);
    expect(log).toEqual(['producer 1 sends 1', 'producer 1 sends 2', 'producer 1 sends 3,4']);
  });

  it('given a publish larger than a request, when it is sent, then it goes in parts, in order', async () => {
    const { outbox, log } = scripted(acknowledgeAll, acknowledgeAll);
    const [first, second] = ['a'.repeat(400_000), 'b'.repeat(400_000)];
    await outbox.push('t', [outgoing(first), outgoing(second), outgoing('c')]);
    expect(log).toEqual([`producer 1 sends ${first}`, `producer 1 sends ${second},c`]);
  });

  it('given a request that failed, when something is published after it, then another producer sends it, under numbers of its own', async () => {
    const { outbox, log } = scripted(fail('connection lost'), acknowledgeAll);
    await expect(outbox.push('t', [outgoing('1')])).rejects.toThrow('connection lost');
    await outbox.push('t', [outgoing('2')]);
    expect(log).toEqual(['producer 1 sends 1', 't may be gone', 'producer 1 disconnects', 'producer 2 sends 2']);
  });

  it('given an answer that leaves out a partition, when kafkajs calls that a success, then the publish fails and says which', async () => {
    const { outbox } = scripted(async (request, choose) => (await acknowledgeAll(request, choose)).slice(0, 1));
    await expect(outbox.push('t', [outgoing('1', 'a'), outgoing('2', 'b'), outgoing('3', 'c')])).rejects.toThrow(
      /no acknowledgement from t\/\d/,
    );
  });

  it('given a publish larger than a request, when its first part fails, then the rest is not sent after the gap, and what others published is', async () => {
    const { outbox, log } = scripted(fail('connection lost'), acknowledgeAll);
    const large = 'x'.repeat(400_000);
    const torn = outbox.push('t', [outgoing(large), outgoing(large)]);
    const other = outbox.push('t', [outgoing('other')]);
    await expect(torn).rejects.toThrow('connection lost');
    await other;
    expect(log).toEqual([`producer 1 sends ${large}`, 't may be gone', 'producer 1 disconnects', 'producer 2 sends other']);
  });

  it('given messages that are not acknowledged yet, when the outbox is closed, then it waits for them before it disconnects', async () => {
    const { outbox, log } = scripted(acknowledgeAll);
    const publishing = outbox.push('t', [outgoing('1')]);
    await outbox.close();
    await publishing;
    expect(log).toEqual(['producer 1 sends 1', 'producer 1 disconnects']);
  });
});
