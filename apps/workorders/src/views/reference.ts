import { idOf, type Instant, type JsonObject, type View } from '@hospital/kernel';
import type { CategoryEvent } from '../domain/category';
import type { PlaceEvent } from '../domain/place';
import type { TechnicianEvent } from '../domain/technician';

export interface CategoryRow extends JsonObject {
  readonly id: string;
  readonly revision: number;
  readonly name: string;
  readonly nameEn: string;
  readonly trade: string;
}

export const categories: View<CategoryRow> = {
  name: 'categories',
  version: 1,
  categories: ['category'],
  columns: ['trade', 'nameEn'],
  project: (_, { type, stream, revision, data }) =>
    type === 'CategoryDefined' ? { ...(data as CategoryEvent['data']), id: idOf(stream), revision } : undefined,
};

export interface PlaceRow extends JsonObject {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
}

export const places: View<PlaceRow> = {
  name: 'places',
  version: 1,
  categories: ['place'],
  columns: ['kind'],
  project: (_, { type, stream, data }) => (type === 'PlaceLearned' ? { ...(data as PlaceEvent['data']), id: idOf(stream) } : undefined),
};

export interface TechnicianRow extends JsonObject {
  readonly id: string;
  readonly trade: string;
  readonly onShiftFrom: Instant | null;
  readonly onShiftUntil: Instant | null;
}

export const technicians: View<TechnicianRow> = {
  name: 'technicians',
  version: 1,
  categories: ['technician'],
  columns: ['trade', 'onShiftUntil'],
  project(row, recorded) {
    const event = recorded as unknown as TechnicianEvent;
    if (event.type === 'TechnicianLearned')
      return { onShiftFrom: null, onShiftUntil: null, ...row, id: idOf(recorded.stream), trade: event.data.trade };
    if (!row) return undefined;
    switch (event.type) {
      case 'TechnicianShiftStarted':
        return { ...row, onShiftFrom: event.data.from, onShiftUntil: event.data.until };
      case 'TechnicianShiftEnded':
        return { ...row, onShiftUntil: event.data.at };
      case 'TechnicianForgotten':
        return null;
    }
  },
};
