import type { Instant } from './clock';
import type { Decider } from './decider';
import type { JsonObject } from './json';
import type { Command, Event, Recorded } from './messages';
import type { Query } from './view';
import { uuidV5 } from './uuid';

/** A command on its way to an aggregate, without what the sender adds: id, instant, actor, correlation. */
export interface Addressed {
  // Any aggregate will do here: the command was checked where it was made.
  readonly aggregate: Decider<any, any, any>; // eslint-disable-line @typescript-eslint/no-explicit-any
  /** Of the aggregate. */
  readonly id: string;
  readonly type: string;
  readonly data: JsonObject;
}

export const to = <S, C extends Command, E extends Event>(
  aggregate: Decider<S, C, E>,
  id: string,
  type: C['type'],
  data: C['data'],
): Addressed => ({ aggregate, id, type, data });

/** Reads a view's rows. */
export type Ask = (view: string, query: Query) => Promise<readonly { readonly key: string; readonly row: JsonObject }[]>;

/**
 * What this context does by itself when something has happened. `facts` may ask the views; `react` is pure, and its commands carry
 * the facts they were decided on, one at most of a type for one aggregate; they are sent at once, in no order. Every event is
 * reacted to once: a command's id derives from the event's and from whom it is for.
 */
export interface Policy<Facts = unknown> {
  /** Kebab-case, for ever: part of the commands' ids. */
  readonly name: string;
  readonly categories: readonly string[];
  readonly on: readonly string[];
  /** `now`: as of when its commands will decide, which may be long after the event. Whoever is chosen is judged as of then. */
  facts(event: Recorded, ask: Ask, now: Instant): Promise<Facts>;
  react(event: Recorded, facts: Facts): readonly Addressed[];
}

/** What becomes due: the instant is a column of a view; when it has come, `whenDue` says what to do about that row. */
export interface Deadline {
  /** Kebab-case, for ever: part of the commands' ids. */
  readonly name: string;
  readonly view: string;
  /** Holds an {@link Instant} or null. */
  readonly column: string;
  /** Holds the correlation id that what becomes due goes on with. */
  readonly correlation: string;
  whenDue(key: string, dueAt: Instant): Addressed;
}

/** Ids of the commands a policy or a deadline sends: the same occasion, the same id. */
export const occasionId = (name: string, occasion: string, n = 0): string =>
  uuidV5('2b7e9e1c-54c4-5d31-8c55-0a3f8e7f1b90', `${name}/${occasion}/${n}`);
