import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { finished } from 'node:stream';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { ApolloServer, BaseContext } from '@apollo/server';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { GraphQLError } from 'graphql';

/** What one request body may weigh. */
export const MAX_BODY_BYTES = 1_048_576;

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });

/** What goes wrong before GraphQL begins, with an answer in GraphQL's shape. */
const refusal = (statusCode: number, code: string, message: string, field: string) =>
  Object.assign(new Error(message), { statusCode, answer: { errors: [{ message, extensions: { code, field } }] } });

const UNREADABLE = refusal(400, 'BAD_REQUEST', 'This request cannot be read.', 'request');
const INVALID_UTF8 = refusal(400, 'INVALID_UTF8', 'The body is not valid UTF-8.', 'body');
const INVALID_JSON = refusal(400, 'INVALID_JSON', 'The body is not valid JSON.', 'body');
const POST_ONLY = refusal(405, 'METHOD_NOT_ALLOWED', 'Send POST.', 'method');
const BIG_HEAD = refusal(431, 'HEADERS_TOO_LARGE', 'The headers are too large.', 'headers');
const BROKEN = refusal(500, 'INTERNAL_SERVER_ERROR', 'Something went wrong on our side.', 'request');

/** Of the failures that Fastify finds by itself, by status. */
const OF_FASTIFY: Readonly<Record<number, typeof BROKEN>> = {
  413: refusal(413, 'BODY_TOO_LARGE', `A request body may have at most ${MAX_BODY_BYTES} bytes.`, 'body'),
  415: refusal(415, 'UNSUPPORTED_MEDIA_TYPE', 'Send application/json.', 'content-type'),
};

/** JSON bodies only, as exact UTF-8: a lenient parser would store U+FFFD where the caller wrote something else. */
export function acceptJsonOnly(http: FastifyInstance): void {
  http.removeAllContentTypeParsers();
  http.addContentTypeParser('application/json', { parseAs: 'buffer', bodyLimit: MAX_BODY_BYTES }, (_request, body, done) => {
    try {
      done(null, JSON.parse(strictUtf8.decode(body as Buffer)));
    } catch (error) {
      done(error instanceof SyntaxError ? INVALID_JSON : INVALID_UTF8);
    }
  });
}

/** When Node cannot even read the request: too long a head, or no HTTP at all. */
export function answerUnreadable({ code }: { readonly code?: string }, socket: Socket): void {
  if (!socket.writable) return void socket.destroy();
  const { statusCode, answer } = code === 'HPE_HEADER_OVERFLOW' ? BIG_HEAD : UNREADABLE;
  const body = JSON.stringify(answer);
  const head = `HTTP/1.1 ${statusCode} ${STATUS_CODES[statusCode]}\r\nContent-Type: application/json\r\nConnection: close`;
  socket.end(`${head}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}

export function answerFailure(thrown: Error & { statusCode?: number }, request: FastifyRequest, reply: FastifyReply): void {
  const refused = thrown instanceof GraphQLError ? asRefusal(thrown) : undefined;
  if (refused) reply.headers(refused.headers);
  const error = refused ?? thrown;
  const status = error.statusCode ?? 500;
  if (status >= 500) request.log.error({ err: error }, 'unexpected');
  const { answer } =
    'answer' in error ? (error as Pick<typeof BROKEN, 'answer'>) : (OF_FASTIFY[status] ?? (status < 500 ? UNREADABLE : BROKEN));
  const send = (): void => void reply.code(status).send(answer);
  if (status !== 413) return send();
  // Whoever is still sending would see a broken connection instead of the answer.
  finished(request.raw, send);
  request.raw.resume();
}

/** What was refused by the rules of the graph, though outside of it. */
function asRefusal({ message, extensions: { http, ...extensions } }: GraphQLError) {
  const { status = 500, headers = new Map() } = (http ?? {}) as { status?: number; headers?: ReadonlyMap<string, string> };
  return {
    statusCode: status,
    headers: Object.fromEntries(headers) as Record<string, string>,
    answer: { errors: [{ message, extensions: extensions as { code: string; field: string } }] },
  };
}

/** POST /graphql, and a refusal of every other method. Starts the server. */
export async function serveGraphql<C extends BaseContext>(
  http: FastifyInstance,
  server: ApolloServer<C>,
  contextOf: (headers: { get(name: string): string | undefined }, request: FastifyRequest) => Promise<C>,
): Promise<void> {
  await server.start();
  http.route({
    method: ['POST', 'GET', 'PUT', 'PATCH', 'DELETE'],
    url: '/graphql',
    // Before a body is read, which may have its own faults.
    onRequest: async ({ method }: FastifyRequest, reply: FastifyReply) => {
      if (method === 'POST') return;
      reply.header('allow', 'POST');
      throw POST_ONLY;
    },
    errorHandler: answerFailure,
    handler: fastifyApolloHandler(server, {
      // Of the headers that are looked at Node makes no lists.
      context: (request: FastifyRequest) => contextOf({ get: (name) => request.headers[name] as string | undefined }, request),
    }),
  });
}
