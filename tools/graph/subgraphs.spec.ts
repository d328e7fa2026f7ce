import { join } from 'node:path';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { subgraphSchema, typesOf } from '@hospital/service';
import { type GraphQLSchema, isSpecifiedScalarType, lexicographicSortSchema, printType } from 'graphql';
import { CONTEXTS, promisedBy } from './compose';

const root = join(__dirname, '../..');

/** Without what only composition reads of it. */
const shown = (schema: GraphQLSchema): readonly string[] =>
  Object.values(lexicographicSortSchema(schema).getTypeMap())
    .filter((type) => !isSpecifiedScalarType(type) && !/^(__|link__|federation__)/.test(type.name))
    .map(printType);

describe.each(CONTEXTS)('given the types of %s', (name) => {
  it('when its schema is built for a start, then it is what the library builds, which validates it', () => {
    const types = typesOf(promisedBy(name, root));
    expect(shown(subgraphSchema(types, []))).toEqual(shown(buildSubgraphSchema({ typeDefs: types })));
  });
});

describe('given types that are only extended', () => {
  it('when the schema is built, then they begin there, as in the library', () => {
    const types = typesOf(`
      type Thing @key(fields: "id") { id: ID! }
      type Person { id: ID! }
      extend type Query { thing: Thing }
      extend type Mutation { make: Thing }
      extend type Query { things: [Thing!]! }`);
    expect(shown(subgraphSchema(types, []))).toEqual(shown(buildSubgraphSchema({ typeDefs: types })));
  });
});
