import {
  type Command,
  type Decider,
  HOUR,
  type Instant,
  MINUTE,
  millis,
  plus,
  type Policy,
  reject,
  type Rejection,
  to,
} from '@hospital/kernel';
import { workOrder } from './work-order';

/** How an order stands to others, under the order's own id: what it may be a duplicate of, and what it is part of. */

/** Two reports of one kind at one place that lie this far apart at most may be the same fault. */
export const WITHIN = 2 * HOUR;

export type Resemblance = { readonly rule: 'same-place-and-category'; readonly minutesApart: number };

/** An order as known at the moment of a decision. */
export type OrderFact = { readonly id: string; readonly status: string; readonly reportedAt: Instant };

export type DuplicateCommand =
  | Command<'ProposeDuplicate', { of: string; because: Resemblance }>
  | Command<
      'ConfirmDuplicate',
      {
        order: OrderFact | null;
        /** The order it is a duplicate of, then what that one was merged into, and so on; empty: there is none. */
        chain: readonly OrderFact[];
      }
    >
  | Command<'DismissDuplicate', { of: string; reason: string }>
  | Command<
      'RelateToParent',
      {
        order: OrderFact | null;
        /** The parent, then its parent, and so on; empty: there is none. */
        chain: readonly OrderFact[];
      }
    >
  | Command<'UnrelateFromParent', { parentId: string | null }>;

export type DuplicateEvent =
  | { type: 'DuplicateProposed'; data: { of: string; because: Resemblance; at: Instant } }
  | { type: 'DuplicateConfirmed'; data: { of: string; into: string; at: Instant } }
  | { type: 'DuplicateDismissed'; data: { of: string; reason: string; at: Instant } }
  | { type: 'ParentRelated'; data: { parentId: string; at: Instant } }
  | { type: 'ParentUnrelated'; data: { parentId: string; at: Instant } };

export interface Duplicate {
  /** What was said of each order this one may be a duplicate of. */
  readonly pairs: ReadonlyMap<string, 'proposed' | 'confirmed' | 'dismissed'>;
  readonly into: string | null;
  /** Undefined while nothing but the report has said it. */
  readonly parentId: string | null | undefined;
}

const UNDER_WAY = ['needs-information', 'waiting', 'dispatched', 'accepted'];
const ENDED = ['closed', 'cancelled', 'merged'];

function decide(command: DuplicateCommand, { pairs, into, parentId }: Duplicate): readonly DuplicateEvent[] | Rejection {
  const { at } = command;
  switch (command.type) {
    case 'ProposeDuplicate':
      // Once proposed, confirmed or dismissed, a pair is never proposed again.
      return pairs.has(command.data.of) ? [] : [{ type: 'DuplicateProposed', data: { ...command.data, at } }];
    case 'ConfirmDuplicate': {
      const { order, chain } = command.data;
      const root = chain.at(-1);
      const fault = unmergeable(order, chain);
      if (fault || !root) return fault ?? unknown('input.of');
      return into === root.id ? [] : [{ type: 'DuplicateConfirmed', data: { of: chain[0]!.id, into: root.id, at } }];
    }
    case 'DismissDuplicate': {
      const { of, reason } = command.data;
      if (pairs.get(of) === 'dismissed') return [];
      if (!pairs.has(of)) return reject('NOT_PROPOSED', 'Nobody said that it is a duplicate of this order.', 'input.of');
      if (pairs.get(of) === 'confirmed') return reject('ALREADY_CONFIRMED', 'This duplicate was confirmed.', 'input.of');
      return [{ type: 'DuplicateDismissed', data: { of, reason, at } }];
    }
    case 'RelateToParent': {
      const { order, chain } = command.data;
      if (order === null) return unknown('input.id');
      if (chain.length === 0) return unknown('input.parentId');
      if (chain.some(({ id }) => id === order.id)) return reject('RELATION_CYCLE', 'No order is part of itself.', 'input.parentId');
      return parentId === chain[0]!.id ? [] : [{ type: 'ParentRelated', data: { parentId: chain[0]!.id, at } }];
    }
    case 'UnrelateFromParent': {
      const current = parentId === undefined ? command.data.parentId : parentId;
      if (current !== null) return [{ type: 'ParentUnrelated', data: { parentId: current, at } }];
      return parentId === null ? [] : reject('NOT_RELATED', 'This order is part of no other.', 'input.id');
    }
  }
}

const unknown = (field: string): Rejection => reject('UNKNOWN_WORK_ORDER', 'There is no such work order.', field);

/**
 * Orders are merged into older ones only. So whatever is confirmed at the same time elsewhere, no circle can come of it: each
 * step of a chain leads to an order that was reported before.
 */
function unmergeable(order: OrderFact | null, chain: readonly OrderFact[]): Rejection | undefined {
  const root = chain.at(-1);
  if (order === null) return unknown('input.id');
  if (!UNDER_WAY.includes(order.status)) return reject('WRONG_STATUS', `An order that is ${order.status} is not merged.`, 'input.id');
  if (root === undefined) return unknown('input.of');
  if (chain[0]!.id === order.id) return reject('MERGE_INTO_ITSELF', 'No order is a duplicate of itself.', 'input.of');
  if (chain.some(({ id }) => id === order.id)) return reject('MERGE_CYCLE', 'That order was merged into this one.', 'input.of');
  if (ENDED.includes(root.status)) return reject('PRIMARY_NOT_OPEN', `${root.id} is ${root.status}.`, 'input.of');
  if (!isOlder(root, order)) return reject('PRIMARY_YOUNGER', `${root.id} was reported later: merge it into this one.`, 'input.of');
  return undefined;
}

export const isOlder = (a: Omit<OrderFact, 'status'>, b: Omit<OrderFact, 'status'>): boolean =>
  a.reportedAt === b.reportedAt ? a.id < b.id : a.reportedAt < b.reportedAt;

function evolve(state: Duplicate, event: DuplicateEvent): Duplicate {
  const pair = (of: string, what: 'proposed' | 'confirmed' | 'dismissed') => ({ ...state, pairs: new Map(state.pairs).set(of, what) });
  switch (event.type) {
    case 'DuplicateProposed':
      return pair(event.data.of, 'proposed');
    case 'DuplicateConfirmed':
      return { ...pair(event.data.of, 'confirmed'), into: event.data.into };
    case 'DuplicateDismissed':
      return pair(event.data.of, 'dismissed');
    case 'ParentRelated':
      return { ...state, parentId: event.data.parentId };
    case 'ParentUnrelated':
      return { ...state, parentId: null };
  }
}

export const duplicate: Decider<Duplicate, DuplicateCommand, DuplicateEvent> = {
  category: 'duplicate',
  initial: { pairs: new Map(), into: null, parentId: undefined },
  decide,
  evolve,
};

/** The oldest of the open orders of the same kind at the same place, when there is one and it was not long ago. */
type Primary = { readonly orderId: string; readonly of: string; readonly minutesApart: number } | null;

export const proposeMerge: Policy<Primary> = {
  name: 'propose-merge',
  categories: ['workOrder'],
  on: ['WorkOrderReported'],
  async facts({ stream, data, metadata }, ask) {
    const reported = { id: stream.slice('workOrder-'.length), reportedAt: metadata.occurredAt };
    const found = await ask('work-orders', {
      where: {
        placeId: String(data['placeId']),
        categoryId: String(data['categoryId']),
        status: { in: UNDER_WAY },
        reportedAt: { from: plus(reported.reportedAt, -WITHIN), to: plus(reported.reportedAt, 1) },
        // An exercise is no duplicate of what is meant, nor the other way round.
        drill: metadata.drill === true,
      },
      orderBy: { column: 'reportedAt' },
      limit: 2,
    });
    const [primary] = found
      .map(({ key, row }) => ({ id: key, reportedAt: String(row['reportedAt']) }))
      .filter((order) => isOlder(order, reported));
    if (!primary) return null;
    const apart = millis(reported.reportedAt) - millis(primary.reportedAt);
    return { orderId: reported.id, of: primary.id, minutesApart: Math.floor(apart / MINUTE) };
  },
  react: (_, primary) =>
    primary === null
      ? []
      : [
          to(duplicate, primary.orderId, 'ProposeDuplicate', {
            of: primary.of,
            because: { rule: 'same-place-and-category', minutesApart: primary.minutesApart },
          }),
        ],
};

/** What a dispatcher has confirmed is done: the order itself learns what it was merged into. */
export const mergeConfirmed: Policy = {
  name: 'merge-confirmed',
  categories: ['duplicate'],
  on: ['DuplicateConfirmed'],
  facts: async () => undefined,
  react: ({ stream, data }) => [to(workOrder, stream.slice('duplicate-'.length), 'MergeWorkOrder', { into: String(data['into']) })],
};

/** Everyone who hears of an order: whoever reported it, or one that was merged into it, however many steps away. */
export function hearersOf(
  root: string,
  orders: readonly { readonly id: string; readonly reporterId: string; readonly mergedInto: string | null }[],
): readonly string[] {
  const family = new Set([root]);
  for (const id of family) for (const order of orders) if (order.mergedInto === id) family.add(order.id);
  return [...new Set(orders.filter(({ id }) => family.has(id)).map(({ reporterId }) => reporterId))];
}
