import { Readable } from 'node:stream';
import { ForeignPosition } from '@hospital/kernel';
import type { FastifyInstance } from 'fastify';
import type { Verify } from './auth';
import type { Context } from './context';
import { answerFailure } from './http';

/**
 * What is recorded after a position (absent: from now on), as it comes, one line of JSON per batch: what happened to which stream and
 * where in the log, nothing of what the events hold. The first line tells where it begins.
 */
export type ChangeLines = (after: bigint | undefined, signal: AbortSignal) => AsyncGenerator<string>;

/** GET /changes?after=…: {@link ChangeLines}, without end until one of us goes; the answer is the same for a neighbour. */
export function serveChanges(http: FastifyInstance, { store, categories }: Context, verify: Verify): ChangeLines {
  const readers = new Set<AbortController>();
  http.addHook('preClose', async () => readers.forEach((reader) => reader.abort()));
  async function* lines(from: bigint | undefined, signal: AbortSignal) {
    try {
      const after = from ?? (await store.head(categories));
      // A position that cannot be is found out before it is taken for a beginning.
      for await (const _ of store.readAll({ after, categories })) break;
      yield `${JSON.stringify({ position: String(after ?? 0), changes: [] })}\n`;
      for await (const { events, position } of store.subscribe({ after, categories, signal })) {
        const changes = events.map(({ stream, type, position: at, metadata: { recordedAt } }) => ({
          stream,
          type,
          position: String(at),
          recordedAt,
        }));
        yield `${JSON.stringify({ position: String(position), changes })}\n`;
      }
    } catch (error) {
      if (!(error instanceof ForeignPosition)) throw error;
      yield `${JSON.stringify({ code: 'INVALID_POSITION' })}\n`;
    }
  }
  http.get<{ Querystring: { after?: string } }>('/changes', { errorHandler: answerFailure }, async ({ headers, query }, reply) => {
    await verify(headers.authorization);
    const reader = new AbortController();
    readers.add(reader);
    reply.raw.once('close', () => readers.delete(reader) && reader.abort());
    const after = /^\d{1,20}$/.test(query.after ?? '') ? BigInt(query.after!) : undefined;
    // When it ends so does the app: nobody shall wait for another request.
    return reply.headers({ 'content-type': 'application/x-ndjson', connection: 'close' }).send(Readable.from(lines(after, reader.signal)));
  });
  return lines;
}
