import { idOf, type JsonObject, type View } from '@hospital/kernel';
import type { ItemEvent } from '../domain/item';

export interface ItemRow extends JsonObject {
  readonly id: string;
  readonly revision: number;
  readonly name: string;
  readonly unit: string;
}

export const items: View<ItemRow> = {
  name: 'items',
  version: 1,
  categories: ['item'],
  columns: ['name', 'unit'],
  project: (_, { type, stream, revision, data }) =>
    type === 'ItemRegistered' ? { ...(data as ItemEvent['data']), id: idOf(stream), revision } : undefined,
};
