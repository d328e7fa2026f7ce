import { type Operation, refuse } from '@hospital/service';
import {
  type FieldNode,
  getArgumentValues,
  getVariableValues,
  type GraphQLError,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  parse,
  print,
  type SelectionNode,
  validate,
  type VariableDefinitionNode,
  visit,
} from 'graphql';

/** What can be followed: the query that reads the changed entity, whose it is, how its ids begin, and what a filter calls its id. */
const FOLLOWED = {
  workOrderChanged: { context: 'workorders', query: 'workOrder', prefix: 'wo_', own: 'orderId' },
  complaintChanged: { context: 'workorders', query: 'complaint', prefix: 'cp_', own: 'id' },
  vendorJobChanged: { context: 'workorders', query: 'vendorJob', prefix: 'vj_', own: 'id' },
  assetChanged: { context: 'assets', query: 'asset', prefix: 'as_', own: 'id' },
  itemChanged: { context: 'inventory', query: 'item', prefix: 'it_', own: 'id' },
  meterChanged: { context: 'energy', query: 'meter', prefix: 'mt_', own: 'id' },
  personChanged: { context: 'staffing', query: 'person', prefix: 'pn_', own: 'id' },
} as const;

/** How the answers to a filter are called, beside what the subscriber asks for. */
const ASIDE = '_followed_';
/** What a filter may ask of the entity, as it is after the change and as it was before. */
const CONDITIONS: Readonly<Record<string, string>> = {
  status: `${ASIDE}status: status`,
  technicianId: `${ASIDE}technicianId: technician { id }`,
  placeId: `${ASIDE}placeId: place { id }`,
  orderId: `${ASIDE}orderId: order { id }`,
};

export interface Asked {
  readonly query: string;
  readonly variables: Record<string, unknown>;
}

export interface LiveOperation {
  /** `Subscription.…` */
  readonly field: string;
  readonly context: string;
  readonly prefix: string;
  /** Resume after this. */
  readonly after: bigint | undefined;
  /** Only this entity. */
  readonly id: string | undefined;
  /** The operation as a query of one changed entity. */
  queryOf(id: string): Asked;
  /** What the filter asks of an entity, alone: the same text for all whose filters ask the same; absent when it asks nothing. */
  readonly filtering: string | undefined;
  /** Whether the answer to {@link filtering} leaves open that the filter holds; what it does not show may be so. */
  mayHold(entity: Record<string, unknown>): boolean;
  /** Under which name the entity is answered. */
  readonly key: string;
  /** Whether the filter holds of an answer; what it does not show is not so. */
  holds(entity: Record<string, unknown>): boolean;
  /** The entity as it was asked for. */
  shown(entity: Record<string, unknown>): Record<string, unknown>;
}

const invalid = (errors: readonly GraphQLError[], code: string): GraphQLError => refuse(code, errors[0]!.message, 'query');

/** Makes an ordinary query of a subscription, so that what a change shows is what anybody with this token may read. */
export function liveOperation(
  schema: GraphQLSchema,
  { query: text, operationName, variables }: Operation,
  maxTokens: number,
): LiveOperation {
  const document = parsed(text, maxTokens);
  const errors = validate(schema, document, undefined, { maxErrors: 1 });
  if (errors.length > 0) throw invalid(errors, 'GRAPHQL_VALIDATION_FAILED');
  const operations = document.definitions.filter((one) => one.kind === Kind.OPERATION_DEFINITION);
  const operation = operationName ? operations.find(({ name }) => name?.value === operationName) : operations[0];
  if (!operation || (operations.length > 1 && !operationName))
    throw refuse('OPERATION_RESOLUTION_FAILURE', 'Name one of the operations of the document.', 'operationName');
  const [root] = operation.selectionSet.selections;
  if (operation.operation !== 'subscription' || root?.kind !== Kind.FIELD || !Object.hasOwn(FOLLOWED, root.name.value))
    throw refuse('NOT_A_SUBSCRIPTION', 'Only a subscription to one field is answered here; send anything else to POST /graphql.', 'query');

  const { coerced, errors: wrong } = getVariableValues(schema, operation.variableDefinitions ?? [], { ...variables });
  if (wrong) throw invalid(wrong, 'BAD_USER_INPUT');
  const field = schema.getSubscriptionType()!.getFields()[root.name.value]!;
  const { after, filter } = getArgumentValues(field, root, coerced) as { after?: string | null; filter?: Record<string, unknown> | null };
  if (typeof after === 'string' && !/^\d{1,19}$/.test(after)) throw refuse('INVALID_POSITION', 'after is not a position.', 'after');
  const { context, query, prefix, own: ownId } = FOLLOWED[root.name.value as keyof typeof FOLLOWED];
  const conditions = Object.entries(filter ?? {}).filter(
    ([name, value]) => value !== null && name !== ownId && Object.hasOwn(CONDITIONS, name),
  );
  const { text: asQuery, variable, kept } = queryFrom(document.definitions, operation, root, query, conditions);
  const own = Object.fromEntries(Object.entries(variables ?? {}).filter(([name]) => kept.has(name)));
  return {
    field: `Subscription.${root.name.value}`,
    context,
    prefix,
    after: typeof after === 'string' ? BigInt(after) : undefined,
    id: (filter?.[ownId] ?? undefined) as string | undefined,
    queryOf: (id) => ({ query: asQuery, variables: { ...own, [variable]: id } }),
    filtering: conditions.length > 0 ? `query ($id: ID!) { it: ${query}(id: $id) { ${asides(conditions)} } }` : undefined,
    mayHold: (entity) =>
      conditions.every(([name, wanted]) => (entity[`${ASIDE}${name}`] ?? null) === null || holds(entity[`${ASIDE}${name}`], wanted)),
    key: root.alias?.value ?? root.name.value,
    holds: (entity) => conditions.every(([name, wanted]) => holds(entity[`${ASIDE}${name}`], wanted)),
    shown: (entity) => Object.fromEntries(Object.entries(entity).filter(([name]) => !name.startsWith(ASIDE))),
  };
}

const asides = (conditions: readonly (readonly [string, unknown])[]): string => conditions.map(([name]) => CONDITIONS[name]!).join(' ');

/** A value, or an entity with an id; wanted is one, or one of several. */
function holds(value: unknown, wanted: unknown): boolean {
  const is = typeof value === 'object' && value !== null ? (value as { id?: unknown }).id : value;
  return Array.isArray(wanted) ? wanted.includes(is) : wanted === is;
}

function parsed(text: unknown, maxTokens: number) {
  try {
    return parse(String(text ?? ''), { maxTokens });
  } catch (error) {
    throw invalid([error as GraphQLError], 'GRAPHQL_PARSE_FAILED');
  }
}

function queryFrom(
  definitions: ReturnType<typeof parse>['definitions'],
  operation: OperationDefinitionNode,
  root: FieldNode,
  query: string,
  conditions: readonly (readonly [string, unknown])[],
) {
  const fragments = definitions.filter((one) => one.kind === Kind.FRAGMENT_DEFINITION);
  const used = new Set<string>();
  const note = { Variable: ({ name }: { name: { value: string } }) => void used.add(name.value) };
  for (const part of [root.selectionSet!, ...(root.directives ?? []), ...fragments]) visit(part, note);
  const spread = new Set<string>();
  for (const part of [root.selectionSet!, ...fragments]) visit(part, { FragmentSpread: ({ name }) => void spread.add(name.value) });
  let variable = 'changed';
  while (operation.variableDefinitions?.some(({ variable: { name } }) => name.value === variable)) variable += '_';
  const asked = (parse(`query ($${variable}: ID!) { it(id: $${variable}) { __typename ${asides(conditions)} } }`).definitions[0] ??
    operation) as OperationDefinitionNode;
  const [it] = asked.selectionSet.selections as [FieldNode];
  const selections: SelectionNode[] = [...root.selectionSet!.selections, ...it.selectionSet!.selections.slice(1)];
  const field: FieldNode = {
    ...it,
    name: { kind: Kind.NAME, value: query },
    alias: { kind: Kind.NAME, value: root.alias?.value ?? root.name.value },
    directives: root.directives ?? [],
    selectionSet: { kind: Kind.SELECTION_SET, selections },
  };
  const kept: VariableDefinitionNode[] = (operation.variableDefinitions ?? []).filter(({ variable: { name } }) => used.has(name.value));
  const asQuery: OperationDefinitionNode = {
    ...asked,
    variableDefinitions: [...kept, ...asked.variableDefinitions!],
    selectionSet: { kind: Kind.SELECTION_SET, selections: [field] },
  };
  const text = print({ kind: Kind.DOCUMENT, definitions: [asQuery, ...fragments.filter(({ name }) => spread.has(name.value))] });
  return { text, variable, kept: new Set(kept.map(({ variable: { name } }) => name.value)) };
}
