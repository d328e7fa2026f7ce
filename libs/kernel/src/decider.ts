import type { JsonObject } from './json';
import type { Command, Event, Recorded, Rejection } from './messages';

/** The rules of one aggregate, pure. */
export interface Decider<State, C extends Command, E extends Event> {
  /** Streams are named `<category>-<id>`. */
  readonly category: string;
  readonly initial: State;
  /** `[]` when the wish is already fact. */
  decide(command: C, state: State): readonly E[] | Rejection;
  /** Never throws, whatever the history. */
  evolve(state: State, event: E): State;
}

/** Events this version does not know (written by a newer one) change nothing. */
export const fold = <S, C extends Command, E extends Event>(decider: Decider<S, C, E>, events: readonly Event[]): S =>
  events.reduce((state, event) => decider.evolve(state, event as E) ?? state, decider.initial);

/**
 * How a context's stored events became today's: per event type the shape written now (`version`) and the step from each older
 * version to the next. A type without an entry is at version 1.
 */
export type History = Readonly<
  Record<string, { readonly version: number; readonly up: Readonly<Record<number, (data: JsonObject, event: Recorded) => JsonObject>> }>
>;

export const versionOf = (history: History, type: string): number => history[type]?.version ?? 1;

export function upcast(history: History, event: Recorded): Recorded {
  const entry = history[event.type];
  if (entry === undefined || event.metadata.schemaVersion >= entry.version) return event;
  let data = event.data;
  for (let version = event.metadata.schemaVersion; version < entry.version; version += 1) {
    const step = entry.up[version];
    if (step === undefined) throw new Error(`${event.type}: no upcaster from version ${version}`);
    data = step(data, event);
  }
  return { ...event, data };
}
