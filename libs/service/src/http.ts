import type { Socket } from 'node:net';
import { finished } from 'node:stream';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { ApolloServer, BaseContext } from '@apollo/server';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** What one request body may weigh. */
export const MAX_BODY_BYTES = 1_048_576;

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });

/** An answer in GraphQL's shape for what goes wrong before GraphQL begins. */
const refusal = (code: string, message: string, field: string) => ({ errors: [{ message, extensions: { code, field } }] });

const UNREADABLE = refusal('BAD_REQUEST', 'This request cannot be read.', 'request');
const BROKEN = refusal('INTERNAL_SERVER_ERROR', 'Something went wrong on our side.', 'request');
const POST_ONLY = refusal('METHOD_NOT_ALLOWED', 'Send POST.', 'method');

const REFUSALS: Readonly<Record<number, ReturnType<typeof refusal>>> = {
  413: refusal('BODY_TOO_LARGE', `A request body may have at most ${MAX_BODY_BYTES} bytes.`, 'body'),
  415: refusal('UNSUPPORTED_MEDIA_TYPE', 'Send application/json.', 'content-type'),
};

class BadBody extends Error {
  readonly statusCode = 400;
  constructor(readonly answer: ReturnType<typeof refusal>) {
    super(answer.errors[0]!.message);
  }
}

/** JSON bodies only, as exact UTF-8: a lenient parser would store U+FFFD where the caller wrote something else. */
export function acceptJsonOnly(http: FastifyInstance): void {
  http.removeAllContentTypeParsers();
  http.addContentTypeParser('application/json', { parseAs: 'buffer', bodyLimit: MAX_BODY_BYTES }, (_request, body, done) => {
    let text: string;
    try {
      text = strictUtf8.decode(body as Buffer);
    } catch {
      return done(new BadBody(refusal('INVALID_UTF8', 'The body is not valid UTF-8.', 'body')));
    }
    try {
      done(null, JSON.parse(text));
    } catch {
      done(new BadBody(refusal('INVALID_JSON', 'The body is not valid JSON.', 'body')));
    }
  });
}

/** When Node cannot even read the request: too long a head, or no HTTP at all. */
export function answerUnreadable({ code }: { readonly code?: string }, socket: Socket): void {
  if (!socket.writable) return void socket.destroy();
  const [status, answer] =
    code === 'HPE_HEADER_OVERFLOW'
      ? ['431 Request Header Fields Too Large', refusal('HEADERS_TOO_LARGE', 'The headers are too large.', 'headers')]
      : ['400 Bad Request', UNREADABLE];
  const body = JSON.stringify(answer);
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

export function answerFailure(error: Error & { statusCode?: number }, request: FastifyRequest, reply: FastifyReply): void {
  const status = error.statusCode ?? 500;
  if (status >= 500) request.log.error({ err: error }, 'unexpected');
  const answer = error instanceof BadBody ? error.answer : REFUSALS[status];
  const send = (): void => void reply.code(status).send(answer ?? (status < 500 ? UNREADABLE : BROKEN));
  if (status !== 413) return send();
  // Whoever is still sending would see a broken connection instead of the answer.
  finished(request.raw, send);
  request.raw.resume();
}

const postOnly = async (_: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> =>
  reply.code(405).header('allow', 'POST').send(POST_ONLY);

/** POST /graphql, and a refusal of every other method. Starts the server. */
export async function serveGraphql<C extends BaseContext>(
  http: FastifyInstance,
  server: ApolloServer<C>,
  contextOf: (headers: { get(name: string): string | undefined }) => Promise<C>,
): Promise<void> {
  await server.start();
  http.route({
    method: ['GET', 'PUT', 'PATCH', 'DELETE'],
    url: '/graphql',
    // Before a body is read, which may have its own faults.
    onRequest: postOnly,
    handler: postOnly,
  });
  http.route({
    method: 'POST',
    url: '/graphql',
    errorHandler: answerFailure,
    handler: fastifyApolloHandler(server, {
      context: ({ headers }: FastifyRequest) =>
        contextOf({
          get: (name) => {
            const value = headers[name];
            return Array.isArray(value) ? value[0] : value;
          },
        }),
    }),
  });
}
