import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { settingsFrom } from '@hospital/service';
import { printSchema } from 'graphql';
import { apiSchemaOf } from '../../../apps/gateway/src/graphiql/api-schema';
import { startSuite, type Suite } from '../../../apps/standalone/src/suite';
import { Client, newKey } from './client';
import { CompleteWorkOrderDocument, OrdersDocument, ReportFaultDocument, type ReportFaultInput, StartDocument } from './generated/graphql';
import { Outbox } from './outbox';

const GENERATED = join(__dirname, 'generated/graphql.ts');
const SUPERGRAPH = join(__dirname, '../../../apps/gateway/src/supergraph.graphql');

it('given the committed graph, when the types of the example are made of it, then they are those that are committed (WRITE=1 writes them)', () => {
  const input = printSchema(apiSchemaOf(readFileSync(SUPERGRAPH, 'utf8')));
  const made = execFileSync(process.execPath, [join(__dirname, 'generate.mjs')], { input, encoding: 'utf8' });
  if (process.env['WRITE'] === '1') writeFileSync(GENERATED, made);
  expect(made).toBe(readFileSync(GENERATED, 'utf8'));
});

describe('given a front-end with types of the graph', () => {
  const folder = mkdtempSync(join(tmpdir(), 'front-end-'));
  let suite: Suite;
  let fault: ReportFaultInput;

  const clientOf = (role: string, url = suite.url): Client =>
    new Client(`${url}/graphql`, () => suite.tokens.find((token) => token.role === role)!.token);
  beforeAll(async () => {
    suite = await startSuite(settingsFrom({ PORT: '0', DATA_DIR: folder, LOG_LEVEL: 'silent' }));
    const { data } = await clientOf('reporter').ask(StartDocument, {});
    const category = data!.faultCategories!.edges.map(({ node }) => node).find(({ nameEn }) => nameEn === 'Electrical')!;
    fault = { categoryId: category.id, placeId: data!.assets!.edges[0]!.node.id, description: '三楼走廊灯不亮' };
  });
  afterAll(async () => {
    await suite?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('when a fault is reported twice with one key, then there is one order, and a query that waits for it sees it', async () => {
    const reporter = clientOf('reporter');
    const wish = { input: fault, key: newKey() };
    const { data, positions } = await reporter.ask(ReportFaultDocument, wish);
    const again = await reporter.ask(ReportFaultDocument, wish);
    if (data?.answer.__typename !== 'WorkOrder') throw new Error(`refused: ${data?.answer.code}`);
    const { id } = data.answer;
    expect(again.data?.answer).toMatchObject({ __typename: 'WorkOrder', id });

    const seen = await reporter.ask(OrdersDocument, { first: 100 }, { waitFor: positions });
    expect(seen.data!.workOrders!.edges.filter(({ node }) => node.id === id)).toHaveLength(1);
  });

  it('when the answer is a refusal, then it is data with a code and the field', async () => {
    const { data } = await clientOf('technician').ask(CompleteWorkOrderDocument, {
      input: { id: 'wo_example', resolution: '' },
      key: newKey(),
    });
    expect(data?.answer).toMatchObject({ __typename: 'Rejection', code: 'INVALID_INPUT', field: 'input.resolution' });
  });

  it('when pages are asked for one after the other, then each order comes once', async () => {
    const reporter = clientOf('reporter');
    for (let n = 0; n < 3; n += 1) await reporter.ask(ReportFaultDocument, { input: fault, key: newKey() });
    const ids: string[] = [];
    let total = 0;
    for (let after: string | null = null, more = true; more;) {
      const page: Awaited<ReturnType<typeof next>> = await next(reporter, after);
      ids.push(...page.edges.map(({ node }) => node.id));
      total = page.totalCount;
      after = page.pageInfo.endCursor;
      more = page.pageInfo.hasNextPage;
    }
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toHaveLength(total);
  });
  const next = async (client: Client, after: string | null) => (await client.ask(OrdersDocument, { first: 2, after })).data!.workOrders!;

  it('GW-04 when the network was gone while two faults were reported, then both are sent once it is back, each done once', async () => {
    // Takes what is sent, passes it on, and hangs up before the answer: the device cannot know that it was done.
    let answers = false;
    const network = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', async () => {
        const { authorization = '' } = request.headers;
        const headers = { 'content-type': 'application/json', authorization };
        const answer = await fetch(`${suite.url}/graphql`, { method: 'POST', headers, body: Buffer.concat(chunks) });
        if (answers) response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
        else request.socket.destroy();
      });
    });
    await new Promise<void>((resolve) => network.listen(0, '127.0.0.1', resolve));
    try {
      const outbox = new Outbox(clientOf('clinician', `http://127.0.0.1:${(network.address() as AddressInfo).port}`), ReportFaultDocument);
      const keys = [outbox.put({ ...fault, description: '一号手术室灯不亮' }), outbox.put({ ...fault, description: '' })];
      expect((await outbox.send()).size).toBe(0);
      expect(outbox.size).toBe(2);

      answers = true;
      const sent = await outbox.send();
      expect(outbox.size).toBe(0);
      expect([...sent.keys()]).toEqual(keys);
      expect([...sent.values()].map(({ data }) => data?.answer.__typename)).toEqual(['WorkOrder', 'Rejection']);
      const { data } = await clientOf('dispatcher').ask(OrdersDocument, { first: 100 }, { waitFor: sent.get(keys[0]!)!.positions });
      expect(data!.workOrders!.edges.filter(({ node }) => node.description === '一号手术室灯不亮')).toHaveLength(1);
    } finally {
      network.closeAllConnections();
      await new Promise((resolve) => network.close(resolve));
    }
  });

  it('when a key is made, then it is a UUIDv7 that sorts by time', () => {
    const keys = [1, 2, 3].map((second) => newKey(Date.UTC(2026, 2, 1, 8, 0, second)));
    for (const key of keys) expect(key).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect([...keys].sort()).toEqual(keys);
  });
});
