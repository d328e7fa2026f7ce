import type { Clock } from '@hospital/kernel';
import {
  asOfFrom,
  BadSetting,
  correlationIdFrom,
  errorFormatter,
  Health,
  type Identity,
  type Operation,
  refuse,
  type Verify,
} from '@hospital/service';
import type { FastifyRequest } from 'fastify';
import {
  buildSchema,
  type DocumentNode,
  executeSync,
  type FieldNode,
  getOperationAST,
  GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  parse,
  type StringValueNode,
  TypeInfo,
  valueFromASTUntyped,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { getVariableValues } from 'graphql/execution/values';
import type { Logger } from 'pino';
import { type Audit, auditAnswer, auditTo, NOTHING_PERSONAL } from './audit';
import { type Ask, type AskContext, askedOf, FORWARDED, type GatewayContext } from './contexts';
import type { AdmitIdentity } from './identity-rate';
import type { Admit } from './intake-limits';
import { FaultyDocument, type KnownDocument, KnownDocuments } from './known-documents';
import { holdTo, LIMITS, type Limits, shapeHeld, type Variables } from './limits';
import { answerNodes, NODES_GRAPH } from './nodes';
import { execute } from './plan/execute';
import type { Types } from './plan/planner';
import type { Planning } from './plan/planning';
import { holdField, holdScopes, openField, type Scopes, scopesIn } from './scopes';
import { type Documents, takeTrusted } from './trusted-documents';

/** Who and what is let in, beside tokens. */
export interface Guards {
  readonly limits?: Limits;
  readonly admitIdentity?: AdmitIdentity;
  /** Absent: any document runs. */
  readonly documents?: Documents | undefined;
}

/** What an operation is answered with. */
export interface Answered {
  readonly errors?: readonly GraphQLFormattedError[];
  readonly data?: Record<string, unknown> | null;
  readonly extensions?: Record<string, unknown>;
}

/** The same over HTTP. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly answer: Answered;
}

/** The federated graph: who asks is checked here, and again in each context. */
export class Gateway {
  /** As clients see it; known once the gateway has started. */
  schema?: GraphQLSchema;
  /** Says farewell to whoever listens. */
  endLive?: () => Promise<void>;
  private known?: KnownDocuments;
  private subtypes: Types['subtypes'] = {};
  private readonly limits: Limits;
  private readonly scopes: Scopes;
  private readonly holdShape: (query: unknown) => void;
  private readonly audit: Audit;
  private readonly format: ReturnType<typeof errorFormatter>;
  /** Which contexts did not answer when they were asked last. */
  readonly health: Health;
  /** Contexts whose positions can be waited for. */
  private readonly places: readonly string[];
  private readonly ask: AskContext;

  constructor(
    private readonly planning: Planning,
    contexts: ReadonlyMap<string, Ask>,
    private readonly verify: Verify,
    private readonly clock: Clock,
    log: Logger,
    private readonly admit: Admit = async () => undefined,
    private readonly guards: Guards = {},
  ) {
    this.limits = guards.limits ?? LIMITS;
    this.holdShape = shapeHeld(this.limits);
    this.audit = auditTo(log);
    this.format = errorFormatter(log);
    this.scopes = scopesIn(planning.graph);
    this.places = contextsIn(planning.graph).filter((name) => name !== NODES_GRAPH);
    for (const name of this.places) if (!contexts.has(name)) throw new BadSetting(`SUBGRAPHS: where is ${name}?`);
    this.health = new Health(log);
    const ask = askedOf(contexts, this.health);
    const nodes = answerNodes(ask);
    this.ask = (name, operation, context) => (name === NODES_GRAPH ? nodes(operation, context) : ask(name, operation, context));
  }

  async start(): Promise<void> {
    const { schema, subtypes } = await this.planning.types;
    this.schema = buildSchema(schema, { assumeValid: true, assumeValidSDL: true, noLocation: true });
    this.subtypes = subtypes;
    this.known = new KnownDocuments(this.schema, this.planning, this.limits);
  }

  async stop(): Promise<void> {
    await this.planning.end();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.endLive?.();
    await this.stop();
  }

  /** One operation of somebody who has been let in. Whatever goes wrong is part of the answer. */
  async answer(operation: Operation, context: GatewayContext): Promise<HttpAnswer> {
    try {
      const { query = '', operationName, variables = {} } = operation;
      const found = this.known!.of(query, operationName ?? undefined, variables);
      const known = found instanceof Promise ? await found : found;
      holdScopes(this.scopes, known, variables, context.identity);
      holdTo(this.limits, 'cost', known.costOf(variables));
      const answer = await this.run(query, known, variables, context);
      auditAnswer(this.audit, known.personal, answer.answer, context);
      return answer;
    } catch (error) {
      const refused = this.refusal(error);
      auditAnswer(this.audit, NOTHING_PERSONAL, refused.answer, context);
      return refused;
    }
  }

  /** Something that was thrown instead of an answer, as one. */
  refusal(error: unknown): HttpAnswer {
    if (error instanceof FaultyDocument) return { ...headOf(error.faults, 400), answer: { errors: this.formatted(error.faults) } };
    const fault = error instanceof GraphQLError ? error : new GraphQLError((error as Error).message, { originalError: error as Error });
    const plain = fault.toJSON();
    return { ...headOf([plain], 500), answer: { errors: [this.format(plain, fault)] } };
  }

  private formatted(faults: readonly GraphQLFormattedError[]): readonly GraphQLFormattedError[] {
    return faults.map((fault) => this.format(fault, fault));
  }

  private async run(query: string, known: KnownDocument, variables: Variables, context: GatewayContext): Promise<HttpAnswer> {
    const schema = this.schema!;
    const { document, operation, plan, repeated, shape } = known;
    const { coerced, errors } = getVariableValues(schema, operation.variableDefinitions ?? [], variables);
    if (errors) throw faultyVariables(schema, getOperationAST(parse(query), operation.name?.value)!, variables);
    const told = await execute(plan, {
      ask: (name, asked) => this.ask(name, asked, context),
      variables,
      known: coerced,
      repeated,
      subtypes: this.subtypes,
    });
    const { data, faults } = shape.of(told.data, coerced, () => introspected(schema, document, operation.name?.value, variables));
    const extensions = {
      // What only the gateway finds at fault is told beside the answer.
      ...(told.faults.length === 0 && faults.length > 0 ? { valueCompletion: faults } : {}),
      ...(Object.keys(context.positions).length > 0 ? { positions: context.positions } : {}),
      ...(context.withheld?.size ? { withheld: [...context.withheld] } : {}),
    };
    const answer = {
      ...(told.faults.length > 0 ? { errors: this.formatted(told.faults) } : {}),
      data,
      ...(Object.keys(extensions).length > 0 ? { extensions } : {}),
    };
    return { ...headOf(told.faults, 200), answer };
  }

  contextOf = async (headers: { get(name: string): string | undefined }, request?: FastifyRequest): Promise<GatewayContext> => {
    const authorization = headers.get('authorization');
    // One id for all that this operation leads to, in every context.
    const correlationId = correlationIdFrom(headers.get('x-correlation-id'));
    const body = (request?.body ?? {}) as Operation;
    if (this.guards.documents && request) takeTrusted(this.guards.documents, body);
    const asked = authorization === undefined ? openField(body.query, this.scopes) : undefined;
    const identity = asked ? undefined : await this.whoAsks(authorization, correlationId);
    if (identity) this.guards.admitIdentity?.(identity.id);
    else if (asked?.root === 'Mutation') await this.admit(request!, locationCodeIn(asked.field, body.variables));
    this.holdShape(body.query);
    asOfFrom(headers.get('x-as-of'), this.clock);
    holdPlaces(headers.get('x-wait-for'), this.places);
    const forwarded = new Map<string, string>();
    for (const name of FORWARDED) {
      const value = headers.get(name);
      if (value !== undefined) forwarded.set(name, value);
    }
    forwarded.set('x-correlation-id', correlationId);
    return { forwarded, positions: {}, identity, correlationId, denied: [], withheld: new Set() };
  };

  /** What holds of an operation holds of a subscription. @throws {GraphQLError} FORBIDDEN, which is written down */
  holdSubscription(field: string, identity: Identity, correlationId: string): void {
    try {
      holdField(this.scopes, field, identity);
    } catch (error) {
      this.audit({ audit: 'denied', code: 'FORBIDDEN', field }, { identity, correlationId });
      throw error;
    }
  }

  private whoAsks(authorization: string | undefined, correlationId: string): Promise<Identity> {
    return this.verify(authorization).catch((error: unknown) => {
      const bad = (error as GraphQLError).extensions?.['code'] === 'UNAUTHENTICATED';
      if (authorization !== undefined && bad)
        this.audit({ audit: 'denied', code: 'UNAUTHENTICATED', field: 'authorization' }, { correlationId });
      throw error;
    });
  }
}

/** Each context looks for its own part; what nobody looks for would be waited for in vain. @throws {GraphQLError} INVALID_POSITION */
function holdPlaces(header: string | undefined, contexts: readonly string[]): void {
  for (const part of header ? header.split(',') : []) {
    const name = part.split('=')[0]!.trim();
    if (!contexts.includes(name)) throw refuse('INVALID_POSITION', `x-wait-for names what is no context: ${name}.`, 'x-wait-for');
  }
}

/** What is known of a document are no places in its text: whoever is refused is told them. */
function faultyVariables(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
  variables: Variables,
): FaultyDocument {
  const { errors = [] } = getVariableValues(schema, variableDefinitions, variables);
  return new FaultyDocument(errors.map((error) => ({ ...error.toJSON(), extensions: { ...error.extensions, code: 'BAD_USER_INPUT' } })));
}

/** The code that somebody without an account stands before. */
function locationCodeIn({ arguments: given = [] }: FieldNode, variables: unknown): string | undefined {
  const input = given.find(({ name }) => name.value === 'input');
  const known = typeof variables === 'object' && variables !== null ? (variables as Record<string, unknown>) : {};
  const said = input && (valueFromASTUntyped(input.value, known) as { locationCode?: unknown } | null | undefined);
  return typeof said?.locationCode === 'string' ? said.locationCode : undefined;
}

/** What errors say of how an answer goes over HTTP. */
function headOf(faults: readonly GraphQLFormattedError[], unsaid: number): Pick<HttpAnswer, 'status' | 'headers'> {
  const said = faults.flatMap(
    ({ extensions }) => (extensions?.['http'] ?? []) as { status?: number; headers?: ReadonlyMap<string, string> },
  );
  const headers = said.flatMap((http) => (http.headers instanceof Map ? [...(http.headers as Map<string, string>)] : []));
  return { status: said.findLast(({ status }) => typeof status === 'number')?.status ?? unsaid, headers: Object.fromEntries(headers) };
}

/** The contexts that a supergraph is made of. */
const contextsIn = ({ definitions }: DocumentNode): readonly string[] =>
  definitions
    .filter((one) => one.kind === Kind.ENUM_TYPE_DEFINITION)
    .filter(({ name }) => name.value === 'join__Graph')
    .flatMap(({ values = [] }) => values)
    .flatMap(({ directives = [] }) => directives.flatMap(({ arguments: given = [] }) => given))
    .filter(({ name }) => name.value === 'name')
    .map(({ value }) => (value as StringValueNode).value);

/** What is asked of the graph about itself. */
function introspected(schema: GraphQLSchema, document: DocumentNode, operationName: string | undefined, variableValues: Variables) {
  const types = new TypeInfo(schema);
  const ofContexts = ({ name }: FieldNode): boolean => types.getParentType() === schema.getQueryType() && !name.value.startsWith('__');
  const rest = visit(document, visitWithTypeInfo(types, { Field: (node) => (ofContexts(node) ? null : undefined) }));
  const { data } = executeSync({ schema, document: rest, variableValues, ...(operationName ? { operationName } : {}) });
  return data ?? {};
}
