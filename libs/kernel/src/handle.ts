import { link } from './chain';
import { type Clock, later, pause } from './clock';
import { type Decider, fold, type History, upcast, versionOf } from './decider';
import { canonicalText, sha256 } from './json';
import { type Command, type Event, isRejection, type Proposed, type Recorded, reject, type Rejection } from './messages';
import { masked, type Vault } from './personal';
import { AppendTooLarge, type EventStore, NO_STREAM, OutcomeUnknown, StoreUnavailable, WrongRevision } from './ports';
import { uuidV5 } from './uuid';

/** What a context writes with. */
export interface Journal {
  readonly store: EventStore;
  readonly clock: Clock;
  readonly history: History;
  readonly vault: Vault;
  /** Waits between attempts; tests replace it. */
  readonly pause?: (ms: number) => Promise<void>;
}

export interface Handled<State> {
  readonly state: State;
  /** Revision of the stream after this command, {@link NO_STREAM} when there is no stream. */
  readonly revision: number;
  /** Of the last event known to belong to the answer; `undefined` when there is none. */
  readonly position: bigint | undefined;
  /** The stream up to and with this command's events, personal values sealed. */
  readonly events: readonly Recorded[];
  /** The command had been handled before. */
  readonly repeated: boolean;
}

const CONFLICTS = 20;
/** Together about half a minute: longer than a server needs to answer late or a cluster to elect. */
const UNKNOWN_PAUSES = [100, 250, 500, 1_000, 2_000, 4_000, 8_000, 15_000];

/** Id of the n-th event a command leads to. */
export const eventId = (commandId: string, n: number): string => uuidV5(commandId, String(n));

const fingerprintOf = (command: Command): string =>
  sha256(canonicalText({ type: command.type, data: masked(command.said ?? command.data), by: command.by.id }));

/** A stream as today's code reads it: upcast, personal values sealed. */
export async function readStream({ store, history }: Pick<Journal, 'store' | 'history'>, stream: string): Promise<readonly Recorded[]> {
  return (await store.read(stream)).map((event) => upcast(history, event));
}

/**
 * Read, fold, decide, append at the revision that was read; after a conflict or an unknown outcome, from the start. A command that
 * was handled before answers what it answered then, and writes nothing.
 *
 * @throws {StoreUnavailable} nothing was written @throws {OutcomeUnknown} send the same command again to learn
 */
export async function handle<S, C extends Command, E extends Event>(
  journal: Journal,
  decider: Decider<S, C, E>,
  id: string,
  command: C,
  { expectedRevision }: { readonly expectedRevision?: number | undefined } = {},
): Promise<Handled<S> | Rejection> {
  const stream = `${decider.category}-${id}`;
  const fingerprint = fingerprintOf(command);
  const first = eventId(command.id, 0);
  let conflicts = 0;
  let unknowns = 0;
  for (;;) {
    try {
      const events = await readStream(journal, stream);
      const revision = events.length - 1;

      const at = events.findIndex((event) => event.id === first);
      if (at >= 0) {
        if (events[at]!.metadata.fingerprint !== fingerprint)
          return reject('IDEMPOTENCY_KEY_REUSED', 'This idempotency key was used before, for something else.', 'idempotencyKey');
        let end = at;
        while (events[end + 1]?.metadata.commandId === command.id) end += 1;
        return answer(decider, events.slice(0, end + 1), true);
      }

      if (expectedRevision !== undefined && expectedRevision !== revision)
        return reject('STALE_REVISION', `The expected revision is ${expectedRevision}, the current one ${revision}.`, 'expectedRevision');

      const decided = decider.decide(command, fold(decider, events));
      if (isRejection(decided)) return decided;
      if (decided.length === 0) return answer(decider, events, false);

      const proposed = await propose(journal, stream, events.at(-1), command, fingerprint, decided);
      const { position } = await journal.store.append(stream, revision, proposed);
      const written = proposed.map((event, n) => ({ ...event, stream, revision: revision + 1 + n, position }));
      return answer(decider, [...events, ...written], false);
    } catch (error) {
      if (error instanceof AppendTooLarge)
        return reject('TOO_LARGE', `This would record ${error.bytes} bytes at once; the limit is 1 MiB.`, 'input');
      if (error instanceof WrongRevision) {
        if (++conflicts < CONFLICTS) continue;
        throw new StoreUnavailable(`${stream}: ${conflicts} conflicts in a row`);
      }
      // Once an outcome is unknown, a store that cannot be reached leaves it so.
      const unknown = error instanceof OutcomeUnknown || (unknowns > 0 && error instanceof StoreUnavailable);
      if (!unknown) throw error;
      const wait = UNKNOWN_PAUSES[unknowns++];
      if (wait === undefined) throw new OutcomeUnknown(`${stream}: could not be settled`, { cause: error });
      await (journal.pause ?? pause)(wait);
    }
  }
}

const answer = <S, C extends Command, E extends Event>(
  decider: Decider<S, C, E>,
  events: readonly Recorded[],
  repeated: boolean,
): Handled<S> => ({
  state: fold(decider, events),
  revision: events.length === 0 ? NO_STREAM : events.length - 1,
  position: events.at(-1)?.position,
  events,
  repeated,
});

async function propose(
  { clock, history, vault }: Journal,
  stream: string,
  last: Recorded | undefined,
  command: Command,
  fingerprint: string,
  decided: readonly Event[],
): Promise<readonly Proposed[]> {
  const sealed = await Promise.all(decided.map(({ data }) => vault.seal(data)));
  const now = clock.now();
  const recordedAt = last ? later(now, last.metadata.recordedAt) : now;
  const { id: commandId, by, at: occurredAt, correlationId, causationId = commandId, drill } = command;
  const actor = { id: by.id, kind: by.kind, roles: by.roles };
  const origin = { correlationId, commandId, causationId, actor, occurredAt, recordedAt, fingerprint, ...(drill ? { drill } : {}) };
  const proposed: Proposed[] = [];
  for (const [n, { type }] of decided.entries()) {
    const revision = (last?.revision ?? NO_STREAM) + 1 + n;
    const previousHash = (proposed.at(-1) ?? last)?.metadata.hash ?? '';
    const event = { id: eventId(commandId, n), type, data: sealed[n]! };
    proposed.push(link(stream, revision, previousHash, event, { ...origin, schemaVersion: versionOf(history, type) }));
  }
  return proposed;
}
