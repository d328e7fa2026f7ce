import { BadSetting, refuse } from '@hospital/service';
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  getNamedType,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLOutputType,
  type GraphQLSchema,
  isCompositeType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  Lexer,
  type OperationDefinitionNode,
  parse,
  type SelectionSetNode,
  Source,
  TokenKind,
} from 'graphql';
import { Kept } from './kept';

/** How much one document may be and ask for. */
export const LIMITS = {
  /** Words and signs; more are not even parsed. */
  tokens: 5_000,
  /** Fields below each other. */
  depth: 16,
  /** Fields with another name, counted wherever a fragment is used. */
  aliases: 50,
  /** Fields at the top. */
  rootFields: 20,
  /** Uses of @include, @skip and the like. */
  directives: 50,
  /** Fields that are answered at most, see {@link costOf}. */
  cost: 50_000,
};
export type Limits = Readonly<typeof LIMITS>;

const CODES = {
  depth: 'DOCUMENT_TOO_DEEP',
  aliases: 'TOO_MANY_ALIASES',
  rootFields: 'TOO_MANY_ROOT_FIELDS',
  directives: 'TOO_MANY_DIRECTIVES',
  cost: 'TOO_EXPENSIVE',
};

/** Of a graph that is not ours nobody knows how long its lists are. */
export const LIMITS_ELSEWHERE: Limits = { ...LIMITS, cost: Infinity };

/** The setting QUERY_LIMITS: `depth=20,cost=100000`; what is not named stays as it is. */
export function limitsFrom(pairs: readonly string[], unsaid: Limits = LIMITS): Limits {
  const limits = { ...unsaid };
  for (const pair of pairs) {
    const [, name, value] = /^([a-zA-Z]+)=([1-9]\d{0,8})$/.exec(pair) ?? [];
    if (name === undefined || !Object.hasOwn(LIMITS, name))
      throw new BadSetting(`QUERY_LIMITS: ${pair} is not name=number with one of the names ${Object.keys(LIMITS).join(', ')}`);
    limits[name as keyof Limits] = Number(value);
  }
  return limits;
}

/** @throws {GraphQLError} with what was measured and what is allowed */
export function holdTo(limits: Limits, name: keyof typeof CODES, measured: number): void {
  if (measured <= limits[name]) return;
  throw beyond(CODES[name], measured, limits[name]);
}

function beyond(code: string, measured: number, allowed: number) {
  const refused = refuse(code, 'This document asks for more than one may.', 'query');
  // Fragments in fragments can mean more than a number holds.
  Object.assign(refused.extensions, { measured: Math.min(measured, Number.MAX_SAFE_INTEGER), allowed });
  return refused;
}

const fragmentsOf = ({ definitions }: DocumentNode): ReadonlyMap<string, FragmentDefinitionNode> =>
  new Map(definitions.filter((one) => one.kind === Kind.FRAGMENT_DEFINITION).map((fragment) => [fragment.name.value, fragment]));

interface Shape {
  readonly depth: number;
  readonly aliases: number;
  readonly directives: number;
  /** Fields at this level. */
  readonly fields: number;
}
const NOTHING: Shape = { depth: 0, aliases: 0, directives: 0, fields: 0 };
const beside = (a: Shape, b: Shape): Shape => ({
  depth: Math.max(a.depth, b.depth),
  aliases: a.aliases + b.aliases,
  directives: a.directives + b.directives,
  fields: a.fields + b.fields,
});

/** Of the parsed text alone, before anything else looks at it. @throws {GraphQLError} */
export function holdShape(document: DocumentNode, limits: Limits): void {
  const fragments = fragmentsOf(document);
  const known = new Map<string, Shape>();
  const shapeOf = ({ selections }: SelectionSetNode): Shape =>
    selections
      .map((one): Shape => {
        const directives = one.directives?.length ?? 0;
        if (one.kind === Kind.FRAGMENT_SPREAD) return beside(ofFragment(one.name.value), { ...NOTHING, directives });
        const below = one.selectionSet ? shapeOf(one.selectionSet) : NOTHING;
        if (one.kind === Kind.INLINE_FRAGMENT) return beside(below, { ...NOTHING, directives });
        return {
          depth: below.depth + 1,
          aliases: below.aliases + (one.alias ? 1 : 0),
          directives: below.directives + directives,
          fields: 1,
        };
      })
      .reduce(beside, NOTHING);
  const ofFragment = (name: string): Shape => {
    if (!known.has(name)) {
      // One that uses itself, or is not there, is refused by validation.
      known.set(name, NOTHING);
      const fragment = fragments.get(name);
      if (fragment) known.set(name, shapeOf(fragment.selectionSet));
    }
    return known.get(name)!;
  };
  for (const operation of document.definitions.filter((one) => one.kind === Kind.OPERATION_DEFINITION)) {
    const { fields, ...shape } = shapeOf(operation.selectionSet);
    const definitions = operation.variableDefinitions?.flatMap(({ directives }) => directives ?? []).length ?? 0;
    const measured = { ...shape, rootFields: fields, directives: shape.directives + (operation.directives?.length ?? 0) + definitions };
    for (const name of ['depth', 'aliases', 'rootFields', 'directives'] as const) holdTo(limits, name, measured[name]);
  }
}

/** Texts whose shape is known to be good are remembered, so that each is parsed once: so many, of so many characters together. */
const REMEMBERED = 2_000;
const ROOM = 4 * 2 ** 20;

/** Brackets in brackets, lists of values too: the parser goes as deep as they do. */
const NESTED = 100;
const OPENING = ['{', '[', '('];
const CLOSING = ['}', ']', ')'];

/** How deep the brackets of a text go, as far as it can be read. */
function nestingOf(query: string, { tokens }: Limits): number {
  const lexer = new Lexer(new Source(query));
  let [depth, deepest] = [0, 0];
  try {
    for (let n = 0; n < tokens; n += 1) {
      const { kind } = lexer.advance();
      if (kind === TokenKind.EOF) break;
      depth += OPENING.includes(kind) ? 1 : CLOSING.includes(kind) ? -1 : 0;
      deepest = Math.max(deepest, depth);
    }
  } catch {
    // What cannot be read is answered as such later.
  }
  return deepest;
}

/** Holds the text of a document to its shape. One that cannot be parsed is answered as such later. */
export function shapeHeld(limits: Limits): (query: unknown) => void {
  const good = new Kept<true>(REMEMBERED, ROOM);
  return (query) => {
    if (typeof query !== 'string' || good.get(query)) return;
    const nesting = nestingOf(query, limits);
    if (nesting > NESTED) throw beyond(CODES.depth, nesting, NESTED);
    let document: DocumentNode;
    try {
      document = parse(query, { maxTokens: limits.tokens, noLocation: true });
    } catch {
      return;
    }
    holdShape(document, limits);
    good.set(query, true, query.length);
  };
}

/** What a connection holds unless told, and at most; as libs/service pages. */
const PAGE = 50;
const LARGEST_PAGE = 100;
/** A list without pages is taken to hold so many … */
const LIST = 20;
/** … but where it is known to hold more: whatever happened to one entity. */
const LONG_LISTS: Readonly<Record<string, number>> = { history: 100 };
/** A change is decided, written and told: as much work as so many fields. */
const MUTATION = 100;

/** The lists of a connection, which hold what it was asked for. */
const PAGED = ['edges', 'nodes'];

/** How many a list without pages is taken to hold. */
export const assumedSize = (field: string): number => (Object.hasOwn(LONG_LISTS, field) ? LONG_LISTS[field]! : LIST);

export type Variables = Readonly<Record<string, unknown>>;

/**
 * An upper bound of how many fields are answered: each counts one, as often as the lists it is in have members. A fragment counts wherever
 * it is used, whatever the type turns out to be; @skip and @include are not believed.
 */
export function costOf(document: DocumentNode, operation: OperationDefinitionNode, schema: GraphQLSchema, variables: Variables): number {
  const fragments = fragmentsOf(document);
  const known = new Map<string, number>();
  const defaults = new Map(operation.variableDefinitions?.map(({ variable, defaultValue }) => [variable.name.value, defaultValue]));

  /** `page`: how many the connection above was asked for. */
  const ofSelections = ({ selections }: SelectionSetNode, type: GraphQLNamedType | undefined, page: number | undefined): number => {
    let sum = 0;
    for (const one of selections) {
      if (one.kind === Kind.FIELD) sum += ofField(one, type, page);
      else if (one.kind === Kind.FRAGMENT_SPREAD) sum += ofFragment(one.name.value, page);
      else sum += ofSelections(one.selectionSet, one.typeCondition ? schema.getType(one.typeCondition.name.value) : type, page);
    }
    return sum;
  };
  const ofFragment = (name: string, page: number | undefined): number => {
    const key = `${name} ${page}`;
    if (!known.has(key)) {
      known.set(key, 0);
      const fragment = fragments.get(name);
      if (fragment) known.set(key, ofSelections(fragment.selectionSet, schema.getType(fragment.typeCondition.name.value), page));
    }
    return known.get(key)!;
  };
  const ofField = (node: FieldNode, parent: GraphQLNamedType | undefined, page: number | undefined): number => {
    const definition: GraphQLField<unknown, unknown> | undefined =
      isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[node.name.value] : undefined;
    // __typename, and introspection: as large as the graph, never larger; production has none.
    const itself = parent !== undefined && parent === schema.getMutationType() ? MUTATION : 1;
    if (!definition || !node.selectionSet) return itself;
    const own = sizeAsked(node, definition);
    const type = getNamedType(definition.type);
    const many = listsIn(definition.type);
    const each = ofSelections(node.selectionSet, isCompositeType(type) ? type : undefined, many === 0 ? own : undefined);
    if (many === 0) return itself + each;
    const assumed = assumedSize(node.name.value);
    const size = own ?? (PAGED.includes(node.name.value) ? (page ?? PAGE) : assumed);
    return itself + each * size * assumed ** (many - 1);
  };
  /** What `first` says; absent where there is no such argument. */
  const sizeAsked = ({ arguments: given = [] }: FieldNode, { args }: GraphQLField<unknown, unknown>): number | undefined => {
    const first = args.find(({ name }) => name === 'first');
    if (!first) return undefined;
    const value = given.find(({ name }) => name.value === 'first')?.value;
    const unsaid = typeof first.defaultValue === 'number' ? first.defaultValue : PAGE;
    if (!value) return unsaid;
    const read = (from: typeof value | undefined): unknown => (from?.kind === Kind.INT ? Number(from.value) : from && null);
    if (value.kind !== Kind.VARIABLE) return sized(read(value), unsaid);
    const name = value.name.value;
    return sized(Object.hasOwn(variables, name) ? variables[name] : read(defaults.get(name)), unsaid);
  };
  const sized = (value: unknown, unsaid: number): number => {
    if (value === undefined) return unsaid;
    // Said to be nothing: the default of the graph does not count then.
    if (value === null) return Math.max(unsaid, PAGE);
    // What is no Int is refused when it is run.
    return typeof value === 'number' && value >= 0 && value < 2 ** 31 ? value : LARGEST_PAGE;
  };

  const root = schema.getRootType(operation.operation) ?? undefined;
  return ofSelections(operation.selectionSet, root, undefined);
}

const listsIn = (type: GraphQLOutputType): number =>
  isNonNullType(type) ? listsIn(type.ofType) : isListType(type) ? 1 + listsIn(type.ofType) : 0;
