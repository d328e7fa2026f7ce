import { idOf, type Instant, type JsonObject, type View } from '@hospital/kernel';
import type { LocationCodeEvent } from '../domain/location-code';

export interface LocationCodeRow extends JsonObject {
  readonly id: string;
  readonly revision: number;
  readonly placeId: string;
  readonly spot: string;
  readonly zone: string | null;
  readonly issuedAt: Instant;
  readonly withdrawnAt: Instant | null;
  readonly reason: string | null;
}

export const locationCodes: View<LocationCodeRow> = {
  name: 'location-codes',
  version: 1,
  categories: ['locationCode'],
  columns: ['placeId', 'zone', 'issuedAt', 'withdrawnAt'],
  project(row, recorded) {
    const event = recorded as unknown as LocationCodeEvent;
    const { stream, revision } = recorded;
    const { occurredAt: at } = recorded.metadata;
    if (event.type === 'LocationCodeIssued')
      return { ...event.data, id: idOf(stream), revision, issuedAt: at, withdrawnAt: null, reason: null };
    if (!row) return undefined;
    switch (event.type) {
      case 'LocationCodeMoved':
        return { ...row, ...event.data, revision };
      case 'LocationCodeWithdrawn':
        return { ...row, revision, withdrawnAt: at, reason: event.data.reason };
    }
  },
};
