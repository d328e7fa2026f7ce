import {
  type Ask,
  categoryOf,
  type Deadline,
  idFrom,
  idOf,
  type Instant,
  isRejection,
  type JsonObject,
  plus,
  type Policy,
  type Recorded,
  to,
} from '@hospital/kernel';
import { missingIn } from './category';
import { choose, type Job, type Rule, SHIPPED, type Technician } from './dispatch-rule';
import { type Asked, type Fault, type Opening, reporting } from './intake';
import { onCall } from './on-call';
import { technician } from './technician';
import { workOrder } from './work-order';

type Row = JsonObject;

/** Orders to dispatch, each with what its dispatch is decided on. */
export type Staffed = readonly {
  readonly id: string;
  readonly rule: Rule;
  readonly technicians: readonly Technician[];
  /** Whether anybody would be chosen as things stand. */
  readonly someone: boolean;
}[];

/** Everyone of a trade as known at that instant: presence, certificates, levels, load, and who is on call. */
export async function techniciansOf(ask: Ask, trade: string, at: Instant): Promise<readonly Technician[]> {
  const [ofTrade, ofMany, slots] = await Promise.all([
    ask('technicians', { where: { trade } }),
    ask('technicians', { where: { manyTrades: true } }),
    ask('on-call', { where: { trade, from: { to: plus(at, 1) }, until: { from: plus(at, 1) } } }),
  ]);
  const known = new Map(
    [...ofTrade, ...ofMany.filter(({ row }) => (row['trades'] as readonly string[]).includes(trade))].map(({ key, row }) => [key, row]),
  );
  const load = new Map((await ask('technician-load', { key: [...known.keys()] })).map(({ key, row }) => [key, row]));
  const called = new Map(slots.flatMap(({ row }) => [[row['backupId'], 'backup'] as const, [row['primaryId'], 'primary'] as const]));
  return [...known]
    .filter(([, row]) => isThere(row, at))
    .map(([id, row]) => technicianOf(id, row, load.get(id), called.get(id) ?? null, at));
}

/** Who has left is there no more. */
export const isThere = ({ leftAt }: Row, at: Instant): boolean => typeof leftAt !== 'string' || leftAt > at;

export function technicianOf(id: string, row: Row, load: Row | undefined, onCall: Technician['onCall'], at: Instant): Technician {
  const { trades, zones, onShiftFrom, onShiftUntil, shifts, certificates, levels } = row as unknown as Technician & {
    shifts: readonly { from: Instant; until: Instant; zones: readonly string[] }[];
  };
  const planned = shifts.find(({ from, until }) => from <= at && at < until);
  const present = onShiftFrom !== null && onShiftUntil !== null && onShiftFrom <= at && at < onShiftUntil;
  const shift = present || !planned ? { from: onShiftFrom, until: onShiftUntil, zones } : planned;
  return {
    ...{ id, trades, zones: shift.zones, onShiftFrom: shift.from, onShiftUntil: shift.until, onCall, levels },
    certificates: certificates.map(({ kind, from, until }) => ({ kind, from, until })),
    openOrders: Number(load?.['openOrders'] ?? 0),
    lastDispatchedAt: (load?.['lastDispatchedAt'] as Instant | undefined) ?? null,
  };
}

export async function ruleOf(ask: Ask, id: unknown): Promise<Rule> {
  if (typeof id !== 'string') return SHIPPED;
  const [found] = await ask('dispatch-rules', { key: id });
  if (!found) return SHIPPED;
  const { name: _, revision: __, ...rule } = found.row;
  return rule as unknown as Rule;
}

async function staffed(ask: Ask, orders: readonly { key: string; row: Row }[], at: Instant): Promise<Staffed> {
  const trades = [...new Set(orders.map(({ row }) => String(row['trade'])))];
  const ofTrade = new Map(await Promise.all(trades.map(async (trade) => [trade, await techniciansOf(ask, trade, at)] as const)));
  const rules = await Promise.all(orders.map(({ row }) => ruleOf(ask, row['ruleId'])));
  // What the orders before add to somebody's load, which no view has seen yet.
  const given = new Map<string, number>();
  return orders.map(({ key: id, row }, n) => {
    const loaded = (one: Technician): Technician =>
      given.has(one.id) ? { ...one, openOrders: one.openOrders + given.get(one.id)!, lastDispatchedAt: at } : one;
    const facts = { id, rule: rules[n]!, technicians: ofTrade.get(String(row['trade']))!.map(loaded) };
    const { technicianId } = choose(row as unknown as Job, facts.technicians, at, facts.rule);
    if (technicianId !== null) given.set(technicianId, (given.get(technicianId) ?? 0) + 1);
    return { ...facts, someone: technicianId !== null };
  });
}

const dispatchAll = (_: unknown, orders: Staffed) =>
  orders.map(({ id, rule, technicians }) => to(workOrder, id, 'DispatchWorkOrder', { rule, technicians }));

/** Whatever waits for somebody is dispatched at once. */
export const dispatchReported: Policy<Staffed> = {
  name: 'dispatch-reported',
  categories: ['workOrder'],
  on: ['WorkOrderReported', 'WorkOrderInformationProvided', 'WorkOrderReopened', 'WorkOrderDeclined', 'WorkOrderHandedToTeam'],
  async facts({ stream }, ask, now) {
    const orders = (await ask('work-orders', { key: idOf(stream) })).filter(({ row }) => row['status'] === 'waiting');
    return staffed(ask, orders, now);
  },
  react: dispatchAll,
};

/**
 * What waits is taken by whoever comes on shift or on call, can do more or has one order less, and, once nobody on shift would do, by
 * whoever is called: the most urgent first, then the oldest.
 */
export const dispatchWaiting: Policy<Staffed> = {
  name: 'dispatch-waiting',
  categories: ['technician', 'workOrder', 'onCall'],
  on: [
    ...['TechnicianTradeLearned', 'TechnicianShiftStarted', 'TechnicianShiftPlanned', 'TechnicianShiftBegun'],
    ...['TechnicianShiftEnded', 'TechnicianShiftPassed', 'TechnicianShiftWithdrawn', 'TechnicianLeft', 'TechnicianForgotten'],
    ...['TechnicianCertified', 'TechnicianLevelLearned', 'TechnicianQualificationBegun', 'TechnicianCertificateRevoked'],
    ...['OnCallLearned', 'OnCallBegun'],
    ...['WorkOrderCompleted', 'WorkOrderDeclined', 'WorkOrderHandedToTeam', 'WorkOrderCancelled', 'WorkOrderMerged'],
    ...['WorkOrderPaused', 'WorkOrderAssigned', 'WorkOrderGrabbed'],
  ],
  async facts(event, ask, now) {
    const trades = await tradesOf(event, ask);
    const waiting = await ask('work-orders', { where: { status: 'waiting', ...(trades && { trade: { in: trades } }) } });
    const orders = [...waiting].sort((a, b) => (urgency(a.row) < urgency(b.row) ? -1 : 1));
    return staffed(ask, orders, now);
  },
  // That nobody would do was recorded when each began to wait.
  react: (_, orders) =>
    dispatchAll(
      _,
      orders.filter(({ someone }) => someone),
    ),
};

const urgency = (row: Row): string => `${String(row['priority'])} ${String(row['reportedAt'])}`;

/** For which trades it may be somebody else's turn now; undefined: nobody knows any more. */
async function tradesOf({ type, stream, data }: Recorded, ask: Ask): Promise<readonly string[] | undefined> {
  if (categoryOf(stream) === onCall.category) return [String(data['trade'])];
  if (type === 'TechnicianForgotten') return undefined;
  // Who had the order, not who has it now.
  const had = 'fromTechnicianId' in data ? data['fromTechnicianId'] : data['technicianId'];
  const id = categoryOf(stream) === technician.category ? idOf(stream) : had;
  if (typeof id !== 'string') return [];
  const [known] = await ask('technicians', { key: id });
  return (known?.row['trades'] ?? []) as readonly string[];
}

/** What was left over of a repair is reported again, as a child of the order. */
export const carryForward: Policy<Fault | null> = {
  name: 'carry-forward',
  categories: ['workOrder'],
  on: ['WorkOrderCompleted'],
  async facts({ stream, data }, ask) {
    if (typeof data['remaining'] !== 'string') return null;
    const [order] = await ask('work-orders', { key: idOf(stream) });
    return order ? followUp(ask, order, data['remaining'], order.row as unknown as Asked) : null;
  },
  react: ({ id }, fault) => (fault === null ? [] : [{ aggregate: workOrder, id: idFrom('wo', id, id), ...reporting(fault) }]),
};

/** A request that follows from another order, at the same place and of the same kind: nobody is asked again. */
export async function followUp(
  ask: Ask,
  { key: parentId, row }: { key: string; row: Row },
  description: string,
  team: Asked,
): Promise<Fault> {
  const { category, ...known } = await registered(ask, String(row['categoryId']), String(row['placeId']));
  const { details, photos, severity, reporterId } = row as unknown as Opening;
  const fields = (category?.fields ?? []).map((field) => ({ ...field, required: false }));
  // The category may ask for something else by now.
  const stillAsked = Object.entries(details).filter(([key, value]) => !isRejection(missingIn(fields, { [key]: value }, [])));
  return {
    ...known,
    // Also of a category that has gone out of use since.
    category: category && { ...category, fields, retired: false },
    locationCode: null,
    ...{ description, parentId, details: Object.fromEntries(stillAsked), photos, severity, reporterId, contact: null },
    ...{ channel: 'system', reporterKind: 'system', incomplete: false },
    team: { trade: team.trade, requires: team.requires },
  };
}

/** What the registers know that a report depends on. */
export async function registered(ask: Ask, categoryId: string, placeId: string): Promise<Pick<Fault, 'category' | 'calendar' | 'place'>> {
  const [[found], [place]] = await Promise.all([ask('categories', { key: categoryId }), ask('places', { key: placeId })]);
  const category = (found?.row ?? null) as Fault['category'];
  const calendarId = category?.agreement.calendarId ?? null;
  const [calendar] = calendarId === null ? [] : await ask('calendars', { key: calendarId });
  const { zone, week, exceptions } = (calendar?.row ?? {}) as unknown as NonNullable<Fault['calendar']>;
  return { category, calendar: calendar ? { zone, week, exceptions } : null, place: (place?.row ?? null) as Fault['place'] };
}

/** Limits of response, ownership and repair, their warnings, and the end of the time to rate. */
export const whatIsDue: Deadline = {
  name: 'order-due',
  view: 'work-orders',
  column: 'nextDueAt',
  correlation: 'latestCorrelationId',
  whenDue: (id, dueAt) => to(workOrder, id, 'NoteWhatIsDue', { dueAt }),
};
