import type { KafkaMessage } from 'kafkajs';
import { createHash } from 'node:crypto';
import { MAX_APPEND_BYTES } from '@hospital/kernel';
import { bytesOf, deadLetter, readMessage, stub } from './wire';

const raw = (more: Partial<KafkaMessage>): KafkaMessage =>
  ({ key: Buffer.from('键'), value: Buffer.from('{"n":1}'), offset: '7', ...more }) as KafkaMessage;
/** What a broker delivers and the types of kafkajs leave out: a header without a value. */
const withoutValue = null as unknown as Buffer;

describe('a message of the Kafka protocol', () => {
  it('given headers that are repeated or have no value, when it is read, then the first counts, and nothing is an empty text', () => {
    const headers = { ce_id: Buffer.from('е-1'), twice: [Buffer.from('a'), Buffer.from('b')], none: withoutValue };
    expect(readMessage('t', 3, raw({ headers }))).toEqual({
      key: '键',
      value: { n: 1 },
      headers: { ce_id: 'е-1', twice: 'a', none: '' },
      origin: { origin_topic: 't', origin_partition: '3', origin_offset: '7' },
    });
  });

  it('given no key, when it is read, then the key is empty', () => {
    expect(readMessage('t', 3, raw({ key: null }))).toMatchObject({ key: '', headers: {} });
  });

  it.each([null, '', 'hello', 'null', '[]', '7', '{"n":1'])('given the value %p, when it is read, then it is not one of ours', (value) => {
    expect(readMessage('t', 3, raw({ value: value === null ? null : Buffer.from(value) }))).toBeUndefined();
  });

  it('given one that is not ours, when it becomes a dead letter, then key, value and headers stay, and its place is told', () => {
    const message = raw({ value: null, headers: { origin: Buffer.from('外部'), none: withoutValue } });
    expect(deadLetter('t', 3, message)).toEqual({
      key: message.key,
      value: null,
      headers: { origin: Buffer.from('外部'), none: '', origin_topic: 't', origin_partition: '3', origin_offset: '7' },
    });
  });

  it('given as much as one append may hold, when it is read, then it is one of ours; with a byte more it is not, wherever that stands', () => {
    const frame = bytesOf(raw({ value: Buffer.from('{"x":""}') }));
    const filled = raw({ value: Buffer.from(`{"x":"${'a'.repeat(MAX_APPEND_BYTES - frame)}"}`) });
    expect(readMessage('t', 3, filled)).toBeDefined();
    expect(readMessage('t', 3, { ...filled, headers: { h: Buffer.alloc(0) } } as KafkaMessage)).toBeUndefined();
    expect(readMessage('t', 3, { ...filled, key: Buffer.from('键k') } as KafkaMessage)).toBeUndefined();
    expect(readMessage('t', 3, raw({ value: Buffer.from(`{"x":"${'a'.repeat(MAX_APPEND_BYTES + 1 - frame)}"}`) }))).toBeUndefined();
  });

  it.each([
    [100, true],
    [101, false],
    [50_000, false],
  ])('given a value nested %i deep, when it is read, then it is one of ours: %p', (depth, ours) => {
    const value = `{"a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`;
    expect(readMessage('t', 3, raw({ value: Buffer.from(value) })) !== undefined).toBe(ours);
  });

  it('given a dead letter that is too large for its topic, when it is shortened, then it still says which message it was, and why', () => {
    const value = Buffer.alloc(3_000_000, 'x');
    const letter = deadLetter('t', 3, raw({ value, headers: { ce_id: Buffer.from('e-1'), huge: Buffer.alloc(2_000_000) } }));
    expect(stub({ ...letter, headers: { ...letter.headers, reason: 'no time' } })).toEqual({
      key: null,
      value: null,
      headers: {
        origin_topic: 't',
        origin_partition: '3',
        origin_offset: '7',
        reason: 'no time',
        origin_bytes: '3000000',
        origin_sha256: createHash('sha256').update(value).digest('hex'),
      },
    });
  });
});
