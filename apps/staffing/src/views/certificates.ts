import { idOf, type Instant, type JsonObject, type Personal, type View } from '@hospital/kernel';
import type { CertificateEvent, Period } from '../domain/certificate';

export interface CertificateRow extends JsonObject {
  readonly id: string;
  readonly revision: number;
  readonly personId: string;
  readonly kind: string;
  readonly number: Personal;
  readonly zone: string;
  readonly periods: readonly Period[];
  /** Of the latest period. */
  readonly validFrom: Instant;
  readonly validUntil: Instant;
  readonly revokedFrom: Instant | null;
  readonly revokedBecause: string | null;
}

export const certificates: View<CertificateRow> = {
  name: 'certificates',
  version: 1,
  categories: ['certificate'],
  columns: ['personId', 'kind', 'validUntil'],
  project(row, recorded) {
    const event = recorded as unknown as CertificateEvent;
    const { revision, stream } = recorded;
    if (event.type === 'CertificateIssued') {
      const periods = [{ from: event.data.validFrom, until: event.data.validUntil }];
      return { ...event.data, id: idOf(stream), revision, periods, revokedFrom: null, revokedBecause: null };
    }
    if (!row) return undefined;
    switch (event.type) {
      case 'CertificateRenewed': {
        const { validFrom, validUntil } = event.data;
        return { ...row, revision, validFrom, validUntil, periods: [...row.periods, { from: validFrom, until: validUntil }] };
      }
      case 'CertificateRevoked':
        return { ...row, revision, revokedFrom: event.data.from, revokedBecause: event.data.reason };
    }
  },
};
