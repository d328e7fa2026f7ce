import { type Command, type Decider } from '@hospital/kernel';

/** A place or thing a fault can be reported at; the asset register decides it and tells. */
export type PlaceCommand = Command<'LearnPlace', { name: string; kind: string }>;
export type PlaceEvent = { type: 'PlaceLearned'; data: { name: string; kind: string } };
export type Place = { readonly name: string; readonly kind: string } | null;

export const place: Decider<Place, PlaceCommand, PlaceEvent> = {
  category: 'place',
  initial: null,
  decide: ({ data }, known) => (known?.name === data.name && known.kind === data.kind ? [] : [{ type: 'PlaceLearned', data }]),
  evolve: (known, { type, data }) => (type === 'PlaceLearned' ? data : known),
};
