import {
  type Actor,
  type Command,
  type Decider,
  type Event,
  foldRow,
  handle,
  idFrom,
  isRejection,
  type Journal,
  type JsonObject,
  mapPersonal,
  NAMESPACE,
  reject,
  type Rejection,
  uuidV5,
  type View,
} from '@hospital/kernel';
import { z } from 'zod';
import { checked, idempotencyKey } from './input';
import type { RequestContext } from './request';

/** What a mutation adds to a command: everything a decision needs that the caller did not say. */
export interface Asked {
  readonly by: Actor;
  /** Id of the aggregate: the one named by the input, or a new one. */
  readonly id: string;
}

type Wish<C extends Command> = Pick<C, 'type' | 'data'> & { readonly at?: string };

/** One mutation: parse, handle, answer. No rule lives here. */
export interface Mutation<S, C extends Command, E extends Event, Row extends JsonObject, Input> {
  readonly aggregate: Decider<S, C, E>;
  /** The row it answers with, folded from the very events that were written. */
  readonly view: View<Row>;
  readonly input: z.ZodType<Input>;
  /** Prefix of the id of what is made, or the id found in the input. */
  readonly of: { readonly makes: string } | ((input: Input) => string);
  /** Type and data of the command; `at` only when the actor tells when it happened. May look things up, never judges. */
  readonly to: (input: Input, asked: Asked) => Wish<C> | Promise<Wish<C>>;
}

/** The resolver of a mutation: the entity's row, or the rejection. */
export const mutation = <S, C extends Command, E extends Event, Row extends JsonObject, Input>(
  context: string,
  journal: Journal,
  { aggregate, view, input: shape, of, to }: Mutation<S, C, E, Row, Input>,
) => {
  const said = z.object({
    idempotencyKey,
    expectedRevision: z.number().int().min(0, 'must not be negative').nullish(),
    input: shape,
  });
  return async (_: unknown, args: Record<string, unknown>, request: RequestContext): Promise<Row | Rejection> => {
    const { identity: by, correlationId } = request;
    const sent = checked(said, args);
    if (isRejection(sent)) return sent;
    const { idempotencyKey: key, expectedRevision, input } = sent.value;
    // A key belongs to one actor and one aggregate: the same key elsewhere is another command, with other event ids.
    const named = typeof of === 'function' ? of(input) : undefined;
    const commandId = uuidV5(NAMESPACE, `${context}/${aggregate.category}-${named ?? 'new'}/${by.id}/${key}`);
    const aggregateId = named ?? idFrom((of as { makes: string }).makes, key, commandId);
    const command = await to(input, { by, id: aggregateId });
    const now = journal.clock.now();
    if (command.at !== undefined && command.at > now) return reject('IN_FUTURE', 'This cannot have happened yet.', 'input.occurredAt');

    const handled = await handle(
      journal,
      aggregate,
      aggregateId,
      { ...command, said: saidIn(input, command.data), id: commandId, at: command.at ?? now, by, correlationId } as unknown as C,
      { expectedRevision: expectedRevision ?? undefined },
    );
    if (isRejection(handled)) return handled;
    if (handled.position !== undefined && (request.wrote === undefined || handled.position > request.wrote))
      request.wrote = handled.position;
    return foldRow(view, aggregateId, handled.events) ?? reject('GONE', 'This no longer exists.');
  };
};

/** The input without what the command keeps as personal: a digest of it shall tell nothing about anybody. */
function saidIn(input: unknown, data: JsonObject): JsonObject {
  const personal = new Set<unknown>();
  mapPersonal(data, ({ value }) => (personal.add(value), null));
  return JSON.parse(JSON.stringify({ input }, (_, value: unknown) => (personal.has(value) ? null : value))) as JsonObject;
}
