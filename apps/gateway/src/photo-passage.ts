import { type IncomingMessage, request as send, type ServerResponse } from 'node:http';
import { request as sendSecurely } from 'node:https';
import { pipeline } from 'node:stream';
import { answerFailure, BadSetting, refuse } from '@hospital/service';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { takeOver } from './cors';
import type { Admit } from './intake-limits';

/** Hands a request on to whoever keeps the photos, and the answer back, as they come. */
export type Passage = (request: IncomingMessage, response: ServerResponse) => void;

/** How long it may say nothing (ms). */
const PATIENCE = 60_000;
const ASKED = ['authorization', 'content-type', 'content-length', 'x-location-code', 'x-correlation-id', 'traceparent'];
const ANSWERED = [
  'content-type',
  'content-length',
  'content-disposition',
  'content-security-policy',
  'x-content-type-options',
  'cache-control',
];
const only = (names: readonly string[], headers: IncomingMessage['headers']) =>
  Object.fromEntries(Object.entries(headers).filter(([name, value]) => names.includes(name) && value !== undefined));

/** Over the network, to the context whose graph is at `url`. */
export const passageTo =
  (url: string): Passage =>
  (request, response) => {
    const to = new URL(url);
    // Of what was asked only the path counts: a whole address would lead elsewhere.
    to.pathname = new URL(request.url!, url).pathname;
    const fail = (): void => {
      if (response.headersSent) return void response.destroy();
      const { message, extensions } = unavailable();
      response.writeHead(503, { 'content-type': 'application/json' }).end(JSON.stringify({ errors: [{ message, extensions }] }));
    };
    const options = { method: request.method, headers: only(ASKED, request.headers), timeout: PATIENCE };
    const onward = (to.protocol === 'https:' ? sendSecurely : send)(to, options as object, (answer) => {
      response.writeHead(answer.statusCode!, only(ANSWERED, answer.headers));
      pipeline(answer, response, () => undefined);
    });
    onward.on('timeout', () => onward.destroy());
    pipeline(request, onward, (error) => {
      if (error) fail();
    });
    onward.on('error', fail);
  };

const unavailable = () => refuse('CONTEXT_UNAVAILABLE', 'Photos cannot be reached at the moment.', 'request', 503);

/** The passage to the context that the setting SUBGRAPHS names. */
export function passageFrom(pairs: readonly string[]): Passage | undefined {
  const url = pairs.find((pair) => pair.startsWith('workorders='))?.slice('workorders='.length);
  if (url !== undefined && !URL.canParse(url)) throw new BadSetting(`SUBGRAPHS: ${url} is no address`);
  return url === undefined ? undefined : passageTo(url);
}

/** /photos of the work orders, at the same origin as the graph. Who sends without an account is counted before. */
export function servePhotos(http: FastifyInstance, passage: Passage, admit: Admit): void {
  void http.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _body, done) => done(null));
    scope.setErrorHandler(answerFailure);
    const pass = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
      const { authorization, 'x-location-code': code } = request.headers;
      if (authorization === undefined && request.method !== 'GET')
        await admit(request, typeof code === 'string' ? code : undefined, 'photo');
      passage(request.raw, takeOver(reply));
    };
    scope.route({ method: ['POST', 'PUT'], url: '/photos', handler: pass });
    scope.get('/photos/:hash', { exposeHeadRoute: false }, pass);
  });
}
