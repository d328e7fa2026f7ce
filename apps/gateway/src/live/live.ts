import { randomUUID } from 'node:crypto';
import { type Instant, pause, plus } from '@hospital/kernel';
import { type Operation, refuse, type Verify } from '@hospital/service';
import type { FastifyRequest } from 'fastify';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { Logger } from 'pino';
import type { Gateway } from '../gateway';
import { LIMITS } from '../limits';
import { Channel } from './channel';
import type { Change, Feed } from './feed';
import { ended, Inbox } from './inbox';
import { type Asked, type LiveOperation, liveOperation } from './operation';
import { Turns } from './turns';

/** How many may listen, and how much may wait for each. */
export const LIVE_LIMITS = {
  /** Subscriptions of one identity, per process. */
  perIdentity: 50,
  /** Changes that wait for a subscriber that does not take them. */
  waiting: 1_000,
};

/** One message to a subscriber, in the shape of an answer. */
export interface Message {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly GraphQLFormattedError[];
  readonly extensions?: Record<string, unknown>;
}

/** What was asked of an entity; null: it is not there, or not shown. Undefined: nothing is known. */
type Lookup = Promise<Record<string, unknown> | null | undefined>;

/** Worth asking again: it passes. */
const PASSING = ['NOT_YET_VISIBLE', 'CONTEXT_UNAVAILABLE', 'STORE_UNAVAILABLE'];
const TRIES = 4;
/** So many messages of one context are made at a time; whoever asks something else is answered in between. */
const AT_ONCE = 50;
/** Longer timers fire at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** Subscriptions: each change is shown by an ordinary query with the subscriber's own token. 实时订阅 */
export class Live {
  private readonly channels: ReadonlyMap<string, Channel>;
  private readonly perIdentity = new Map<string, number>();
  private readonly turns: ReadonlyMap<string, Turns>;
  /** What filters ask of a changed entity, by their texts. */
  private readonly filtered = new WeakMap<Change, Map<string, Lookup>>();

  constructor(
    private readonly gateway: Pick<Gateway, 'answer' | 'schema' | 'contextOf' | 'holdSubscription'>,
    feeds: ReadonlyMap<string, Feed>,
    private readonly verify: Verify,
    log: Logger,
    private readonly limits = LIVE_LIMITS,
  ) {
    this.channels = new Map([...feeds].map(([name, feed]) => [name, new Channel(name, feed, log)]));
    this.turns = new Map([...feeds.keys()].map((name) => [name, new Turns(AT_ONCE)]));
  }

  /** Begins to listen. @throws {GraphQLError} when it is refused */
  async subscribe(operation: Operation, authorization: string | undefined, asOf?: string): Promise<AsyncGenerator<Message, void>> {
    if (asOf !== undefined) throw refuse('AS_OF_ON_SUBSCRIPTION', 'The past does not change: x-as-of goes with queries only.', 'x-as-of');
    const body = { ...operation };
    // What holds of a query at its beginning holds of a subscription.
    const get = (name: string) => (name === 'authorization' ? authorization : undefined);
    const { correlationId = '' } = await this.gateway.contextOf({ get }, { body } as FastifyRequest);
    const identity = await this.verify(authorization);
    const live = liveOperation(this.gateway.schema!, body, LIMITS.tokens);
    this.gateway.holdSubscription(live.field, identity, correlationId);
    const channel = this.channels.get(live.context);
    if (!channel) throw ended('CONTEXT_UNAVAILABLE', `Nobody said where ${live.context} is.`);
    const wants = ({ id }: Change): boolean => (live.id === undefined ? id.startsWith(live.prefix) : id === live.id);
    const inbox = new Inbox(authorization!, wants, this.limits.waiting);
    this.count(identity.id, inbox);
    const expires = setTimeout(() => inbox.end(ended('UNAUTHENTICATED', 'The bearer token has expired.')), untilExpiry(authorization!));
    inbox.signal.addEventListener('abort', () => clearTimeout(expires), { once: true });
    const joined = await channel.join(inbox);
    return asGenerator(this.messages(live, channel, inbox, joined), inbox);
  }

  /** Everybody is told where to go on, and that it is not here. */
  end(): void {
    for (const channel of this.channels.values())
      channel.endAll('GOING_AWAY', 'This gateway ends; connect again and go on from this position.');
  }

  private count(identity: string, inbox: Inbox): void {
    const before = this.perIdentity.get(identity) ?? 0;
    if (before >= this.limits.perIdentity)
      throw refuse('TOO_MANY_SUBSCRIPTIONS', `One account may listen ${this.limits.perIdentity} times at once.`, 'subscription', 429);
    this.perIdentity.set(identity, before + 1);
    const leave = (): void => {
      const left = this.perIdentity.get(identity)! - 1;
      if (left > 0) this.perIdentity.set(identity, left);
      else this.perIdentity.delete(identity);
    };
    inbox.signal.addEventListener('abort', leave, { once: true });
  }

  private async *messages(live: LiveOperation, channel: Channel, inbox: Inbox, joined: bigint): AsyncGenerator<Message, void> {
    let place = live.after ?? joined;
    try {
      for await (const change of changes(live, channel, inbox, joined)) {
        const message = (await this.mayBeWanted(live, change, inbox)) ? await this.messageOf(live, change, inbox) : undefined;
        if (inbox.signal.aborted) break;
        if (message) yield message;
        place = change.position;
      }
    } catch (error) {
      inbox.end(error instanceof GraphQLError ? error : ended('INTERNAL_SERVER_ERROR', 'Something went wrong on our side.'));
    }
    const { reason } = inbox;
    inbox.end();
    if (reason) yield { errors: [plain(reason, { position: String(place) })] };
  }

  /**
   * Whether the filter may hold after this change, or held before it. It only spares questions: what is told is what the subscriber's
   * own token shows.
   */
  private async mayBeWanted(live: LiveOperation, change: Change, inbox: Inbox): Promise<boolean> {
    const entity = await this.lookedUp(live, change, inbox);
    return !entity || live.mayHold(entity) || (await this.heldBefore(live, change, inbox)) !== false;
  }

  /** Then it is told that it no longer does: a list that was filled by this filter still shows the entity. Undefined: that is not known. */
  private async heldBefore(live: LiveOperation, change: Change, inbox: Inbox): Promise<boolean | undefined> {
    if (change.recordedAt === undefined) return false;
    const before = await this.lookedUp(live, change, inbox, plus(change.recordedAt, -1));
    return before === undefined ? undefined : before !== null && live.holds(before);
  }

  /** What a filter asks of an entity, once for all whose filters ask the same: thousands follow different places. */
  private async lookedUp(live: LiveOperation, change: Change, { authorization }: Inbox, asOf?: Instant): Lookup {
    const { filtering } = live;
    if (filtering === undefined) return undefined;
    const known = this.filtered.get(change) ?? new Map<string, Lookup>();
    this.filtered.set(change, known);
    const key = `${asOf} ${filtering}`;
    const asked =
      known.get(key) ?? this.lookUp(live.context, { query: filtering, variables: { id: change.id } }, change, authorization, asOf);
    known.set(key, asked);
    const found = await asked;
    if (found === undefined) known.delete(key);
    return found;
  }

  private async lookUp(context: string, asked: Asked, { position }: Change, authorization: string, asOf?: Instant): Lookup {
    const { data, errors } = await this.ask(context, asked, position, authorization, asOf).catch((): Message => ({ errors: [] }));
    return (data?.['it'] as Record<string, unknown> | null | undefined) ?? (errors ? undefined : null);
  }

  /** What a change shows; nothing when this subscriber does not see the entity, or it neither is nor was as the filter says. */
  private async messageOf(live: LiveOperation, change: Change, inbox: Inbox): Promise<Message | undefined> {
    for (let tries = 1; ; tries += 1) {
      const asked = live.queryOf(change.id);
      const { data, errors, extensions } = await this.ask(live.context, asked, change.position, inbox.authorization);
      const entity = data?.[live.key] as Record<string, unknown> | null | undefined;
      const code = errors?.[0]?.extensions?.['code'] as string | undefined;
      if (entity) {
        if (!live.holds(entity) && !(await this.heldBefore(live, change, inbox))) return undefined;
        return {
          data: { [live.key]: live.shown(entity) },
          ...(errors ? { errors } : {}),
          extensions: { ...extensions, change: { position: String(change.position), event: change.type } },
        };
      }
      if (code === undefined || code === 'FORBIDDEN') return undefined;
      if (inbox.signal.aborted) return undefined;
      if (!PASSING.includes(code) || tries === TRIES) throw ended(code, errors![0]!.message);
      await pause(250 * 2 ** tries, inbox.signal);
    }
  }

  private ask(context: string, asked: Asked, position: bigint, authorization: string, asOf?: Instant): Promise<Message> {
    return this.turns.get(context)!.take(async () => {
      const identity = await this.verify(authorization);
      const correlationId = randomUUID();
      const forwarded = new Map([
        ['authorization', authorization],
        ['x-wait-for', `${context}=${position}`],
        ['x-correlation-id', correlationId],
        ...(asOf === undefined ? [] : [['x-as-of', asOf] as const]),
      ]);
      const contextValue = { forwarded, positions: {}, identity, correlationId, denied: [], withheld: new Set<string>() };
      return (await this.gateway.answer(asked, contextValue)).answer;
    });
  }
}

/** First what was missed, then what comes; each change once, in order. */
async function* changes(live: LiveOperation, channel: Channel, inbox: Inbox, joined: bigint): AsyncGenerator<Change> {
  const { after } = live;
  // One that is ahead of us here is asked for as well: it may be none at all.
  const seen = after === undefined || after < joined ? joined : after;
  if (after !== undefined && after !== joined)
    for await (const change of channel.between(after, seen, inbox)) if (inbox.wants(change)) yield change;
  for (let change = await inbox.next(); change; change = await inbox.next()) if (change.position > seen) yield change;
}

/** A generator that waits cannot be told to return: leaving ends what it waits for. */
function asGenerator(messages: AsyncGenerator<Message, void>, inbox: Inbox): AsyncGenerator<Message, void> {
  const own: AsyncGenerator<Message, void> = {
    next: () => messages.next(),
    return: () => {
      inbox.end();
      return messages.return();
    },
    throw: (error) => {
      inbox.end();
      return messages.throw(error);
    },
    [Symbol.asyncIterator]: () => own,
    [Symbol.asyncDispose]: async () => void (await own.return()),
  };
  return own;
}

/** Of a token that was verified. */
function untilExpiry(authorization: string): number {
  const { exp } = JSON.parse(Buffer.from(authorization.split('.')[1] ?? '', 'base64url').toString() || '{}') as { exp?: number };
  return exp === undefined ? LONGEST_TIMER : Math.min(Math.max(0, exp * 1_000 - Date.now()), LONGEST_TIMER);
}

export function plain({ message, extensions: { http: _, ...extensions } }: GraphQLError, more: object = {}): GraphQLFormattedError {
  return { message, extensions: { ...extensions, ...more } };
}
