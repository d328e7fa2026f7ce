import { idOf, type JsonObject, type View } from '@hospital/kernel';
import type { CarriedOver, LoopException, MonthEvent } from '../domain/month';

/** A month that was closed, by its name. */
export interface MonthRow extends JsonObject {
  readonly id: string;
  readonly revision: number;
  readonly total: number;
  readonly closed: number;
  readonly cancelled: number;
  readonly merged: number;
  readonly carriedOver: readonly (CarriedOver & JsonObject)[];
  readonly closedLoopShare: number | null;
  readonly exceptions: readonly (LoopException & JsonObject)[];
  readonly closedAt: string;
}

export const months: View<MonthRow> = {
  name: 'months',
  version: 1,
  categories: ['month'],
  columns: [],
  project(_, { type, stream, revision, data }) {
    if (type !== 'MonthClosed') return undefined;
    const { month: __, at: closedAt, ...counts } = data as MonthEvent['data'];
    return { ...counts, id: idOf(stream), revision, closedAt };
  },
};
