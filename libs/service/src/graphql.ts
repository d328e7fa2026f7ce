import { ApolloServer, type ApolloServerPlugin, type GraphQLRequest } from '@apollo/server';
import * as disabled from '@apollo/server/plugin/disabled';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import { isRejection, pause } from '@hospital/kernel';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type FormattedExecutionResult, GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { Logger } from 'pino';
import type { Verify } from './auth';
import type { Context } from './context';
import { APPENDING, isStoreAway, type Problem } from './health';
import { answerFailure } from './http';
import type { ChangeLines } from './live';
import { type Headers, refuse, requestContext, type RequestContext } from './request';
import { guarded } from './scopes';
import { type Fields, subgraphSchema, typesOf } from './subgraph-schema';
import type { Views } from './views';

/** A union of an entity and a rejection: which one it is. */
export const answers = (entityType: string) => ({
  __resolveType(value: unknown, request?: RequestContext, field?: { readonly fieldName: string }): string {
    if (isRejection(value) && value.code === 'NOT_YOURS') (request!.denied ??= []).push({ field: field!.fieldName, code: value.code });
    return isRejection(value) ? 'Rejection' : entityType;
  },
});

export type Operation = Pick<GraphQLRequest, 'query' | 'operationName' | 'variables'>;
export type Answer = FormattedExecutionResult<Record<string, unknown>>;

/** The GraphQL server of one context. */
export class Subgraph {
  /** What this context records, for a gateway beside us. */
  changes?: ChangeLines;
  /** What does not work here. */
  problems: () => readonly Problem[] = () => [];
  private readonly server: ApolloServer<RequestContext>;

  constructor(
    private readonly context: Pick<Context, 'name' | 'clock' | 'log' | 'store' | 'categories' | 'health'>,
    types: string,
    resolvers: readonly Fields[],
    private readonly views: Views,
    private readonly verify: Verify,
    production: boolean,
  ) {
    this.server = new ApolloServer<RequestContext>({
      schema: guarded(subgraphSchema(typesOf(types), resolvers)),
      introspection: !production,
      formatError: errorFormatter(context.log, (error) => context.health.fails(APPENDING, error)),
      // No report leaves the house, no page is loaded from elsewhere, no stack is shown, no document is larger than anybody means.
      includeStacktraceInErrorResponses: false,
      stopOnTerminationSignals: false,
      parseOptions: { maxTokens: 10_000 },
      plugins: [...Object.values(disabled).map((plugin) => plugin()), this.ownRules()],
    });
  }

  /** POST /graphql, and a refusal of every other method. */
  async serve(http: FastifyInstance): Promise<void> {
    await this.server.start();
    http.route({
      method: ['POST', 'GET', 'PUT', 'PATCH', 'DELETE'],
      url: '/graphql',
      // Before a body is read, which may have its own faults.
      onRequest: async ({ method }: FastifyRequest, reply: FastifyReply) => {
        if (method === 'POST') return;
        reply.header('allow', 'POST');
        throw refuse('METHOD_NOT_ALLOWED', 'Send POST.', 'method', 405);
      },
      errorHandler: answerFailure,
      handler: fastifyApolloHandler(this.server, {
        // Of the headers that are looked at Node makes no lists.
        context: (request: FastifyRequest) => this.contextOf({ get: (name) => request.headers[name] as string | undefined }),
      }),
    });
  }

  /** Only once no request can come any more: one that does meanwhile gets its answer. */
  async onApplicationShutdown(): Promise<void> {
    await this.server.stop();
  }

  /** For an HTTP adapter: who asks, and for when. */
  contextOf = async (headers: Headers): Promise<RequestContext> => {
    const { name, clock, store, categories } = this.context;
    const asked = await requestContext(headers, name, this.verify, clock);
    // What is recorded at that very instant is still on its way to the store, and then being written.
    if (asked.asOf !== undefined) await pause(asked.asOf < clock.now() ? 0 : 2).then(() => store.head(categories));
    return asked;
  };

  /** The same in-process: a gateway beside us need not go through the network. */
  async execute(operation: Operation, headers: ReadonlyMap<string, string>): Promise<Answer> {
    const contextValue = await this.contextOf(headers).catch((error: unknown) => error as Error);
    if (contextValue instanceof GraphQLError) return { errors: [contextValue.toJSON()] };
    if (contextValue instanceof Error) throw contextValue;
    const { body } = await this.server.executeOperation(operation, { contextValue });
    if (body.kind !== 'single') throw new Error('no part of an answer comes later here');
    return body.singleResult;
  }

  /** Refuses what is not served, and to write into the past; tells in every answer how far this context has got. */
  private ownRules(): ApolloServerPlugin<RequestContext> {
    return {
      requestDidStart: async ({ contextValue }) => ({
        didResolveOperation: async ({ operation }) => {
          if (!operation) throw unresolved('Name one of the operations of the document.', 'operationName');
          if (operation.operation === 'subscription')
            throw unresolved('Subscriptions are answered over graphql-ws and at POST /graphql/stream.', 'query');
          if (contextValue.asOf !== undefined && operation.operation !== 'query')
            throw refuse('AS_OF_ON_MUTATION', 'The past can be read, not changed: x-as-of goes with queries only.', 'x-as-of');
        },
        willSendResponse: async ({ response }) => {
          if (response.body.kind !== 'single') return;
          const { position, watermark } = this.views;
          const place = { position: (contextValue.wrote ?? position)?.toString() ?? null, watermark: watermark ?? null };
          const withheld = contextValue.withheld && [...contextValue.withheld];
          response.body.singleResult.extensions = { positions: { [this.context.name]: place }, denied: contextValue.denied, withheld };
        },
      }),
    };
  }
}

/** What the library would call a failure of its own, with status 500. */
const unresolved = (message: string, field: string): GraphQLError => refuse('OPERATION_RESOLUTION_FAILURE', message, field);

/** Codes that callers may be shown as they are. */
const TYPED = /^[A-Z][A-Z_]*$/;

/** Unexpected errors lose their text (it goes to the log), expected ones name their field. */
export const errorFormatter =
  (log: Logger, storeFails: (error: Error) => void = () => undefined) =>
  (formatted: GraphQLFormattedError, raw: unknown): GraphQLFormattedError => {
    const cause = raw instanceof GraphQLError ? (raw.originalError ?? raw) : raw;
    if (isStoreAway(cause)) {
      storeFails(cause);
      const message = 'The store does not answer; send the same idempotency key again.';
      return { ...formatted, message, extensions: { code: 'STORE_UNAVAILABLE', retryable: true } };
    }
    const code = String(formatted.extensions?.['code'] ?? 'INTERNAL_SERVER_ERROR');
    if (code === 'INTERNAL_SERVER_ERROR' || !TYPED.test(code)) {
      log.error({ err: cause, path: formatted.path }, 'unexpected');
      return { ...formatted, message: 'Something went wrong on our side.', extensions: { code: 'INTERNAL_SERVER_ERROR' } };
    }
    const { stacktrace: _, http: __, ...extensions } = formatted.extensions ?? {};
    const field = extensions['field'] ?? fieldIn(formatted.message);
    return { ...formatted, extensions: { ...extensions, code, ...(field === undefined ? {} : { field }) } };
  };

/** The library names what is at fault in its sentence only: a variable, a path in it, a member that is missing or unknown there. */
function fieldIn(message: string): string | undefined {
  const place = / at "([^"]+)"; /.exec(message)?.[1] ?? /^Variable "\$([^"]+)" got/.exec(message)?.[1];
  const member = /; Field "([^"]+)" (?:of required type|is not defined)/.exec(message)?.[1];
  if (place !== undefined) return member === undefined ? place : `${place}.${member}`;
  return /(?:[Ff]ield|[Aa]rgument|[Vv]ariable) "\$?([^"]+)"/.exec(message)?.[1];
}
