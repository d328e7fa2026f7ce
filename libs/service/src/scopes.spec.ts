import { personal } from '@hospital/kernel';
import { graphql, type GraphQLResolveInfo } from 'graphql';
import { ANONYMOUS, type Identity, type Role } from './auth';
import type { RequestContext } from './request';
import { guarded, shownOf } from './scopes';
import { subgraphSchema, typesOf } from './subgraph-schema';

/** Cards of people: each with a telephone that few may see, in a drawer that fewer may open. */
const types = `
  type Query {
    notice: Int @scopes(roles: ["anybody"])
    card: Card @scopes(roles: ["account"])
    hours(personId: ID!): Int @scopes(roles: ["director"], own: ["personId"])
    unsaid: Int
  }
  type Mutation { tear: Int @scopes(roles: ["director", "auditor"]) }
  type Card @key(fields: "id") {
    id: ID!
    name: String
    phone: String @scopes(roles: ["director"], own: ["ownerId"])
    history: JSON!
  }
  type Drawer @key(fields: "id") @scopes(roles: ["director"]) { id: ID! }
  type Person { id: ID! }`;
const card = { id: 'cd_1', ownerId: 'pn_1', name: '陈', phone: '138' };
const event = { name: personal('pn_1', '陈'), signature: { phone: personal('pn_1', '138') }, code: personal('pn_3', '42'), at: 'noon' };
const resolvers = {
  Query: { notice: () => 1, card: () => card, hours: () => 8, unsaid: () => 1 },
  Mutation: { tear: () => 1 },
  Card: {
    history: (row: object, _: unknown, request: RequestContext, { parentType }: GraphQLResolveInfo) =>
      shownOf(event, parentType, row, request),
  },
  Drawer: { __resolveReference: ({ id }: { id: string }) => ({ id }) },
};
const schema = guarded(subgraphSchema(typesOf(types), [resolvers]));

const somebody = (id: string, ...roles: Role[]): Identity => ({ id, kind: 'person', roles });
async function ask(source: string, identity: Identity) {
  const contextValue: RequestContext = { identity, correlationId: '' };
  const { data, errors = [] } = await graphql({ schema, source, contextValue });
  const refused = errors.map(({ extensions }) => [
    extensions['code'],
    extensions['field'],
    (extensions['http'] as { status: number }).status,
  ]);
  return { data: JSON.parse(JSON.stringify(data)) as unknown, refused, withheld: [...(contextValue.withheld ?? [])] };
}
const DRAWER = '{ _entities(representations: [{ __typename: "Drawer", id: "dr_1" }]) { ... on Drawer { id } } }';

describe('GW-05 given a graph that says who may use what, when its context is asked', () => {
  it.each<[string, Identity, data: unknown, refused: unknown[]]>([
    ['{ notice }', ANONYMOUS, { notice: 1 }, []],
    ['{ notice }', somebody('pn_2'), { notice: 1 }, []],
    ['{ unsaid }', somebody('pn_2'), { unsaid: 1 }, []],
    ['{ unsaid }', ANONYMOUS, { unsaid: null }, [['UNAUTHENTICATED', 'authorization', 401]]],
    ['{ card { id } }', ANONYMOUS, { card: null }, [['UNAUTHENTICATED', 'authorization', 401]]],
    ['{ _service { sdl } }', ANONYMOUS, null, [['UNAUTHENTICATED', 'authorization', 401]]],
    ['mutation { tear }', somebody('pn_2', 'auditor'), { tear: 1 }, []],
    ['mutation { tear }', somebody('pn_2', 'technician'), { tear: null }, [['FORBIDDEN', 'Mutation.tear', 403]]],
    ['{ hours(personId: "pn_2") }', somebody('pn_2'), { hours: 8 }, []],
    ['{ hours(personId: "pn_1") }', somebody('pn_2', 'director'), { hours: 8 }, []],
    ['{ hours(personId: "pn_1") }', somebody('pn_2', 'auditor'), { hours: null }, [['FORBIDDEN', 'Query.hours', 403]]],
    [DRAWER, somebody('pn_2', 'director'), { _entities: [{ id: 'dr_1' }] }, []],
    [DRAWER, somebody('pn_2', 'auditor'), { _entities: [null] }, [['FORBIDDEN', 'Drawer.id', 403]]],
  ])('%s by %o, then the answer is %o', async (query, identity, data, refused) => {
    expect(await ask(query, identity)).toEqual({ data, refused, withheld: [] });
  });

  it.each<[string, Identity, phone: string | null]>([
    ['a role that is named', somebody('pn_2', 'director'), '138'],
    ['the one whose it is', somebody('pn_1'), '138'],
    ['anybody else', somebody('pn_2', 'auditor', 'administrator'), null],
  ])('for something personal by %s, then it is shown or withheld, and that is told', async (_, identity, phone) => {
    expect(await ask('{ card { name tel: phone } }', identity)).toEqual({
      data: { card: { name: '陈', tel: phone } },
      refused: [],
      withheld: phone === null ? ['Card.phone'] : [],
    });
  });

  it.each<[string, Identity, phone: string | null, code: string | null]>([
    ['who may see the field', somebody('pn_2', 'director'), '138', null],
    ['who may not', somebody('pn_2', 'auditor'), null, null],
    ['the person it is about', somebody('pn_1'), '138', null],
    ['the person another value is about', somebody('pn_3'), null, '42'],
  ])(
    'for a history by %s, then it shows what the fields show, and of what no field shows to each their own',
    async (_, identity, phone, code) => {
      const { data, withheld } = await ask('{ card { history } }', identity);
      expect(data).toMatchObject({
        card: {
          history: {
            ...{ name: event.name, at: 'noon', code: code === null ? null : event.code },
            signature: { phone: phone === null ? null : event.signature.phone },
          },
        },
      });
      expect(withheld).toEqual([...(phone === null ? ['Card.phone'] : []), ...(code === null ? ['Card.code'] : [])]);
    },
  );
});
