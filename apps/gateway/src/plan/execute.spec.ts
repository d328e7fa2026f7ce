import type { FetchNode, PlanNode } from '@apollo/query-planner';
import { ShiftableClock } from '@hospital/kernel';
import { type Answer, type Identity, logger, type Operation, refuse } from '@hospital/service';
import type { Ask } from '../contexts';
import { Gateway } from '../gateway';
import supergraph from '../supergraph.graphql';
import { planHere } from './planning';
import { execute, repeatedIn } from './execute';

interface Asked {
  readonly context: string;
  readonly operation: Operation;
  readonly authorization: string | undefined;
}
let asked: Asked[];
let answers: Record<string, (operation: Operation, authorization: string | undefined) => Answer>;
let gateway: Gateway;

beforeAll(async () => {
  const contexts = new Map<string, Ask>(
    ['workorders', 'staffing', 'assets', 'inventory', 'energy'].map((context) => [
      context,
      async (operation, headers) => {
        const authorization = headers.get('authorization');
        asked.push({ context, operation, authorization });
        return answers[context]?.(operation, authorization) ?? { data: {} };
      },
    ]),
  );
  const verify = async (authorization: string | undefined): Promise<Identity> => {
    if (!/^Bearer pn_\d$/.test(authorization ?? '')) throw refuse('UNAUTHENTICATED', 'A token is needed.', 'authorization', 401);
    return { id: authorization!.slice('Bearer '.length), kind: 'person', roles: [] };
  };
  gateway = new Gateway(
    planHere({ supergraph, introspection: true }),
    contexts,
    verify,
    new ShiftableClock(),
    logger({ LOG_LEVEL: 'silent' }, 'gateway'),
  );
  await gateway.start();
});
beforeEach(() => {
  [asked, answers] = [[], {}];
});
afterAll(() => gateway.stop());

const ask = async (query: string, authorization = 'Bearer pn_1', variables = {}) => {
  const context = await gateway.contextOf({ get: (name) => (name === 'authorization' ? authorization : undefined) });
  return (await gateway.answer({ query, variables }, context)).answer;
};
const person = (id: string) => ({ __typename: 'Person', id });
const to = (context: string): readonly Operation[] => asked.filter((one) => one.context === context).map(({ operation }) => operation);
const representationsIn = ({ variables }: Operation) => variables?.['representations'] as { id: string }[];
/** Of each person asked for: the name. */
const named: (operation: Operation) => Answer = (operation) => ({
  data: { _entities: representationsIn(operation).map(({ id }) => ({ name: `名 ${id}` })) },
});

describe('given a document that several people send', () => {
  it('when they may see different things, then each is answered what that one may see', async () => {
    answers = {
      workorders: (_, authorization) =>
        authorization === 'Bearer pn_1'
          ? { data: { faultCategories: { totalCount: 3 } } }
          : ({ data: null, errors: [{ message: 'No.', path: ['faultCategories'], extensions: { code: 'FORBIDDEN' } }] } as never),
    };
    const query = '{ faultCategories { totalCount } }';
    const all = await Promise.all(['Bearer pn_1', 'Bearer pn_2', 'Bearer pn_1'].map((who) => ask(query, who)));
    expect(all.map(({ data, errors }) => [data, errors?.[0]?.extensions?.['code']])).toEqual([
      [{ faultCategories: { totalCount: 3 } }, undefined],
      [{ faultCategories: null }, 'FORBIDDEN'],
      [{ faultCategories: { totalCount: 3 } }, undefined],
    ]);
    expect(asked.map(({ authorization }) => authorization)).toEqual(['Bearer pn_1', 'Bearer pn_2', 'Bearer pn_1']);
    await expect(ask(query, 'Bearer nobody')).rejects.toMatchObject({ extensions: { code: 'UNAUTHENTICATED' } });
    expect(asked).toHaveLength(3);
  });
});

describe('given entities that stand in several places', () => {
  const orders = (...ids: string[]): Answer => ({
    data: { workOrders: { edges: ids.map((id) => ({ node: { id: `wo_${id}`, technician: person(id), ownerOfRecord: person('pn_9') } })) } },
  });

  it('when they are asked for in one place of a list, then each once, and all places show it', async () => {
    answers = { workorders: () => orders('pn_1', 'pn_2', 'pn_1'), staffing: named };
    const { data } = await ask('{ workOrders { edges { node { technician { name } } } } }');
    expect(representationsIn(to('staffing')[0]!).map(({ id }) => id)).toEqual(['pn_1', 'pn_2']);
    expect(data).toEqual({
      workOrders: { edges: ['pn_1', 'pn_2', 'pn_1'].map((id) => ({ node: { technician: { name: `名 ${id}` } } })) },
    });
  });

  it('when the same is asked for in two places, then the context is asked once within this request, and again in the next', async () => {
    answers = {
      workorders: () => ({ data: { workOrder: { technician: person('pn_9'), ownerOfRecord: person('pn_9') } } }),
      staffing: named,
    };
    const query = '{ workOrder(id: "wo_1") { technician { name } ownerOfRecord { name } } }';
    const both = { workOrder: { technician: { name: '名 pn_9' }, ownerOfRecord: { name: '名 pn_9' } } };
    for (const times of [1, 2]) {
      expect((await ask(query)).data).toEqual(both);
      expect(to('staffing')).toHaveLength(times);
    }
  });

  it('when one of them cannot be told, then every place where it is missing is named', async () => {
    answers = {
      workorders: () => orders('pn_1', 'pn_2', 'pn_1'),
      staffing: () => ({
        data: { _entities: [null, { name: '名 pn_2' }] },
        errors: [{ message: 'No.', path: ['_entities', 0], extensions: { code: 'FORBIDDEN' } }],
      }),
    };
    const { errors } = await ask('{ workOrders { edges { node { technician { name } } } } }');
    expect(errors!.map(({ path }) => path)).toEqual([0, 2].map((n) => ['workOrders', 'edges', n, 'node', 'technician']));
  });
});

describe('given a plan that asks the same twice', () => {
  const fetch = (operationKind: string): FetchNode =>
    ({ kind: 'Fetch', serviceName: 'workorders', operation: 'x', operationKind, variableUsages: [] }) as unknown as FetchNode;
  it.each([
    ['query', 1],
    ['mutation', 2],
  ])('when it is a %s, then the context is asked %i times', async (kind, times) => {
    const plan: PlanNode = { kind: 'Sequence', nodes: [fetch(kind), fetch(kind)] };
    let count = 0;
    const told = await execute(plan, {
      ask: async () => ({ data: { n: (count += 1) } }),
      variables: {},
      known: {},
      repeated: repeatedIn(plan),
      subtypes: {},
    });
    expect([count, told.data]).toEqual([times, { n: times }]);
  });
});

describe('given what contexts tell', () => {
  it('when it is more than was asked for, then the rest is not answered', async () => {
    answers = { workorders: () => ({ data: { workOrder: { it: 'wo_1', contact: '13800138000' }, other: 1 } }) };
    expect(await ask('{ workOrder(id: "wo_1") { it: id } }')).toEqual({ data: { workOrder: { it: 'wo_1' } } });
  });

  it('when it is less than was promised, then the nearest that may be missing is, and what was wrong is told beside', async () => {
    answers = { assets: () => ({ data: { assets: { edges: [{ node: { name: null } }], totalCount: 1 } } }) };
    const completion = { message: 'Cannot return null for non-nullable field Asset.name.', extensions: { code: 'INVALID_GRAPHQL' } };
    expect(await ask('{ assets { totalCount edges { node { name } } } }')).toEqual({
      data: { assets: null },
      extensions: { valueCompletion: [{ ...completion, path: ['assets', 'edges', 0, 'node', 'name'] }] },
    });
  });

  it('when names are those that objects have anyway, then they are names', async () => {
    answers = { workorders: () => JSON.parse('{"data":{"__proto__":{"constructor":"wo_1","toString":"WAITING"}}}') as Answer };
    const { data } = await ask('{ __proto__: workOrder(id: "wo_1") { constructor: id toString: status } }');
    expect(JSON.stringify(data)).toBe('{"__proto__":{"constructor":"wo_1","toString":"WAITING"}}');
    answers = { workorders: () => ({ data: {} }) };
    expect((await ask('{ constructor: workOrder(id: "wo_1") { id } }')).data).toEqual({ constructor: null });
  });

  it('when a part is not wanted this time, then it is neither asked for nor answered', async () => {
    answers = { workorders: () => ({ data: { workOrder: { id: 'wo_1', technician: person('pn_1') } } }), staffing: named };
    const query = 'query ($who: Boolean!) { workOrder(id: "wo_1") { id technician @include(if: $who) { name } } }';
    const answered = async (who: boolean) => (await ask(query, 'Bearer pn_1', { who })).data;
    expect(await answered(true)).toEqual({ workOrder: { id: 'wo_1', technician: { name: '名 pn_1' } } });
    expect(await answered(false)).toEqual({ workOrder: { id: 'wo_1' } });
    expect(to('staffing')).toHaveLength(1);
  });

  it('when the graph is asked about itself beside, then both are answered', async () => {
    answers = { assets: () => ({ data: { assets: { totalCount: 1 } } }) };
    const query = '{ assets { totalCount } __type(name: "Asset") { name } about: __schema { queryType { name } } __typename }';
    expect((await ask(query)).data).toEqual({
      assets: { totalCount: 1 },
      __type: { name: 'Asset' },
      about: { queryType: { name: 'Query' } },
      __typename: 'Query',
    });
  });
});
