import './no-telemetry';
import { ApolloGateway } from '@apollo/gateway';
import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import type { Clock } from '@hospital/kernel';
import {
  asOfFrom,
  BadSetting,
  correlationIdFrom,
  errorFormatter,
  openField,
  openFieldsOf,
  type Operation,
  quietly,
  type Verify,
} from '@hospital/service';
import type { FastifyRequest } from 'fastify';
import { type FieldNode, parse, valueFromASTUntyped } from 'graphql';
import type { Logger } from 'pino';
import { type Ask, ContextSource, FORWARDED, type GatewayContext } from './contexts';
import type { Admit } from './intake-limits';

/** Of one document: more than any page of a front-end asks, and too few to exhaust the stack or the planner. */
const MAX_TOKENS = 1_000;

/** The federated graph: who asks is checked here, and again in each context. */
export class Gateway {
  readonly server: ApolloServer<GatewayContext>;
  /** Root fields that take no token. */
  private readonly open: ReadonlySet<string>;

  constructor(
    supergraph: string,
    contexts: ReadonlyMap<string, Ask>,
    private readonly verify: Verify,
    private readonly clock: Clock,
    log: Logger,
    production: boolean,
    private readonly admit: Admit = async () => undefined,
  ) {
    this.open = openFieldsOf(parse(supergraph));
    const gateway = new ApolloGateway({
      supergraphSdl: supergraph,
      logger: { debug: () => undefined, info: () => undefined, warn: (text) => log.warn(text), error: (text) => log.error(text) },
      buildService: ({ name }) => {
        const ask = contexts.get(name);
        if (!ask) throw new BadSetting(`SUBGRAPHS: where is ${name}?`);
        return new ContextSource(name, ask);
      },
    });
    this.server = new ApolloServer<GatewayContext>({
      ...quietly,
      gateway,
      introspection: !production,
      parseOptions: { maxTokens: MAX_TOKENS },
      formatError: errorFormatter(log),
      plugins: [...quietly.plugins, positions],
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.server.stop();
  }

  contextOf = async (headers: { get(name: string): string | undefined }, request?: FastifyRequest): Promise<GatewayContext> => {
    const authorization = headers.get('authorization');
    const { query, variables } = (request?.body ?? {}) as Operation;
    const asked = authorization === undefined ? openField(query, this.open) : undefined;
    if (!asked) await this.verify(authorization);
    else if (asked.root === 'Mutation') await this.admit(request!, locationCodeIn(asked.field, variables));
    asOfFrom(headers.get('x-as-of'), this.clock);
    const forwarded = new Map<string, string>();
    for (const name of FORWARDED) {
      const value = headers.get(name);
      if (value !== undefined) forwarded.set(name, value);
    }
    // One id for all that this operation leads to, in every context.
    forwarded.set('x-correlation-id', correlationIdFrom(headers.get('x-correlation-id')));
    return { forwarded, positions: {} };
  };
}

/** The code that somebody without an account stands before. */
function locationCodeIn({ arguments: given = [] }: FieldNode, variables: unknown): string | undefined {
  const input = given.find(({ name }) => name.value === 'input');
  const known = typeof variables === 'object' && variables !== null ? (variables as Record<string, unknown>) : {};
  const said = input && (valueFromASTUntyped(input.value, known) as { locationCode?: unknown } | null | undefined);
  return typeof said?.locationCode === 'string' ? said.locationCode : undefined;
}

/** The contexts' positions and watermarks, in the answer. */
const positions: ApolloServerPlugin<GatewayContext> = {
  requestDidStart: async () => ({
    willSendResponse: async ({ response, contextValue }) => {
      if (response.body.kind === 'single' && Object.keys(contextValue.positions).length > 0)
        response.body.singleResult.extensions = { ...response.body.singleResult.extensions, positions: contextValue.positions };
    },
  }),
};
