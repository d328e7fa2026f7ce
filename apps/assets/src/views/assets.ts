import { idOf, type JsonObject, type View } from '@hospital/kernel';
import type { AssetEvent } from '../domain/asset';

export interface AssetRow extends JsonObject {
  readonly id: string;
  readonly revision: number;
  readonly name: string;
  readonly kind: string;
}

export const assets: View<AssetRow> = {
  name: 'assets',
  version: 1,
  categories: ['asset'],
  columns: ['kind', 'name'],
  project: (_, { type, stream, revision, data }) =>
    type === 'AssetRegistered' ? { ...(data as AssetEvent['data']), id: idOf(stream), revision } : undefined,
};
