import { addAbortSignal, type Readable } from 'node:stream';
import { DAY } from '@hospital/kernel';
import { answerFailure, refuse, type Verify, type Views } from '@hospital/service';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type LocationCodeRow, locationCodes } from '../views/location-codes';
import { orderPhotos } from '../views/order-photos';
import { bare, typeOf } from './bare-photo';
import type { PhotoStore } from './photo-folder';

export const MAX_PHOTO_BYTES = 5 * 1_048_576;
export const MAX_PHOTOS = 5;
/** Each upload is held in memory while it is looked at. */
const UPLOADS_AT_ONCE = 8;
/** How long one upload may take (ms). */
const PATIENCE = 60_000;
/** How many hashes the views are asked for at once. */
const ASKED_AT_ONCE = 200;

/** Photos of faults: POST (or PUT) /photos with the bytes, GET /photos/<sha256>. 照片 */
export class Photos {
  private uploads = 0;

  constructor(
    private readonly store: PhotoStore,
    private readonly views: Pick<Views, 'query' | 'caughtUp'>,
    private readonly verify: Verify,
  ) {}

  serve(http: FastifyInstance): void {
    void http.register(async (scope) => {
      scope.removeAllContentTypeParsers();
      // As it comes: how much of it is read, and for how long, is decided here.
      scope.addContentTypeParser('*', (_request, body, done) => done(null, body));
      scope.setErrorHandler(answerFailure);
      scope.route({ method: ['POST', 'PUT'], url: '/photos', handler: (request) => this.keep(request) });
      scope.get<{ Params: { hash: string } }>('/photos/:hash', (request, reply) => this.show(request, reply));
    });
  }

  /** What no order has shown within a day goes; `now` by the clock of the machine, as the ages of files are. */
  async sweep(now: number): Promise<void> {
    await this.views.caughtUp();
    let unsure: string[] = [];
    for await (const hash of this.store.stale(now - DAY)) {
      unsure.push(hash);
      if (unsure.length < ASKED_AT_ONCE) continue;
      await this.removeUnshown(unsure);
      unsure = [];
    }
    await this.removeUnshown(unsure);
  }

  private async removeUnshown(hashes: readonly string[]): Promise<void> {
    if (hashes.length === 0) return;
    const shown = new Set((await this.views.query(orderPhotos.name, { key: hashes })).map(({ key }) => key));
    for (const hash of hashes) if (!shown.has(hash)) await this.store.remove(hash);
  }

  private async keep({ headers, body, raw }: FastifyRequest) {
    await this.admit(headers.authorization, headers['x-location-code']);
    if (Number(headers['content-length'] ?? 0) > MAX_PHOTO_BYTES) throw TOO_LARGE();
    if (this.uploads >= UPLOADS_AT_ONCE) throw refuse('TOO_BUSY', 'Too many photos are coming in; send this one again.', 'request', 503);
    this.uploads += 1;
    try {
      // A request without a content type has no body by the parsers' account.
      const bytes = await received((body as Readable | undefined) ?? raw);
      const type = typeOf(bytes);
      if (type === undefined) throw refuse('UNSUPPORTED_PHOTO', 'Send a JPEG, PNG, WebP or HEIC.', 'body', 415);
      const photo = bare(type, bytes);
      if (photo === undefined) throw refuse('BROKEN_PHOTO', 'This photo is broken or not whole.', 'body');
      return { sha256: await this.store.keep(photo), bytes: photo.length, type };
    } finally {
      this.uploads -= 1;
    }
  }

  /** Whoever has an account, or stands before a location code that is in use. */
  private async admit(authorization: string | undefined, code: string | string[] | undefined): Promise<void> {
    if (authorization === undefined && typeof code === 'string') {
      const [found] = await this.views.query(locationCodes.name, { key: code, limit: 1 });
      if (found && (found.row as LocationCodeRow).withdrawnAt === null) return;
    }
    await this.verify(authorization);
  }

  private async show({ params: { hash }, headers }: FastifyRequest<{ Params: { hash: string } }>, reply: FastifyReply) {
    await this.verify(headers.authorization);
    const photo = await this.store.read(hash);
    if (photo === undefined) throw refuse('PHOTO_UNKNOWN', 'There is no such photo.', 'sha256', 404);
    return reply
      .type(typeOf(photo) ?? 'application/octet-stream')
      .headers({
        'x-content-type-options': 'nosniff',
        'content-security-policy': "default-src 'none'",
        'content-disposition': 'inline',
        'cache-control': 'private, max-age=31536000, immutable',
      })
      .send(photo);
  }
}

const TOO_LARGE = () => refuse('PHOTO_TOO_LARGE', `A photo may have at most ${MAX_PHOTO_BYTES} bytes.`, 'body', 413);

/** All of it, though no more than a photo may have, and not for ever. */
async function received(body: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  // Who sends too much is heard out, to be answered.
  const arriving = addAbortSignal(AbortSignal.timeout(PATIENCE), body).iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  try {
    for await (const chunk of arriving) {
      if ((length += chunk.length) > MAX_PHOTO_BYTES) break;
      chunks.push(chunk);
    }
  } catch {
    throw refuse('BROKEN_UPLOAD', 'This upload broke off.', 'body');
  }
  if (length > MAX_PHOTO_BYTES) throw TOO_LARGE();
  return Buffer.concat(chunks);
}
