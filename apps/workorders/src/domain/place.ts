import { canonicalText, type Command, type Decider, reject, type Rejection } from '@hospital/kernel';
import type { Criticality } from './intake';

/** Degrees, WGS 84. */
export type Coordinates = { readonly latitude: number; readonly longitude: number };
/** Where a place lies; up to so far from there somebody counts as being there. */
export type Located = Coordinates & { readonly radiusMetres: number };

/** Where a fault can be, as the asset register tells it, and what dispatch and vendors' arrivals need to know of it. */
export type PlaceCommand =
  | Command<'LearnPlace', { name: string; kind: string }>
  | Command<'ClassifyPlace', { zone: string | null; criticality: Criticality }>
  | Command<'LocatePlace', { position: Located | null }>;

export type PlaceEvent =
  | { type: 'PlaceLearned'; data: { name: string; kind: string } }
  | { type: 'PlaceClassified'; data: { zone: string | null; criticality: Criticality } }
  | { type: 'PlaceLocated'; data: { position: Located | null } };

export interface Place {
  /** Null: nobody told of it yet. */
  readonly known: { readonly name: string; readonly kind: string } | null;
  readonly zone: string | null;
  readonly criticality: Criticality;
  readonly position: Located | null;
}

/** Positions are rarely known better, and nobody walks further through one building. */
const [NARROWEST, WIDEST] = [10, 2_000];

/** What is wrong with coordinates, naming which of them. */
export function faultIn({ latitude, longitude }: Coordinates, field: string): Rejection | undefined {
  if (!(Math.abs(latitude) <= 90)) return reject('INVALID_POSITION', 'A latitude is -90 to 90 degrees.', `${field}.latitude`);
  if (!(Math.abs(longitude) <= 180)) return reject('INVALID_POSITION', 'A longitude is -180 to 180 degrees.', `${field}.longitude`);
  return undefined;
}

const EARTH_METRES = 6_371_000;
const radians = (degrees: number): number => (degrees * Math.PI) / 180;

/** Along the surface (haversine), in whole metres. */
export function distanceBetween(a: Coordinates, b: Coordinates): number {
  const half = (from: number, until: number): number => Math.sin(radians(until - from) / 2) ** 2;
  const across = Math.cos(radians(a.latitude)) * Math.cos(radians(b.latitude)) * half(a.longitude, b.longitude);
  return Math.round(2 * EARTH_METRES * Math.asin(Math.min(1, Math.sqrt(half(a.latitude, b.latitude) + across))));
}

function decide({ type, data }: PlaceCommand, { known, zone, criticality, position }: Place): readonly PlaceEvent[] | Rejection {
  if (type === 'LearnPlace') return known?.name === data.name && known.kind === data.kind ? [] : [{ type: 'PlaceLearned', data }];
  if (!known) return reject('UNKNOWN_PLACE', 'There is no such place.', 'input.id');
  if (type === 'ClassifyPlace') return data.zone === zone && data.criticality === criticality ? [] : [{ type: 'PlaceClassified', data }];
  const fault = data.position && faultIn(data.position, 'input.position');
  if (fault) return fault;
  const radius = data.position?.radiusMetres ?? NARROWEST;
  if (!(Number.isInteger(radius) && radius >= NARROWEST && radius <= WIDEST))
    return reject('INVALID_RADIUS', `A radius is ${NARROWEST} to ${WIDEST} whole metres.`, 'input.position.radiusMetres');
  return canonicalText(data.position) === canonicalText(position) ? [] : [{ type: 'PlaceLocated', data }];
}

export const place: Decider<Place, PlaceCommand, PlaceEvent> = {
  category: 'place',
  initial: { known: null, zone: null, criticality: 1, position: null },
  decide,
  evolve(place, { type, data }): Place {
    switch (type) {
      case 'PlaceLearned':
        return { ...place, known: data };
      case 'PlaceClassified':
      case 'PlaceLocated':
        return { ...place, ...data };
    }
  },
};
