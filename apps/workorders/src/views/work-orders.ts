import { idOf, type Instant, type JsonObject, type Personal, type Recorded, type View } from '@hospital/kernel';
import type { Choice } from '../domain/dispatch-rule';
import type { Severity, WorkOrder, WorkOrderEvent } from '../domain/work-order';

/** A work order as it is listed and looked up; instants are those the actors told. */
export interface WorkOrderRow extends JsonObject {
  readonly id: string;
  readonly revision: number;
  readonly status: Exclude<WorkOrder['status'], 'unknown'>;
  readonly categoryId: string;
  readonly trade: string;
  readonly placeId: string;
  readonly description: string;
  readonly severity: Severity;
  readonly reporterId: string;
  readonly contact: Personal | null;
  readonly technicianId: string | null;
  readonly reportedAt: Instant;
  readonly dispatchedAt: Instant | null;
  readonly responseDueAt: Instant | null;
  readonly responseBreachedAt: Instant | null;
  readonly acceptedAt: Instant | null;
  readonly completedAt: Instant | null;
  readonly resolution: string | null;
  readonly stars: number | null;
  readonly timesReopened: number;
  /** What the suite must look at next, and when. */
  readonly nextDueAt: Instant | null;
  readonly correlationId: string;
}

type Change = Partial<WorkOrderRow>;

function change(event: WorkOrderEvent, at: Instant, row: WorkOrderRow): Change {
  switch (event.type) {
    case 'WorkOrderReported':
      return {};
    case 'WorkOrderDispatched': {
      const { technicianId, responseDueAt, ...dispatch } = event.data;
      return {
        status: 'dispatched',
        technicianId,
        dispatch,
        dispatchedAt: at,
        responseDueAt,
        nextDueAt: responseDueAt,
        responseBreachedAt: null,
      };
    }
    case 'WorkOrderLeftWaiting':
      return {};
    case 'WorkOrderAccepted':
      return { status: 'accepted', acceptedAt: at, nextDueAt: null };
    case 'WorkOrderResponseBreached':
      return { responseBreachedAt: event.data.dueAt, nextDueAt: null };
    case 'WorkOrderCompleted':
      return { status: 'completed', completedAt: at, resolution: event.data.resolution };
    case 'WorkOrderRated':
      return { status: 'closed', stars: event.data.stars };
    case 'WorkOrderReopened':
      return {
        status: 'waiting',
        technicianId: null,
        dispatchedAt: null,
        responseDueAt: null,
        responseBreachedAt: null,
        acceptedAt: null,
        completedAt: null,
        timesReopened: row.timesReopened + 1,
      };
  }
}

function project(row: WorkOrderRow | undefined, recorded: Recorded): WorkOrderRow | undefined {
  const event = recorded as unknown as WorkOrderEvent;
  const { occurredAt: at, correlationId } = recorded.metadata;
  if (event.type === 'WorkOrderReported') {
    return {
      ...event.data,
      id: idOf(recorded.stream),
      revision: recorded.revision,
      status: 'waiting',
      technicianId: null,
      reportedAt: at,
      dispatchedAt: null,
      responseDueAt: null,
      responseBreachedAt: null,
      acceptedAt: null,
      completedAt: null,
      resolution: null,
      stars: null,
      timesReopened: 0,
      nextDueAt: null,
      correlationId,
    };
  }
  return row && { ...row, ...change(event, at, row), revision: recorded.revision };
}

export const workOrders: View<WorkOrderRow> = {
  name: 'work-orders',
  version: 1,
  categories: ['workOrder'],
  columns: ['status', 'trade', 'categoryId', 'placeId', 'technicianId', 'reporterId', 'severity', 'reportedAt', 'nextDueAt'],
  project,
};

/** The latest dispatch decision of an order that still stands; kept in the order's events, too large for every row of the order. */
export function latestChoice(events: readonly Recorded[]): Omit<Choice, 'technicianId'> | null {
  const last = events.findLast(({ type }) => ['WorkOrderDispatched', 'WorkOrderLeftWaiting', 'WorkOrderReopened'].includes(type));
  return last && last.type !== 'WorkOrderReopened' ? (last.data as Omit<Choice, 'technicianId'>) : null;
}

/** How many orders a technician has that are dispatched or accepted and not completed. */
export interface LoadRow extends JsonObject {
  readonly openOrders: number;
}

const LOAD: Readonly<Record<string, number>> = { WorkOrderDispatched: 1, WorkOrderCompleted: -1 };

export const technicianLoad: View<LoadRow> = {
  name: 'technician-load',
  version: 1,
  categories: ['workOrder'],
  columns: [],
  keys: ({ type, data }) => (Object.hasOwn(LOAD, type) ? [String(data['technicianId'])] : []),
  project: (row, { type }) => ({ openOrders: (row?.openOrders ?? 0) + LOAD[type]! }),
};
