import { idOf, type Instant, type JsonObject, type View } from '@hospital/kernel';
import type { ShiftEvent } from '../domain/shift';

export interface ShiftRow extends JsonObject {
  readonly id: string;
  readonly revision: number;
  readonly status: 'planned' | 'cancelled';
  readonly personId: string;
  readonly trade: string;
  readonly zones: readonly string[];
  readonly from: Instant;
  readonly until: Instant;
  /** Offered: to somebody, or to whoever of the trade takes it. */
  readonly swapOpen: boolean;
  readonly offeredTo: string | null;
  /** When it was recorded that it is this person's. */
  readonly assignedAt: Instant;
  readonly cancelledBecause: string | null;
}

export const shifts: View<ShiftRow> = {
  name: 'shifts',
  version: 1,
  categories: ['shift'],
  columns: ['offeredTo', 'personId', 'swapOpen', 'trade', 'status', 'from', 'until'],
  project(row, recorded) {
    const event = recorded as unknown as ShiftEvent;
    const { revision, stream, metadata } = recorded;
    const assignedAt = metadata.recordedAt;
    if (event.type === 'ShiftPlanned')
      return {
        ...event.data,
        id: idOf(stream),
        revision,
        status: 'planned',
        swapOpen: false,
        offeredTo: null,
        assignedAt,
        cancelledBecause: null,
      };
    if (!row) return undefined;
    switch (event.type) {
      case 'ShiftCancelled':
        return { ...row, revision, status: 'cancelled', swapOpen: false, offeredTo: null, cancelledBecause: event.data.reason };
      case 'ShiftSwapOffered':
        return { ...row, revision, swapOpen: true, offeredTo: event.data.toPersonId };
      case 'ShiftSwapAccepted':
      case 'ShiftSwapDeclined':
      case 'ShiftSwapWithdrawn':
        return { ...row, revision, swapOpen: false, offeredTo: null };
      case 'ShiftReassigned':
        return { ...row, revision, personId: event.data.personId, swapOpen: false, offeredTo: null, assignedAt };
    }
  },
};
