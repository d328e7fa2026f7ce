import type { Instant } from './clock';
import type { JsonObject } from './json';

/** Who acts. `id` is a pseudonym (`pn_…`, `robot_…`, `system`), never a name. */
export interface Actor {
  readonly id: string;
  readonly kind: 'person' | 'robot' | 'system' | 'patient';
  readonly roles: readonly string[];
}

/** A wish, with everything a decision may depend on: no clock and no randomness are left to `decide`. */
export interface Command<Type extends string = string, Data extends JsonObject = JsonObject> {
  /** UUID. The same id is the same wish, however often it is sent. */
  readonly id: string;
  readonly type: Type;
  readonly data: Data;
  /** What was wished for, when the data hold more: facts looked up for the decision, which may differ when it is sent again. */
  readonly said?: JsonObject;
  /** When it happened, as told by the actor; becomes `occurredAt`. */
  readonly at: Instant;
  readonly by: Actor;
  readonly correlationId: string;
  /** Id of the event that led to this command, when one did. */
  readonly causationId?: string;
  /** An exercise: recorded, never counted, never sent outside. */
  readonly drill?: boolean;
}

/** A fact, in the language of the ward. */
export interface Event<Type extends string = string, Data extends JsonObject = JsonObject> {
  readonly type: Type;
  readonly data: Data;
}

export interface Metadata extends JsonObject {
  readonly correlationId: string;
  /** The command that was decided; all its events carry it. */
  readonly commandId: string;
  /** The event that led to the command, or the command itself when somebody outside sent it. */
  readonly causationId: string;
  readonly actor: { readonly id: string; readonly kind: Actor['kind']; readonly roles: readonly string[] };
  /** Told by the actor. */
  readonly occurredAt: Instant;
  /** Stamped at the append; within a stream never earlier than the event before. */
  readonly recordedAt: Instant;
  readonly schemaVersion: number;
  /** SHA-256 of the command's content, personal values left out: tells a repetition from a reused id. */
  readonly fingerprint: string;
  readonly drill?: boolean;
  /** Hash of the stream's previous event, `''` for the first. */
  readonly previousHash: string;
  readonly hash: string;
}

/** An event on its way into a store. */
export interface Proposed extends Event {
  /** UUID */
  readonly id: string;
  readonly metadata: Metadata;
}

/** An event as a store keeps it. */
export interface Recorded extends Proposed {
  readonly stream: string;
  /** 0-based place in its stream. */
  readonly revision: number;
  /** Place in the global order of its store; compare, never compute. */
  readonly position: bigint;
}

/** An expected refusal. It is an answer, not an error. */
export interface Rejection {
  readonly rejected: true;
  /** SCREAMING_SNAKE, stable: clients switch on it. */
  readonly code: string;
  /** One English sentence for a person. */
  readonly message: string;
  /** Path of the input that is at fault, when one is. */
  readonly field?: string;
}

export const reject = (code: string, message: string, field?: string): Rejection =>
  field === undefined ? { rejected: true, code, message } : { rejected: true, code, message, field };

export const isRejection = (answer: unknown): answer is Rejection =>
  typeof answer === 'object' && answer !== null && (answer as Rejection).rejected === true;

/** Streams are named `<category>-<id>`. */
export const categoryOf = (stream: string): string => stream.slice(0, stream.indexOf('-'));
export const idOf = (stream: string): string => stream.slice(stream.indexOf('-') + 1);
