import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { pause } from '@hospital/kernel';
import { answerFailure, type Operation, refuse, type Verify } from '@hospital/service';
import type { FastifyInstance } from 'fastify';
import { type ExecutionArgs, type FormattedExecutionResult, GraphQLError, parse } from 'graphql';
import { type Extra, useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { takeOver } from '../cors';
import { type Live, type Message, plain } from './live';

/** Connections at once, of both kinds, per process. */
const CONNECTIONS = 5_000;
/** A sign of life so often (ms); whoever shows none for as long is cut off. */
const KEEP_ALIVE = 12_000;
/** One that takes nothing for so long (ms) is cut off. */
const STALLED = 60_000;
/** How long the farewell may take (ms). */
const FAREWELL = 1_000;
/** Close code of a WebSocket. */
const TRY_AGAIN_LATER = 1013;
const LARGEST_MESSAGE = 65_536;
const ANY_SUBSCRIPTION = parse('subscription { any }');

/** Live answers: graphql-ws at /graphql, server-sent events at POST /graphql/stream. What is returned ends them. */
export function serveLive(http: FastifyInstance, live: Live, verify: Verify): () => Promise<void> {
  const streams = new Set<ServerResponse>();
  const sockets = new WebSocketServer({ noServer: true, maxPayload: LARGEST_MESSAGE });
  const full = (): boolean => sockets.clients.size + streams.size >= CONNECTIONS;
  speakGraphqlWs(sockets, live, verify);
  // Who asks for another protocol than this is answered as if nothing had been asked; older Node cannot, and refuses below.
  Object.assign(http.server, { shouldUpgradeCallback: isWebSocket });
  http.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (!isWebSocket(request) || request.url?.split('?')[0] !== '/graphql') return turnAway(socket, '404 Not Found');
    if (full()) return turnAway(socket, '503 Service Unavailable');
    sockets.handleUpgrade(request, socket, head, (accepted) => sockets.emit('connection', accepted, request));
  });

  http.post('/graphql/stream', { errorHandler: answerFailure }, async (request, reply) => {
    if (!request.headers.accept?.includes('text/event-stream'))
      throw refuse('NOT_ACCEPTABLE', 'This answers with text/event-stream only.', 'accept', 406);
    if (full()) throw refuse('TOO_MANY_CONNECTIONS', 'Too many listen at once; try again.', 'request', 503);
    const { authorization, 'x-as-of': asOf } = request.headers;
    const messages = await live.subscribe((request.body ?? {}) as Operation, authorization, asOf as string | undefined);
    // Gone while it was being let in.
    if (request.raw.socket.destroyed) return void (await messages.return());
    const response = takeOver(reply);
    streams.add(response);
    response.once('close', () => {
      streams.delete(response);
      void messages.return();
    });
    await stream(response, messages);
  });

  return async () => {
    for (const socket of sockets.clients) socket.close(1001, 'Going away');
    live.end();
    const left = (): number => sockets.clients.size + streams.size;
    for (let waited = 0; waited < FAREWELL && left() > 0; waited += 10) await pause(10);
    for (const socket of sockets.clients) socket.terminate();
    for (const response of streams) response.destroy();
  };
}

const isWebSocket = ({ headers }: IncomingMessage): boolean => headers.upgrade?.toLowerCase() === 'websocket';

const turnAway = (socket: Duplex, status: string): void =>
  void socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);

function speakGraphqlWs(sockets: WebSocketServer, live: Live, verify: Verify): void {
  const tokens = new WeakMap<object, string | undefined>();
  useServer(
    {
      // A token that does not hold closes the connection with 4403, one that cannot be checked at the moment with 1013.
      async onConnect({ connectionParams, extra }) {
        const said = connectionParams?.['authorization'] ?? connectionParams?.['Authorization'];
        const authorization = typeof said === 'string' ? said : undefined;
        tokens.set(extra, authorization);
        return verify(authorization).then(
          () => true,
          (error: GraphQLError) => {
            if (error.extensions?.['code'] === 'KEYS_UNAVAILABLE') (extra as Extra).socket.close(TRY_AGAIN_LATER, 'KEYS_UNAVAILABLE');
            return false;
          },
        );
      },
      async onSubscribe({ extra, connectionParams }, _id, payload) {
        try {
          const asOf = connectionParams?.['x-as-of'] as string | undefined;
          const messages = await live.subscribe(payload as Operation, tokens.get(extra), asOf);
          return { schema: undefined, document: ANY_SUBSCRIPTION, rootValue: messages } as unknown as ExecutionArgs;
        } catch (error) {
          if (error instanceof GraphQLError) return [error];
          throw error;
        }
      },
      subscribe: ({ rootValue }) => rootValue as AsyncGenerator<never>,
      onNext: (_context, _id, _payload, _args, result) => result as FormattedExecutionResult,
      onError: (_context, _id, _payload, errors) => errors.map((error) => plain(error as GraphQLError)),
    },
    sockets,
    KEEP_ALIVE,
  );
}

async function stream(response: ServerResponse, messages: AsyncIterable<Message>): Promise<void> {
  const headers = { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no', connection: 'close' };
  response.writeHead(200, headers);
  response.write(':\n\n');
  const beat = setInterval(() => response.write(':\n\n'), KEEP_ALIVE);
  for await (const message of messages) if (!response.write(`event: next\ndata: ${JSON.stringify(message)}\n\n`)) await drained(response);
  clearInterval(beat);
  response.end('event: complete\ndata:\n\n');
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const patience = setTimeout(() => response.destroy(), STALLED);
    const go = (): void => {
      clearTimeout(patience);
      response.off('drain', go).off('close', go);
      resolve();
    };
    response.on('drain', go).on('close', go);
    if (response.destroyed) go();
  });
}
