import './no-telemetry';
import { ApolloGateway } from '@apollo/gateway';
import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import type { Clock } from '@hospital/kernel';
import {
  asOfFrom,
  BadSetting,
  correlationIdFrom,
  errorFormatter,
  type Identity,
  openField,
  openFieldsOf,
  type Operation,
  quietly,
  type Verify,
} from '@hospital/service';
import type { FastifyRequest } from 'fastify';
import { type FieldNode, type GraphQLSchema, parse, valueFromASTUntyped } from 'graphql';
import type { Logger } from 'pino';
import { type Audit, auditing, auditTo } from './audit';
import { type Ask, ContextSource, FORWARDED, type GatewayContext } from './contexts';
import type { AdmitIdentity } from './identity-rate';
import type { Admit } from './intake-limits';
import { costOf, holdTo, LIMITS, type Limits, shapeHeld } from './limits';
import { NODES_GRAPH, NodeSource } from './nodes';
import { type Documents, takeTrusted } from './trusted-documents';

/** Who and what is let in, beside tokens. */
export interface Guards {
  readonly limits?: Limits;
  readonly admitIdentity?: AdmitIdentity;
  /** Absent: any document runs. */
  readonly documents?: Documents | undefined;
}

/** The federated graph: who asks is checked here, and again in each context. */
export class Gateway {
  readonly server: ApolloServer<GatewayContext>;
  /** As clients see it; known once the server has started. */
  schema?: GraphQLSchema;
  /** Says farewell to whoever listens. */
  endLive?: () => Promise<void>;
  /** Root fields that take no token. */
  private readonly open: ReadonlySet<string>;
  private readonly holdShape: (query: unknown) => void;
  private readonly audit: Audit;

  constructor(
    supergraph: string,
    contexts: ReadonlyMap<string, Ask>,
    private readonly verify: Verify,
    private readonly clock: Clock,
    log: Logger,
    production: boolean,
    private readonly admit: Admit = async () => undefined,
    private readonly guards: Guards = {},
  ) {
    const limits = guards.limits ?? LIMITS;
    this.holdShape = shapeHeld(limits);
    this.audit = auditTo(log);
    this.open = openFieldsOf(parse(supergraph));
    const gateway = new ApolloGateway({
      supergraphSdl: supergraph,
      logger: { debug: () => undefined, info: () => undefined, warn: (text) => log.warn(text), error: (text) => log.error(text) },
      buildService: ({ name }) => {
        if (name === NODES_GRAPH) return new NodeSource(contexts);
        const ask = contexts.get(name);
        if (!ask) throw new BadSetting(`SUBGRAPHS: where is ${name}?`);
        return new ContextSource(name, ask);
      },
    });
    gateway.onSchemaLoadOrUpdate(({ apiSchema }) => (this.schema = apiSchema));
    this.server = new ApolloServer<GatewayContext>({
      ...quietly,
      gateway,
      introspection: !production,
      parseOptions: { maxTokens: limits.tokens },
      formatError: errorFormatter(log),
      plugins: [...quietly.plugins, costHeld(limits), positions, auditing(this.audit)],
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.endLive?.();
    await this.server.stop();
  }

  contextOf = async (headers: { get(name: string): string | undefined }, request?: FastifyRequest): Promise<GatewayContext> => {
    const authorization = headers.get('authorization');
    // One id for all that this operation leads to, in every context.
    const correlationId = correlationIdFrom(headers.get('x-correlation-id'));
    const body = (request?.body ?? {}) as Operation;
    if (this.guards.documents && request) takeTrusted(this.guards.documents, body);
    const asked = authorization === undefined ? openField(body.query, this.open) : undefined;
    const identity = asked ? undefined : await this.whoAsks(authorization, correlationId);
    if (identity) this.guards.admitIdentity?.(identity.id);
    else if (asked?.root === 'Mutation') await this.admit(request!, locationCodeIn(asked.field, body.variables));
    this.holdShape(body.query);
    asOfFrom(headers.get('x-as-of'), this.clock);
    const forwarded = new Map<string, string>();
    for (const name of FORWARDED) {
      const value = headers.get(name);
      if (value !== undefined) forwarded.set(name, value);
    }
    forwarded.set('x-correlation-id', correlationId);
    return { forwarded, positions: {}, identity, correlationId, denied: [] };
  };

  private whoAsks(authorization: string | undefined, correlationId: string): Promise<Identity> {
    return this.verify(authorization).catch((error: unknown) => {
      if (authorization !== undefined) this.audit({ audit: 'denied', code: 'UNAUTHENTICATED', field: 'authorization' }, { correlationId });
      throw error;
    });
  }
}

/** The code that somebody without an account stands before. */
function locationCodeIn({ arguments: given = [] }: FieldNode, variables: unknown): string | undefined {
  const input = given.find(({ name }) => name.value === 'input');
  const known = typeof variables === 'object' && variables !== null ? (variables as Record<string, unknown>) : {};
  const said = input && (valueFromASTUntyped(input.value, known) as { locationCode?: unknown } | null | undefined);
  return typeof said?.locationCode === 'string' ? said.locationCode : undefined;
}

/** Before anything is planned. */
const costHeld = (limits: Limits): ApolloServerPlugin<GatewayContext> => ({
  requestDidStart: async () => ({
    didResolveOperation: async ({ document, operation, schema, request }) => {
      if (operation) holdTo(limits, 'cost', costOf(document, operation, schema, request.variables ?? {}));
    },
  }),
});

/** The contexts' positions and watermarks, in the answer. */
const positions: ApolloServerPlugin<GatewayContext> = {
  requestDidStart: async () => ({
    willSendResponse: async ({ response, contextValue }) => {
      if (response.body.kind === 'single' && Object.keys(contextValue.positions).length > 0)
        response.body.singleResult.extensions = { ...response.body.singleResult.extensions, positions: contextValue.positions };
    },
  }),
};
