import { type JsonObject, mapPersonal } from '@hospital/kernel';
import { defaultFieldResolver, type GraphQLObjectType, type GraphQLSchema, isObjectType, valueFromASTUntyped } from 'graphql';
import { ANONYMOUS, type Identity } from './auth';
import { refuse, type RequestContext } from './request';

/** Who may use a field, as the graph says it with `@scopes`. */
export interface Scope {
  /** Any of these; `anybody` needs no account, `account` any account. */
  readonly roles: readonly string[];
  /** Or whoever is named by one of these: arguments of a field at the top, members of the row below it. */
  readonly own?: readonly string[];
}

export function scopeOf(node: Pick<NonNullable<GraphQLObjectType['astNode']>, 'directives'> | null | undefined): Scope | undefined {
  const said = node?.directives?.find(({ name }) => name.value === 'scopes')?.arguments;
  return said && (Object.fromEntries(said.map(({ name, value }) => [name.value, valueFromASTUntyped(value)])) as unknown as Scope);
}

export function admits({ roles, own = [] }: Scope, identity: Identity, of: object): boolean {
  const held = ['anybody', ...(identity === ANONYMOUS ? [] : ['account', ...identity.roles])];
  return held.some((role) => roles.includes(role)) || own.some((name) => (of as JsonObject)[name] === identity.id);
}

export const notAdmitted = ({ roles }: Scope, identity: Identity, field: string) =>
  identity === ANONYMOUS
    ? refuse('UNAUTHENTICATED', 'A bearer token is needed.', 'authorization', 401)
    : refuse('FORBIDDEN', `This takes one of the roles ${roles.join(', ')}.`, field, 403);

/**
 * Holds every field to its scope: one at the top (any account, where nothing is said), or of a type that has one, is refused; any other
 * answers null and is told as withheld.
 */
export function guarded(schema: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap()).filter(isObjectType))
    for (const field of Object.values(type.getFields())) {
      const isRoot = /^(Query|Mutation)$/.test(type.name);
      const own = scopeOf(field.astNode);
      const scope = own ?? scopeOf(type.astNode) ?? (isRoot ? { roles: ['account'] } : undefined);
      if (!scope) continue;
      const { resolve = defaultFieldResolver } = field;
      const name = `${type.name}.${field.name}`;
      field.extensions = { scope };
      field.resolve = (row: object, args: object, request: RequestContext, info) => {
        if (admits(scope, request.identity, isRoot ? args : row)) return resolve(row, args, request, info);
        if (isRoot || !own) throw notAdmitted(scope, request.identity, name);
        (request.withheld ??= new Set()).add(name);
        return null;
      };
    }
  return schema;
}

/** Of an event: of personal values each shows what the field of the same name would, and to everybody their own. */
export const shownOf = (data: JsonObject, type: GraphQLObjectType, row: object, request: RequestContext): JsonObject =>
  mapPersonal(data, (found, name) => {
    const field = type.getFields()[name];
    const { scope = { roles: field ? ['account'] : [] } } = (field?.extensions ?? {}) as { scope?: Scope };
    if (found.personal === request.identity.id || admits(scope, request.identity, row)) return found;
    (request.withheld ??= new Set()).add(`${type.name}.${name}`);
    return null;
  }) as JsonObject;
