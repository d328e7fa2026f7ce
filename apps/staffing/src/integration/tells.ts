import { idOf, type JsonObject, type Recorded } from '@hospital/kernel';
import type { PersonEvent } from '../domain/person';

/** What the others hear of our events: pseudonyms, trades and shifts, never names. */
export function tells(recorded: Recorded): { readonly type: string; readonly data: JsonObject } | undefined {
  const event = recorded as unknown as PersonEvent;
  const personId = idOf(recorded.stream);
  switch (event.type) {
    case 'PersonRegistered':
      return { type: 'PersonRegistered', data: { personId, trade: event.data.trade } };
    case 'PersonShiftStarted':
      return { type: 'ShiftStarted', data: { personId, ...event.data } };
    case 'PersonShiftEnded':
      return { type: 'ShiftEnded', data: { personId, at: event.data.at } };
    case 'PersonForgotten':
      return { type: 'PersonForgotten', data: { personId } };
    default:
      return undefined;
  }
}
