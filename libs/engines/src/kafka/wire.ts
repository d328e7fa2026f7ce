import { type Delivered, MAX_APPEND_BYTES, sha256 } from '@hospital/kernel';
import type { KafkaMessage, Message } from 'kafkajs';

/** Deeper than anybody means; what is walked through by recursion must end. */
const MAX_DEPTH = 100;

/** Of a repeated header the first; a header without a value is an empty one. */
const headersOf = ({ headers = {} }: Pick<Message, 'headers'>): Readonly<Record<string, string | Buffer>> =>
  Object.fromEntries(Object.entries(headers).map(([name, header]) => [name, [header].flat()[0] ?? '']));

export const bytesOf = ({ key, value, headers = {} }: Pick<Message, 'key' | 'value' | 'headers'>): number =>
  [key, value, ...Object.entries(headers).flat(2)].reduce((sum, part) => sum + Buffer.byteLength(part ?? ''), 0);

const isShallow = (value: unknown, levels = MAX_DEPTH): boolean =>
  typeof value !== 'object' || value === null || (levels > 0 && Object.values(value).every((inner) => isShallow(inner, levels - 1)));

const originOf = (topic: string, partition: number, { offset }: KafkaMessage) => ({
  origin_topic: topic,
  origin_partition: String(partition),
  origin_offset: offset,
});

/** `undefined` for what nobody of ours has written: a value that is no JSON object, or larger or deeper than ours are. */
export function readMessage(topic: string, partition: number, message: KafkaMessage): Omit<Delivered, 'topic'> | undefined {
  if (bytesOf(message) > MAX_APPEND_BYTES) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(String(message.value));
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value) || !isShallow(value)) return undefined;
  const headers = Object.fromEntries(Object.entries(headersOf(message)).map(([name, header]) => [name, String(header)]));
  return { key: String(message.key ?? ''), value: value as Delivered['value'], headers, origin: originOf(topic, partition, message) };
}

/** The message as it is, with headers that say where it came from. */
export function deadLetter(topic: string, partition: number, message: KafkaMessage): Message {
  return { key: message.key, value: message.value, headers: { ...headersOf(message), ...originOf(topic, partition, message) } };
}

/** What is left of a dead letter that is too large for its topic: where it came from, and how to know the message again. */
export function stub({ value, headers = {} }: Message): Message {
  const kept = Object.entries(headers).filter(([name, text]) => /^(origin_\w+|reason)$/.test(name) && (text?.length ?? 0) < 1_000);
  const known = { origin_bytes: String(Buffer.byteLength(value ?? '')), origin_sha256: sha256(value ?? '') };
  return { key: null, value: null, headers: { ...Object.fromEntries(kept), ...known } };
}
