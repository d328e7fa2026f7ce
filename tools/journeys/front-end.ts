import { randomUUID } from 'node:crypto';
import { pause } from '@hospital/kernel';
import type { Role } from '@hospital/service';
import type { Hospital } from './hospital';

export interface Failure {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions: { readonly code: string; readonly field?: string; readonly context?: string };
}

export interface Answer<Data> {
  readonly status: number;
  readonly data: Data | null;
  readonly errors: readonly Failure[];
  readonly positions: Readonly<Record<string, { readonly position: string; readonly watermark: string }>>;
}

export interface Rejection {
  readonly __typename: 'Rejection';
  readonly code: string;
  readonly field: string | null;
}

export interface Candidate {
  readonly technician: { readonly id: string };
  readonly eligible: boolean;
  readonly reasons: readonly string[];
}

export interface HistoryEvent {
  readonly type: string;
  readonly revision: number;
  readonly occurredAt: string;
  readonly recordedAt: string;
  readonly correlationId: string;
  readonly actor: { readonly id: string; readonly kind: string; readonly roles: readonly string[] };
  readonly data: Readonly<Record<string, unknown>>;
}

export interface Order {
  readonly __typename: 'WorkOrder';
  readonly id: string;
  readonly revision: number;
  readonly status: 'WAITING' | 'DISPATCHED' | 'ACCEPTED' | 'COMPLETED' | 'CLOSED';
  readonly description: string;
  readonly severity: string;
  readonly contact: string | null;
  readonly technician: { readonly id: string } | null;
  readonly dispatch: { readonly ruleId: string; readonly ruleVersion: number; readonly considered: readonly Candidate[] } | null;
  readonly responseDueAt: string | null;
  readonly responseBreachedAt: string | null;
  readonly stars: number | null;
  readonly timesReopened: number;
}

/** What mutations answer with; a journey that needs more asks for it. */
const FIELDS = {
  WorkOrder: `id revision status description severity contact technician { id } responseDueAt responseBreachedAt stars timesReopened
    dispatch { ruleId ruleVersion considered { technician { id } eligible reasons } }`,
  Person: 'id revision',
  Asset: 'id',
  FaultCategory: 'id',
};

const ENTITIES = {
  reportFault: 'WorkOrder',
  dispatchWorkOrder: 'WorkOrder',
  acceptWorkOrder: 'WorkOrder',
  completeWorkOrder: 'WorkOrder',
  rateWorkOrder: 'WorkOrder',
  defineFaultCategory: 'FaultCategory',
  registerAsset: 'Asset',
  registerPerson: 'Person',
  startShift: 'Person',
  forgetPerson: 'Person',
} as const;

/** Mutations whose input has not their own name. */
const INPUTS: Readonly<Record<string, string>> = {
  dispatchWorkOrder: 'WorkOrderInput',
  acceptWorkOrder: 'WorkOrderInput',
  forgetPerson: 'PersonInput',
};

type Mutation = keyof typeof ENTITIES;
export type Entity<M extends Mutation> = (typeof ENTITIES)[M] extends 'WorkOrder'
  ? Order
  : { readonly __typename: Exclude<(typeof ENTITIES)[M], 'WorkOrder'>; readonly id: string; readonly revision: number };

export interface Wish {
  /** Idempotency key; a new one unless told. */
  readonly key?: string;
  readonly expectedRevision?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

const documentOf = (mutation: Mutation, expects: boolean): string => {
  const input = INPUTS[mutation] ?? `${mutation[0]!.toUpperCase()}${mutation.slice(1)}Input`;
  return `mutation ($input: ${input}!, $key: ID!${expects ? ', $revision: Int' : ''}) {
    answer: ${mutation}(input: $input, idempotencyKey: $key${expects ? ', expectedRevision: $revision' : ''}) {
      __typename
      ... on ${ENTITIES[mutation]} { ${FIELDS[ENTITIES[mutation]]} }
      ... on Rejection { code field }
    }
  }`;
};

/** One user's front-end: it knows the gateway and a token, and nothing else. */
export class FrontEnd {
  private constructor(
    private readonly hospital: Hospital,
    private readonly token: string,
  ) {}

  static async of(hospital: Hospital, subject: string, ...roles: readonly Role[]): Promise<FrontEnd> {
    return new FrontEnd(hospital, await hospital.token(subject, ...roles));
  }

  async ask<Data>(query: string, variables: object = {}, headers: Readonly<Record<string, string>> = {}): Promise<Answer<Data>> {
    const response = await fetch(`${this.hospital.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${this.token}`, ...headers },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors, extensions } = (await response.json()) as {
      data?: Data | null;
      errors?: readonly Failure[];
      extensions?: { positions?: Answer<Data>['positions'] };
    };
    return { status: response.status, data: data ?? null, errors: errors ?? [], positions: extensions?.positions ?? {} };
  }

  /** Sends a mutation, whatever comes of it. */
  attempt<M extends Mutation>(mutation: M, input: object, { key = randomUUID(), expectedRevision, headers }: Wish = {}) {
    return this.ask<{ answer: Entity<M> | Rejection }>(
      documentOf(mutation, expectedRevision !== undefined),
      { input, key, ...(expectedRevision === undefined ? {} : { revision: expectedRevision }) },
      headers,
    );
  }

  /** Sends a mutation that is answered with the entity or a rejection. */
  async wish<M extends Mutation>(mutation: M, input: object, wish?: Wish): Promise<Entity<M> | Rejection> {
    const { data, errors } = await this.attempt(mutation, input, wish);
    if (data === null) throw new Error(`${mutation} failed: ${JSON.stringify(errors)}`);
    return data.answer;
  }

  /** Sends a mutation that must succeed. */
  async does<M extends Mutation>(mutation: M, input: object, wish?: Wish): Promise<Entity<M>> {
    const answer = await this.wish(mutation, input, wish);
    if ('code' in answer) throw new Error(`${mutation} was refused: ${JSON.stringify(answer)}`);
    return answer;
  }

  async order(id: string, headers?: Readonly<Record<string, string>>): Promise<Order | null> {
    const { data, errors } = await this.ask<{ workOrder: Order | null }>(
      `query ($id: ID!) { workOrder(id: $id) { __typename ${FIELDS.WorkOrder} } }`,
      { id },
      headers,
    );
    if (data === null || errors.length > 0) throw new Error(`the order cannot be read: ${JSON.stringify(errors)}`);
    return data.workOrder;
  }

  async historyOf(id: string) {
    const { data, errors } = await this.ask<{
      workOrder: {
        history: readonly HistoryEvent[];
        evidence: { intact: boolean; events: number; headHash: string | null; firstBreak: number | null };
      };
    }>(
      `query ($id: ID!) { workOrder(id: $id) {
        history { type revision occurredAt recordedAt correlationId actor { id kind roles } data }
        evidence { intact events headHash firstBreak }
      } }`,
      { id },
    );
    if (data === null) throw new Error(`the history cannot be read: ${JSON.stringify(errors)}`);
    return data.workOrder;
  }
}

/** How long a condition may take that nothing but the suite's own work stands in the way of (ms). */
const PATIENCE = 20_000;

/** Looks again until it is so. @throws with what was seen last */
export async function eventually<T>(look: () => Promise<T>, is: (seen: T) => boolean): Promise<T> {
  const giveUp = AbortSignal.timeout(PATIENCE);
  for (;;) {
    const seen = await look();
    if (is(seen)) return seen;
    if (giveUp.aborted) throw new Error(`this did not come about; seen last: ${JSON.stringify(seen)}`);
    await pause(15);
  }
}
