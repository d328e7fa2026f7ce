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
  /** Fields that answer null because of who asks. */
  readonly withheld: readonly string[];
}

/** How whatever is not for somebody's roles is refused. */
export const forbidden = (field: string) => ({ status: 403, data: null, refused: [['FORBIDDEN', field]] });

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
  readonly actor: { readonly actorId: string; readonly kind: string; readonly roles: readonly string[] };
  readonly data: Readonly<Record<string, unknown>>;
}

export interface Order {
  readonly __typename: 'WorkOrder';
  readonly id: string;
  readonly revision: number;
  readonly status: 'NEEDS_INFORMATION' | 'WAITING' | 'DISPATCHED' | 'ACCEPTED' | 'COMPLETED' | 'CLOSED' | 'CANCELLED' | 'MERGED';
  readonly description: string;
  readonly severity: string;
  readonly contact: string | null;
  readonly missing: readonly string[];
  readonly technician: { readonly id: string } | null;
  readonly onCall: boolean;
  readonly dispatch: { readonly ruleId: string; readonly ruleVersion: number; readonly considered: readonly Candidate[] } | null;
  readonly responseDueAt: string | null;
  readonly responseBreachedAt: string | null;
  readonly stars: number | null;
  readonly timesReopened: number;
}

/** What mutations answer with; a journey that needs more asks for it. */
const FIELDS = {
  WorkOrder: `id revision status description severity contact missing technician { id } onCall
    responseDueAt responseBreachedAt stars timesReopened
    dispatch { ruleId ruleVersion considered { technician { id } eligible reasons } }`,
  FollowedRequest: 'id: followToken status',
  OrderRelations: 'revision',
  Contact: 'id: recipientId',
  Asset: 'id',
  Item: 'id',
  Meter: 'id',
  Person: 'id revision',
  Shift: 'id revision',
  Certificate: 'id revision',
  Rota: 'id: trade revision',
  FaultCategory: 'id revision',
  DispatchRule: 'id revision',
  ClassifiedPlace: 'id: placeId revision',
  LocationCode: 'id revision',
  Calendar: 'id revision',
  Responsibility: 'id: orderId revision',
  Vendor: 'id revision',
  VendorJob: 'id revision',
  WorkLog: 'id: orderId revision',
  Complaint: 'id revision',
  WorkOrderMonth: 'id revision',
  Reinspection: 'id revision',
  ReporterContact: 'id: orderId',
};

const ENTITIES = {
  reportFault: 'WorkOrder',
  provideInformation: 'WorkOrder',
  dispatchWorkOrder: 'WorkOrder',
  assignWorkOrder: 'WorkOrder',
  grabWorkOrder: 'WorkOrder',
  acceptWorkOrder: 'WorkOrder',
  declineWorkOrder: 'WorkOrder',
  handWorkOrderToTeam: 'WorkOrder',
  pauseWorkOrder: 'WorkOrder',
  resumeWorkOrder: 'WorkOrder',
  reprioritiseWorkOrder: 'WorkOrder',
  completeWorkOrder: 'WorkOrder',
  rateWorkOrder: 'WorkOrder',
  reopenWorkOrder: 'WorkOrder',
  cancelWorkOrder: 'WorkOrder',
  signOff: 'WorkLog',
  reportFaultAtLocation: 'FollowedRequest',
  rateFollowedRequest: 'FollowedRequest',
  issueLocationCode: 'LocationCode',
  defineFaultCategory: 'FaultCategory',
  reviseFaultCategory: 'FaultCategory',
  retireFaultCategory: 'FaultCategory',
  defineDispatchRule: 'DispatchRule',
  reviseDispatchRule: 'DispatchRule',
  classifyPlace: 'ClassifiedPlace',
  locatePlace: 'ClassifiedPlace',
  defineCalendar: 'Calendar',
  offerHandOver: 'Responsibility',
  acceptHandOver: 'Responsibility',
  startLabour: 'WorkLog',
  recordDowntime: 'WorkLog',
  registerVendor: 'Vendor',
  replaceVendorContact: 'Vendor',
  forgetVendorContact: 'Vendor',
  forgetReporterContact: 'ReporterContact',
  handToVendor: 'VendorJob',
  checkInArrival: 'VendorJob',
  fileComplaint: 'Complaint',
  investigateComplaint: 'Complaint',
  setCorrectiveAction: 'Complaint',
  closeComplaint: 'Complaint',
  confirmDuplicate: 'OrderRelations',
  closeMonth: 'WorkOrderMonth',
  setContact: 'Contact',
  confirmReinspection: 'Reinspection',
  registerAsset: 'Asset',
  registerItem: 'Item',
  registerMeter: 'Meter',
  registerPerson: 'Person',
  grantSkillLevel: 'Person',
  startShift: 'Person',
  endShift: 'Person',
  forgetPerson: 'Person',
  planShift: 'Shift',
  issueCertificate: 'Certificate',
  revokeCertificate: 'Certificate',
  publishOnCall: 'Rota',
  declareGap: 'Rota',
} as const;

/** Mutations whose input has not their own name. */
const INPUTS: Readonly<Record<string, string>> = {
  dispatchWorkOrder: 'WorkOrderInput',
  grabWorkOrder: 'WorkOrderInput',
  acceptWorkOrder: 'WorkOrderInput',
  resumeWorkOrder: 'WorkOrderInput',
  declineWorkOrder: 'WorkOrderReasonInput',
  reopenWorkOrder: 'WorkOrderReasonInput',
  cancelWorkOrder: 'WorkOrderReasonInput',
  acceptHandOver: 'HandOverInput',
  startLabour: 'LabourInput',
  endShift: 'PersonInput',
  forgetPerson: 'PersonInput',
};

export type Mutation = keyof typeof ENTITIES;
export type Entity<M extends Mutation> = (typeof ENTITIES)[M] extends 'WorkOrder'
  ? Order
  : { readonly __typename: Exclude<(typeof ENTITIES)[M], 'WorkOrder'>; readonly id: string; readonly revision: number };

/** A figure of work orders, as far as the journeys look at it. */
export interface Kpi {
  readonly n: number;
  readonly value: number | null;
  readonly formulaVersion: number;
  readonly orderIds: readonly string[];
  readonly parts: readonly {
    readonly name: string;
    readonly n: number;
    readonly value: number | null;
    readonly orderIds: readonly string[];
  }[];
}

/** A piece of news for somebody. */
export interface News {
  readonly kind: string;
  readonly recipientId: string;
  readonly aboutId: string;
  readonly order: { readonly id: string } | null;
  readonly status: string;
  readonly attempts: number;
}

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
  /** Per context, the position of what it wrote last: it sees what it has done, as docs/front-end.md tells front-ends to. */
  private readonly wrote = new Map<string, string>();

  private constructor(
    private readonly hospital: Pick<Hospital, 'url'>,
    private readonly authorization: Readonly<Record<string, string>>,
  ) {}

  static async of(hospital: Pick<Hospital, 'url' | 'token'>, subject: string, ...roles: readonly Role[]): Promise<FrontEnd> {
    return new FrontEnd(hospital, { authorization: `Bearer ${await hospital.token(subject, ...roles)}` });
  }

  /** The telephone of somebody without an account. */
  static ofNobody(hospital: Hospital): FrontEnd {
    return new FrontEnd(hospital, {});
  }

  async ask<Data>(query: string, variables: object = {}, headers: Readonly<Record<string, string>> = {}): Promise<Answer<Data>> {
    const own = [...this.wrote].map(([context, position]) => `${context}=${position}`).join();
    const seeing = own === '' || query.startsWith('mutation') ? {} : { 'x-wait-for': own };
    const response = await fetch(`${this.hospital.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...this.authorization, ...seeing, ...headers },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors, extensions } = (await response.json()) as {
      data?: Data | null;
      errors?: readonly Failure[];
      extensions?: { positions?: Answer<Data>['positions']; withheld?: readonly string[] };
    };
    const { positions = {}, withheld = [] } = extensions ?? {};
    return { status: response.status, data: data ?? null, errors: errors ?? [], positions, withheld };
  }

  /** Asks what must have an answer. */
  async read<Data>(query: string, variables: object = {}, headers: Readonly<Record<string, string>> = {}): Promise<Data> {
    const { data, errors } = await this.ask<Data>(query, variables, headers);
    if (data === null || errors.length > 0) throw new Error(`this cannot be read: ${query}: ${JSON.stringify(errors)}`);
    return data;
  }

  /** Sends a mutation, whatever comes of it. */
  async attempt<M extends Mutation>(mutation: M, input: object, { key = randomUUID(), expectedRevision, headers }: Wish = {}) {
    const answer = await this.ask<{ answer: Entity<M> | Rejection }>(
      documentOf(mutation, expectedRevision !== undefined),
      { input, key, ...(expectedRevision === undefined ? {} : { revision: expectedRevision }) },
      headers,
    );
    for (const [context, { position }] of Object.entries(answer.positions))
      if (BigInt(position ?? 0) > BigInt(this.wrote.get(context) ?? 0)) this.wrote.set(context, position);
    return answer;
  }

  /** Sends a mutation that is answered with the entity or a rejection. */
  async wish<M extends Mutation>(mutation: M, input: object, wish?: Wish): Promise<Entity<M> | Rejection> {
    const { data, errors } = await this.attempt(mutation, input, wish);
    if (data === null) throw new Error(`${mutation} failed: ${JSON.stringify(errors)}`);
    return data.answer;
  }

  /** Sends a mutation that is not for these roles: how it is refused. */
  async refusal(mutation: Mutation, input: object): Promise<object> {
    const { status, data, errors } = await this.attempt(mutation, input);
    return { status, data, refused: errors.map(({ extensions: { code, field } }) => [code, field]) };
  }

  /** Sends a mutation that must succeed. */
  async does<M extends Mutation>(mutation: M, input: object, wish?: Wish): Promise<Entity<M>> {
    const answer = await this.wish(mutation, input, wish);
    if ('code' in answer) throw new Error(`${mutation} was refused: ${JSON.stringify(answer)}`);
    return answer;
  }

  async order(id: string, headers?: Readonly<Record<string, string>>): Promise<Order | null> {
    const query = `query ($id: ID!) { workOrder(id: $id) { __typename ${FIELDS.WorkOrder} } }`;
    return (await this.read<{ workOrder: Order | null }>(query, { id }, headers)).workOrder;
  }

  /** These fields of an order. */
  async fieldsOf<Fields>(id: string, fields: string, headers?: Readonly<Record<string, string>>): Promise<Fields> {
    return (await this.read<{ workOrder: Fields }>(`query ($id: ID!) { workOrder(id: $id) { ${fields} } }`, { id }, headers)).workOrder;
  }

  /** News that was decided to be told, oldest first. */
  async news(filter: object): Promise<readonly News[]> {
    const query = `query ($filter: NotificationFilter) {
      notifications(filter: $filter, first: 100) { edges { node { kind recipientId aboutId order { id } status attempts } } }
    }`;
    const { notifications } = await this.read<{ notifications: { edges: readonly { node: News }[] } }>(query, { filter });
    return notifications.edges.map(({ node }) => node).reverse();
  }

  /** A figure of the orders reported in a window. */
  async kpi(name: string, from: string, until: string, filter: object, headers?: Readonly<Record<string, string>>): Promise<Kpi> {
    const query = `query ($name: KpiName!, $from: DateTime!, $until: DateTime!, $filter: KpiFilter) {
      kpi(name: $name, from: $from, until: $until, filter: $filter) {
        n value formulaVersion orderIds parts { name n value orderIds }
      }
    }`;
    return (await this.read<{ kpi: Kpi }>(query, { name, from, until, filter }, headers)).kpi;
  }

  async historyOf(id: string) {
    return this.fieldsOf<{
      history: readonly HistoryEvent[];
      evidence: { intact: boolean; events: number; headHash: string | null; firstBreak: number | null };
    }>(
      id,
      `history { type revision occurredAt recordedAt correlationId actor { actorId kind roles } data }
       evidence { intact events headHash firstBreak }`,
    );
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
