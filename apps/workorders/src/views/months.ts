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
  readonly broughtForward: number;
  /** Whether it named the orders it counts; months that were closed first did not. */
  readonly named: boolean;
  readonly carriedOver: readonly (CarriedOver & JsonObject)[];
  readonly closedLoopShare: number | null;
  readonly exceptions: readonly (LoopException & JsonObject)[];
  readonly closedAt: string;
}

export const months: View<MonthRow> = {
  name: 'months',
  version: 2,
  categories: ['month'],
  columns: [],
  project(_, { type, stream, revision, data }) {
    if (type !== 'MonthClosed') return undefined;
    const { month: __, at: closedAt, orderIds, broughtForward = 0, ...counts } = data as MonthEvent['data'];
    return { ...counts, broughtForward, named: orderIds !== undefined, id: idOf(stream), revision, closedAt };
  },
};
