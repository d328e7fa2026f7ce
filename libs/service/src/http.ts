import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { finished } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { GraphQLError } from 'graphql';
import { refuse } from './request';

/** What one request body may weigh. */
export const MAX_BODY_BYTES = 1_048_576;

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });

/** As exact UTF-8: a lenient parser would store U+FFFD where the caller wrote something else. @throws {GraphQLError} */
export function jsonIn(body: Buffer): unknown {
  try {
    return JSON.parse(strictUtf8.decode(body));
  } catch (error) {
    const notJson = error instanceof SyntaxError;
    throw refuse(notJson ? 'INVALID_JSON' : 'INVALID_UTF8', `The body is not valid ${notJson ? 'JSON' : 'UTF-8'}.`, 'body');
  }
}

/** JSON bodies only. */
export function acceptJsonOnly(http: FastifyInstance): void {
  http.removeAllContentTypeParsers();
  const options = { parseAs: 'buffer', bodyLimit: MAX_BODY_BYTES } as const;
  http.addContentTypeParser('application/json', options, async (_request: FastifyRequest, body: Buffer) => jsonIn(body));
}

const unreadable = (status: number): GraphQLError => refuse('BAD_REQUEST', 'This request cannot be read.', 'request', status);

/** What Fastify finds by itself, or nobody foresaw. */
function refusalOf(status: number): GraphQLError {
  if (status === 413) return refuse('BODY_TOO_LARGE', `A request body may have at most ${MAX_BODY_BYTES} bytes.`, 'body', status);
  if (status === 415) return refuse('UNSUPPORTED_MEDIA_TYPE', 'Send application/json.', 'content-type', status);
  return status < 500 ? unreadable(status) : refuse('INTERNAL_SERVER_ERROR', 'Something went wrong on our side.', 'request', status);
}

/** A refusal outside of GraphQL, in GraphQL's shape. */
function answerOf({ message, extensions: { http, ...extensions } }: GraphQLError) {
  const { status = 500, headers = [] } = (http ?? {}) as { status?: number; headers?: Iterable<readonly [string, string]> };
  return { status, headers: Object.fromEntries(headers), answer: { errors: [{ message, extensions }] } };
}

/** When Node cannot even read the request: too long a head, or no HTTP at all. */
export function answerUnreadable({ code }: { readonly code?: string }, socket: Socket): void {
  if (!socket.writable) return void socket.destroy();
  const tooLong = code === 'HPE_HEADER_OVERFLOW';
  const fault = tooLong
    ? refuse('HEADERS_TOO_LARGE', 'The headers are too large.', 'headers', 431)
    : unreadable(code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400);
  const { status, answer } = answerOf(fault);
  const body = JSON.stringify(answer);
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: application/json\r\nConnection: close`;
  socket.end(`${head}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}

export function answerFailure(error: Error & { statusCode?: number }, request: FastifyRequest, reply: FastifyReply): void {
  const { status, headers, answer } = answerOf(error instanceof GraphQLError ? error : refusalOf(error.statusCode ?? 500));
  if (status >= 500 && !(error instanceof GraphQLError)) request.log.error({ err: error }, 'unexpected');
  const send = (): void => void reply.code(status).headers(headers).send(answer);
  if (status !== 413) return send();
  // Whoever is still sending would see a broken connection instead of the answer.
  finished(request.raw, send);
  request.raw.resume();
}
