import { idOf, type JsonObject, type Recorded } from '@hospital/kernel';
import type { CertificateEvent } from '../domain/certificate';
import type { PersonEvent } from '../domain/person';
import type { RotaEvent } from '../domain/rota';
import type { ShiftEvent } from '../domain/shift';

type StaffingEvent = PersonEvent | CertificateEvent | ShiftEvent | RotaEvent;

/** Empty means everywhere, and goes without saying. */
const only = (zones: readonly string[]) => (zones.length > 0 ? { zones } : {});

/** What the others hear of our events: pseudonyms, trades, levels and times, never names, numbers or reasons. */
export function tells(recorded: Recorded): { readonly type: string; readonly data: JsonObject } | undefined {
  const event = recorded as unknown as StaffingEvent;
  const id = idOf(recorded.stream);
  switch (event.type) {
    case 'PersonRegistered':
      return { type: event.type, data: { personId: id, trade: event.data.trade, trades: event.data.trades } };
    case 'PersonTradeAdded':
    case 'PersonLeft':
    case 'PersonForgotten':
      return { type: event.type, data: { personId: id, ...event.data } };
    case 'SkillLevelGranted': {
      const { trade, level, from } = event.data;
      return { type: event.type, data: { personId: id, trade, level, from } };
    }
    case 'PersonShiftStarted':
      return { type: 'ShiftStarted', data: { personId: id, ...event.data } };
    case 'PersonShiftEnded':
      return { type: 'ShiftEnded', data: { personId: id, at: event.data.at } };
    case 'CertificateIssued':
    case 'CertificateRenewed': {
      const { personId, kind, validFrom, validUntil } = event.data;
      return { type: 'CertificateIssued', data: { certificateId: id, personId, kind, validFrom, validUntil } };
    }
    case 'CertificateRevoked': {
      const { personId, kind, from } = event.data;
      return { type: event.type, data: { certificateId: id, personId, kind, from } };
    }
    case 'ShiftPlanned': {
      const { zones, ...data } = event.data;
      return { type: event.type, data: { shiftId: id, ...data, ...only(zones) } };
    }
    case 'ShiftReassigned': {
      const { zones, reason: _, ...data } = event.data;
      return { type: event.type, data: { shiftId: id, ...data, ...only(zones) } };
    }
    case 'ShiftCancelled':
      return { type: event.type, data: { shiftId: id, personId: event.data.personId } };
    case 'OnCallSlotSet':
    case 'OnCallSlotWithdrawn': {
      const { reason: _, ...data } = event.data;
      return { type: event.type, data };
    }
    default:
      return undefined;
  }
}
