import { idOf, type Instant, type JsonObject, type Recorded, type View } from '@hospital/kernel';
import type { Post, RotaEvent } from '../domain/rota';

/** The trade is the id. */
export interface RotaRow extends JsonObject {
  readonly id: string;
  readonly revision: number;
}

export const rotas: View<RotaRow> = {
  name: 'rotas',
  version: 1,
  categories: ['rota'],
  columns: [],
  project: (_, { type, stream, revision }) => (type.startsWith('OnCall') ? { id: idOf(stream), revision } : undefined),
};

export interface SlotRow extends JsonObject {
  readonly id: string;
  readonly trade: string;
  readonly from: Instant;
  readonly until: Instant;
  readonly primaryId: string;
  readonly backupId: string;
  readonly reason: string | null;
  readonly offer: { readonly post: Post; readonly toPersonId: string } | null;
}

const keyIn = (field: string) => (event: Recorded) => (typeof event.data[field] === 'string' ? [event.data[field]] : []);

export const onCallSlots: View<SlotRow> = {
  name: 'on-call-slots',
  version: 1,
  categories: ['rota'],
  columns: ['primaryId', 'backupId', 'trade', 'from', 'until'],
  keys: keyIn('slotId'),
  project(row, recorded) {
    const event = recorded as unknown as RotaEvent;
    if (event.type === 'OnCallSlotSet') {
      const { slotId: id, ...slot } = event.data;
      return { ...slot, id, offer: null };
    }
    if (!row) return undefined;
    switch (event.type) {
      case 'OnCallSlotWithdrawn':
        return null;
      case 'OnCallSwapOffered':
        return { ...row, offer: { post: event.data.post, toPersonId: event.data.toPersonId } };
      case 'OnCallSwapAccepted':
      case 'OnCallSwapDeclined':
      case 'OnCallSwapWithdrawn':
        return { ...row, offer: null };
      default:
        return undefined;
    }
  },
};

export interface GapRow extends JsonObject {
  readonly id: string;
  readonly trade: string;
  readonly from: Instant;
  readonly until: Instant;
  readonly reason: string;
}

export const onCallGaps: View<GapRow> = {
  name: 'on-call-gaps',
  version: 1,
  categories: ['rota'],
  columns: ['trade', 'from', 'until'],
  keys: keyIn('gapId'),
  project(row, recorded) {
    const event = recorded as unknown as RotaEvent;
    if (event.type === 'OnCallGapDeclared') {
      const { gapId: id, ...gap } = event.data;
      return { ...gap, id };
    }
    return event.type === 'OnCallGapWithdrawn' && row ? null : undefined;
  },
};
