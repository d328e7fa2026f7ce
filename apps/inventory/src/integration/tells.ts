import { idOf, type JsonObject, type Recorded } from '@hospital/kernel';
import type { ItemEvent } from '../domain/item';

/** What the others hear of our events. */
export function tells(recorded: Recorded): { readonly type: string; readonly data: JsonObject } | undefined {
  const { type, data } = recorded as unknown as ItemEvent;
  return type === 'ItemRegistered' ? { type, data: { itemId: idOf(recorded.stream), name: data.name, unit: data.unit } } : undefined;
}
