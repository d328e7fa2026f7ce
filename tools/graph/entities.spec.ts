import { type GraphQLObjectType, isInterfaceType, isNonNullType, isObjectType, isUnionType, parse } from 'graphql';
import { apiSchemaOf } from '../../apps/gateway/src/graphiql/api-schema';
import { nodesTypes } from '../../apps/gateway/src/nodes';
import supergraph from '../../apps/gateway/src/supergraph.graphql';

/** What each entity of the graph has, found in the graph itself. */
const schema = apiSchemaOf(supergraph);
const types = Object.values(schema.getTypeMap());
const named = (type: unknown) => String(type);

/** What nobody can look for by an id of its own, and what it is named by. */
const NAMED_BY_ANOTHER: Readonly<Record<string, string>> = {
  ClassifiedPlace: 'the asset',
  Contact: 'the account',
  OrderRelations: 'the work order',
  ParkedLot: 'the key of its messages',
  ReporterContact: 'the work order',
  Responsibility: 'the work order',
  Rota: 'the trade',
  WorkLog: 'the work order',
};
/** What a patient without an account may know of a work order, which is an entity itself. */
const VIEWS = ['FollowedRequest'];

const node = types.find(isInterfaceType)!;
const nodes = schema.getPossibleTypes(node);
const answered = types
  .filter(isUnionType)
  .flatMap((union) => union.getTypes())
  .filter(({ name }) => name !== 'Rejection' && !VIEWS.includes(name));
const entities: readonly GraphQLObjectType[] = [...new Set([...nodes, ...answered])];

it.each(entities.map((type) => ({ name: type.name, type })))(
  'given $name, when its fields are looked at, then it has its history and its evidence',
  ({ type }) => {
    const { history, evidence } = type.getFields();
    // Null: withheld from who asks.
    expect(named(history?.type)).toMatch(/^\[HistoryEvent!\]!?$/);
    expect(named(evidence?.type)).toBe('Evidence!');
  },
);

it('given every entity, when it is looked for by id, then node finds it, or it is named by another', () => {
  const others = entities.filter((type) => !nodes.includes(type)).map(({ name }) => name);
  expect(others.sort()).toEqual(Object.keys(NAMED_BY_ANOTHER));
});

it('given a field called id, when caches of front-ends keep what they get under it, then nothing else has the same one', () => {
  // An event's id is a UUID of its own; what patients see of an order is another picture of that order.
  const own = [...nodes.map(({ name }) => name), ...VIEWS, 'HistoryEvent', 'Node'];
  const withId = types.filter((type) => (isObjectType(type) || isInterfaceType(type)) && 'id' in type.getFields()).map(({ name }) => name);
  expect(withId.filter((name) => !own.includes(name))).toEqual([]);
});

it('given what node can find, when the gateway is asked whose an id is, then it knows of each', () => {
  const known = parse(nodesTypes).definitions.flatMap((one) =>
    one.kind === 'ObjectTypeDefinition' && one.name.value !== 'Query' ? one.name.value : [],
  );
  expect(known.sort()).toEqual(nodes.map(({ name }) => name).sort());
});

it('given a field at the top of what is asked, when its context is away, then the rest may still be answered', () => {
  const fields = Object.values(schema.getQueryType()!.getFields()).filter(({ name }) => name !== 'nodes');
  expect(fields.filter(({ type }) => isNonNullType(type)).map(({ name }) => name)).toEqual([]);
});
