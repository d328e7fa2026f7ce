import { answerFailure, jsonIn, MAX_BODY_BYTES, type Operation, refuse } from '@hospital/service';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { GraphQLError } from 'graphql';
import type { Gateway, HttpAnswer } from './gateway';

/** How an answer may be written; the first unless somebody would rather have the other. */
const TYPES = ['application/json', 'application/graphql-response+json'] as const;

/**
 * POST /graphql, and a refusal of every other method. Starts the gateway. All of it is a hook, before Fastify reads a body: on Node 20 its
 * way of reading costs as much as everything else that a small request needs.
 */
export async function serveGraph(http: FastifyInstance, gateway: Gateway): Promise<void> {
  await gateway.start();
  http.route({
    method: ['POST', 'GET', 'PUT', 'PATCH', 'DELETE'],
    url: '/graphql',
    errorHandler: answerFailure,
    onRequest: async (request, reply) => {
      if (request.method !== 'POST') {
        reply.header('allow', 'POST');
        throw refuse('METHOD_NOT_ALLOWED', 'Send POST.', 'method', 405);
      }
      request.body = await bodyOf(request);
      const type = typeFor(request.headers.accept);
      const { status, headers, answer } = await answerTo(request, gateway, type !== undefined);
      const { errors, data, extensions } = answer;
      void reply.code(status).headers({ ...headers, 'cache-control': 'no-store', 'content-type': `${type ?? TYPES[0]}; charset=utf-8` });
      return reply.send(`${JSON.stringify({ errors, data, extensions })}\n`);
    },
    handler: async () => undefined,
  });
}

/** @throws what {@link answerFailure} answers */
async function bodyOf({ raw, headers }: FastifyRequest): Promise<unknown> {
  const type = headers['content-type'];
  if (type === undefined && headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0) return undefined;
  if (!/^application\/json *(;|$)/i.test(type ?? '')) throw ofStatus(415);
  const chunks: Buffer[] = [];
  let length = 0;
  await new Promise<void>((resolve, reject) => {
    const hear = (chunk: Buffer): void => {
      length += chunk.length;
      chunks.push(chunk);
      if (length <= MAX_BODY_BYTES) return;
      raw.off('data', hear);
      reject(ofStatus(413));
    };
    raw.on('data', hear).once('end', resolve).once('error', reject);
  });
  return jsonIn(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
}
const ofStatus = (statusCode: number): Error => Object.assign(new Error(`status ${statusCode}`), { statusCode });

async function answerTo(request: FastifyRequest, gateway: Gateway, acceptable: boolean): Promise<HttpAnswer> {
  try {
    // Of the headers that are looked at Node makes no lists.
    const context = await gateway.contextOf({ get: (name) => request.headers[name] as string | undefined }, request);
    if (!acceptable) throw badRequest(`Accept ${TYPES.join(' or ')}.`, 406);
    return await gateway.answer(operationIn(request.body), context);
  } catch (error) {
    return gateway.refusal(error);
  }
}

const badRequest = (message: string, status = 400): GraphQLError =>
  new GraphQLError(message, { extensions: { code: 'BAD_REQUEST', http: { status } } });

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

/** @throws {GraphQLError} BAD_REQUEST */
function operationIn(body: unknown): Operation {
  if (Array.isArray(body)) throw badRequest('Send one operation at a time.');
  if (!isObject(body)) throw badRequest('Send an object with a query.');
  const { query, operationName, variables } = body as Record<string, unknown>;
  if (typeof query !== 'string' || query === '') throw badRequest('query is to be a text.');
  if (!absent(operationName) && typeof operationName !== 'string') throw badRequest('operationName is to be a text.');
  if (!absent(variables) && !isObject(variables)) throw badRequest('variables are to be an object.');
  return { query, ...(operationName ? { operationName: operationName as string } : {}), ...(variables ? { variables } : {}) };
}
const absent = (value: unknown): boolean => value === undefined || value === null;

/** What whoever asks likes best of what there is. */
function typeFor(accept: string | undefined): (typeof TYPES)[number] | undefined {
  if (accept === undefined || accept === '*/*' || accept === TYPES[0]) return TYPES[0];
  const liked = accept.split(',').map((range) => {
    const [name = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const weight = parameters.find((part) => part.startsWith('q='))?.slice(2);
    return { name, weight: weight === undefined ? 1 : Number(weight) };
  });
  const weightOf = (type: string): number =>
    [type, 'application/*', '*/*'].map((name) => liked.find((one) => one.name === name)?.weight).find((weight) => weight !== undefined) ??
    0;
  const [best] = [...TYPES].sort((a, b) => weightOf(b) - weightOf(a));
  return best !== undefined && weightOf(best) > 0 ? best : undefined;
}
