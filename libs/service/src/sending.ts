import { type Actor, type Addressed, type Command, handle, isRejection, type Recorded } from '@hospital/kernel';
import type { Context } from './context';

/** The suite itself, when it acts on what has happened or has become due. */
export const SYSTEM: Actor = { id: 'system', kind: 'system', roles: [] };

/** What an addressed command still lacks. */
export type Occasion = Omit<Command, 'type' | 'data' | 'by'>;

/**
 * Sends a command nobody is waiting for; false when it was rejected, which is the aggregate's last word and is logged. Errors are
 * thrown: send again.
 */
export async function send(context: Context, { aggregate, id, type, data }: Addressed, occasion: Occasion): Promise<boolean> {
  const answer = await handle(context, aggregate, id, { ...occasion, type, data, by: SYSTEM });
  if (isRejection(answer)) context.log.warn({ command: type, aggregate: id, code: answer.code }, answer.message);
  return !isRejection(answer);
}

/** The occasion an event gives. */
export const because = ({ id: causationId, metadata: { correlationId, drill } }: Recorded, id: string, at: string): Occasion => ({
  id,
  at,
  correlationId,
  causationId,
  ...(drill ? { drill } : {}),
});
