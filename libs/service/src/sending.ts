import { type Actor, type Addressed, handle, isRejection, type Journal, type Recorded, type Rejection } from '@hospital/kernel';
import type { Logger } from 'pino';

/** The suite itself, when it acts on what has happened or has become due. */
export const SYSTEM: Actor = { id: 'system', kind: 'system', roles: [] };

/** What an addressed command still lacks. */
export interface Occasion {
  readonly id: string;
  readonly at: string;
  readonly correlationId: string;
  readonly causationId?: string;
  readonly drill?: boolean;
}

/** Sends a command nobody is waiting for. A rejection is the aggregate's last word and is logged; errors are thrown: send again. */
export async function send(
  journal: Journal,
  { aggregate, id, type, data }: Addressed,
  occasion: Occasion,
  log: Logger,
): Promise<Rejection | undefined> {
  const answer = await handle(journal, aggregate, id, { ...occasion, type, data, by: SYSTEM });
  if (!isRejection(answer)) return undefined;
  log.warn({ command: type, aggregate: id, code: answer.code }, answer.message);
  return answer;
}

/** The occasion an event gives. */
export const because = (event: Recorded, commandId: string, at: string): Occasion => ({
  id: commandId,
  at,
  correlationId: event.metadata.correlationId,
  causationId: event.id,
  ...(event.metadata.drill ? { drill: true } : {}),
});
