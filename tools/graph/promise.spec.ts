import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSchema, type GraphQLSchema, isEnumType, isInputObjectType, isInterfaceType, isObjectType } from 'graphql';
import { apiSchemaOf } from '../../apps/gateway/src/graphiql/api-schema';
import { root } from '../house-plan';
import { compose } from './compose';
import { advice, changesSince, PROMISED, promiseOf, unexplained } from './promise';

const promised = readFileSync(join(root, PROMISED), 'utf8');
const composed = compose(root);

/** Types, fields, arguments and values that say nothing of themselves. */
function silentIn(schema: GraphQLSchema): readonly string[] {
  const silent: string[] = [];
  const look = (path: string, { description }: { readonly description?: string | null | undefined }): void => {
    if (!description) silent.push(path);
  };
  for (const type of Object.values(schema.getTypeMap())) {
    if (/^(__|(Query|Mutation|String|ID|Int|Float|Boolean)$)/.test(type.name)) continue;
    look(type.name, type);
  }
  for (const type of Object.values(schema.getTypeMap()).filter(({ name }) => !name.startsWith('__'))) {
    if (isEnumType(type)) for (const value of type.getValues()) look(`${type.name}.${value.name}`, value);
    if (!isObjectType(type) && !isInterfaceType(type) && !isInputObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      look(`${type.name}.${field.name}`, field);
      if ('args' in field) for (const arg of field.args) look(`${type.name}.${field.name}(${arg.name})`, arg);
    }
  }
  return silent;
}

describe('given the graph that front-ends were promised', () => {
  it('when the graph of today is composed, then nothing of it is broken', () => {
    const changes = changesSince(promised, composed);
    if (changes.breaking.length > 0) throw new Error(advice(changes));
  });

  it('when the graph of today is read, then every type, field, argument and value says what it is', () => {
    expect(silentIn(apiSchemaOf(composed))).toEqual([]);
  });

  it('when something is deprecated, then it says what takes its place and from which day on it may be gone', () => {
    expect(unexplained(apiSchemaOf(composed))).toEqual([]);
  });
});

describe('given the measure itself', () => {
  const before = `
    type Query { order(id: ID!): Order }
    type Order { id: ID! status: Status! note: String }
    enum Status { OPEN CLOSED }`;
  const graph = (text: string) => `enum join__Graph { A }\n${text}`;

  it('when nothing was changed, or only added, then nothing is said', () => {
    const more = before.replace('note: String', 'note: String reason: String');
    expect([before, more].map((text) => advice(changesSince(before, graph(text))))).toEqual(['', '']);
  });

  it.each([
    ['a field is gone', 'note: String', '', 'Order.note was removed.'],
    ['a field may be null', 'status: Status!', 'status: Status', 'Order.status changed type from Status! to Status.'],
    ['a value is gone', 'CLOSED', '', 'CLOSED was removed from enum type Status.'],
    ['an argument is needed', 'id: ID!)', 'id: ID!, at: ID!)', 'A required arg at on Query.order was added.'],
  ])('when %s, then that is named, with what to do', (_, was, is, named) => {
    const changes = changesSince(before, graph(before.replace(was, is)));
    expect(changes.breaking).toEqual([named]);
    expect(advice(changes)).toContain('Deprecate first');
  });

  it('when a field of the real graph is gone, then that is found', () => {
    const without = composed.replace(/\n {2}"""[^"]*"""\n {2}responseDueAt: DateTime.*/, '');
    expect(changesSince(promiseOf(composed), without).breaking).toEqual(['WorkOrder.responseDueAt was removed.']);
  });

  it('when a value is new, then it is listed as what front-ends may not expect, and breaks nothing', () => {
    const changes = changesSince(before, graph(before.replace('CLOSED', 'CLOSED MERGED')));
    expect(changes).toEqual({ breaking: [], dangerous: ['MERGED was added to enum type Status.'] });
  });

  it('when a deprecation names neither replacement nor day, then it is found', () => {
    const deprecated = (reason: string) => unexplained(buildSchema(`type Query { a: Int b: Int @deprecated(reason: "${reason}") }`));
    expect(deprecated('Old.')).toEqual(['Query.b']);
    expect(deprecated('Use a; goes on 2027-01-01 or later.')).toEqual([]);
  });

  it('when something says nothing of itself, then it is found', () => {
    expect(silentIn(buildSchema('type Query { "Said." a("Said." x: Int, y: Int): E } enum E { "Said." A B }'))).toEqual([
      'E',
      'Query.a(y)',
      'E.B',
    ]);
  });
});
