import type { Delivered } from '@hospital/kernel';
import type { KafkaMessage, Message } from 'kafkajs';

/** Of a repeated header the first; a header without a value is an empty one. */
const headersOf = ({ headers = {} }: KafkaMessage): Readonly<Record<string, string | Buffer>> =>
  Object.fromEntries(Object.entries(headers).map(([name, header]) => [name, [header].flat()[0] ?? '']));

/** `undefined` for what nobody of ours has written: a value that is no JSON object. */
export function readMessage(topic: string, message: KafkaMessage): Delivered | undefined {
  let value: unknown;
  try {
    value = JSON.parse(String(message.value));
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const headers = Object.fromEntries(Object.entries(headersOf(message)).map(([name, header]) => [name, String(header)]));
  return { topic, key: String(message.key ?? ''), value: value as Delivered['value'], headers };
}

/** The message as it is, with headers that say where it came from. */
export const deadLetter = (topic: string, partition: number, message: KafkaMessage): Message => ({
  key: message.key,
  value: message.value,
  headers: {
    ...headersOf(message),
    unreadable_topic: topic,
    unreadable_partition: String(partition),
    unreadable_offset: message.offset,
  },
});
