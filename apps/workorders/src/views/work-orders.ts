import { idOf, type Instant, type JsonObject, type Recorded, type View } from '@hospital/kernel';
import type { Choice } from '../domain/dispatch-rule';
import { NEVER } from '../domain/business-time';
import type { Asked, Opening } from '../domain/intake';
import * as clocks from '../domain/service-level';
import { nextDueAt, type Status, type WorkOrder, workOrder, type WorkOrderEvent } from '../domain/work-order';

/** An order as commands are decided on, without what its reporter said: what has elapsed and what is due are rules. */
type Known = Exclude<WorkOrder, { status: 'unknown' }>;

/** A work order as it is listed and looked up: the request as it was opened and what became of it; instants are those the actors told. */
export interface WorkOrderRow extends JsonObject, Omit<Opening, 'fields' | 'terms' | 'ofCategory'> {
  readonly id: string;
  readonly revision: number;
  readonly status: Status;
  /** What its category asks, and of which trade. */
  readonly ofCategory: Asked;
  readonly mergedInto: string | null;
  readonly vendorArrivalMinutes: number;
  /** For which its reporter's contact is kept, if it has no account; null: not agreed with this order. */
  readonly contactDays: number | null;
  readonly technicianId: string | null;
  /** Who will not be sent again. */
  readonly declinedBy: readonly string[];
  /** It went to whoever was on call, since nobody on shift would do. */
  readonly onCall: boolean;
  readonly paused: boolean;
  readonly reportedAt: Instant;
  readonly dispatchedAt: Instant | null;
  readonly responseDueAt: Instant | null;
  readonly responseBreachedAt: Instant | null;
  readonly ownBreachedAt: Instant | null;
  readonly resolveBreachedAt: Instant | null;
  /** Every such instant that stands, oldest first. */
  readonly resolveBreaches: readonly Instant[];
  /** Any of the three. */
  readonly breached: boolean;
  /** When the first of the limits that run is reached, or was; `NEVER` while none runs, so that those come last. */
  readonly dueAt: Instant;
  /** When something will have to be noted next, if nothing happens before. */
  readonly nextDueAt: Instant | null;
  readonly acceptedAt: Instant | null;
  readonly restoredAt: Instant | null;
  readonly completedAt: Instant | null;
  readonly closedAt: Instant | null;
  readonly resolution: string | null;
  readonly remaining: string | null;
  /** Of the latest repair; null while that is not rated. */
  readonly stars: number | null;
  /** The same with what was said. */
  readonly rating: { readonly stars: number; readonly comment: string | null; readonly at: Instant } | null;
  readonly timesReopened: number;
  readonly endReason: string | null;
  /** An exercise. */
  readonly drill: boolean;
  readonly correlationId: string;
  /** Of the latest event: what falls due goes on with it. */
  readonly latestCorrelationId: string;
  readonly order: JsonObject;
}

export const knownOf = ({ order }: WorkOrderRow): Known => order as unknown as Known;

/** Null unless it waits to be rated. */
export function rateUntilOf(row: WorkOrderRow): Instant | null {
  const order = knownOf(row);
  return order.status === 'completed' ? order.rateUntil : null;
}

export const canBeRated = (row: WorkOrderRow, at: Instant): boolean => at <= (rateUntilOf(row) ?? '');

type Change = Partial<WorkOrderRow>;
const FREE: Change = {
  ...{ technicianId: null, onCall: false, dispatchedAt: null },
  ...{ responseDueAt: null, responseBreachedAt: null, acceptedAt: null },
};

const resolveBreached = (resolveBreaches: readonly Instant[]): Change => ({
  resolveBreaches,
  resolveBreachedAt: resolveBreaches.at(-1) ?? null,
});

function change(event: WorkOrderEvent, at: Instant, row: WorkOrderRow): Change {
  switch (event.type) {
    case 'WorkOrderReported':
    case 'WorkOrderLeftWaiting':
    case 'WorkOrderLimitWarned':
    case 'WorkOrderEscalated':
      return {};
    case 'WorkOrderInformationProvided': {
      const { details, photos, missing } = event.data;
      const status = row.status === 'needs-information' && missing.length === 0 ? 'waiting' : row.status;
      return { status, missing, details: { ...row.details, ...details }, photos: [...row.photos, ...photos] };
    }
    case 'WorkOrderDispatched':
    case 'WorkOrderAssigned': {
      const { technicianId, responseDueAt } = event.data;
      const onCall = event.type === 'WorkOrderDispatched' && event.data.onCall;
      return { ...FREE, status: 'dispatched', technicianId, onCall, dispatchedAt: at, responseDueAt };
    }
    case 'WorkOrderGrabbed': {
      const { technicianId } = event.data;
      const onCall = row.onCall && row.technicianId === technicianId;
      return { status: 'accepted', technicianId, onCall, acceptedAt: at, dispatchedAt: row.dispatchedAt ?? at };
    }
    case 'WorkOrderAccepted':
      return { status: 'accepted', acceptedAt: at };
    case 'WorkOrderDeclined':
      return { ...FREE, status: 'waiting', declinedBy: [...row.declinedBy, event.data.technicianId] };
    case 'WorkOrderHandedToTeam': {
      const { trade } = event.data;
      const requires = trade === row.ofCategory.trade ? row.ofCategory.requires : { minimumLevel: null, certificate: null };
      return { ...FREE, status: 'waiting', trade, requires, declinedBy: [] };
    }
    case 'WorkOrderPaused':
      return { paused: true };
    case 'WorkOrderResumed':
      return { paused: false };
    case 'WorkOrderReprioritised':
      return { severity: event.data.severity, priority: event.data.priority };
    case 'WorkOrderRebaselined':
      return { vendorArrivalMinutes: event.data.terms.vendorArrivalMinutes, contactDays: event.data.terms.contactDays ?? null };
    case 'WorkOrderResponseBreached':
      return { responseBreachedAt: event.data.dueAt };
    case 'WorkOrderLimitPassed':
      return event.data.clock === 'own' ? { ownBreachedAt: event.data.dueAt } : resolveBreached([...row.resolveBreaches, event.data.dueAt]);
    case 'WorkOrderLimitKept':
      return resolveBreached(row.resolveBreaches.filter((dueAt) => dueAt !== event.data.dueAt));
    case 'WorkOrderCompleted': {
      const { resolution, restoredAt, remaining } = event.data;
      return { status: 'completed', paused: false, completedAt: at, restoredAt, resolution, remaining };
    }
    case 'WorkOrderRated':
      return {
        status: 'closed',
        stars: event.data.stars,
        rating: { stars: event.data.stars, comment: event.data.comment, at },
        closedAt: at,
      };
    case 'WorkOrderLeftUnrated':
      return { status: 'closed', closedAt: event.data.at };
    case 'WorkOrderReopened':
      return {
        ...FREE,
        ...{ status: 'waiting', declinedBy: [] },
        ...{ completedAt: null, restoredAt: null, closedAt: null, remaining: null, stars: null, rating: null },
        timesReopened: row.timesReopened + 1,
      };
    case 'WorkOrderCancelled':
      return { status: 'cancelled', paused: false, closedAt: at, endReason: event.data.reason };
    case 'WorkOrderMerged':
      return { status: 'merged', paused: false, closedAt: at, mergedInto: event.data.into };
  }
}

function project(row: WorkOrderRow | undefined, recorded: Recorded): WorkOrderRow | undefined {
  const event = recorded as unknown as WorkOrderEvent;
  const listed = event.type === 'WorkOrderReported' ? opened(event, recorded) : row && changed(row, event, recorded);
  const order = workOrder.evolve(row ? knownOf(row) : workOrder.initial, event);
  if (!listed || order.status === 'unknown') return undefined;
  const { responseBreachedAt, ownBreachedAt, resolveBreachedAt } = listed;
  return {
    ...listed,
    breached: [responseBreachedAt, ownBreachedAt, resolveBreachedAt].some((breachedAt) => breachedAt !== null),
    dueAt: limitOf(order) ?? NEVER,
    nextDueAt: nextDueAt(order),
    latestCorrelationId: recorded.metadata.correlationId,
    order: { ...order, fields: [], details: {}, photos: [] } as unknown as JsonObject,
  };
}

function limitOf(order: Known): Instant | null {
  if (order.status !== 'under-way') return null;
  const { assignment, level } = order;
  const limits = [
    assignment.status === 'dispatched' ? assignment.responseDueAt : null,
    clocks.dueAt(level, 'own'),
    clocks.dueAt(level, 'resolve'),
  ];
  return limits.filter((limit) => limit !== null).sort()[0] ?? null;
}

const changed = (row: WorkOrderRow, event: WorkOrderEvent, { metadata, revision }: Recorded) => ({
  ...row,
  ...change(event, metadata.occurredAt, row),
  revision,
});

function opened(event: Extract<WorkOrderEvent, { type: 'WorkOrderReported' }>, recorded: Recorded) {
  const { occurredAt: at, correlationId, drill } = recorded.metadata;
  const { fields: _, terms, at: __, ...said } = event.data;
  return {
    ...said,
    id: idOf(recorded.stream),
    revision: recorded.revision,
    status: said.missing.length > 0 ? 'needs-information' : 'waiting',
    vendorArrivalMinutes: terms.vendorArrivalMinutes,
    ofCategory: said.ofCategory ?? { trade: said.trade, requires: said.requires },
    contactDays: terms.contactDays ?? null,
    mergedInto: null,
    technicianId: null,
    declinedBy: [],
    onCall: false,
    paused: false,
    reportedAt: at,
    dispatchedAt: null,
    responseDueAt: null,
    responseBreachedAt: null,
    ownBreachedAt: null,
    resolveBreachedAt: null,
    resolveBreaches: [],
    acceptedAt: null,
    restoredAt: null,
    completedAt: null,
    closedAt: null,
    resolution: null,
    remaining: null,
    stars: null,
    rating: null,
    timesReopened: 0,
    endReason: null,
    drill: drill ?? false,
    correlationId,
  } satisfies Partial<WorkOrderRow>;
}

export const workOrders: View<WorkOrderRow> = {
  name: 'work-orders',
  version: 5,
  categories: ['workOrder'],
  columns: [
    'id',
    'mergedInto',
    'parentId',
    'reporterId',
    'technicianId',
    'placeId',
    'categoryId',
    'receiverId',
    'paused',
    'status',
    'onCall',
    'breached',
    'zone',
    'trade',
    'severity',
    'priority',
    'reportedAt',
    'dueAt',
    'nextDueAt',
    'drill',
  ],
  project,
};

/** The latest dispatch decision of an order that still stands; kept in the order's events, too large for every row of the order. */
export function latestChoice(events: readonly Recorded[]): (Choice & { readonly at: Instant }) | null {
  const over = ['WorkOrderReopened', 'WorkOrderDeclined', 'WorkOrderHandedToTeam', 'WorkOrderAssigned', 'WorkOrderGrabbed'];
  const last = events.findLast(({ type }) => ['WorkOrderDispatched', 'WorkOrderLeftWaiting', ...over].includes(type));
  return last && !over.includes(last.type) ? (last.data as unknown as Choice & { readonly at: Instant }) : null;
}
