import type { JsonObject, View } from '@hospital/kernel';
import { idOf } from '@hospital/kernel';

/** A photo that some order shows; the others are uploads nobody needed. */
export interface OrderPhotoRow extends JsonObject {
  /** SHA-256 in hex. */
  readonly id: string;
  /** The first order that showed it. */
  readonly orderId: string;
}

export const orderPhotos: View<OrderPhotoRow> = {
  name: 'order-photos',
  version: 1,
  categories: ['workOrder'],
  columns: [],
  keys: ({ data }) => (Array.isArray(data['photos']) ? (data['photos'] as string[]) : []),
  project: (row, { stream }, id) => (row ? undefined : { id, orderId: idOf(stream) }),
};
