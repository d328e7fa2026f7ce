import { getOperationAST, type GraphQLError, parse } from 'graphql';
import type { Identity, Role } from '@hospital/service';
import { holdScopes, openField, personalIn, scopesIn } from './scopes';

const GRAPH = `
  directive @scopes(roles: [String!]!, own: [String!]) on FIELD_DEFINITION | OBJECT
  "Not @scopes(roles: [anybody])."
  type Query {
    form: Int @scopes(roles: ["anybody"])
    orders: Int @scopes(roles: ["account"])
    status(token: String): Int @scopes(roles: ["anybody"])
    rules: Int @scopes(roles: ["director"])
    hours(personId: ID): Person @scopes(roles: ["director"], own: ["personId"])
  }
  type Mutation { report(input: Int): Int @scopes(roles: ["anybody"]) }
  type Subscription { changed: Int @scopes(roles: ["director"]) }
  type Person { id: ID phone: String @scopes(roles: ["director"], own: ["id"]) }`;
const scopes = scopesIn(parse(GRAPH));

describe('GW-05 given a graph that says who may use what', () => {
  it('when it is read, then each field that says so is known, and those below the top are personal', () => {
    expect([...scopes.keys()]).toEqual([
      ...['Query.form', 'Query.orders', 'Query.status', 'Query.rules', 'Query.hours'],
      ...['Mutation.report', 'Subscription.changed', 'Person.phone'],
    ]);
    expect(scopes.get('Query.hours')).toEqual({ roles: ['director'], own: ['personId'] });
    expect(personalIn(scopes)).toEqual(['Person.phone']);
  });

  it.each([
    ['{ form }', 'Query.form'],
    ['query ($t: String) { mine: status(token: $t) }', 'Query.status'],
    ['mutation { report(input: 1) }', 'Mutation.report'],
    ['fragment F on Person { id } query { form }', 'Query.form'],
    ['{ orders }', undefined],
    ['{ form: orders }', undefined],
    ['mutation { form }', undefined],
    ['{ form status }', undefined],
    ['{ ... on Query { form } }', undefined],
    ['query A { form } query B { form }', undefined],
    ['query ($t: String = "x") { status(token: $t) }', undefined],
    ['fragment F on Query { form }', undefined],
    ['{', undefined],
    [undefined, undefined],
  ])('when %p is asked, then what is open of it is %p', (query, found) => {
    const asked = openField(query, scopes);
    expect(asked && `${asked.root}.${asked.field.name.value}`).toBe(found);
  });

  const held = (query: string, roles: readonly Role[], variables = {}): unknown => {
    const document = parse(query);
    const operation = getOperationAST(document, query.includes('query B') ? 'A' : undefined)!;
    const identity: Identity = { id: 'pn_1', kind: 'person', roles };
    try {
      holdScopes(scopes, { document, operation }, variables, identity);
      return 'let through';
    } catch (error) {
      return (error as GraphQLError).extensions;
    }
  };
  const refused = (field: string) => ({ code: 'FORBIDDEN', field, http: { status: 403 } });

  it.each<[string, readonly Role[], unknown]>([
    ['{ orders form }', [], 'let through'],
    ['{ orders rules }', ['technician'], refused('Query.rules')],
    ['{ orders rules }', ['technician', 'director'], 'let through'],
    ['{ orders: rules }', [], refused('Query.rules')],
    ['{ ...A } fragment A on Query { ...B } fragment B on Query { rules }', [], refused('Query.rules')],
    ['{ orders ... on Query { ... { rules } } }', [], refused('Query.rules')],
    ['{ rules @skip(if: true) }', [], refused('Query.rules')],
    ['query A { orders } query B { rules }', [], 'let through'],
    ['{ hours(personId: "pn_1") { id } }', [], 'let through'],
    ['query ($who: ID) { hours(personId: $who) { id } }', [], 'let through'],
    ['{ hours(personId: "pn_2") { id } }', [], refused('Query.hours')],
    ['{ hours { id } }', [], refused('Query.hours')],
    ['{ __typename orders }', [], 'let through'],
  ])('when %s is asked by %j, then it is held to that as a whole', (query, roles, outcome) => {
    expect(held(query, roles, { who: 'pn_1' })).toEqual(outcome);
  });
});
