import type { z } from 'zod';
import { assets } from './assets';
import { energy } from './energy';
import { type Attributes, type Envelope, envelopeFrom, type JsonObject, type KafkaMessage } from './envelope';
import { inventory } from './inventory';
import type { Promised } from './promise';
import { staffing } from './staffing';
import { topic } from './topics';
import { workorders } from './workorders';

/** By context, then by name. No two contexts use the same name. */
export const publicEvents = { workorders, staffing, assets, inventory, energy } as const;

type Contexts = typeof publicEvents;
type DataOf<P> = P extends Promised<infer Data> ? z.infer<Data> : never;
type EventOf<P> = { [N in keyof P]: Omit<Envelope, 'data'> & { readonly name: N; readonly data: DataOf<P[N]> } }[keyof P];

/**
 * A public event that was checked against its promise; `name` tells which. A consumer switches on `name` and ignores what it does
 * not know: a newer version of another context may tell more than this one has heard of.
 */
export type PublicEvent = { [C in keyof Contexts]: EventOf<Contexts[C]> }[keyof Contexts];

/** An event whose data is not what its type promises. */
export class BrokenPromise extends Error {
  override readonly name = 'BrokenPromise';
  /** Each fault: its path, and what is wrong there. */
  constructor(type: string, faults: readonly string[]) {
    super(`${type}: ${faults.join('; ')}`);
  }
}

export const typeOf = (context: string, name: string, version: number): string => `cn.hospital.${context}.${name}.v${version}`;

const promises = Object.entries(publicEvents).flatMap(([context, events]) =>
  Object.entries<Promised>(events).map(([name, promise]) => ({ context, name, promise, type: typeOf(context, name, promise.version) })),
);

/** Every topic that a context promises to tell something on. */
export const topicsOf = (context: string): readonly string[] => [
  ...new Set(promises.filter((one) => one.context === context).map(({ promise }) => topic(context, promise.aggregate))),
];

/** Data is cut down to what was promised, so that nothing more leaves a context by accident. */
function check(type: string, promise: Promised, data: JsonObject): JsonObject {
  const { success, data: kept, error } = promise.data.safeParse(data);
  if (success) return kept as JsonObject;
  throw new BrokenPromise(
    type,
    error.issues.map(({ path, message }) => `${['data', ...path].join('.')}: ${message}`),
  );
}

/** What a context tells the others. @throws {BrokenPromise} for data, or a name, that was not promised */
export function publicEvent(context: string, name: string, data: JsonObject, attributes: Omit<Attributes, 'source' | 'type'>): PublicEvent {
  const promised = promises.find((one) => one.context === context && one.name === name);
  if (promised === undefined) throw new BrokenPromise(`${context}.${name}`, ['was never promised']);
  const { type, promise } = promised;
  return { ...attributes, source: `/hospital/${context}`, type, name, data: check(type, promise, data) } as unknown as PublicEvent;
}

/**
 * Data of a type that is not known here passes unchecked, under the name its type gives it, which then is none of the names a
 * consumer can switch on. @throws {MalformedEnvelope} @throws {BrokenPromise}
 */
export function fromKafka(message: Pick<KafkaMessage, 'value' | 'headers'>): PublicEvent {
  const envelope = envelopeFrom(message);
  const known = promises.find(({ type }) => type === envelope.type);
  const data = known ? check(envelope.type, known.promise, envelope.data) : envelope.data;
  return { ...envelope, name: known?.name ?? envelope.type, data } as unknown as PublicEvent;
}
