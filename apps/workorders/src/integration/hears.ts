import { type PublicEvent, topic } from '@hospital/contracts';
import { type Addressed, to } from '@hospital/kernel';
import { place } from '../domain/place';
import { technician } from '../domain/technician';

export const heardTopics = [topic('staffing', 'person'), topic('assets', 'asset')];

/** What we learn from the other contexts. */
export function hears(message: PublicEvent): readonly Addressed[] {
  switch (message.name) {
    case 'PersonRegistered':
      return [to(technician, message.data.personId, 'LearnTechnician', { trade: message.data.trade })];
    case 'ShiftStarted': {
      const { personId, trade, from, until } = message.data;
      return [to(technician, personId, 'LearnShiftStarted', { trade, from, until })];
    }
    case 'ShiftEnded':
      return [to(technician, message.data.personId, 'LearnShiftEnded', { at: message.data.at })];
    case 'PersonForgotten':
      return [to(technician, message.data.personId, 'LearnPersonForgotten', {})];
    case 'AssetRegistered':
      return [to(place, message.data.assetId, 'LearnPlace', { name: message.data.name, kind: message.data.kind })];
    default:
      return [];
  }
}
