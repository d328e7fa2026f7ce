import type { GraphQLDataSource } from '@apollo/gateway';
import type { Answer, Operation } from '@hospital/service';
import { BadSetting } from '@hospital/service';

/** One operation to one context and back: over the network, or to a neighbour in the same process. */
export type Ask = (operation: Operation, headers: ReadonlyMap<string, string>) => Promise<Answer>;

/** What travels with an operation at the gateway. */
export interface GatewayContext {
  /** Sent on to every context as they came, so that each checks for itself. */
  readonly forwarded: ReadonlyMap<string, string>;
  /** How far each context had got when it answered. */
  readonly positions: Record<string, unknown>;
}

export const FORWARDED = ['authorization', 'x-as-of', 'x-wait-for', 'x-correlation-id', 'traceparent'];

/** A context as the gateway sees it. One that does not answer is named in the errors; the rest of the answer stands. */
export class ContextSource implements GraphQLDataSource<GatewayContext> {
  constructor(
    private readonly name: string,
    private readonly ask: Ask,
  ) {}

  async process({ request, context }: Parameters<GraphQLDataSource<GatewayContext>['process']>[0]) {
    const operation = { query: request.query!, operationName: request.operationName, variables: request.variables };
    try {
      const { extensions, ...answer } = await this.ask(operation as Operation, context['forwarded'] as GatewayContext['forwarded']);
      Object.assign(context['positions'] as object, extensions?.['positions']);
      return answer as never;
    } catch {
      const message = `The ${this.name} context does not answer; its part is missing.`;
      return { errors: [{ message, extensions: { code: 'CONTEXT_UNAVAILABLE', context: this.name, retryable: true } }] } as never;
    }
  }
}

/** How long a context may take (ms). */
const PATIENCE = 10_000;

/** @throws when there is no answer in GraphQL's shape */
export const overHttp =
  (url: string): Ask =>
  async (operation, headers) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { ...Object.fromEntries(headers), 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(operation),
      signal: AbortSignal.timeout(PATIENCE),
      redirect: 'error',
    });
    const answer = (await response.json()) as Answer;
    if (answer.data === undefined && answer.errors === undefined)
      throw new Error(`${url} answered ${response.status} without data or errors`);
    return answer;
  };

/** `name=url` pairs. */
export function contextsFrom(pairs: readonly string[]): ReadonlyMap<string, Ask> {
  const found = new Map<string, Ask>();
  for (const pair of pairs) {
    const [, name, url] = /^([a-z]+)=(https?:\/\/.+)$/.exec(pair) ?? [];
    if (name === undefined || url === undefined) throw new BadSetting(`SUBGRAPHS: ${pair} is not name=url`);
    found.set(name, overHttp(url));
  }
  return found;
}
