import { ShiftableClock } from '@hospital/kernel';
import { type Identity, logger } from '@hospital/service';
import type { Ask } from './contexts';
import { Gateway } from './gateway';
import { planHere } from './plan/planning';
import supergraph from './supergraph.graphql';

const person: Identity = { id: 'pn_1', kind: 'person', roles: ['dispatcher'] };
const silent = logger({ LOG_LEVEL: 'silent' }, 'gateway');

/** A context that holds these, and writes down what it was asked. */
const holding =
  (entities: Readonly<Record<string, object>>, heard: object[] = []): Ask =>
  async ({ query, variables }, headers) => {
    const wanted = Object.values(variables as Record<string, readonly { id: string }[]>)[0]!;
    heard.push({ query: query!.replaceAll(/\s+/g, ' '), ids: wanted.map(({ id }) => id), asOf: headers.get('x-as-of') });
    return { data: { _entities: wanted.map(({ id }) => entities[id] ?? null) } };
  };
const planning = planHere({ supergraph, introspection: true });
const down: Ask = () => Promise.reject(new Error('connect ECONNREFUSED'));

async function asked(contexts: Record<string, Ask>, query: string, headers: Record<string, string> = {}) {
  const all = { workorders: down, staffing: down, assets: down, inventory: down, energy: down, ...contexts };
  const gateway = new Gateway(planning, new Map(Object.entries(all)), async () => person, new ShiftableClock(), silent);
  await gateway.start();
  try {
    const contextValue = await gateway.contextOf({ get: (name) => headers[name] });
    const { answer } = await gateway.answer({ query }, contextValue);
    return JSON.parse(JSON.stringify(answer)) as { data: unknown; errors?: { extensions: object }[] };
  } finally {
    await gateway.stop();
  }
}

const order = { __typename: 'WorkOrder', id: 'wo_1', status: 'WAITING' };
const lift = { __typename: 'Asset', id: 'as_1', name: '1 号电梯' };

describe('GW-02 given an id', () => {
  it('when it is of a context, then that context answers for it', async () => {
    const query = '{ node(id: "as_1") { __typename id ... on Asset { name } ... on WorkOrder { status } } }';
    expect(await asked({ assets: holding({ as_1: lift }) }, query)).toMatchObject({ data: { node: lift } });
  });

  it('when nobody has it, then there is nothing, also when only the id is asked for', async () => {
    expect(await asked({ assets: holding({}) }, '{ node(id: "as_2") { id } }')).toMatchObject({ data: { node: null } });
  });

  it.each(['', 'wo', 'xx_1', '__proto__', '2026-3', 'as-1'])(
    'when it is "%s", which is no id of ours, then nobody is asked',
    async (id) => {
      expect(await asked({}, `{ node(id: "${id}") { id } }`)).toEqual({ data: { node: null } });
    },
  );

  it('when the past is asked for, then the context that says whether it was there hears when', async () => {
    const heard: object[] = [];
    await asked({ assets: holding({}, heard) }, '{ node(id: "as_1") { id } }', { 'x-as-of': '2026-03-01T00:00:00Z' });
    expect(heard).toEqual([expect.objectContaining({ ids: ['as_1'], asOf: '2026-03-01T00:00:00Z' })]);
  });

  it('when its context does not answer, then that is said, and nothing is invented', async () => {
    const { data, errors } = await asked({}, '{ node(id: "mt_1") { id } }');
    expect(data).toEqual({ node: null });
    expect(errors!.map(({ extensions }) => extensions)).toMatchObject([{ code: 'CONTEXT_UNAVAILABLE', context: 'energy' }]);
  });
});

describe('given several ids', () => {
  it('when they are of several contexts, then each is asked once, and the answers are in the order of the ids', async () => {
    const heard: object[] = [];
    const contexts = { workorders: holding({ wo_1: order }, heard), assets: holding({ as_1: lift }, heard) };
    const { data } = await asked(contexts, '{ nodes(ids: ["as_1", "wo_2", "xx_1", "wo_1", "as_1"]) { id } }');
    expect(data).toEqual({ nodes: [{ id: 'as_1' }, null, null, { id: 'wo_1' }, { id: 'as_1' }] });
    expect(heard).toHaveLength(2);
  });

  it('when a context does not answer, then its part is missing and the rest stands', async () => {
    const { data, errors } = await asked({ assets: holding({ as_1: lift }) }, '{ nodes(ids: ["as_1", "it_1"]) { id } }');
    expect(data).toEqual({ nodes: [{ id: 'as_1' }, null] });
    expect(errors).toHaveLength(1);
  });

  it('when there are more than 50, then that is refused', async () => {
    const ids = Array.from({ length: 51 }, (_, n) => `"as_${n}"`);
    const { errors } = await asked({}, `{ nodes(ids: [${ids.join(', ')}]) { id } }`);
    expect(errors!.map(({ extensions }) => extensions)).toMatchObject([{ code: 'INVALID_INPUT', field: 'ids' }]);
  });
});
