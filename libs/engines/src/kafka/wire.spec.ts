import type { KafkaMessage } from 'kafkajs';
import { deadLetter, readMessage } from './wire';

const raw = (more: Partial<KafkaMessage>): KafkaMessage =>
  ({ key: Buffer.from('键'), value: Buffer.from('{"n":1}'), offset: '7', ...more }) as KafkaMessage;
/** What a broker delivers and the types of kafkajs leave out: a header without a value. */
const withoutValue = null as unknown as Buffer;

describe('a message of the Kafka protocol', () => {
  it('given headers that are repeated or have no value, when it is read, then the first counts, and nothing is an empty text', () => {
    const headers = { ce_id: Buffer.from('е-1'), twice: [Buffer.from('a'), Buffer.from('b')], none: withoutValue };
    expect(readMessage('t', raw({ headers }))).toEqual({
      topic: 't',
      key: '键',
      value: { n: 1 },
      headers: { ce_id: 'е-1', twice: 'a', none: '' },
    });
  });

  it('given no key, when it is read, then the key is empty', () => {
    expect(readMessage('t', raw({ key: null }))).toMatchObject({ key: '', headers: {} });
  });

  it.each([null, '', 'hello', 'null', '[]', '7', '{"n":1'])('given the value %p, when it is read, then it is not one of ours', (value) => {
    expect(readMessage('t', raw({ value: value === null ? null : Buffer.from(value) }))).toBeUndefined();
  });

  it('given one that is not ours, when it becomes a dead letter, then key, value and headers stay, and its place is told', () => {
    const message = raw({ value: null, headers: { origin: Buffer.from('外部'), none: withoutValue } });
    expect(deadLetter('t', 3, message)).toEqual({
      key: message.key,
      value: null,
      headers: { origin: Buffer.from('外部'), none: '', unreadable_topic: 't', unreadable_partition: '3', unreadable_offset: '7' },
    });
  });
});
