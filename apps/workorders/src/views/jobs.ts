import { idOf, type Instant, type JsonObject, type View } from '@hospital/kernel';
import type { Job, ReinspectionEvent } from '../domain/reinspection';
import type { WorkOrderEvent } from '../domain/work-order';

export interface JobRow extends JsonObject, Job {}

/** Whose work an event begins or ends. */
function workers(event: WorkOrderEvent): readonly string[] {
  switch (event.type) {
    case 'WorkOrderAccepted':
    case 'WorkOrderCompleted':
      return [event.data.technicianId];
    case 'WorkOrderGrabbed':
    case 'WorkOrderAssigned':
      return [event.data.technicianId, ...(event.data.fromTechnicianId === null ? [] : [event.data.fromTechnicianId])];
    case 'WorkOrderHandedToTeam':
    case 'WorkOrderCancelled':
    case 'WorkOrderMerged':
      return event.data.fromTechnicianId === null ? [] : [event.data.fromTechnicianId];
    default:
      return [];
  }
}

/** Who worked on which order, from acceptance until it was completed or taken away; a second stretch lengthens the first. */
export const jobs: View<JobRow> = {
  name: 'jobs',
  version: 1,
  categories: ['workOrder'],
  columns: ['orderId', 'technicianId'],
  keys: (recorded) => [...new Set(workers(recorded as unknown as WorkOrderEvent))].map((id) => `${idOf(recorded.stream)}_${id}`),
  project(row, recorded, key) {
    const event = recorded as unknown as WorkOrderEvent;
    const orderId = idOf(recorded.stream);
    const technicianId = key.slice(orderId.length + 1);
    const at: Instant = recorded.metadata.occurredAt;
    if ((event.type === 'WorkOrderAccepted' || event.type === 'WorkOrderGrabbed') && event.data.technicianId === technicianId)
      return { orderId, technicianId, certificate: event.data.requires.certificate, from: row?.from ?? at, until: null };
    return row?.until === null ? { ...row, until: at } : undefined;
  },
};

export interface ReinspectionRow extends JsonObject {
  readonly id: string;
  readonly revision: number;
  readonly status: 'proposed' | 'confirmed' | 'dismissed';
  readonly orderId: string;
  readonly technicianId: string;
  readonly certificateId: string;
  readonly kind: string;
  readonly revokedFrom: Instant;
  readonly proposedAt: Instant;
  readonly reason: string | null;
}

export const reinspections: View<ReinspectionRow> = {
  name: 'reinspections',
  version: 1,
  categories: ['reinspection'],
  columns: ['orderId', 'technicianId', 'status', 'proposedAt'],
  project(row, recorded) {
    const event = recorded as unknown as ReinspectionEvent;
    const { revision } = recorded;
    switch (event.type) {
      case 'ReinspectionProposed': {
        const { from: revokedFrom, at: proposedAt, ...doubt } = event.data;
        return { ...doubt, id: idOf(recorded.stream), revision, status: 'proposed', revokedFrom, proposedAt, reason: null };
      }
      case 'ReinspectionConfirmed':
        return row && { ...row, revision, status: 'confirmed' };
      case 'ReinspectionDismissed':
        return row && { ...row, revision, status: 'dismissed', reason: event.data.reason };
    }
  },
};
