import { type Clock, type Instant, isUuid } from '@hospital/kernel';
import { randomUUID } from 'node:crypto';
import { GraphQLError } from 'graphql';
import { ANONYMOUS, type Identity, type Verify } from './auth';
import { dateTime } from './input';
import type { Seen } from './views';

export type Headers = { get(name: string): string | undefined | null };

/** What travels with every GraphQL operation, from the gateway through each context. */
export interface RequestContext extends Seen {
  readonly identity: Identity;
  readonly correlationId: string;
  /** Position of what this operation has written, for the token in the answer. */
  wrote?: bigint | undefined;
  /** What was refused because of who asks, for the audit at the gateway. */
  denied?: { readonly field: string; readonly code: string }[];
  /** Fields that answer null because of who asks. */
  withheld?: Set<string>;
}

export const refuse = (code: string, message: string, field: string, status = 400): GraphQLError =>
  new GraphQLError(message, { extensions: { code, field, http: { status } } });

/** `x-as-of`: an instant with offset, not ahead of the clock. */
export function asOfFrom(header: string | null | undefined, clock: Clock): Instant | undefined {
  if (!header) return undefined;
  const parsed = dateTime.safeParse(header);
  if (!parsed.success) throw refuse('INVALID_AS_OF', 'x-as-of is not an instant that exists (ISO 8601 with offset).', 'x-as-of');
  if (parsed.data > clock.now()) throw refuse('AS_OF_IN_FUTURE', 'x-as-of lies in the future.', 'x-as-of');
  return parsed.data;
}

/** `x-wait-for`: `workorders=123,staffing=45`, the positions that answers carried; this context's part. */
export function waitForFrom(header: string | null | undefined, context: string): bigint | undefined {
  if (!header) return undefined;
  const wanted = header.split(',').map((part) => /^\s*([a-z]+)=(\d{1,20})\s*$/.exec(part));
  if (wanted.includes(null)) throw refuse('INVALID_POSITION', 'x-wait-for is not a list of context=position.', 'x-wait-for');
  const position = wanted.findLast((found) => found?.[1] === context)?.[2];
  return position === undefined ? undefined : BigInt(position);
}

export const correlationIdFrom = (header: string | null | undefined): string =>
  header && isUuid(header.toLowerCase()) ? header.toLowerCase() : randomUUID();

export async function requestContext(headers: Headers, context: string, verify: Verify, clock: Clock): Promise<RequestContext> {
  const authorization = headers.get('authorization') ?? undefined;
  return {
    identity: authorization === undefined ? ANONYMOUS : await verify(authorization),
    asOf: asOfFrom(headers.get('x-as-of'), clock),
    waitFor: waitForFrom(headers.get('x-wait-for'), context),
    correlationId: correlationIdFrom(headers.get('x-correlation-id')),
  };
}
