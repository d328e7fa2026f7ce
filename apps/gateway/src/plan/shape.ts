import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  getDirectiveValues,
  getNamedType,
  GraphQLIncludeDirective,
  type GraphQLField,
  type GraphQLFormattedError,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  GraphQLSkipDirective,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isListType,
  isNonNullType,
  isScalarType,
  Kind,
  type OperationDefinitionNode,
  SchemaMetaFieldDef,
  type SelectionSetNode,
  TypeMetaFieldDef,
  TypeNameMetaFieldDef,
  type VariableNode,
  visit,
} from 'graphql';
import type { Variables } from '../limits';

type Row = Record<string, unknown>;

/** A field of the answer: what stands under its name, and what may. */
interface Field {
  readonly key: string;
  /** `__typename`, `__schema` and `__type` are answered here. */
  readonly meta: boolean;
  readonly kind: Kinds;
  /** All that was asked below this name, in every place where it was. */
  readonly below: SelectionSetNode[];
  /** The fields below, by the type that stands there. */
  readonly known: Map<GraphQLNamedType, readonly Field[]>;
}
interface Kinds {
  readonly type: GraphQLOutputType;
  readonly nonNull: boolean;
  readonly item: Kinds | undefined;
  readonly named: GraphQLNamedType;
  readonly composite: boolean;
  readonly allows: (value: unknown) => boolean;
}

/** What every graph answers by itself. */
const META: Readonly<Record<string, GraphQLField<unknown, unknown>>> = {
  __typename: TypeNameMetaFieldDef,
  __schema: SchemaMetaFieldDef,
  __type: TypeMetaFieldDef,
};

/** So many ways to choose are remembered of one document. */
const MOST_CHOICES = 16;

/** Stands for null where the fault was told already. */
const FAULT = Symbol('fault');
const INTEGER = /^-?\d+$/;

/** Scalars of our own may be anything. */
function allowedIn(type: GraphQLNamedType): (value: unknown) => boolean {
  if (isEnumType(type)) return (value) => typeof value === 'string' && type.getValue(value) !== undefined;
  if (!isScalarType(type)) return () => true;
  switch (type.name) {
    case 'Boolean':
      return (value) => typeof value === 'boolean';
    case 'Int':
      return (value) => typeof value === 'number' && INTEGER.test(String(value));
    case 'Float':
      return (value) => typeof value === 'number' && Number.isFinite(value);
    case 'String':
      return (value) => typeof value === 'string';
    case 'ID':
      return (value) => typeof value === 'string' || (typeof value === 'number' && INTEGER.test(String(value)));
    default:
      return () => true;
  }
}

/** What one operation is answered with: exactly what was asked for, of all that the contexts have told. */
export class Shape {
  private readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  private readonly kinds = new Map<GraphQLOutputType, Kinds>();
  /** By the values of what @skip and @include depend on; as a rule there is one. */
  private readonly roots = new Map<string, readonly Field[]>();
  private readonly conditions: readonly string[];

  constructor(
    document: DocumentNode,
    private readonly operation: OperationDefinitionNode,
    private readonly schema: GraphQLSchema,
  ) {
    this.fragments = new Map(
      document.definitions.filter((one) => one.kind === Kind.FRAGMENT_DEFINITION).map((fragment) => [fragment.name.value, fragment]),
    );
    const conditions = new Set<string>();
    const Variable = ({ name }: VariableNode): void => void conditions.add(name.value);
    if (operation.variableDefinitions?.length) visit(document, { Directive: (directive) => visit(directive, { Variable }) });
    this.conditions = [...conditions];
  }

  /** `variables`: with their defaults. What is missing or not as the graph says is told as a fault of its own. */
  of(
    told: Row,
    variables: Variables,
    introspected: () => Row,
  ): { readonly data: Row | null; readonly faults: readonly GraphQLFormattedError[] } {
    const key = this.conditions.map((name) => variables[name]).join();
    const type = this.schema.getRootType(this.operation.operation)!;
    let root = this.roots.get(key);
    if (!root) {
      if (this.roots.size >= MOST_CHOICES) this.roots.clear();
      this.roots.set(key, (root = this.fieldsOf([this.operation.selectionSet], type, variables)));
    }
    const run: Run = { variables, faults: [], path: [], introspected };
    const data = this.row(root, type, told, run);
    return { data: data === FAULT ? null : data, faults: run.faults };
  }

  private row(fields: readonly Field[], type: GraphQLNamedType, told: Row, run: Run): Row | typeof FAULT {
    const row: Row = {};
    for (const field of fields) {
      const { key } = field;
      let value: unknown = Object.hasOwn(told, key) ? told[key] : undefined;
      if (field.meta) {
        if (field.kind.composite) value = run.introspected()[key];
        else {
          const name = value ?? told['__typename'];
          const found = typeof name === 'string' ? (this.schema.getType(name) ?? type) : type;
          if (isAbstractType(found)) return FAULT;
          value = found.name;
        }
      } else {
        run.path.push(key);
        value = this.value(field, field.kind, type, value, run);
        run.path.pop();
        if (value === FAULT) {
          if (field.kind.nonNull) return FAULT;
          value = null;
        }
      }
      // Names are the client's: one of them would be more than a name.
      if (key === '__proto__') Object.defineProperty(row, key, { value, enumerable: true, configurable: true, writable: true });
      else row[key] = value;
    }
    return row;
  }

  private value(field: Field, kind: Kinds, parent: GraphQLNamedType, value: unknown, run: Run): unknown {
    const fault = (message: string): typeof FAULT => {
      run.faults.push({ message, path: [...run.path], extensions: { code: 'INVALID_GRAPHQL' } });
      return FAULT;
    };
    const last = run.path.at(-1)!;
    const place = (): string =>
      typeof last === 'string' ? `field ${parent}.${last}` : `array element of type ${kind.type} at index ${last}`;
    if (value === null || value === undefined) {
      return kind.nonNull ? fault(`Cannot return null for non-nullable ${place()}.`) : null;
    }
    if (kind.item) {
      if (!Array.isArray(value)) return fault(`Invalid value found for ${place()}.`);
      const list: unknown[] = [];
      let broken = false;
      for (const [at, one] of value.entries()) {
        run.path.push(at);
        const item = this.value(field, kind.item, parent, one, run);
        run.path.pop();
        if (item === FAULT && kind.item.nonNull) broken = true;
        list.push(item === FAULT ? null : item);
      }
      return broken ? FAULT : list;
    }
    if (!kind.composite) return kind.allows(value) ? value : fault(`Invalid value found for ${place()}.`);
    if (typeof value !== 'object') return fault(`Invalid value found for ${place()}.`);
    const told = value as Row;
    const name = told['__typename'];
    const type = typeof name === 'string' ? this.schema.getType(name) : kind.named;
    if (!type || !isCompositeType(type)) return fault(`Invalid __typename found for object at ${place()}.`);
    let fields = field.known.get(type);
    if (!fields) field.known.set(type, (fields = this.fieldsOf(field.below, type, run.variables)));
    return this.row(fields, type, told, run);
  }

  /** As GraphQL collects fields: under one name once, whatever it is asked for by. */
  private fieldsOf(sets: readonly SelectionSetNode[], type: GraphQLNamedType, variables: Variables): readonly Field[] {
    const fields = new Map<string, Field>();
    const collect = ({ selections }: SelectionSetNode, spread: ReadonlySet<string>): void => {
      for (const one of selections) {
        if (getDirectiveValues(GraphQLSkipDirective, one, variables)?.['if'] === true) continue;
        if (getDirectiveValues(GraphQLIncludeDirective, one, variables)?.['if'] === false) continue;
        if (one.kind === Kind.FIELD) this.note(fields, one, type);
        else if (one.kind === Kind.INLINE_FRAGMENT) {
          if (!one.typeCondition || this.holds(one.typeCondition.name.value, type)) collect(one.selectionSet, spread);
        } else if (!spread.has(one.name.value)) {
          const { typeCondition, selectionSet } = this.fragments.get(one.name.value)!;
          if (this.holds(typeCondition.name.value, type)) collect(selectionSet, new Set([...spread, one.name.value]));
        }
      }
    };
    for (const set of sets) collect(set, new Set());
    return [...fields.values()];
  }

  private holds(condition: string, type: GraphQLNamedType): boolean {
    if (condition === type.name) return true;
    const wanted = this.schema.getType(condition);
    return isAbstractType(wanted) && this.schema.isSubType(wanted, type as Parameters<GraphQLSchema['isSubType']>[1]);
  }

  private note(fields: Map<string, Field>, node: FieldNode, parent: GraphQLNamedType): void {
    const key = (node.alias ?? node.name).value;
    const field = fields.get(key);
    if (field) return void (node.selectionSet && field.below.push(node.selectionSet));
    const meta = META[node.name.value];
    const definition = meta ?? (parent as GraphQLObjectType).getFields()[node.name.value]!;
    fields.set(key, {
      key,
      meta: meta !== undefined,
      kind: this.kindsOf(definition.type),
      below: node.selectionSet ? [node.selectionSet] : [],
      known: new Map(),
    });
  }

  private kindsOf(type: GraphQLOutputType): Kinds {
    const before = this.kinds.get(type);
    if (before) return before;
    const inner = isNonNullType(type) ? type.ofType : type;
    const named = getNamedType(type);
    const item = isListType(inner) ? this.kindsOf(inner.ofType) : undefined;
    const kinds = { type: inner, nonNull: inner !== type, item, named, composite: isCompositeType(named), allows: allowedIn(named) };
    this.kinds.set(type, kinds);
    return kinds;
  }
}

interface Run {
  readonly variables: Variables;
  readonly faults: GraphQLFormattedError[];
  readonly path: (string | number)[];
  readonly introspected: () => Row;
}
