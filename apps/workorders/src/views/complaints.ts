import { idOf, type Instant, type JsonObject, type Personal, type View } from '@hospital/kernel';
import type { Cause, ComplaintEvent, ComplaintKind } from '../domain/complaint';

export interface ComplaintRow extends JsonObject {
  readonly id: string;
  readonly revision: number;
  readonly status: 'open' | 'closed' | 'rejected';
  readonly orderId: string | null;
  readonly kind: ComplaintKind;
  readonly text: Personal | null;
  readonly complainantId: string;
  readonly byPatient: boolean;
  readonly filedAt: Instant;
  readonly cause: Cause | null;
  readonly causeNote: string | null;
  readonly correctiveAction: { readonly action: string; readonly ownerId: string; readonly dueOn: string } | null;
  readonly rejectedBecause: string | null;
  readonly endedAt: Instant | null;
  readonly drill: boolean;
}

export const complaints: View<ComplaintRow> = {
  name: 'complaints',
  version: 1,
  categories: ['complaint'],
  columns: ['orderId', 'complainantId', 'status', 'kind', 'filedAt'],
  project(row, recorded) {
    const event = recorded as unknown as ComplaintEvent;
    const { revision } = recorded;
    if (event.type === 'ComplaintFiled') {
      const { at: filedAt, ...said } = event.data;
      return {
        ...{ id: idOf(recorded.stream), revision, status: 'open', ...said, filedAt, cause: null, causeNote: null },
        ...{ correctiveAction: null, rejectedBecause: null, endedAt: null, drill: recorded.metadata.drill === true },
      };
    }
    if (!row) return undefined;
    switch (event.type) {
      case 'ComplaintInvestigated':
        return { ...row, revision, cause: event.data.cause, causeNote: event.data.note };
      case 'CorrectiveActionSet': {
        const { action, ownerId, dueOn } = event.data;
        return { ...row, revision, correctiveAction: { action, ownerId, dueOn } };
      }
      case 'ComplaintClosed':
        return { ...row, revision, status: 'closed', endedAt: event.data.at };
      case 'ComplaintRejected':
        return { ...row, revision, status: 'rejected', rejectedBecause: event.data.reason, endedAt: event.data.at };
    }
  },
};
