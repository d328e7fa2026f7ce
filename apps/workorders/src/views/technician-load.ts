import type { Instant, JsonObject, Recorded, View } from '@hospital/kernel';
import type { WorkOrderEvent } from '../domain/work-order';

/** How many orders a technician has that are dispatched or accepted, neither paused nor completed, and when the last one came. */
export interface LoadRow extends JsonObject {
  readonly openOrders: number;
  readonly lastDispatchedAt: Instant | null;
}

/** Who got an order by an event, and who had it before. */
function moved(recorded: Recorded): { readonly to: string | null; readonly from: string | null } {
  const { type, data } = recorded as unknown as WorkOrderEvent;
  const text = (name: string): string | null => ((data as JsonObject)[name] as string | null | undefined) ?? null;
  switch (type) {
    case 'WorkOrderDispatched':
    case 'WorkOrderResumed':
      return { to: text('technicianId'), from: null };
    case 'WorkOrderAssigned':
    case 'WorkOrderGrabbed':
      return { to: text('technicianId'), from: text('fromTechnicianId') };
    case 'WorkOrderDeclined':
    case 'WorkOrderPaused':
    case 'WorkOrderCompleted':
      return { to: null, from: text('technicianId') };
    case 'WorkOrderHandedToTeam':
    case 'WorkOrderCancelled':
    case 'WorkOrderMerged':
      return { to: null, from: text('fromTechnicianId') };
    default:
      return { to: null, from: null };
  }
}

export const technicianLoad: View<LoadRow> = {
  name: 'technician-load',
  version: 2,
  categories: ['workOrder'],
  columns: [],
  keys: (recorded) => [...new Set(Object.values(moved(recorded)).filter((id): id is string => id !== null))],
  project(row, recorded, key) {
    const { to, from } = moved(recorded);
    if (to === from) return undefined;
    const openOrders = (row?.openOrders ?? 0) + (key === to ? 1 : -1);
    const came = key === to && recorded.type !== 'WorkOrderResumed';
    return { openOrders, lastDispatchedAt: came ? recorded.metadata.occurredAt : (row?.lastDispatchedAt ?? null) };
  },
};
