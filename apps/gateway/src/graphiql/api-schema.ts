import { buildASTSchema, type DefinitionNode, type GraphQLSchema, Kind, parse, visit } from 'graphql';

const OF_THE_PLANNER = /^(join|link)__/;

/** What front-ends see of a supergraph: the same types without what only the query planner reads. */
export function apiSchemaOf(supergraph: string): GraphQLSchema {
  const seen = ({ kind, ...definition }: DefinitionNode): boolean =>
    kind !== Kind.DIRECTIVE_DEFINITION &&
    kind !== Kind.SCHEMA_DEFINITION &&
    !('name' in definition && definition.name && OF_THE_PLANNER.test(definition.name.value));
  const document = parse(supergraph);
  return buildASTSchema(
    visit(
      { ...document, definitions: document.definitions.filter(seen) },
      { Directive: ({ name }) => (name.value === 'deprecated' ? undefined : null) },
    ),
  );
}
