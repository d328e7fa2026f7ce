import { admits, ANONYMOUS, type Identity, notAdmitted, type Scope, scopeOf } from '@hospital/service';
import {
  type DocumentNode,
  type FieldNode,
  Kind,
  type OperationDefinitionNode,
  parse,
  type SelectionSetNode,
  valueFromASTUntyped,
} from 'graphql';
import type { Variables } from './limits';

/** Who may use which field (`Query.people`), as the graph says it with `@scopes`. */
export type Scopes = ReadonlyMap<string, Scope>;

const ROOTS = { query: 'Query', mutation: 'Mutation', subscription: 'Subscription' };
const AT_TOP = /^(Query|Mutation|Subscription)\./;
/** More than any question without an account has. */
const MOST_TOKENS = 500;

export const scopesIn = ({ definitions }: DocumentNode): Scopes =>
  new Map(
    definitions.flatMap((type) =>
      type.kind === Kind.OBJECT_TYPE_DEFINITION
        ? (type.fields ?? []).flatMap((field) => {
            const scope = scopeOf(field);
            return scope ? [[`${type.name.value}.${field.name.value}`, scope] as const] : [];
          })
        : [],
    ),
  );

/** Below the top the graph keeps nothing from anybody but what is personal. */
export const personalIn = (scopes: Scopes): readonly string[] => [...scopes.keys()].filter((field) => !AT_TOP.test(field));

/** What anybody may ask. */
export interface OpenlyAsked {
  readonly root: string;
  readonly field: FieldNode;
}

/** The one field that a document asks for, when it is one that takes no token. */
export function openField(query: unknown, scopes: Scopes): OpenlyAsked | undefined {
  if (typeof query !== 'string') return undefined;
  try {
    const { definitions } = parse(query, { maxTokens: MOST_TOKENS, noLocation: true });
    const [operation, ...others] = definitions.filter((one) => one.kind === Kind.OPERATION_DEFINITION);
    // What a variable is when nobody says so would escape whoever counts.
    if (!operation || others.length > 0 || operation.variableDefinitions?.some(({ defaultValue }) => defaultValue)) return undefined;
    const [field, ...more] = operation.selectionSet.selections;
    if (field?.kind !== Kind.FIELD || more.length > 0) return undefined;
    const root = ROOTS[operation.operation];
    return scopes.get(`${root}.${field.name.value}`)?.roles.includes('anybody') ? { root, field } : undefined;
  } catch {
    return undefined;
  }
}

/** Refuses a whole operation for one field at the top that is not for who asks, before a context is asked anything. */
export function holdScopes(
  scopes: Scopes,
  { document, operation }: { readonly document: DocumentNode; readonly operation: OperationDefinitionNode },
  variables: Variables,
  identity: Identity = ANONYMOUS,
): void {
  for (const { name, arguments: given = [] } of fieldsAtTop(operation.selectionSet, document)) {
    const told = given.map((one) => [one.name.value, valueFromASTUntyped(one.value, variables)]);
    holdField(scopes, `${ROOTS[operation.operation]}.${name.value}`, identity, Object.fromEntries(told));
  }
}

/** @throws {GraphQLError} FORBIDDEN, or UNAUTHENTICATED */
export function holdField(scopes: Scopes, field: string, identity: Identity, given: object = {}): void {
  const scope = scopes.get(field);
  if (scope && !admits(scope, identity, given)) throw notAdmitted(scope, identity, field);
}

/** Also those that @skip or @include would leave out. */
const fieldsAtTop = ({ selections }: SelectionSetNode, document: DocumentNode): readonly FieldNode[] =>
  selections.flatMap((one) => {
    if (one.kind === Kind.FIELD) return [one];
    if (one.kind === Kind.INLINE_FRAGMENT) return fieldsAtTop(one.selectionSet, document);
    const named = document.definitions.find((other) => other.kind === Kind.FRAGMENT_DEFINITION && other.name.value === one.name.value);
    return named && 'selectionSet' in named ? fieldsAtTop(named.selectionSet, document) : [];
  });
