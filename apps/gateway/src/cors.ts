import type { ServerResponse } from 'node:http';
import { BadSetting } from '@hospital/service';
import type { FastifyInstance, FastifyReply } from 'fastify';

const METHODS = 'POST, GET, PUT';
const ASKED = 'authorization, content-type, x-as-of, x-wait-for, x-correlation-id, x-location-code, traceparent';
const ANSWERED = 'retry-after';
/** How long a browser may remember the answer (s). */
const REMEMBER = '600';

/** Pages of these origins, exactly as a browser names them, may ask; no cookie counts here, so none is allowed. */
export function allowOrigins(http: FastifyInstance, origins: readonly string[]): void {
  for (const origin of origins)
    if (!URL.canParse(origin) || new URL(origin).origin !== origin)
      throw new BadSetting(`CORS_ORIGINS: ${origin} is no origin such as https://portal.hospital.lan`);
  const allowed = new Set(origins);
  http.addHook('onRequest', async ({ headers: { origin } }, reply) => {
    reply.header('vary', 'origin');
    if (origin === undefined || !allowed.has(origin)) return;
    reply.headers({ 'access-control-allow-origin': origin, 'access-control-expose-headers': ANSWERED });
  });
  http.options('/*', async (_, reply) =>
    reply
      .headers({ 'access-control-allow-methods': METHODS, 'access-control-allow-headers': ASKED, 'access-control-max-age': REMEMBER })
      .code(204)
      .send(),
  );
}

/** For whoever writes the answer itself: with it go the headers that are set already, of whose page may read it. */
export function takeOver(reply: FastifyReply): ServerResponse {
  reply.hijack();
  for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) reply.raw.setHeader(name, value);
  return reply.raw;
}
