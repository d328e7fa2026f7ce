import '../no-telemetry';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { ApolloGateway } from '@apollo/gateway';
import fastify, { type FastifyInstance } from 'fastify';
import {
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isSpecifiedScalarType,
  lexicographicSortSchema,
  parse,
  printSchema,
  validate,
} from 'graphql';
import { apiSchemaOf } from './api-schema';
import { examplesOf } from './examples';
import { servePages } from './serve';

const supergraph = readFileSync(join(__dirname, '../supergraph.graphql'), 'utf8');
/** No page of ours names a host. */
const ELSEWHERE = /(https?:)?\/\/[a-z0-9-]+\./i;

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

let http: FastifyInstance;
const get = (url: string) => http.inject({ method: 'GET', url });

beforeAll(() => {
  http = fastify();
  servePages(http, supergraph, { now: () => '2026-03-01T08:00:00.000Z' });
});
afterAll(() => http.close());

describe('given the page to try the graph on', () => {
  it('when the front door is opened, then it leads there', async () => {
    expect(await get('/')).toMatchObject({ statusCode: 302, headers: { location: '/graphiql' } });
  });

  it('when it is read, then it loads from its own server only, and the browser is told to refuse all else', async () => {
    const { headers, body } = await get('/graphiql');
    expect(body).not.toMatch(ELSEWHERE);
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    const loaded = [...body.matchAll(/(?:src|href)="(\/graphiql\/[^"]+)"/g)].map(([, path]) => path!);
    expect(loaded).toEqual(['/graphiql/graphiql.css', '/graphiql/graphiql.js']);
    for (const path of [...loaded, '/graphiql/editor.worker.js', '/graphiql/json.worker.js', '/graphiql/graphql.worker.js'])
      expect(await get(path)).toMatchObject({
        statusCode: 200,
        headers: { 'content-type': expect.stringMatching(/^text\/(css|javascript)/) },
      });
  });

  it.each(['/graphiql', '/schema'])('when the scripts of %s are read, then they are whole', async (path) => {
    const scripts = [...(await get(path)).body.matchAll(/<script>([^]*?)<\/script>/g)].map(([, script]) => script!);
    expect(scripts.length).toBeGreaterThan(0);
    for (const script of scripts) expect(() => new Script(script)).not.toThrow();
  });

  it('when its tabs are read, then one asks for five minutes ago, and one for the month before', async () => {
    const { body } = await get('/graphiql');
    expect(body).toContain('2026-03-01T07:55:00.000Z');
    expect(body).toContain('2026-02');
  });

  it('when its tabs are held against the graph, then each can be asked', () => {
    const schema = apiSchemaOf(supergraph);
    for (const { query } of examplesOf('2026-03-01T08:00:00.000Z')) expect(validate(schema, parse(query))).toEqual([]);
  });
});

/** Every name a front-end can write: `Type` and `Type.field`, values and input fields among them. */
const namesIn = (schema: GraphQLSchema): readonly string[] =>
  Object.values(schema.getTypeMap())
    .filter((type) => !type.name.startsWith('__') && !isSpecifiedScalarType(type))
    .flatMap((type) => {
      const fields = isObjectType(type) || isInterfaceType(type) || isInputObjectType(type) ? Object.keys(type.getFields()) : [];
      const values = isEnumType(type) ? type.getValues().map(({ name }) => name) : [];
      return [type.name, ...[...fields, ...values].map((name) => `${type.name}.${name}`)];
    });

const argumentsIn = (schema: GraphQLSchema): readonly (readonly [field: string, argument: string])[] =>
  Object.values(schema.getTypeMap())
    .filter((type) => isObjectType(type) && !type.name.startsWith('__'))
    .flatMap((type) => (isObjectType(type) ? Object.values(type.getFields()) : []).map((field) => ({ type, field })))
    .flatMap(({ type, field }) => field.args.map(({ name }) => [`${type.name}.${field.name}`, name] as const));

describe('given the supergraph', () => {
  it('when what front-ends see is taken out of it, then that is what the gateway serves', async () => {
    const gateway = new ApolloGateway({ supergraphSdl: supergraph, logger: silent, buildService: () => ({ process: async () => ({}) }) });
    const { schema } = await gateway.load();
    await gateway.stop();
    expect(printSchema(lexicographicSortSchema(apiSchemaOf(supergraph)))).toBe(printSchema(lexicographicSortSchema(schema)));
  });

  it('when its page is read, then every type, field, value and argument is in it, with what it says', async () => {
    const { body } = await get('/schema');
    const anchors = new Set([...body.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
    expect(namesIn(apiSchemaOf(supergraph)).filter((name) => !anchors.has(name))).toEqual([]);
    const takes = (field: string, argument: string): boolean =>
      body.split(`id="${field}"`)[1]!.split('class="entry"')[0]!.includes(`<code>${argument}: `);
    expect(argumentsIn(apiSchemaOf(supergraph)).filter(([field, argument]) => !takes(field, argument))).toEqual([]);
    expect(body).toContain('<code>idempotencyKey: <a href="#ID">ID</a>!</code><p>Unique per wish.</p>');
    expect(body).toContain('报修类别');
  });

  it('GW-05 when its page is read, then a field says for whom it is', async () => {
    const { body } = await get('/schema');
    const said = (field: string) => /<small>for ([^<]*)</.exec(body.split(`id="${field}"`)[1]!)?.[1];
    expect(said('Query.locationCodes')).toBe('dispatcher, administrator');
    expect(said('WorkOrder.contact')).toBe('dispatcher, director, administrator, or whoever is its reporterId, receiverId, technicianId');
  });

  it('when its page is read, then every link leads to something in it, and nothing comes from elsewhere', async () => {
    const { body } = await get('/schema');
    const anchors = new Set([...body.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
    const links = [...body.matchAll(/ href="#([^"]+)"/g)].map(([, id]) => id!);
    expect(links.filter((id) => !anchors.has(id))).toEqual([]);
    expect(body).not.toMatch(/(?:src|href)="(?!#|\/graphiql"|data:,)/);
  });
});
