import { idOf, type JsonObject, type View } from '@hospital/kernel';
import type { Hours } from '../domain/business-time';
import type { CalendarEvent } from '../domain/calendar';

export interface CalendarRow extends JsonObject {
  readonly id: string;
  readonly revision: number;
  /** Raised by every change. */
  readonly version: number;
  readonly name: string;
  readonly nameEn: string;
  readonly zone: string;
  readonly week: Readonly<Record<string, readonly Hours[]>>;
  readonly exceptions: Readonly<Record<string, readonly Hours[]>>;
}

export const calendars: View<CalendarRow> = {
  name: 'calendars',
  version: 1,
  categories: ['calendar'],
  columns: ['nameEn', 'zone'],
  project(_, { type, stream, revision, data }) {
    const row = { version: 1, ...(data as CalendarEvent['data']), id: idOf(stream), revision };
    return type === 'CalendarDefined' || type === 'CalendarRevised' ? row : undefined;
  },
};
