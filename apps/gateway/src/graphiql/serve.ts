import type { Clock } from '@hospital/kernel';
import type { FastifyInstance } from 'fastify';
import { parse } from 'graphql';
import { scopesIn } from '../scopes';
import { apiSchemaOf } from './api-schema';
import { examplesOf } from './examples';
import { graphiqlPage } from './page';
import { schemaPage } from './schema-page';

/** The browser itself holds the pages to it: nothing comes from elsewhere, nothing goes elsewhere. */
const OWN_ONLY =
  "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; worker-src 'self'; frame-ancestors 'none'";

const SCRIPTS = {
  'graphiql.js': 'js',
  'editor.worker.js': 'editorWorkerService',
  'json.worker.js': 'jsonWorker',
  'graphql.worker.js': 'graphqlWorker',
} as const;

/** GET /graphiql, GET /schema, and the way from / to there. Loaded from disk when first asked for: nine megabytes. */
export function servePages(http: FastifyInstance, supergraph: string, clock: Pick<Clock, 'now'>): void {
  const assets = () => import('./assets');
  const page = (path: string, html: () => string) =>
    http.get(path, async (_request, reply) =>
      reply.header('content-security-policy', OWN_ONLY).header('cache-control', 'no-store').type('text/html; charset=utf-8').send(html()),
    );
  http.get('/', async (_request, reply) => reply.redirect('/graphiql'));
  page('/graphiql', () => graphiqlPage(examplesOf(clock.now())));
  page('/schema', () => schemaPage(apiSchemaOf(supergraph), scopesIn(parse(supergraph))));
  for (const [name, part] of Object.entries(SCRIPTS))
    http.get(`/graphiql/${name}`, async (_request, reply) => reply.type('text/javascript; charset=utf-8').send((await assets())[part]));
  http.get('/graphiql/graphiql.css', async (_request, reply) => reply.type('text/css; charset=utf-8').send((await assets()).css));
}
