import { type PublicEvent, topic } from '@hospital/contracts';
import { type Addressed, to } from '@hospital/kernel';
import { onCall } from '../domain/on-call';
import { place } from '../domain/place';
import { technician } from '../domain/technician';

export const heardTopics = [
  ...['person', 'shift', 'certificate', 'rota'].map((aggregate) => topic('staffing', aggregate)),
  topic('assets', 'asset'),
];

/** What we learn from the other contexts. */
export function hears(message: PublicEvent): readonly Addressed[] {
  switch (message.name) {
    case 'PersonRegistered': {
      const { personId, trade, trades } = message.data;
      return [to(technician, personId, 'LearnTechnician', { trade, trades: trades ?? [trade] })];
    }
    case 'PersonTradeAdded':
      return [to(technician, message.data.personId, 'LearnTrade', { trade: message.data.trade })];
    case 'PersonLeft':
      return [to(technician, message.data.personId, 'LearnPersonLeft', { at: message.data.at })];
    case 'ShiftStarted': {
      const { personId, trade, zones, from, until } = message.data;
      return [to(technician, personId, 'LearnShiftStarted', { trade, zones: zones ?? [], from, until })];
    }
    case 'ShiftEnded':
      return [to(technician, message.data.personId, 'LearnShiftEnded', { at: message.data.at })];
    case 'ShiftPlanned': {
      const { personId, zones, ...shift } = message.data;
      return [to(technician, personId, 'LearnShiftPlanned', { ...shift, zones: zones ?? [] })];
    }
    case 'ShiftReassigned': {
      const { personId, fromPersonId, zones, ...shift } = message.data;
      return [
        to(technician, fromPersonId, 'LearnShiftGone', { shiftId: shift.shiftId }),
        to(technician, personId, 'LearnShiftPlanned', { ...shift, zones: zones ?? [] }),
      ];
    }
    case 'ShiftCancelled':
      return [to(technician, message.data.personId, 'LearnShiftGone', { shiftId: message.data.shiftId })];
    case 'CertificateIssued': {
      const { personId, certificateId, kind, validFrom: from, validUntil: until } = message.data;
      return [to(technician, personId, 'LearnCertificate', { certificateId, kind, from, until })];
    }
    case 'CertificateRevoked': {
      const { personId, ...revoked } = message.data;
      return [to(technician, personId, 'LearnRevocation', revoked)];
    }
    case 'SkillLevelGranted': {
      const { personId, ...granted } = message.data;
      return [to(technician, personId, 'LearnLevel', granted)];
    }
    case 'OnCallSlotSet':
      return [to(onCall, message.data.slotId, 'LearnOnCall', message.data)];
    case 'OnCallSlotWithdrawn':
      return [to(onCall, message.data.slotId, 'LearnOnCallGone', { slotId: message.data.slotId })];
    case 'PersonForgotten':
      return [to(technician, message.data.personId, 'LearnPersonForgotten', {})];
    case 'AssetRegistered':
      return [to(place, message.data.assetId, 'LearnPlace', { name: message.data.name, kind: message.data.kind })];
    default:
      return [];
  }
}
