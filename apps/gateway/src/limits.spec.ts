import * as fc from 'fast-check';
import { BadSetting } from '@hospital/service';
import {
  buildSchema,
  execute,
  getIntrospectionQuery,
  GraphQLError,
  type GraphQLNamedType,
  getNamedType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
  parse,
  validate,
} from 'graphql';
import { assumedSize, costOf, holdShape, LIMITS, limitsFrom, shapeHeld } from './limits';

const schema = buildSchema(`
  type Query {
    node: Node
    nodes(first: Int): NodeConnection!
    few(first: Int = 3): NodeConnection!
    many: [Node!]!
    some(first: Int): [Node!]!
    grid: [[Node!]!]!
    history: [Node!]!
    either: Either
  }
  type Mutation { change: Either! }
  type Node { id: ID! node: Node nodes(first: Int): NodeConnection! many: [Node!]! history: [Node!]! either: Either }
  type Other { name: String many: [Node!]! }
  union Either = Node | Other
  type NodeConnection { edges: [NodeEdge!]! totalCount: Int! others: [Other!]! }
  type NodeEdge { node: Node! }`);

const bound = (query: string, variables: Record<string, unknown> = {}): number => {
  const document = parse(query);
  const [operation] = document.definitions;
  if (operation?.kind !== 'OperationDefinition') throw new Error('an operation comes first here');
  return costOf(document, operation, schema, variables);
};

/** Executes with lists as long as they are asked for, or are taken to be; counts the fields that were answered. */
function answered(query: string, variables: Record<string, unknown>): number {
  let fields = 0;
  const result = execute({
    schema,
    document: parse(query),
    variableValues: variables,
    rootValue: {},
    fieldResolver: (source: { page?: number }, { first }: { first?: number | null }, _, { fieldName, returnType }) => {
      fields += 1;
      const make = (type: typeof returnType, top: boolean): unknown => {
        if (isNonNullType(type)) return make(type.ofType, top);
        if (isListType(type)) {
          const size = top && fieldName === 'edges' ? source.page! : top && fieldName === 'some' ? (first ?? 50) : assumedSize(fieldName);
          return Array.from({ length: size }, () => make(type.ofType, false));
        }
        const named: GraphQLNamedType = getNamedType(type);
        if (isUnionType(named)) return { __typename: fields % 2 === 0 ? 'Node' : 'Other' };
        return isObjectType(named) ? { page: first ?? 50 } : 1;
      };
      return make(returnType, true);
    },
  });
  expect((result as { errors?: unknown }).errors).toBeUndefined();
  return fields;
}

type Sel = { readonly text: string };
const sel = (text: string): Sel => ({ text });
const first = fc.oneof(
  fc.constant(''),
  fc.integer({ min: 0, max: 4 }).map((n) => `(first: ${n})`),
  fc.constantFrom('(first: null)', '(first: $n)', '(first: $missing)', '(first: $known)'),
);
const sels = (one: fc.Arbitrary<Sel>) => fc.array(one, { minLength: 1, maxLength: 2 }).map((all) => all.map(({ text }) => text).join(' '));
let names = 0;
/** Another name for each, so that none has to be merged with another. */
const alias = () => `a${(names += 1)}`;
const onNode = (depth: number): fc.Arbitrary<Sel> => {
  const leaf = fc.constantFrom('id', '__typename', '...Leaf').map(sel);
  if (depth === 0) return leaf;
  const below = sels(onNode(depth - 1));
  return fc.oneof(
    leaf,
    below.map((b) => sel(`${alias()}: node { ${b} }`)),
    below.map((b) => sel(`${alias()}: many { ${b} }`)),
    below.map((b) => sel(`... on Node @include(if: true) { ${alias()}: node { ${b} } }`)),
    fc.tuple(first, below).map(([f, b]) => sel(`${alias()}: nodes${f} { edges { node { ${b} } } totalCount }`)),
    fc
      .tuple(first, below)
      .map(([f, b]) => sel(`${alias()}: nodes${f} { ... on NodeConnection { edges { node { ${b} } } } others { name } }`)),
    fc.tuple(first, below).map(([f]) => sel(`${alias()}: nodes${f} { ...Page }`)),
    below.map((b) => sel(`${alias()}: either { __typename ... on Node { ${b} } ... on Other { name } }`)),
  );
};
const onQuery = fc
  .record({
    near: fc.constantFrom('node', 'some(first: 2)', 'some(first: $n)'),
    far: fc.constantFrom('many', 'grid', 'history'),
    below: sels(onNode(1)),
    page: first,
    leaves: sels(onNode(0)),
  })
  .map(({ near, far, below, page, leaves }) =>
    sel(`${alias()}: ${near} { ${below} } ${alias()}: ${far} { ${leaves} } ${alias()}: few${page} { edges { node { ${leaves} } } }`),
  );

describe('given the bound of what a document costs', () => {
  it('when documents are executed, then no more fields are answered than it says', () => {
    fc.assert(
      fc.property(sels(onQuery), fc.option(fc.integer({ min: 0, max: 5 }), { nil: undefined }), (text, n) => {
        const query = `query ($n: Int, $missing: Int, $known: Int = 2) { ${text} u: node { many { nodes(first: $missing) { edges { node { ...Leaf } } } } } v: nodes(first: $known) { ...Page } w: nodes(first: $n) { ...Page } }
          fragment Leaf on Node { id b: node { id } }
          fragment Page on NodeConnection { totalCount edges { node { ...Leaf } } }`;
        expect(validate(schema, parse(query))).toEqual([]);
        const variables = n === undefined ? {} : { n };
        expect(bound(query, variables)).toBeGreaterThanOrEqual(answered(query, variables));
      }),
      { numRuns: 40, seed: 16, endOnFailure: true },
    );
  });

  it.each<[query: string, cost: number, variables?: Record<string, unknown>]>([
    ['{ node { id } }', 2],
    ['{ nodes { edges { node { id } } } }', 1 + 1 + 50 * 2],
    ['{ nodes(first: 7) { edges { node { id } } } }', 1 + 1 + 7 * 2],
    ['{ few { edges { node { id } } } }', 1 + 1 + 3 * 2],
    ['{ few(first: null) { edges { node { id } } } }', 1 + 1 + 50 * 2],
    ['query ($n: Int) { nodes(first: $n) { edges { node { id } } } }', 1 + 1 + 9 * 2, { n: 9 }],
    ['query ($n: Int) { nodes(first: $n) { edges { node { id } } } }', 1 + 1 + 50 * 2],
    ['query ($n: Int = 4) { nodes(first: $n) { edges { node { id } } } }', 1 + 1 + 4 * 2],
    ['query ($n: Int = 4) { nodes(first: $n) { edges { node { id } } } }', 1 + 1 + 50 * 2, { n: null }],
    ['query ($n: Int) { nodes(first: $n) { edges { node { id } } } }', 1 + 1 + 100 * 2, { n: 'many' }],
    ['query ($n: Int) { nodes(first: $n) { edges { node { id } } } }', 1 + 1 + 100 * 2, { n: -1 }],
    ['{ nodes(first: 1) { others { name } } }', 1 + 1 + 20],
    ['{ many { id } }', 1 + 20],
    ['{ grid { id } }', 1 + 20 * 20],
    ['{ history { id } }', 1 + 100],
    ['mutation { change { __typename } }', 100 + 1],
    ['mutation { ...M } fragment M on Mutation { a: change { __typename } b: change { __typename } }', 2 * 101],
  ])('when %s is measured, then it is %i', (query, cost, variables = {}) => {
    expect(bound(query, variables)).toBe(cost);
  });

  it('when fragments double in fragments, then that is measured at once', () => {
    const bomb = Array.from({ length: 200 }, (_, n) => `fragment F${n} on Node { a: node { ...F${n + 1} } b: node { ...F${n + 1} } }`);
    expect(bound(`{ node { ...F0 } } ${bomb.join('\n')} fragment F200 on Node { id }`)).toBeGreaterThan(2 ** 200);
  });
});

/** Code, measured and allowed. */
const refusalOf = (query: string): unknown => {
  try {
    holdShape(parse(query), LIMITS);
    return undefined;
  } catch (error) {
    const { code, measured, allowed, field } = (error as GraphQLError).extensions;
    return [code, measured, allowed, field];
  }
};
const nested = (depth: number): string => `${'{ node '.repeat(depth - 1)}{ id }${' }'.repeat(depth - 1)}`;
const times = (n: number, text: (n: number) => string): string => Array.from({ length: n }, (_, at) => text(at)).join(' ');

describe('given the shape of a document', () => {
  it.each<[what: string, query: string, refusal: unknown]>([
    ['as deep as may be', nested(16), undefined],
    ['too deep', nested(17), ['DOCUMENT_TOO_DEEP', 17, 16, 'query']],
    ['too deep by its fragments', `{ node { ...A } } fragment A on Node ${nested(16)}`, ['DOCUMENT_TOO_DEEP', 17, 16, 'query']],
    ['of many aliases', `{ node { ${times(50, (n) => `a${n}: id`)} } }`, undefined],
    ['of too many aliases', `{ node { ${times(51, (n) => `a${n}: id`)} } }`, ['TOO_MANY_ALIASES', 51, 50, 'query']],
    [
      'of too many aliases by its fragments',
      `{ node { ...A node { ...A } } } fragment A on Node { ${times(26, (n) => `a${n}: id`)} }`,
      ['TOO_MANY_ALIASES', 52, 50, 'query'],
    ],
    ['of too many fields at the top', `{ ${times(21, () => 'node { id }')} }`, ['TOO_MANY_ROOT_FIELDS', 21, 20, 'query']],
    [
      'of too many fields at the top by its fragments',
      `{ ...A ...A } fragment A on Query { ${times(11, () => 'node { id }')} }`,
      ['TOO_MANY_ROOT_FIELDS', 22, 20, 'query'],
    ],
    ['of too many directives', `{ node { id ${'@skip(if: false)'.repeat(51)} } }`, ['TOO_MANY_DIRECTIVES', 51, 50, 'query']],
    [
      'of which only the second operation is too deep',
      `query A { node { id } } query B ${nested(17)}`,
      ['DOCUMENT_TOO_DEEP', 17, 16, 'query'],
    ],
    ['in a circle, which validation refuses', '{ node { ...A } } fragment A on Node { node { ...A } }', undefined],
    ['that of an explorer that asks what there is', getIntrospectionQuery(), undefined],
  ])('when it is %s, then it is refused, or not', (_, query, refusal) => {
    expect(refusalOf(query)).toEqual(refusal);
  });

  it('when a text was found good or bad, then it is so again', () => {
    const hold = shapeHeld(LIMITS);
    for (const _ of [1, 2]) {
      expect(() => hold('{ node { id } }')).not.toThrow();
      expect(() => hold(nested(17))).toThrow(GraphQLError);
      expect(() => hold('{{{')).not.toThrow();
      expect(() => hold(undefined)).not.toThrow();
    }
  });
});

describe('given the setting QUERY_LIMITS', () => {
  it('when some are named, then the others stay', () => {
    expect(limitsFrom(['depth=3', 'cost=9'])).toEqual({ ...LIMITS, depth: 3, cost: 9 });
  });

  it.each(['depth', 'depth=0', 'depth=-1', 'width=3', 'toString=3', 'depth=1e3'])('when it says %s, then that is named', (pair) => {
    expect(() => limitsFrom([pair])).toThrow(BadSetting);
  });
});
