import type { PlanNode } from '@apollo/query-planner';
import {
  type ArgumentNode,
  type DocumentNode,
  getOperationAST,
  GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  parse,
  visit,
} from 'graphql';
import { refuse } from '@hospital/service';
import type { PersonalKeys } from './audit';
import { Kept } from './kept';
import { costOf, holdTo, type Limits, type Variables } from './limits';
import { repeatedIn } from './plan/execute';
import type { Planned } from './plan/planner';
import type { Planning } from './plan/planning';
import { Shape } from './plan/shape';

/** All that can be known of a document before anybody sends it: nothing here depends on who asks, or with what values. */
export interface KnownDocument {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly plan: PlanNode | undefined;
  readonly repeated: ReadonlySet<string>;
  readonly shape: Shape;
  readonly personal: PersonalKeys;
  readonly costOf: (variables: Variables) => number;
}

/** A document that does not run, and what is wrong with it. */
export class FaultyDocument extends Error {
  constructor(readonly faults: readonly GraphQLFormattedError[]) {
    super('This document does not run.');
  }
}

/** So many are remembered of each kind, and so much (bytes). */
const MOST = 2_000;
const ROOM = 32 * 2 ** 20;
/** As objects a document takes so many times the length of its text, and a plan (measured). */
const [PER_DOCUMENT, PER_PLAN] = [32, 2];

/**
 * Parses, checks and plans each document once. What was sent once is kept as text: whoever sends it again waits for no planning, and
 * what is never sent again leaves no objects behind, whose moving to and fro whoever asks beside would wait for.
 */
export class KnownDocuments {
  private readonly planned: Kept<Planned>;
  private readonly known: Kept<KnownDocument>;
  /** What is being found out: whoever sends the same meanwhile waits for the same. */
  private readonly awaited = new Map<string, Promise<Planned>>();

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly planning: Planning,
    private readonly limits: Limits,
    { most, room } = { most: MOST, room: ROOM },
  ) {
    this.planned = new Kept(most, room);
    this.known = new Kept(most, room);
  }

  /** At once when it was sent before. @throws {FaultyDocument} @throws {GraphQLError} */
  of(query: string, operationName: string | undefined, variables: Variables): KnownDocument | Promise<KnownDocument> {
    const key = operationName === undefined ? query : `${operationName}\0${query}`;
    const known = this.known.get(key);
    if (known) return known;
    const document = this.parse(query);
    const operation = getOperationAST(document, operationName);
    const cost = operation ? this.costOf(document, operation) : () => 0;
    const ready = ({ plan: text = 'null', personal }: Planned): KnownDocument => {
      if (!operation) throw refuse('OPERATION_RESOLUTION_FAILURE', 'Name one of the operations of the document.', 'operationName');
      if (operation.operation === 'subscription')
        throw refuse('OPERATION_RESOLUTION_FAILURE', 'Subscriptions are answered over graphql-ws and at POST /graphql/stream.', 'query');
      const plan = (JSON.parse(text) as PlanNode | null) ?? undefined;
      const shape = new Shape(document, operation, this.schema);
      return { document, operation, plan, repeated: repeatedIn(plan), shape, personal, costOf: cost };
    };
    const planned = this.planned.get(key);
    if (planned) {
      const again = ready(planned);
      this.known.set(key, again, PER_DOCUMENT * query.length + PER_PLAN * (planned.plan?.length ?? 0));
      return again;
    }
    // Nothing is planned for whoever asks too much; for others the same document may be cheap.
    holdTo(this.limits, 'cost', cost(variables));
    return this.plan(key, query, operationName).then(ready);
  }

  private plan(key: string, query: string, operationName: string | undefined): Promise<Planned> {
    const before = this.awaited.get(key);
    if (before) return before;
    const found = this.planning.plan(query, operationName).then((planned) => {
      if (planned.faults.length > 0) throw new FaultyDocument(planned.faults);
      this.planned.set(key, planned, key.length + (planned.plan?.length ?? 0));
      return planned;
    });
    const awaited = found.finally(() => this.awaited.delete(key));
    this.awaited.set(key, awaited);
    return awaited;
  }

  private parse(query: string): DocumentNode {
    try {
      // Places in the text, and all its words with them, would be most of what is kept.
      return parse(query, { maxTokens: this.limits.tokens, noLocation: true });
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error;
      throw new FaultyDocument([{ ...error.toJSON(), extensions: { ...error.extensions, code: 'GRAPHQL_PARSE_FAILED' } }]);
    }
  }

  /** Counted once where no page depends on a variable. */
  private costOf(document: DocumentNode, operation: OperationDefinitionNode): (variables: Variables) => number {
    const count = (variables: Variables): number => costOf(document, operation, this.schema, variables);
    let varies = false;
    const Argument = ({ name, value }: ArgumentNode): void => void (varies ||= name.value === 'first' && value.kind === Kind.VARIABLE);
    if (operation.variableDefinitions?.length) visit(document, { Argument });
    if (varies) return count;
    const always = count({});
    return () => always;
  }
}
