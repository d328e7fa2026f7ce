import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type AnyView, type Decider, foldRow, type History, type JsonObject, type Recorded, upcast, versionOf } from '@hospital/kernel';
import { type Tools, typesOf } from '@hospital/service';
import { Kind, parse, visit } from 'graphql';
import { contexts, filesIn, namesOf, partsOf, root, type Source } from './house-plan';
import { compose, CONTEXTS, promisedBy, SUPERGRAPH } from './graph/compose';

/** What somebody who adds a command, an event, a field or a mutation is most likely to forget; docs/add-a-capability.md is the way. */

interface Sample {
  readonly type: string;
  readonly schemaVersion: number;
  readonly data: JsonObject;
}

type AnyDecider = Decider<unknown, never, { type: string; data: JsonObject }>;

const modulesIn = (folder: string, ending: RegExp): readonly Record<string, unknown>[] =>
  filesIn(folder, ending)
    .filter(({ path }) => !path.endsWith('.spec.ts'))
    .map(({ path }) => jest.requireActual(join(root, path)) as Record<string, unknown>);

const isDecider = (value: unknown): value is AnyDecider =>
  typeof value === 'object' && value !== null && 'evolve' in value && 'category' in value;
const isView = (value: unknown): value is AnyView =>
  typeof value === 'object' && value !== null && 'project' in value && 'columns' in value;

const recordedAs = (sample: Sample, category: string): Recorded =>
  ({
    id: '00000000-0000-5000-8000-000000000000',
    stream: `${category}-sample`,
    revision: 0,
    position: 1n,
    type: sample.type,
    data: sample.data,
    metadata: {
      schemaVersion: sample.schemaVersion,
      recordedAt: '2026-03-01T00:00:00.000Z',
      occurredAt: '2026-03-01T00:00:00.000Z',
      correlationId: '',
    },
  }) as unknown as Recorded;

describe.each(contexts.map(({ name, domain }) => ({ name, domain })))('given the events of $name', ({ name, domain }) => {
  const base = `apps/${name}/src`;
  const { history } = jest.requireActual(join(root, base, 'history')) as { history: History };
  const samples = JSON.parse(readFileSync(join(root, base, 'history/samples.json'), 'utf8')) as readonly Sample[];
  const views = modulesIn(`${base}/views`, /\.ts$/).flatMap((module) => Object.values(module).filter(isView));
  const deciderIn = ({ path }: Source) => Object.values(jest.requireActual(join(root, path)) as object).find(isDecider);
  /** Of a part of an aggregate, the files that hold the rules of the whole. */
  const wholesOf = ({ path }: Source) =>
    domain.filter((whole) => deciderIn(whole) && partsOf(whole.text).includes(`./${basename(path, '.ts')}`));
  const declared = domain.flatMap((file) => {
    const [whole] = wholesOf(file);
    const decider = deciderIn(file) ?? (whole && deciderIn(whole));
    return namesOf('Event', file.text).map((type) => ({ type, decider }));
  });

  it('when an event is looked for, then it is declared once, by an aggregate or by a part of exactly one', () => {
    const types = declared.map(({ type }) => type);
    expect(types.filter((type, n) => types.indexOf(type) !== n)).toEqual([]);
    const astray = domain.filter((file) => namesOf('Event', file.text).length > 0 && !deciderIn(file) && wholesOf(file).length !== 1);
    expect(astray.map(({ path }) => path)).toEqual([]);
  });

  it('when a sample is looked for, then there is one of every shape that was ever stored, and of no other', () => {
    const needed = declared.flatMap(({ type }) => Array.from({ length: versionOf(history, type) }, (_, n) => `${type} v${n + 1}`));
    expect(samples.map(({ type, schemaVersion }) => `${type} v${schemaVersion}`).sort()).toEqual(needed.sort());
  });

  it('when a kept sample is read today, then it is upcast, folded and projected', () => {
    for (const sample of samples) {
      const { decider } = declared.find(({ type }) => type === sample.type)!;
      if (!decider) throw new Error(`${sample.type} belongs to no aggregate`);
      const event = upcast(history, recordedAs(sample, decider.category));
      expect(decider.evolve(decider.initial, event)).toBeDefined();
      for (const view of views)
        if (view.categories.includes(decider.category)) expect(() => foldRow(view, 'sample', [event])).not.toThrow();
    }
  });

  it('when a view is looked for, then every aggregate has one', () => {
    const seen = new Set(views.flatMap(({ categories }) => categories));
    expect(declared.filter(({ decider }) => !decider || !seen.has(decider.category)).map(({ type }) => type)).toEqual([]);
  });
});

const graphOf = (name: string) => typesOf(promisedBy(name, root));

describe.each(CONTEXTS.map((name) => ({ name })))('given the graph of $name', ({ name }) => {
  const types = graphOf(name);

  it('when a type, field, argument or value is looked at, then it says what it is', () => {
    const silent: string[] = [];
    const path: string[] = [];
    visit(types, {
      enter(node) {
        if (!('name' in node) || !node.name || !/Definition$/.test(node.kind) || node.kind === Kind.OPERATION_DEFINITION) return;
        path.push(node.name.value);
        const speaks = ('description' in node && node.description) || /^(Query|Mutation)$/.test(node.name.value);
        if (!speaks) silent.push(path.join('.'));
      },
      leave(node) {
        if ('name' in node && node.name && /Definition$/.test(node.kind) && node.kind !== Kind.OPERATION_DEFINITION) path.pop();
      },
    });
    expect(silent).toEqual([]);
  });

  it('when something of another context is named, then it may be null: while that one is down, the rest still stands', () => {
    const others = types.definitions
      .filter((type) => type.kind === Kind.OBJECT_TYPE_DEFINITION)
      .filter(({ directives = [] }) => directives.some(({ arguments: given }) => given?.some(({ name }) => name.value === 'resolvable')))
      .map((type) => type.name.value);
    const needed: string[] = [];
    visit(types, {
      FieldDefinition: ({ name: field, type }) =>
        void visit(type, {
          NonNullType({ type: inner }) {
            if (inner.kind === Kind.NAMED_TYPE && others.includes(inner.name.value)) needed.push(`${field.value}: ${inner.name.value}!`);
          },
        }),
    });
    expect(needed).toEqual([]);
  });

  it('when a query, mutation, union or entity is promised, then a resolver keeps the promise', () => {
    const made = modulesIn(`apps/${name}/src/api`, /\.resolver\.ts$/).flatMap((module) => Object.values(module)) as ((
      tools: Tools,
    ) => Record<string, object>)[];
    // Resolvers only hold on to their tools until they are asked.
    const parts = made.map((of) => of({ context: name, journal: {}, views: {} } as unknown as Tools));
    const kept = new Set(
      parts.flatMap((part) => Object.entries(part).flatMap(([type, fields]) => Object.keys(fields).map((field) => `${type}.${field}`))),
    );
    const promised = types.definitions.flatMap((definition) => {
      if (definition.kind === Kind.UNION_TYPE_DEFINITION) return [`${definition.name.value}.__resolveType`];
      if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION && definition.kind !== Kind.OBJECT_TYPE_EXTENSION) return [];
      const type = definition.name.value;
      // What another file adds to a type that is there is in no row of it either.
      const added = definition.kind === Kind.OBJECT_TYPE_EXTENSION || /^(Query|Mutation)$/.test(type);
      if (added) return definition.fields!.map((field) => `${type}.${field.name.value}`);
      const isOwnEntity = definition.directives?.some(
        ({ name: { value }, arguments: given }) => value === 'key' && !given?.some((argument) => argument.name.value === 'resolvable'),
      );
      return isOwnEntity ? [`${type}.__resolveReference`] : [];
    });
    expect(promised.filter((promise) => !kept.has(promise))).toEqual([]);
  });
});

it('given what the contexts promise, when the supergraph is composed, then it is the committed one (npm run graph writes it)', () => {
  expect(parse(compose(root))).toBeDefined();
  expect(readFileSync(join(root, SUPERGRAPH), 'utf8')).toBe(compose(root));
});

it('given every context with an api, when the list of the graph is looked at, then it is on it', () => {
  expect([...CONTEXTS].sort()).toEqual(contexts.map(({ name }) => basename(name)).sort());
});
