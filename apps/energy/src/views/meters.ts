import { idOf, type JsonObject, type View } from '@hospital/kernel';
import type { MeterEvent, Medium } from '../domain/meter';

export interface MeterRow extends JsonObject {
  readonly id: string;
  readonly revision: number;
  readonly name: string;
  readonly medium: Medium;
  readonly unit: string;
}

export const meters: View<MeterRow> = {
  name: 'meters',
  version: 1,
  categories: ['meter'],
  columns: ['medium', 'name'],
  project: (_, { type, stream, revision, data }) =>
    type === 'MeterRegistered' ? { ...(data as MeterEvent['data']), id: idOf(stream), revision } : undefined,
};
