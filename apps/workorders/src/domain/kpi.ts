import { type Instant, millis, MINUTE } from '@hospital/kernel';
import { localTime, loopOf } from './month';
import { type Observed, type Stage, STAGES, type Timeline } from './timeline';

/** Figures of work orders: pure functions of what is known of each order. A formula is never changed, only followed by a newer version. */

export interface Part {
  readonly name: string;
  readonly n: number;
  readonly value: number | null;
  readonly orderIds: readonly string[];
}

export interface Figures {
  /** How many the value was taken of; the value is null when there are none. */
  readonly n: number;
  readonly value: number | null;
  readonly p50: number | null;
  readonly p90: number | null;
  readonly parts: readonly Part[];
  /** The orders behind the value. */
  readonly orderIds: readonly string[];
}

export interface Formula {
  readonly name: string;
  readonly version: number;
  /** The formula in words. */
  readonly formula: string;
  readonly unit: string;
  /** What the hospital wants to reach, in that unit. */
  readonly target: number | null;
  of(observed: Observed): Figures;
}

type Sample = { readonly orderId: string; readonly value: number };

const figures = (n: number, value: number, orderIds: readonly string[], parts: readonly Part[] = []): Figures => ({
  ...{ n, value: n === 0 ? null : value, p50: null, p90: null, parts, orderIds },
});

/** Mean, and by nearest rank the value that half, and nine tenths, do not exceed. */
function spread(samples: readonly Sample[], parts: readonly Part[] = []): Figures {
  const values = samples.map(({ value }) => value).sort((a, b) => a - b);
  const n = values.length;
  const rank = (tenths: number): number | null => values[Math.ceil((tenths * n) / 10) - 1] ?? null;
  const orderIds = [...new Set(samples.map(({ orderId }) => orderId))];
  return { ...figures(n, sum(values) / n, orderIds, parts), p50: rank(5), p90: rank(9) };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const idsOf = (orders: readonly Timeline[]): readonly string[] => orders.map(({ id }) => id);
const minutes = (from: Instant, until: Instant): number => (millis(until) - millis(from)) / MINUTE;
const partOf = (name: string, { n, value, orderIds }: Figures): Part => ({ name, n, value, orderIds });
const countOf = (name: string, orders: readonly Timeline[], which: (order: Timeline) => boolean): Part => {
  const orderIds = idsOf(orders.filter(which));
  return { name, n: orderIds.length, value: orderIds.length, orderIds };
};

type Moment = 'dispatchedAt' | 'acknowledgedAt' | 'restoredAt' | 'closedAt';
const until = (orders: readonly Timeline[], moment: Moment): readonly Sample[] =>
  orders.flatMap(({ id: orderId, reportedAt, [moment]: at }) => (at === null ? [] : [{ orderId, value: minutes(reportedAt, at) }]));

const percent = (of: readonly Timeline[], those: number, parts: readonly Part[]): Figures =>
  figures(of.length, (100 * those) / of.length, idsOf(of), parts);

/** The first time anybody was on site for an order. */
function arrived({ orders, arrivals }: Observed): readonly Sample[] {
  const first = new Map<string, Instant>();
  for (const { orderId, arrivedAt } of arrivals)
    if (arrivedAt !== null && arrivedAt < (first.get(orderId) ?? '~')) first.set(orderId, arrivedAt);
  return orders.flatMap(({ id: orderId, reportedAt }) => {
    const at = first.get(orderId);
    return at === undefined ? [] : [{ orderId, value: minutes(reportedAt, at) }];
  });
}

const closed = (orders: readonly Timeline[]): readonly Timeline[] => orders.filter(({ closedAt }) => closedAt !== null);

/** Nobody works on it, and it does not work. */
const IDLE: readonly Stage[] = ['needs-information', 'waiting', 'dispatched', 'paused'];

function waiting(all: readonly Timeline[]): Figures {
  const orders = closed(all);
  const inStages = (stages: readonly Stage[]): readonly Sample[] =>
    orders.map(({ id: orderId, spent }) => ({ orderId, value: sum(stages.map((stage) => spent[stage])) / MINUTE }));
  const parts = STAGES.map((stage) => partOf(stage, spread(inStages([stage]).filter(({ value }) => value > 0))));
  return spread(inStages(IDLE), parts);
}

function overdue(orders: readonly Timeline[]): Figures {
  const late = orders.filter((order) => order.overdue.length > 0);
  const stages = [...new Set(late.flatMap((order) => order.overdue.map(({ stage }) => stage)))].sort();
  const parts = stages.map((stage) => countOf(stage, late, (order) => order.overdue.some((one) => one.stage === stage)));
  return figures(orders.length, late.length, idsOf(late), parts);
}

const isRated = ({ ratings }: Timeline): boolean => ratings.length > 0;

/** Of each order the latest rating alone. */
function latestRatings(orders: readonly Timeline[]): Figures {
  const rated = orders.flatMap(({ id: orderId, ratings }) => ratings.slice(-1).map(({ stars: value }) => ({ orderId, value })));
  const none = countOf('none', orders, (order) => !isRated(order) && order.leftUnrated);
  return spread(rated, [countOf('rated', orders, isRated), none]);
}

function satisfaction(orders: readonly Timeline[]): Figures {
  const rated = orders.flatMap(({ id: orderId, ratings }) => ratings.map(({ stars: value }) => ({ orderId, value })));
  return spread(rated, [countOf('rated', orders, isRated), countOf('none', orders, ({ leftUnrated }) => leftUnrated)]);
}

function closedLoop(orders: readonly Timeline[]): Figures {
  const { share, open, unexplained } = loopOf(orders.map(({ id, status, cancelReason }) => ({ id, status, reason: cancelReason })));
  const out = new Set([...open, ...unexplained].map(({ id }) => id));
  const ended = ['closed', 'cancelled', 'merged'].map((name) => countOf(name, orders, ({ status }) => status === name));
  const parts = [...ended, countOf('exceptions', orders, ({ id }) => out.has(id))];
  return figures(orders.length, 100 * (share ?? 0), idsOf(orders), parts);
}

function byLevel(orders: readonly Timeline[]): Figures {
  const requiring = (level: string) => orders.filter(({ minimumLevel }) => minimumLevel === level);
  const parts = ['junior', 'middle', 'senior'].map((level) => partOf(level, spread(until(requiring(level), 'acknowledgedAt'))));
  return spread(until(orders, 'acknowledgedAt'), parts);
}

const peakResponse = (orders: readonly Timeline[]): Figures => {
  const times = orders.map((order) => ({ order, time: localTime(order.reportedAt).time }));
  const inPeak = times.flatMap(({ order, time }) => (time >= '07:30' && time < '09:30' ? [order] : []));
  return spread(until(inPeak, 'acknowledgedAt'));
};

const volume = (orders: readonly Timeline[]): Figures => ({ ...figures(orders.length, 0, idsOf(orders)), value: orders.length });

function onCall(orders: readonly Timeline[]): Figures {
  const all = orders.flatMap(({ id: orderId, onCallDispatches }) => onCallDispatches.map((one) => ({ orderId, ...one })));
  return spread(all.flatMap(({ orderId, at, acceptedAt }) => (acceptedAt === null ? [] : [{ orderId, value: minutes(at, acceptedAt) }])));
}

const vendorOnSite = ({ arrivals }: Observed): Figures =>
  spread(
    arrivals.flatMap(({ orderId, calledAt, arrivedAt }) =>
      calledAt === null || arrivedAt === null ? [] : [{ orderId, value: minutes(calledAt, arrivedAt) }],
    ),
  );

function onTime(orders: readonly Timeline[]): Figures {
  const due = orders.filter((order) => order.responseDueAt !== null && (order.acknowledgedAt !== null || order.responseBreaches > 0));
  const late = countOf('late', due, ({ responseBreaches }) => responseBreaches > 0);
  return percent(due, due.length - late.n, [late]);
}

function incomplete(orders: readonly Timeline[]): Figures {
  const those = countOf('incomplete', orders, ({ incompleteAtIntake }) => incompleteAtIntake);
  return percent(orders, those.n, [those]);
}

function complaintRate({ orders, complaints }: Observed): Figures {
  const n = closed(orders).length;
  const about = complaints.flatMap(({ orderId }) => (orderId === null ? [] : [orderId]));
  return figures(n, (100 * complaints.length) / n, [...new Set(about)]);
}

const handOvers = (orders: readonly Timeline[]): Figures =>
  spread(closed(orders).map(({ id: orderId, handOvers: value }) => ({ orderId, value })));

type Told = readonly [name: string, version: number, unit: string, target: number | null, formula: string, of: Formula['of']];

const reportedUntil =
  (moment: Moment): Formula['of'] =>
  ({ orders }) =>
    spread(until(orders, moment));
const ofOrders =
  (of: (orders: readonly Timeline[]) => Figures): Formula['of'] =>
  ({ orders }) =>
    of(orders);

const told: readonly Told[] = [
  ['volume', 1, 'orders', null, 'orders reported', ofOrders(volume)],
  ['time-to-acknowledge', 1, 'minutes', 30, 'reported → first accepted or grabbed', reportedUntil('acknowledgedAt')],
  ['time-to-dispatch', 1, 'minutes', null, 'reported → first dispatched, assigned or grabbed', reportedUntil('dispatchedAt')],
  ['time-to-arrive', 1, 'minutes', null, 'reported → first labour or checked-in arrival of a firm', (all) => spread(arrived(all))],
  ['time-to-restore', 1, 'minutes', null, 'reported → it works again, after the last repair', reportedUntil('restoredAt')],
  ['time-to-close', 1, 'minutes', null, 'reported → closed', reportedUntil('closedAt')],
  ['peak-response', 1, 'minutes', null, 'reported 07:30–09:30 local time → first accepted or grabbed', ofOrders(peakResponse)],
  ['response-by-level', 1, 'minutes', null, 'reported → first accepted or grabbed, by required skill level', ofOrders(byLevel)],
  ['on-call-time-to-accept', 1, 'minutes', null, 'dispatched to somebody on call → accepted by them', ofOrders(onCall)],
  ['vendor-on-site', 1, 'minutes', 120, 'handed to a firm → its arrival checked in', vendorOnSite],
  ['on-time-rate', 1, '%', 98, 'never accepted too late / accepted, or limit to accept passed', ofOrders(onTime)],
  ['closed-loop', 1, '%', 100, '(closed + merged + cancelled for a stated reason) / reported', ofOrders(closedLoop)],
  ['incomplete-at-intake', 1, '%', null, 'reported without a required field / reported', ofOrders(incomplete)],
  [
    'incomplete-at-intake',
    2,
    '%',
    null,
    'reported without a required field / reported, what the suite reported by itself left out',
    ofOrders((orders) => incomplete(orders.filter(({ bySystem }) => !bySystem))),
  ],
  [
    'complaints',
    1,
    'per 100 closed orders',
    null,
    '100 × complaints filed in the window / orders reported in it and closed',
    complaintRate,
  ],
  ['satisfaction', 1, 'stars', null, 'mean of ratings given; no rating is counted apart, never as one', ofOrders(latestRatings)],
  [
    ...(['satisfaction', 2, 'stars', null] as const),
    'mean of all ratings given, also of several repairs of one order; an order whose latest repair nobody rated is counted apart',
    ofOrders(satisfaction),
  ],
  ['waiting', 1, 'minutes', null, 'mean time nobody worked on a closed order; parts: mean of each stage it passed', ofOrders(waiting)],
  ['hand-overs', 1, 'per closed order', null, '(declined + handed to another person or team) / closed', ofOrders(handOvers)],
  ['overdue', 1, 'orders', 0, 'orders that passed a completion limit; parts: by the stage they were in', ofOrders(overdue)],
];

/** Every version there ever was. A new one is added beside the old, which stays. */
export const FORMULAS: readonly Formula[] = told.map(([name, version, unit, target, formula, of]) => ({
  ...{ name, version, unit, target, formula, of },
}));

/** The newest version unless one is named; null when there is no such formula. */
export function formulaOf(name: string, version: number | null, formulas: readonly Formula[] = FORMULAS): Formula | null {
  const versions = formulas.filter((one) => one.name === name).sort((a, b) => b.version - a.version);
  return (version === null ? versions[0] : versions.find((one) => one.version === version)) ?? null;
}

export interface Selection {
  readonly trade?: string | null;
  readonly categoryId?: string | null;
  readonly placeId?: string | null;
}

/** The orders that count: no exercise does. */
export const counted = (orders: readonly Timeline[], { trade, categoryId, placeId }: Selection): readonly Timeline[] =>
  orders.filter(
    (order) =>
      !order.drill &&
      (trade ?? order.trade) === order.trade &&
      (categoryId ?? order.categoryId) === order.categoryId &&
      (placeId ?? order.placeId) === order.placeId,
  );
