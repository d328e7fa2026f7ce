import type { PlanNode } from '@apollo/query-planner';
import {
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

/** So many are remembered, and so much (bytes): plans are by far the largest part. */
const MOST = 2_000;
const ROOM = 32 * 2 ** 20;

/** Parses, checks and plans each document once. */
export class KnownDocuments {
  private readonly kept: Kept<KnownDocument>;
  /** What is being found out: whoever sends the same meanwhile waits for the same. */
  private readonly awaited = new Map<string, Promise<KnownDocument>>();

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly planning: Planning,
    private readonly limits: Limits,
    { most, room } = { most: MOST, room: ROOM },
  ) {
    this.kept = new Kept(most, room);
  }

  /** At once when it is known. @throws {FaultyDocument} @throws {GraphQLError} */
  of(query: string, operationName: string | undefined, variables: Variables): KnownDocument | Promise<KnownDocument> {
    const key = operationName === undefined ? query : `${operationName}\0${query}`;
    const known = this.kept.get(key);
    if (known) return known;
    const document = this.parse(query);
    const operation = getOperationAST(document, operationName);
    const cost = operation ? this.costOf(document, operation) : () => 0;
    // Nothing is planned for whoever asks too much; for others the same document may be cheap.
    holdTo(this.limits, 'cost', cost(variables));
    let awaited = this.awaited.get(key);
    if (!awaited) {
      const found = this.planning.plan(query, operationName).then(({ faults, plan, size, personal }) => {
        if (faults.length > 0) throw new FaultyDocument(faults);
        if (!operation) throw refuse('OPERATION_RESOLUTION_FAILURE', 'Name one of the operations of the document.', 'operationName');
        if (operation.operation === 'subscription')
          throw refuse('OPERATION_RESOLUTION_FAILURE', 'Subscriptions are answered over graphql-ws and at POST /graphql/stream.', 'query');
        const shape = new Shape(document, operation, this.schema);
        const now: KnownDocument = { document, operation, plan, repeated: repeatedIn(plan), shape, personal, costOf: cost };
        // As text a plan is smaller than as objects, and the document is as objects beside it.
        this.kept.set(key, now, 4 * (query.length + size));
        return now;
      });
      awaited = found.finally(() => this.awaited.delete(key));
      this.awaited.set(key, awaited);
    }
    return awaited;
  }

  private parse(query: string): DocumentNode {
    try {
      return parse(query, { maxTokens: this.limits.tokens });
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error;
      throw new FaultyDocument([{ ...error.toJSON(), extensions: { ...error.extensions, code: 'GRAPHQL_PARSE_FAILED' } }]);
    }
  }

  /** Counted once where no page depends on a variable. */
  private costOf(document: DocumentNode, operation: OperationDefinitionNode): (variables: Variables) => number {
    const count = (variables: Variables): number => costOf(document, operation, this.schema, variables);
    let varies = false;
    visit(document, { Argument: ({ name, value }) => void (varies ||= name.value === 'first' && value.kind === Kind.VARIABLE) });
    if (varies) return count;
    const always = count({});
    return () => always;
  }
}
