import '../no-telemetry';
import { isInterfaceType, isUnionType, operationFromDocument, Supergraph } from '@apollo/federation-internals';
import { QueryPlanner } from '@apollo/query-planner';
import {
  type DocumentNode,
  getOperationAST,
  type GraphQLFormattedError,
  NoSchemaIntrospectionCustomRule,
  parse,
  printSchema,
  specifiedRules,
  validate,
} from 'graphql';
import { NOTHING_PERSONAL, type PersonalKeys, personalKeysIn } from '../audit';

/** What the planner was given. */
export interface Graph {
  readonly supergraph: string;
  readonly introspection: boolean;
  /** Fields that hold personal data, as `Person.phone`. */
  readonly personal: readonly string[];
  /** Our own composition has made and validated it. */
  readonly composed?: boolean;
}

/** What runs a plan needs to know of the graph. Plain data, as everything here: it may come from another thread. */
export interface Types {
  /** What clients see, as SDL. */
  readonly schema: string;
  /** By interface or union: which types may stand in its place. */
  readonly subtypes: Readonly<Record<string, readonly string[]>>;
}

/** What is to be known of a document, or what is wrong with it. Without an operation to run there is no plan. */
export interface Planned {
  readonly faults: readonly GraphQLFormattedError[];
  /** A PlanNode as JSON: most documents that are new are never sent again, and as objects a plan would be most of what is kept of them. */
  readonly plan?: string;
  readonly personal: PersonalKeys;
}

export interface Planner {
  readonly types: Types;
  plan(query: string, operationName: string | undefined): Planned;
}

/**
 * Whether a document holds is found out here too: on a large one that takes as long as planning.
 *
 * @param rest is called between the steps of a plan
 */
export function plannerOf({ supergraph: text, introspection, personal, composed }: Graph, rest: () => void = () => undefined): Planner {
  const supergraph = Supergraph.build(text, { validateSupergraph: !composed });
  const api = supergraph.apiSchema();
  const schema = api.toGraphQLJSSchema();
  const planner = new QueryPlanner(supergraph);
  const subtypes = supergraph.schema
    .allTypes()
    .filter((type) => isUnionType(type) || isInterfaceType(type))
    .map((type) => [type.name, (isUnionType(type) ? type.types() : type.allImplementations()).map(({ name }) => name)] as const);
  const rules = introspection ? specifiedRules : [...specifiedRules, NoSchemaIntrospectionCustomRule];
  return {
    types: { schema: printSchema(schema), subtypes: Object.fromEntries(subtypes) },
    plan(query, operationName) {
      const document: DocumentNode = parse(query);
      rest();
      const keys = personalKeysIn(personal);
      const faults = validate(schema, document, [...rules, keys.rule]);
      rest();
      const wrong = faults.map((fault) => ({ ...fault.toJSON(), extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }));
      const operation = getOperationAST(document, operationName);
      if (wrong.length > 0 || !operation || operation.operation === 'subscription') return { faults: wrong, personal: NOTHING_PERSONAL };
      const asked = operationFromDocument(api, document, { validate: false, ...(operationName === undefined ? {} : { operationName }) });
      rest();
      const { node } = planner.buildQueryPlan(asked);
      rest();
      return { faults: [], ...(node ? { plan: JSON.stringify(node) } : {}), personal: keys.found };
    },
  };
}
