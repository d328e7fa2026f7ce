import { reject, type Rejection } from '@hospital/kernel';
import type { RequestContext } from '@hospital/service';
import type { PhotoStore } from './photo-folder';
import { MAX_PHOTOS } from './photos';

type Resolve<Row> = (_: unknown, args: Record<string, unknown>, request: RequestContext) => Promise<Row | Rejection>;

/** A mutation whose input may show photos: they must have been sent before. */
export const withKnownPhotos =
  <Row>(store: () => PhotoStore, resolve: Resolve<Row>): Resolve<Row> =>
  async (_, args, request) => {
    const { photos } = args['input'] as { readonly photos?: readonly string[] | null };
    return (photos && (await faultOf(photos, store()))) ?? resolve(_, args, request);
  };

async function faultOf(photos: readonly string[], store: PhotoStore): Promise<Rejection | undefined> {
  if (photos.length > MAX_PHOTOS) return reject('TOO_MANY_PHOTOS', `At most ${MAX_PHOTOS} photos.`, 'input.photos');
  for (const hash of photos)
    if (!(await store.has(hash))) return reject('PHOTO_UNKNOWN', 'One of these photos was never sent, or too long ago.', 'input.photos');
  return undefined;
}
