import { type Ask, canonicalText, type Command, type Decider, type Instant, instant, reject, type Rejection } from '@hospital/kernel';
import { DateTime } from 'luxon';
import type { Timeline } from './timeline';

/** Months are those of the hospital's calendar on the wall. */
export const ZONE = 'Asia/Shanghai';

/** An order of the month as known when the month is closed. */
export type MonthOrder = {
  readonly id: string;
  readonly status: string;
  /** Why it was cancelled, when it was. */
  readonly reason: string | null;
  /** It counts in a month before, and has to be carried on. */
  readonly broughtForward?: boolean;
};

/** An order that goes on into later months: who answers for it, and the day it is to be done by. */
export type CarriedOver = { readonly orderId: string; readonly ownerId: string; readonly dueOn: string };
/** An order of the month that was not brought to its end. */
export type LoopException = { readonly orderId: string; readonly because: 'carried-over' | 'cancelled-without-reason' };

export type MonthCommand = Command<'CloseMonth', { month: string; orders: readonly MonthOrder[]; carriedOver: readonly CarriedOver[] }>;

export type MonthEvent = {
  type: 'MonthClosed';
  data: {
    month: string;
    total: number;
    closed: number;
    cancelled: number;
    merged: number;
    /** Those that count in a month before and were still open, beside the total; it and the ids were not told at first. */
    broughtForward?: number;
    /** The orders it counts; none is counted by two months. */
    orderIds?: readonly string[];
    carriedOver: readonly CarriedOver[];
    /** Of 1; null when nothing was reported. */
    closedLoopShare: number | null;
    exceptions: readonly LoopException[];
    at: Instant;
  };
};

export type Month = { readonly status: 'open' } | { readonly status: 'closed'; readonly carriedOver: readonly CarriedOver[] };

const ended = ['closed', 'cancelled', 'merged'];
/** How many refused orders a message names. */
const NAMED = 5;

/**
 * What became of orders. The loop of an order is closed when it is closed, merged into another, or cancelled for a stated reason.
 * A completed order still waits for its rating and is open.
 */
export function loopOf(orders: readonly MonthOrder[]) {
  const counted = orders.filter(({ broughtForward }) => !broughtForward);
  const of = (status: string) => counted.filter((order) => order.status === status);
  const unexplained = of('cancelled').filter(({ reason }) => !reason?.trim());
  const open = orders.filter(({ status }) => !ended.includes(status));
  const inLoop = orders.length - open.length - unexplained.length;
  return {
    total: counted.length,
    broughtForward: orders.length - counted.length,
    closed: of('closed').length,
    cancelled: of('cancelled').length,
    merged: of('merged').length,
    open,
    unexplained,
    share: orders.length === 0 ? null : inLoop / orders.length,
  };
}

function decide({ data, at }: MonthCommand, state: Month): readonly MonthEvent[] | Rejection {
  const { month } = data;
  const window = windowOf(month);
  if (window === null) return reject('INVALID_MONTH', 'A month is written like 2026-03.', 'input.month');
  if (at < window.until) return reject('MONTH_NOT_OVER', `${month} ends at ${window.until}.`, 'input.month');
  const carriedOver = inOrder(data.carriedOver);
  if (state.status === 'closed')
    return canonicalText(state.carriedOver) === canonicalText(carriedOver)
      ? []
      : reject('MONTH_ALREADY_CLOSED', `${month} was closed with other orders carried over.`, 'input.month');

  const { open, unexplained, share, ...counts } = loopOf(data.orders);
  const fault = faultIn(carriedOver, open, localTime(at).day);
  if (fault) return fault;
  const exceptions: readonly LoopException[] = [
    ...carriedOver.map(({ orderId }) => ({ orderId, because: 'carried-over' as const })),
    ...unexplained.map(({ id: orderId }) => ({ orderId, because: 'cancelled-without-reason' as const })),
  ];
  const orderIds = data.orders.flatMap(({ id, broughtForward }) => (broughtForward ? [] : [id])).sort();
  return [{ type: 'MonthClosed', data: { month, ...counts, orderIds, carriedOver, closedLoopShare: share, exceptions, at } }];
}

/** Exactly the open orders are carried over, each once, to a day that is still to come. */
function faultIn(carriedOver: readonly CarriedOver[], open: readonly MonthOrder[], today: string): Rejection | undefined {
  const known = new Set(open.map(({ id }) => id));
  const listed = new Set(carriedOver.map(({ orderId }) => orderId));
  const strange = carriedOver.find(({ orderId }) => !known.has(orderId));
  if (strange) return reject('NOT_OPEN_IN_MONTH', `${strange.orderId} is no open order of this month or one before.`, 'input.carriedOver');
  if (listed.size < carriedOver.length) return reject('CARRIED_OVER_TWICE', 'An order is carried over once.', 'input.carriedOver');
  const late = carriedOver.find(({ dueOn }) => dueOn < today);
  if (late) return reject('DUE_IN_PAST', `${late.orderId} is to be done by ${late.dueOn}, which has passed.`, 'input.carriedOver');
  const left = open.flatMap(({ id }) => (listed.has(id) ? [] : [id]));
  if (left.length === 0) return undefined;
  const names = left.slice(0, NAMED).join(', ') + (left.length > NAMED ? ', …' : '');
  return reject(
    'MONTH_HAS_OPEN_ORDERS',
    `${left.length} open orders have no owner and date to carry them over: ${names}.`,
    'input.carriedOver',
  );
}

const inOrder = (carriedOver: readonly CarriedOver[]): readonly CarriedOver[] =>
  [...carriedOver].sort((a, b) => (a.orderId < b.orderId ? -1 : a.orderId > b.orderId ? 1 : 0));

export const month: Decider<Month, MonthCommand, MonthEvent> = {
  category: 'month',
  initial: { status: 'open' },
  decide,
  evolve: (state, { type, data }) => (type === 'MonthClosed' ? { status: 'closed', carriedOver: data.carriedOver } : state),
};

/** What the calendar and the clock on the wall say: `yyyy-mm-dd` and `HH:mm`. */
export function localTime(at: Instant): { readonly day: string; readonly time: string } {
  const wall = DateTime.fromISO(at, { zone: ZONE });
  return { day: wall.toFormat('yyyy-MM-dd'), time: wall.toFormat('HH:mm') };
}

/** From its first instant until the first of the next month; null for what is no month. */
export function windowOf(name: string): { readonly from: Instant; readonly until: Instant } | null {
  if (!/^[12]\d{3}-(0[1-9]|1[0-2])$/.test(name)) return null;
  const first = DateTime.fromISO(`${name}-01`, { zone: ZONE });
  return { from: instant(first.toMillis()), until: instant(first.plus({ months: 1 }).toMillis()) };
}

/** A month that was closed. */
interface Closed {
  readonly carriedOver: readonly CarriedOver[];
  readonly closedAt: Instant;
  readonly named: boolean;
}
const OPEN: readonly Timeline['status'][] = ['needs-information', 'waiting', 'dispatched', 'accepted', 'completed'];
const monthAt = (at: Instant): string => localTime(at).day.slice(0, 7);

/**
 * What closing a month is about, exercises left out: orders reported in it; orders of months closed before that became known too
 * late for those; and, brought forward, whatever else was reported before and is open now. Of a month that is closed: what it was
 * about then, as it stands now.
 */
export async function ordersOfMonth(ask: Ask, name: string): Promise<readonly MonthOrder[]> {
  const window = windowOf(name);
  if (window === null) return [];
  // First: rows that are read later know of every month that is closed here.
  const months = new Map((await ask('months', {})).map(({ key, row }) => [key, row as unknown as Closed]));
  const closed = months.get(name);
  const within = { reportedAt: { from: window.from, to: window.until } };
  const before = { reportedAt: { to: window.from } };
  const asked = closed
    ? [{ where: closed.named ? { countedIn: name } : within }, { key: closed.carriedOver.map(({ orderId }) => orderId) }]
    : [{ where: within }, { where: { ...before, countedIn: null } }, { where: { ...before, status: { in: OPEN } } }];
  const found = (await Promise.all(asked.map((query) => ask('timeline', query)))).flat();
  const orders = [...new Map(found.map(({ key, row }) => [key, row as unknown as Timeline])).values()];
  /** Closed without naming its orders, it counts those of its own that were known. */
  const countedIn = (order: Timeline): string | null => {
    const own = monthAt(order.reportedAt);
    const month = months.get(own);
    return order.countedIn ?? (month && !month.named && order.knownAt <= month.closedAt ? own : null);
  };
  return orders.flatMap((order): readonly MonthOrder[] => {
    const own = monthAt(order.reportedAt);
    const counts = closed ? countedIn(order) === name : countedIn(order) === null && (own === name || months.has(own));
    const open = closed ? closed.carriedOver.some(({ orderId }) => orderId === order.id) : OPEN.includes(order.status);
    if (order.drill || !(counts || open)) return [];
    return [{ id: order.id, status: order.status, reason: order.cancelReason, ...(counts ? {} : { broughtForward: true }) }];
  });
}
