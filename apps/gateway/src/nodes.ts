import { type Answer, type Operation, refuse } from '@hospital/service';
import { buildASTSchema, graphql, GraphQLError, parse } from 'graphql';
import type { AskContext, GatewayContext } from './contexts';

/** Which ids are whose, by context and entity. */
const NODES: Readonly<Record<string, Readonly<Record<string, RegExp>>>> = {
  workorders: {
    WorkOrder: /^wo_/,
    Reinspection: /^ce_[^_]+_wo_/,
    Calendar: /^cl_/,
    Complaint: /^cp_/,
    FaultCategory: /^ct_/,
    DispatchRule: /^dr_/,
    LocationCode: /^lc_/,
    Notification: /^nt_/,
    VendorJob: /^vj_/,
    Vendor: /^vn_/,
    WorkOrderMonth: /^\d{4}-\d{2}$/,
  },
  assets: { Asset: /^as_/ },
  inventory: { Item: /^it_/ },
  energy: { Meter: /^mt_/ },
  staffing: { Person: /^pn_/, Certificate: /^ce_[^_]+$/, Shift: /^sh_/, OnCallSlot: /^oc_/ },
};

/** Name of the subgraph that knows whose an id is and nothing else; the gateway answers it itself. */
export const NODES_GRAPH = 'nodes';

const types = Object.values(NODES).flatMap((own) => Object.keys(own));

/** What that subgraph promises. */
export const nodesTypes = `
  extend schema
    @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@composeDirective"])
    @link(url: "https://hospital-logistics.invalid/scopes/v1.0", import: ["@scopes"])
    @composeDirective(name: "@scopes")
  directive @scopes(roles: [String!]!, own: [String!]) on FIELD_DEFINITION | OBJECT
  interface Node { id: ID! }
  ${types.map((type) => `type ${type} implements Node @key(fields: "id", resolvable: false) { id: ID! }`).join('\n')}
  type Query {
    "Whatever has this id, in whichever context; null when there is nothing, or nothing that you may see. 按编号查"
    node("E.g. wo_…, as_…, pn_…" id: ID!): Node @scopes(roles: ["account"])
    "The same for several ids, at most 50: an answer for each, in their order. 按编号批量查"
    nodes("E.g. wo_…, as_…, pn_…" ids: [ID!]!): [Node]! @scopes(roles: ["account"])
  }`;

const schema = buildASTSchema(parse(nodesTypes), { assumeValidSDL: true });

/** What a document without pages is taken to ask for, see limits.ts. */
const MOST = 50;

const THERE = 'query ($wanted: [_Any!]!) { _entities(representations: $wanted) { __typename } }';

interface Wanted {
  readonly __typename: string;
  readonly id: string;
}

const ownerOf = (id: string): { context: string; wanted: Wanted } | undefined => {
  for (const [context, own] of Object.entries(NODES))
    for (const [type, pattern] of Object.entries(own)) if (pattern.test(id)) return { context, wanted: { __typename: type, id } };
  return undefined;
};

/** Answers whose an id is, once the context it belongs to has said that it is there, as this request sees it. */
export const answerNodes =
  (ask: AskContext) =>
  async ({ query, variables }: Operation, context: GatewayContext): Promise<Answer> => {
    const find = (ids: readonly string[]) => found(ids, (name, wanted) => there(ask, name, wanted, context));
    const rootValue = {
      node: ({ id }: { id: string }) => find([id])[0],
      nodes: ({ ids }: { ids: readonly string[] }) => {
        if (ids.length > MOST) throw refuse('INVALID_INPUT', `ids must have at most ${MOST} entries.`, 'ids');
        return find(ids);
      },
    };
    return (await graphql({ schema, source: query!, rootValue, variableValues: variables ?? {} })) as Answer;
  };

/** One question to each context, whatever the number of ids. */
function found(
  ids: readonly string[],
  thereOf: (name: string, wanted: readonly Wanted[]) => Promise<ReadonlySet<string>>,
): readonly (Promise<Wanted | undefined> | undefined)[] {
  const owners = ids.map(ownerOf);
  const answers = new Map<string, Promise<ReadonlySet<string>>>();
  for (const name of new Set(owners.flatMap((owner) => owner?.context ?? []))) {
    const wanted = owners.flatMap((owner) => (owner?.context === name ? owner.wanted : []));
    answers.set(name, thereOf(name, wanted));
  }
  return owners.map(
    (owner) => owner && answers.get(owner.context)!.then((known) => (known.has(owner.wanted.id) ? owner.wanted : undefined)),
  );
}

async function there(ask: AskContext, name: string, wanted: readonly Wanted[], context: GatewayContext): Promise<ReadonlySet<string>> {
  const { data, errors } = await ask(name, { query: THERE, variables: { wanted } }, context);
  const [error] = errors ?? [];
  if (error) throw new GraphQLError(error.message, { extensions: error.extensions ?? {} });
  const entities = data?.['_entities'] as readonly (object | null)[] | undefined;
  return new Set(wanted.filter((_, n) => entities?.[n]).map(({ id }) => id));
}
