import { type Command, type Decider, reject, type Rejection } from '@hospital/kernel';
import type { Criticality } from './intake';

/** Where a fault can be, as the asset register tells it, and what dispatch needs to know of it. */
export type PlaceCommand =
  Command<'LearnPlace', { name: string; kind: string }> | Command<'ClassifyPlace', { zone: string | null; criticality: Criticality }>;

export type PlaceEvent =
  | { type: 'PlaceLearned'; data: { name: string; kind: string } }
  | { type: 'PlaceClassified'; data: { zone: string | null; criticality: Criticality } };

export interface Place {
  /** Null: nobody told of it yet. */
  readonly known: { readonly name: string; readonly kind: string } | null;
  readonly zone: string | null;
  readonly criticality: Criticality;
}

export const place: Decider<Place, PlaceCommand, PlaceEvent> = {
  category: 'place',
  initial: { known: null, zone: null, criticality: 1 },
  decide({ type, data }, { known, zone, criticality }): readonly PlaceEvent[] | Rejection {
    if (type === 'LearnPlace') return known?.name === data.name && known.kind === data.kind ? [] : [{ type: 'PlaceLearned', data }];
    if (!known) return reject('UNKNOWN_PLACE', 'There is no such place.', 'input.id');
    return data.zone === zone && data.criticality === criticality ? [] : [{ type: 'PlaceClassified', data }];
  },
  evolve(place, { type, data }): Place {
    switch (type) {
      case 'PlaceLearned':
        return { ...place, known: data };
      case 'PlaceClassified':
        return { ...place, ...data };
    }
  },
};
