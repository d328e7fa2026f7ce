import { composeServices } from '@apollo/composition';
import { GraphPath } from '@apollo/query-graphs';
import { buildSchema, type GraphQLSchema, isAbstractType, parse } from 'graphql';
import supergraph from '../supergraph.graphql';
import { plannerOf } from './planner';

/** By interface or union: which types may stand in its place, as graphql itself finds it. */
const subtypesIn = (schema: GraphQLSchema): Record<string, readonly string[]> =>
  Object.fromEntries(
    Object.values(schema.getTypeMap())
      .filter(isAbstractType)
      .map((type) => {
        const { objects, interfaces } = 'getTypes' in type ? { objects: type.getTypes(), interfaces: [] } : schema.getImplementations(type);
        return [type.name, [...objects, ...interfaces].map(({ name }) => name).sort()];
      }),
  );
const sorted = (subtypes: Readonly<Record<string, readonly string[]>>): Record<string, readonly string[]> =>
  Object.fromEntries(Object.entries(subtypes).map(([name, all]) => [name, [...all].sort()]));

const layered = composeServices([
  {
    name: 'a',
    url: 'http://a',
    typeDefs: parse(`
      type Query { all: [Top!]! either: Either }
      interface Top { id: ID! }
      interface Middle implements Top { id: ID! }
      type Low implements Middle & Top @key(fields: "id") { id: ID! }
      type Alone implements Top { id: ID! }
      union Either = Low | Alone`),
  },
  { name: 'b', url: 'http://b', typeDefs: parse('type Low @key(fields: "id") { id: ID! name: String }') },
]).supergraphSdl!;

describe.each([
  ['our graph', supergraph],
  ['one whose interfaces implement others', layered],
])('given %s', (_, text) => {
  it('when plans will be run, then it is known which types may stand for an interface or a union', () => {
    const { types } = plannerOf({ supergraph: text, introspection: true, personal: [] });
    expect(sorted(types.subtypes)).toEqual(subtypesIn(buildSchema(text, { assumeValid: true, assumeValidSDL: true })));
  });
});

it('given a library that asks nobody while it searches, when it plans, then its paths grow by what the thread pauses at', () => {
  const grown = jest.spyOn(GraphPath.prototype, 'add');
  const { plan } = plannerOf({ supergraph, introspection: true, personal: [] });
  plan('{ workOrders(first: 1) { edges { node { id place { name } technician { name } } } } }', undefined);
  // Each of the eight fields is a step.
  expect(grown.mock.calls.length).toBeGreaterThanOrEqual(8);
  grown.mockRestore();
});
