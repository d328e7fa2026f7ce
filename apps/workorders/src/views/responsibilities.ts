import { idOf, type Instant, type JsonObject, type View } from '@hospital/kernel';
import type { Because, ResponsibilityEvent } from '../domain/responsibility';

/** Who follows a work order to its end; the key is the id of the order. */
export interface ResponsibilityRow extends JsonObject {
  readonly id: string;
  readonly revision: number;
  readonly status: 'open' | 'closed';
  readonly ownerId: string;
  readonly because: Because | 'handed-over';
  /** When there was an owner first; recorded time. */
  readonly takenAt: Instant;
  /** From when on this owner. */
  readonly since: Instant;
  readonly openOffer: { readonly toId: string; readonly reason: string; readonly offeredAt: Instant } | null;
  /** Whom that offer is made to. */
  readonly offeredTo: string | null;
  /** Those that were accepted, oldest first. */
  readonly handOvers: readonly HandOverRow[];
  readonly closedAt: Instant | null;
}

export interface HandOverRow extends JsonObject {
  readonly fromId: string;
  readonly toId: string;
  readonly reason: string;
  readonly offeredAt: Instant;
  readonly acceptedAt: Instant;
}

const NO_OFFER = { openOffer: null, offeredTo: null };

function change(row: ResponsibilityRow, event: ResponsibilityEvent, at: Instant): Partial<ResponsibilityRow> {
  switch (event.type) {
    case 'ResponsibilityTaken':
      return {};
    case 'HandOverOffered': {
      const { toId, reason } = event.data;
      return { openOffer: { toId, reason, offeredAt: at }, offeredTo: toId };
    }
    case 'HandOverAccepted': {
      const { fromId, toId } = event.data;
      const { reason, offeredAt } = row.openOffer ?? { reason: '', offeredAt: at };
      const handOver: HandOverRow = { fromId, toId, reason, offeredAt, acceptedAt: at };
      return { ...NO_OFFER, ownerId: toId, because: 'handed-over', since: at, handOvers: [...row.handOvers, handOver] };
    }
    case 'HandOverDeclined':
    case 'HandOverWithdrawn':
      return NO_OFFER;
    case 'ResponsibilityClosed':
      return { ...NO_OFFER, status: 'closed', closedAt: at };
    case 'ResponsibilityReopened':
      return { status: 'open', closedAt: null };
  }
}

export const responsibilities: View<ResponsibilityRow> = {
  name: 'responsibilities',
  version: 2,
  categories: ['responsibility'],
  columns: ['offeredTo', 'ownerId', 'status', 'since'],
  project(row, recorded) {
    const event = recorded as unknown as ResponsibilityEvent;
    const { revision, stream, metadata } = recorded;
    const at = metadata.occurredAt;
    if (event.type === 'ResponsibilityTaken') {
      const { ownerId, because } = event.data;
      const { recordedAt: takenAt } = metadata;
      return {
        id: idOf(stream),
        revision,
        status: 'open',
        ownerId,
        because,
        takenAt,
        since: at,
        ...NO_OFFER,
        handOvers: [],
        closedAt: null,
      };
    }
    return row && { ...row, ...change(row, event, at), revision };
  },
};
