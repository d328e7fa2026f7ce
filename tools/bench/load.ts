import { Agent, request } from 'node:http';
import { randomUUID } from 'node:crypto';
import { type Arrivals, openLoop } from './arrivals';
import { quantile } from './figures';

/** What the generator is told, as JSON. */
export interface Load extends Arrivals {
  /** Of the gateway's GraphQL endpoint. */
  readonly url: string;
  /** Bearer tokens. */
  readonly reporter: string;
  readonly technician: string;
  readonly administrator: string;
  /** `mutations`: a work order goes on its way, and is looked at. `queries`: a small one. `nothing`: two requests that the server answers at once. */
  readonly of: 'mutations' | 'queries' | 'nothing';
}

/** Milliseconds from the instant an arrival was due. */
export interface Loaded {
  readonly rate: number;
  readonly p50: number;
  readonly p99: number;
  /** What was answered otherwise than expected, and how often. */
  readonly failures: Readonly<Record<string, number>>;
}

/** An order goes one step further at most so often (ms): until then its dispatch is certainly done. */
const BETWEEN_STEPS = 1_000;

const ANSWER = '{ ... on WorkOrder { id revision } ... on Rejection { code message } }';
const mutationOf = (name: string, input: string): string =>
  `mutation ($input: ${input}!, $key: ID!) { answer: ${name}(input: $input, idempotencyKey: $key) ${ANSWER} }`;
const REPORT = mutationOf('reportFault', 'ReportFaultInput');
const ACCEPT = mutationOf('acceptWorkOrder', 'WorkOrderInput');
const defined = (entity: string): string => `{ ... on ${entity} { id } ... on Rejection { code } }`;
/** One technician gets everything: the rule that ships would keep back what is more than two orders. */
const DEFINE_RULE = `mutation { answer: defineDispatchRule(input: { name: "bench", order: [OPEN_ORDERS] }, idempotencyKey: "bench") ${defined('DispatchRule')} }`;
const DEFINE_CATEGORY = `mutation ($ruleId: ID!) { answer: defineFaultCategory(
  input: { name: "插座", nameEn: "Sockets", trade: "electrician", ruleId: $ruleId }, idempotencyKey: "bench"
) ${defined('FaultCategory')} }`;
const COMPLETE = mutationOf('completeWorkOrder', 'CompleteWorkOrderInput');
const SMALL = '{ items(first: 5) { edges { node { id name } } } }';
const LOOK = 'query ($id: ID!) { workOrder(id: $id) { id revision status reportedAt technician { id } } }';

interface Answer {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
  readonly extensions?: { readonly positions?: Record<string, { readonly position: string }> };
}

/** Something other than the answer that was expected. */
class Unexpected extends Error {}

class Client {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 512 });

  send(url: URL, body: string | undefined, headers: Readonly<Record<string, string>>): Promise<string> {
    return new Promise((resolve, reject) => {
      const sent = request(url, { agent: this.agent, method: body === undefined ? 'GET' : 'POST', headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => resolve(Buffer.concat(chunks).toString()));
        response.on('error', reject);
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }

  async ask(url: URL, token: string, query: string, variables: object, waitFor?: string): Promise<Answer> {
    const body = JSON.stringify({ query, variables });
    const headers = {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      authorization: token,
      ...(waitFor === undefined ? {} : { 'x-wait-for': waitFor }),
    };
    const answer = JSON.parse(await this.send(url, body, headers)) as Answer;
    const [error] = answer.errors ?? [];
    if (error) throw new Unexpected(error.extensions?.code ?? error.message);
    return answer;
  }

  close(): void {
    this.agent.destroy();
  }
}

interface Waiting {
  readonly id: string;
  /** When its last step was done. */
  readonly since: number;
}

/**
 * Work orders on their way: each arrival is the next step of one of them (report, accept, complete), and then the query that waits
 * for the position of that step and shows the order's new revision. So the number of open orders stays what one second brings.
 */
class Ward {
  private readonly reported: Waiting[] = [];
  private readonly accepted: Waiting[] = [];

  constructor(
    private readonly client: Client,
    private readonly load: Load,
    private readonly fault: { readonly categoryId: string; readonly placeId: string },
  ) {}

  static async open(client: Client, load: Load): Promise<Ward> {
    const url = new URL(load.url);
    const define = async (mutation: string, variables: object): Promise<string> => {
      const { data } = await client.ask(url, load.administrator, mutation, variables);
      const { id, code } = data?.['answer'] as { id?: string; code?: string };
      if (id === undefined) throw new Error(`the suite refused what the bench defines: ${code}`);
      return id;
    };
    const categoryId = await define(DEFINE_CATEGORY, { ruleId: await define(DEFINE_RULE, {}) });
    const { data } = await client.ask(url, load.reporter, '{ assets(first: 1) { edges { node { id } } } }', {});
    const [place] = (data?.['assets'] as { edges: readonly { node: { id: string } }[] }).edges;
    if (!place) throw new Error('the suite has no starting data');
    return new Ward(client, load, { categoryId, placeId: place.node.id });
  }

  step(): Promise<void> {
    const ready = (orders: readonly Waiting[]): boolean => orders[0] !== undefined && performance.now() - orders[0].since > BETWEEN_STEPS;
    if (ready(this.accepted)) return this.complete(this.accepted.shift()!);
    if (ready(this.reported)) return this.accept(this.reported.shift()!);
    return this.report();
  }

  private async report(): Promise<void> {
    const input = { ...this.fault, description: '三楼手术室插座没电，影响监护设备，请尽快处理', severity: 'HIGH' };
    this.reported.push(await this.change(REPORT, this.load.reporter, input));
  }

  private async accept({ id }: Waiting): Promise<void> {
    this.accepted.push(await this.change(ACCEPT, this.load.technician, { id }));
  }

  private async complete({ id }: Waiting): Promise<void> {
    await this.change(COMPLETE, this.load.technician, { id, resolution: '已更换插座' });
  }

  private async change(mutation: string, token: string, input: object): Promise<Waiting> {
    const url = new URL(this.load.url);
    const { data, extensions } = await this.client.ask(url, token, mutation, { input, key: randomUUID() });
    const answer = data?.['answer'] as { id?: string; revision?: number; code?: string };
    if (answer.id === undefined || answer.revision === undefined) throw new Unexpected(answer.code);
    const position = extensions?.positions?.['workorders']?.position;
    const looked = await this.client.ask(url, this.load.reporter, LOOK, { id: answer.id }, `workorders=${position}`);
    const seen = looked.data?.['workOrder'] as { revision: number } | null;
    if (seen === null || seen.revision < answer.revision) throw new Unexpected('NOT_VISIBLE');
    return { id: answer.id, since: performance.now() };
  }
}

/** Program `load`. */
export async function generate(load: Load): Promise<Loaded> {
  const client = new Client();
  const failures: Record<string, number> = {};
  const counted = (error: unknown): void => {
    if (!(error instanceof Unexpected)) throw error;
    failures[error.message] = (failures[error.message] ?? 0) + 1;
  };
  try {
    const live = new URL('/health/live', load.url);
    const ward = load.of === 'mutations' ? await Ward.open(client, load) : undefined;
    const { latencies, rate } = await openLoop(load, async () => {
      if (ward) return ward.step().catch(counted);
      if (load.of === 'queries') return void (await client.ask(new URL(load.url), load.reporter, SMALL, {}).catch(counted));
      for (let n = 0; n < 2; n += 1) await client.send(live, undefined, {});
    });
    return { rate, p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99), failures };
  } finally {
    client.close();
  }
}
