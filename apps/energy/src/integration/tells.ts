import { idOf, type JsonObject, type Recorded } from '@hospital/kernel';
import type { MeterEvent } from '../domain/meter';

/** What the others hear of our events. */
export function tells(recorded: Recorded): { readonly type: string; readonly data: JsonObject } | undefined {
  const { type, data } = recorded as unknown as MeterEvent;
  return type === 'MeterRegistered'
    ? { type, data: { meterId: idOf(recorded.stream), name: data.name, medium: data.medium, unit: data.unit } }
    : undefined;
}
