import type { GraphQLDataSource } from '@apollo/gateway';
import { refuse } from '@hospital/service';
import { buildASTSchema, graphql, GraphQLError, parse } from 'graphql';
import { type Ask, ContextSource, type GatewayContext } from './contexts';

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
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
  interface Node { id: ID! }
  ${types.map((type) => `type ${type} implements Node @key(fields: "id", resolvable: false) { id: ID! }`).join('\n')}
  type Query {
    "Whatever has this id, in whichever context; null when there is nothing, or nothing that you may see. 按编号查"
    node("E.g. wo_…, as_…, pn_…" id: ID!): Node
    "The same for several ids, at most 50: an answer for each, in their order. 按编号批量查"
    nodes("E.g. wo_…, as_…, pn_…" ids: [ID!]!): [Node]!
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
export class NodeSource implements GraphQLDataSource<GatewayContext> {
  private readonly sources: ReadonlyMap<string, ContextSource>;

  constructor(contexts: ReadonlyMap<string, Ask>) {
    this.sources = new Map([...contexts].map(([name, ask]) => [name, new ContextSource(name, ask)]));
  }

  async process({ request, context }: Parameters<GraphQLDataSource<GatewayContext>['process']>[0]) {
    const find = (ids: readonly string[]) => this.found(ids, context as GatewayContext);
    const rootValue = {
      node: ({ id }: { id: string }) => find([id])[0],
      nodes: ({ ids }: { ids: readonly string[] }) => {
        if (ids.length > MOST) throw refuse('INVALID_INPUT', `ids must have at most ${MOST} entries.`, 'ids');
        return find(ids);
      },
    };
    return (await graphql({ schema, source: request.query!, rootValue, variableValues: request.variables })) as never;
  }

  /** One question to each context, whatever the number of ids. */
  private found(ids: readonly string[], context: GatewayContext): readonly (Promise<Wanted | undefined> | undefined)[] {
    const owners = ids.map(ownerOf);
    const answers = new Map<string, Promise<ReadonlySet<string>>>();
    for (const name of new Set(owners.flatMap((owner) => owner?.context ?? []))) {
      const wanted = owners.flatMap((owner) => (owner?.context === name ? owner.wanted : []));
      answers.set(name, this.there(name, wanted, context));
    }
    return owners.map(
      (owner) => owner && answers.get(owner.context)!.then((there) => (there.has(owner.wanted.id) ? owner.wanted : undefined)),
    );
  }

  private async there(name: string, wanted: readonly Wanted[], context: GatewayContext): Promise<ReadonlySet<string>> {
    const request = { query: THERE, variables: { wanted } };
    const answer = (await this.sources.get(name)!.process({ request, context } as never)) as {
      readonly data?: { readonly _entities: readonly (object | null)[] } | null;
      readonly errors?: readonly { readonly message: string; readonly extensions: Record<string, unknown> }[];
    };
    const [error] = answer.errors ?? [];
    if (error) throw new GraphQLError(error.message, { extensions: error.extensions });
    return new Set(wanted.filter((_, n) => answer.data?._entities[n]).map(({ id }) => id));
  }
}
