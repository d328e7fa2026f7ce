import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { buildSchema } from 'graphql';
import { Kept } from './kept';
import { FaultyDocument, type KnownDocument, KnownDocuments } from './known-documents';
import { LIMITS } from './limits';
import { planBeside, planHere, type Planning } from './plan/planning';
import supergraph from './supergraph.graphql';

const ORDER = '{ workOrder(id: "wo_1") { id technician { name } } }';
const PAGE = 'query ($n: Int) { workOrders(first: $n) { edges { node { id } } } }';
const here = planHere({ supergraph, introspection: true });

/** Texts that were planned, in order. */
let planned: string[];
const counting: Planning = { ...here, plan: (query, name) => (planned.push(query), here.plan(query, name)) };
const documents = async (room = {}): Promise<KnownDocuments> => {
  planned = [];
  const schema = buildSchema((await here.types).schema);
  return new KnownDocuments(schema, counting, { ...LIMITS, cost: 500 }, { most: 2, room: 1_000_000, ...room });
};

describe('given what is kept', () => {
  it('when there is no place for one more, then what was not asked for longest goes', () => {
    const kept = new Kept<number>(2, 100);
    kept.set('a', 1, 1);
    kept.set('b', 2, 1);
    kept.get('a');
    kept.set('c', 3, 1);
    expect(['a', 'b', 'c'].map((key) => kept.get(key))).toEqual([1, undefined, 3]);
  });

  it('when there is no room for its size, then as many go as must; what is larger than all the room is not kept', () => {
    const kept = new Kept<number>(10, 100);
    kept.set('a', 1, 40);
    kept.set('b', 2, 40);
    kept.set('a', 1, 50);
    kept.set('c', 3, 60);
    kept.set('d', 4, 101);
    expect(['a', 'b', 'c', 'd'].map((key) => kept.get(key))).toEqual([undefined, undefined, 3, undefined]);
  });
});

describe('given documents', () => {
  it('when one is sent again, also while it is still planned, then it is planned once, and then known at once', async () => {
    const known = await documents();
    const sent = (): KnownDocument | Promise<KnownDocument> => known.of(ORDER, undefined, {});
    const [first, second] = await Promise.all([sent(), sent()]);
    const again = sent();
    expect(again).not.toBeInstanceOf(Promise);
    expect(sent()).toBe(again);
    expect(planned).toEqual([ORDER]);
    expect([second.plan, (again as KnownDocument).plan]).toEqual([first.plan, first.plan]);
  });

  it('when more are sent than are remembered, by number or by size, then the oldest is planned again', async () => {
    const { plan } = await here.plan(ORDER, undefined);
    for (const room of [{ most: 1 }, { room: ORDER.length + plan!.length }]) {
      const known = await documents(room);
      for (const query of [ORDER, PAGE, ORDER]) await known.of(query, undefined, {});
      expect(planned).toEqual([ORDER, PAGE, ORDER]);
    }
  });

  it('when one is faulty, then each who sends it is told why, and it is not remembered', async () => {
    const known = await documents();
    for (let n = 0; n < 2; n += 1) await expect(known.of('{ patients { id } }', undefined, {})).rejects.toThrow(FaultyDocument);
    expect(planned).toHaveLength(2);
    expect(() => known.of('{', undefined, {})).toThrow(FaultyDocument);
  });

  it('when somebody asks too much, then nothing is planned for that one; whoever asks less with the same document is answered', async () => {
    const known = await documents();
    expect(() => known.of(PAGE, undefined, { n: 500 })).toThrow('This document asks for more than one may.');
    expect(planned).toEqual([]);
    const { costOf } = await known.of(PAGE, undefined, { n: 5 });
    expect([planned, costOf({ n: 5 }), costOf({ n: 500 })]).toEqual([[PAGE], 12, 1_002]);
  });

  it('when one holds several operations, then each of them is known by its name', async () => {
    const known = await documents();
    const both = 'query A { workOrder(id: "wo_1") { id } } query B { person(id: "pn_1") { id } }';
    const [a, b] = [await known.of(both, 'A', {}), await known.of(both, 'B', {})];
    expect([a.operation.name?.value, b.operation.name?.value]).toEqual(['A', 'B']);
    await expect(known.of(both, undefined, {})).rejects.toMatchObject({ extensions: { code: 'OPERATION_RESOLUTION_FAILURE' } });
  });

  it('when a name and a text read together like another text that is known, then they are not taken for it', async () => {
    const known = await documents();
    await known.of('query { workOrder(id: "wo_1") { id } }', undefined, {});
    await expect(known.of('{ workOrder(id: "wo_1") { id } }', 'query', {})).rejects.toMatchObject({
      extensions: { code: 'OPERATION_RESOLUTION_FAILURE' },
    });
  });
});

describe('given a planner in a thread of its own', () => {
  const file = join(__dirname, '../../../dist/planner.bundle.js');
  let beside: Planning;
  beforeEach(() => {
    if (!existsSync(file)) throw new Error(`${file} is not there: build it with "node tools/build.mjs"`);
    beside = planBeside(file, { supergraph, introspection: false });
  });
  afterEach(() => beside.end());

  it('when documents are planned, then as they are here', async () => {
    const of = async (planning: Planning) => [
      await planning.types,
      ...(await Promise.all([ORDER, PAGE, '{ x }'].map((one) => planning.plan(one, undefined)))),
    ];
    expect(JSON.parse(JSON.stringify(await of(beside)))).toEqual(JSON.parse(JSON.stringify(await of(here))));
  });

  it('when the graph may not be asked about itself, then it is not', async () => {
    const { faults } = await beside.plan('{ __schema { types { name } } }', undefined);
    expect(faults[0]!.extensions).toEqual({ code: 'GRAPHQL_VALIDATION_FAILED' });
  });

  it('when too many are new at once, then the last is sent away; when the thread ends, then whoever waits is told', async () => {
    const sent = Array.from({ length: 501 }, (_, n) => beside.plan(`# ${n}\n${ORDER}`, undefined));
    await expect(sent.at(-1)).rejects.toMatchObject({ extensions: { code: 'TOO_MANY_NEW_DOCUMENTS', http: { status: 503 } } });
    const settled = Promise.allSettled(sent);
    await beside.end();
    expect((await settled).at(-2)).toMatchObject({ status: 'rejected', reason: { message: 'The planner has ended.' } });
    expect((await beside.plan(ORDER, undefined)).plan).toBeDefined();
  });
});
