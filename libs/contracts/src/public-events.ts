import type { z } from 'zod';
import { assets } from './assets';
import { energy } from './energy';
import { type Attributes, type Envelope, envelopeFrom, type JsonObject, type KafkaMessage } from './envelope';
import { inventory } from './inventory';
import type { Promised } from './promise';
import { staffing } from './staffing';
import { workorders } from './workorders';

/** By context, then by name. No two contexts use the same name. */
export const publicEvents = { workorders, staffing, assets, inventory, energy } as const;

type Contexts = typeof publicEvents;
type ByName = { [C in keyof Contexts]: { [N in keyof Contexts[C]]: Contexts[C][N] } }[keyof Contexts];
type Names = ByName extends infer E ? (E extends unknown ? keyof E : never) : never;
type PromiseOf<N extends Names> = ByName extends infer E ? (E extends { readonly [K in N]: infer P } ? P : never) : never;
type DataOf<N extends Names> = PromiseOf<N> extends Promised<infer Data> ? z.infer<Data> : never;

/**
 * A public event that was checked against its promise; `name` tells which. A consumer switches on `name` and ignores what it does
 * not know: a newer version of another context may tell more than this one has heard of.
 */
export type PublicEvent = { [N in Names]: Omit<Envelope, 'data'> & { readonly name: N; readonly data: DataOf<N> } }[Names];

/** An event whose data is not what its type promises. */
export class BrokenPromise extends Error {
  override readonly name = 'BrokenPromise';
  constructor(
    readonly type: string,
    /** Path of each fault, and what is wrong there. */
    readonly faults: readonly string[],
  ) {
    super(`${type}: ${faults.join('; ')}`);
  }
}

export const typeOf = (context: string, name: string, version: number): string => `cn.hospital.${context}.${name}.v${version}`;

const promised = new Map<string, { readonly name: string; readonly promise: Promised }>();
for (const [context, events] of Object.entries(publicEvents))
  for (const [name, promise] of Object.entries(events)) promised.set(typeOf(context, name, promise.version), { name, promise });

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
  const events: Readonly<Record<string, Promised>> = Object.hasOwn(publicEvents, context) ? publicEvents[context as keyof Contexts] : {};
  const promise = Object.hasOwn(events, name) ? events[name] : undefined;
  if (promise === undefined) throw new BrokenPromise(`${context}.${name}`, ['was never promised']);
  const type = typeOf(context, name, promise.version);
  return { ...attributes, source: `/hospital/${context}`, type, name, data: check(type, promise, data) } as unknown as PublicEvent;
}

/**
 * Data of a type that is not known here passes unchecked, under the name its type gives it, which then is none of the names a
 * consumer can switch on. @throws {BrokenPromise}
 */
export function parsePublicEvent(envelope: Envelope): PublicEvent {
  const known = promised.get(envelope.type);
  return {
    ...envelope,
    name: known?.name ?? envelope.type,
    data: known ? check(envelope.type, known.promise, envelope.data) : envelope.data,
  } as unknown as PublicEvent;
}

/** @throws {MalformedEnvelope} @throws {BrokenPromise} */
export const fromKafka = (message: Pick<KafkaMessage, 'value' | 'headers'>): PublicEvent => parsePublicEvent(envelopeFrom(message));
