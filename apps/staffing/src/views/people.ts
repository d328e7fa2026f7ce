import { idOf, type Instant, type JsonObject, type Personal, type View } from '@hospital/kernel';
import type { PersonEvent } from '../domain/person';

export interface PersonRow extends JsonObject {
  readonly id: string;
  readonly revision: number;
  readonly name: Personal;
  readonly phone: Personal | null;
  readonly trade: string;
  readonly onShiftFrom: Instant | null;
  readonly onShiftUntil: Instant | null;
  readonly forgotten: boolean;
}

export const people: View<PersonRow> = {
  name: 'people',
  version: 1,
  categories: ['person'],
  columns: ['trade', 'onShiftUntil', 'onShiftFrom'],
  project(row, recorded) {
    const event = recorded as unknown as PersonEvent;
    const { revision, stream } = recorded;
    if (event.type === 'PersonRegistered')
      return { ...event.data, id: idOf(stream), revision, onShiftFrom: null, onShiftUntil: null, forgotten: false };
    if (!row) return undefined;
    switch (event.type) {
      case 'PersonShiftStarted':
        return { ...row, revision, onShiftFrom: event.data.from, onShiftUntil: event.data.until };
      case 'PersonShiftEnded':
        return { ...row, revision, onShiftUntil: event.data.at };
      case 'PersonForgotten':
        return { ...row, revision, forgotten: true };
    }
  },
};
