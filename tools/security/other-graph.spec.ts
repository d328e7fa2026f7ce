import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { composeServices } from '@apollo/composition';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { GatewayModule } from '@hospital/gateway';
import { ShiftableClock } from '@hospital/kernel';
import { httpOf, logger, settingsFrom, start, verifier } from '@hospital/service';
import { graphql, parse } from 'graphql';
import { Program, readyAt } from '../journeys/program';

/** The gateway over a graph that is none of ours, as an audit of the federation starts it. */
const LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])';
const BOOKS = `${LINK}
  type Query { book(id: ID!): Book broken: Int shelves: [Shelf!]! }
  type Shelf { below: [Shelf!]! }
  type Book @key(fields: "id") { id: ID! title: String! }`;
const LOANS = `${LINK}
  type Book @key(fields: "id") { id: ID! lentTo: String }`;

const fault = () => {
  throw new Error('connect ECONNREFUSED 10.0.0.7:5432');
};
const SERVICES = {
  books: {
    typeDefs: parse(BOOKS),
    resolvers: {
      Query: { book: (_: unknown, { id }: { id: string }) => ({ id, title: '红楼梦' }), broken: fault, shelves: () => [{ below: [] }] },
    },
  },
  'Loans_2-a': {
    typeDefs: parse(LOANS),
    resolvers: { Book: { __resolveReference: ({ id }: { id: string }) => ({ id, lentTo: 'pn_1' }) } },
  },
};

let folder: string;
let servers: Server[];
let subgraphs: string;
let file: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'other-graph-'));
  file = join(folder, 'supergraph.graphql');
  const named = Object.entries(SERVICES).map(([name, { typeDefs }]) => ({ name, typeDefs, url: `http://${name}/graphql` }));
  writeFileSync(file, composeServices(named).supergraphSdl!);
  servers = Object.values(SERVICES).map((service) => {
    const schema = buildSubgraphSchema(service as never);
    return createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      const { query, variables } = JSON.parse(body) as { query: string; variables?: Record<string, unknown> };
      const { data, errors } = await graphql({ schema, source: query, variableValues: variables });
      // As a server that was left in its development says it.
      const told = errors?.map(({ message, path, stack }) => ({
        message,
        path,
        extensions: { stacktrace: [stack], exception: { stack } },
      }));
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ data, errors: told }));
    });
  });
  for (const server of servers) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const [books, loans] = servers.map((server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`);
  subgraphs = `books=${books},Loans_2-a=${loans}`;
});
afterAll(async () => {
  for (const server of servers ?? []) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  rmSync(folder, { recursive: true });
});

const starting = async (more: Record<string, string>) => {
  const settings = settingsFrom({ SUBGRAPHS: subgraphs, DATA_DIR: folder, LOG_LEVEL: 'silent', ...more });
  const verify = await verifier({ keys: [] }, settings);
  return start(GatewayModule.with(new Map()), { settings, clock: new ShiftableClock(), log: logger(settings, 'gateway'), verify });
};

async function ask(query: string, more: Record<string, string> = {}, headers: Record<string, string> = {}): Promise<unknown> {
  const nest = await starting({ SUPERGRAPH_FILE: file, ...more });
  try {
    const response = await httpOf(nest).inject({ method: 'POST', url: '/graphql', headers, payload: { query } });
    return response.json();
  } finally {
    await nest.close();
  }
}

describe('given another graph in SUPERGRAPH_FILE', () => {
  const ACROSS = '{ book(id: "b1") { title lentTo } }';
  const answered = { data: { book: { title: '红楼梦', lentTo: 'pn_1' } } };

  it('when one query needs two of its contexts, whatever they are called, then the answer is one', async () => {
    expect(await ask(ACROSS)).toEqual(answered);
  });

  it('when the program is started on that file and the addresses of its contexts alone, then it answers whoever asks', async () => {
    const program = new Program('gateway', { PORT: '0', DATA_DIR: folder, SUPERGRAPH_FILE: file, SUBGRAPHS: subgraphs }, readyAt);
    try {
      const url = `${await program.start()}/graphql`;
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query: ACROSS }) });
      expect(await response.json()).toEqual(answered);
    } finally {
      await program.end('SIGTERM');
    }
  });

  it('when there is a token and it is not valid, then it is refused', async () => {
    expect(await ask(ACROSS, {}, { authorization: 'Bearer a.b.c' })).toMatchObject({
      errors: [{ extensions: { code: 'UNAUTHENTICATED' } }],
    });
  });

  it('when lists lie in lists, then nothing is guessed of their length, unless QUERY_LIMITS says how much may be asked', async () => {
    const nested = '{ shelves { below { below { below { below { __typename } } } } } }';
    expect(await ask(nested)).toEqual({ data: { shelves: [{ below: [] }] } });
    expect(await ask(nested, { QUERY_LIMITS: 'cost=50000' })).toMatchObject({ errors: [{ extensions: { code: 'TOO_EXPENSIVE' } }] });
  });

  it('when a context fails and tells how it is built, then that does not leave the gateway', async () => {
    const answer = JSON.stringify(await ask('{ broken }'));
    expect(answer).toContain('errors');
    expect(answer).not.toMatch(/10\.0\.0\.7|ECONNREFUSED|stack|node_modules|\.ts:|127\.0\.0\.1|exception/);
  });

  it('when it is production, or there is no such file, then the gateway does not start, and says why', async () => {
    await expect(starting({ SUPERGRAPH_FILE: file, NODE_ENV: 'production' })).rejects.toThrow('SUPERGRAPH_FILE: production serves');
    await expect(starting({ SUPERGRAPH_FILE: join(folder, 'none') })).rejects.toThrow('SUPERGRAPH_FILE: ENOENT');
  });

  it.each([
    ['QUERY_LIMITS', 'width=1'],
    ['CORS_ORIGINS', '*'],
    ['TRUSTED_DOCUMENTS', '/none'],
  ])('when %s is %s, then the gateway does not start, and names it', async (name, value) => {
    await expect(starting({ SUPERGRAPH_FILE: file, [name]: value })).rejects.toThrow(`${name}: `);
  });
});
