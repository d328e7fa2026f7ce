import type { FastifyInstance } from 'fastify';
import type { Views } from './views';

/** `/health/live`: the process answers. `/health/ready`: it can serve; what cannot is named. */
export function serveHealth(http: FastifyInstance, ready: () => Promise<readonly string[]>): void {
  http.get('/health/live', async () => ({ status: 'live' }));
  http.get('/health/ready', async (_request, reply) => {
    const problems = await ready();
    return reply.code(problems.length === 0 ? 200 : 503).send({ status: problems.length === 0 ? 'ready' : 'not ready', problems });
  });
}

export const viewsReady = (views: Views) => async (): Promise<readonly string[]> => {
  if (views.stuck !== undefined) return [`the read models stand still: ${views.stuck}`];
  return views.ready ? [] : ['the read models are catching up'];
};
