import { idOf, type JsonObject, type Recorded } from '@hospital/kernel';
import type { AssetEvent } from '../domain/asset';

/** What the others hear of our events. */
export function tells(recorded: Recorded): { readonly type: string; readonly data: JsonObject } | undefined {
  const { type, data } = recorded as unknown as AssetEvent;
  return type === 'AssetRegistered' ? { type, data: { assetId: idOf(recorded.stream), name: data.name, kind: data.kind } } : undefined;
}
