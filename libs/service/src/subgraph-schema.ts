import { addResolversToSchema, type GraphQLResolverMap } from '@apollo/subgraph/dist/schema-helper';
import { entitiesResolver } from '@apollo/subgraph/dist/types';
import { buildASTSchema, concatAST, type DocumentNode, type GraphQLSchema, Kind, parse, print } from 'graphql';
import sharedTypes from './shared.graphql';

/** By type and field. */
export type Fields = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Schema of one context: its own types and what all share. Also what the supergraph is composed from. */
export const typesOf = (own: string): DocumentNode => parse(`${sharedTypes}\n${own}`, { noLocation: true });

/**
 * What the library's `buildSubgraphSchema` makes of types and resolvers, by the library's own parts, without its validation: that is
 * composition's, and for five contexts took a quarter of every start.
 */
export function subgraphSchema(types: DocumentNode, resolvers: readonly Fields[]): GraphQLSchema {
  const entities = types.definitions.flatMap((type) =>
    type.kind === Kind.OBJECT_TYPE_DEFINITION && type.directives?.some(({ name }) => name.value === 'key') ? type.name.value : [],
  );
  // A type that is only extended begins here; of two definitions the later counts.
  const begun = types.definitions.flatMap((type) => (type.kind === Kind.OBJECT_TYPE_EXTENSION ? `type ${type.name.value}` : []));
  const federation = parse(`${begun.join(' ')} type Query
    scalar _Any union _Entity = ${entities.join(' | ')} type _Service { sdl: String }
    extend type Query { _service: _Service! _entities(representations: [_Any!]!): [_Entity]! }`);
  const schema = buildASTSchema(concatAST([federation, types]), { assumeValid: true, assumeValidSDL: true });
  for (const fields of resolvers) addResolversToSchema(schema, fields as GraphQLResolverMap);
  addResolversToSchema(schema, {
    Query: {
      _service: () => ({ sdl: () => print(types) }),
      _entities: (_, { representations }, context, info) => entitiesResolver({ representations, context, info }),
    },
  });
  return schema;
}
