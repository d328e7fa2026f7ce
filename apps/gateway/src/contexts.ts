import type { GraphQLDataSource } from '@apollo/gateway';
import type { Answer, Identity, Operation } from '@hospital/service';
import { BadSetting } from '@hospital/service';
import type { GraphQLFormattedError } from 'graphql';

/** One operation to one context and back: over the network, or to a neighbour in the same process. */
export type Ask = (operation: Operation, headers: ReadonlyMap<string, string>) => Promise<Answer>;

/** What travels with an operation at the gateway. */
export interface GatewayContext {
  /** Sent on to every context as they came, so that each checks for itself. */
  readonly forwarded: ReadonlyMap<string, string>;
  /** How far each context had got when it answered. */
  readonly positions: Record<string, unknown>;
  /** Absent: somebody without an account. */
  readonly identity?: Identity | undefined;
  readonly correlationId?: string;
  /** What contexts refused because of who asks. */
  readonly denied?: Denied[];
}

export interface Denied {
  readonly field: string;
  readonly code: string;
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
      const { extensions, errors, ...answer } = await this.ask(operation as Operation, context['forwarded'] as GatewayContext['forwarded']);
      Object.assign(context['positions'] as object, extensions?.['positions']);
      (context['denied'] as Denied[] | undefined)?.push(...((extensions?.['denied'] ?? []) as Denied[]));
      return { ...answer, ...(errors && { errors: errors.map(outward) }) } as never;
    } catch {
      const message = `The ${this.name} context does not answer; its part is missing.`;
      return { errors: [{ message, extensions: { code: 'CONTEXT_UNAVAILABLE', context: this.name, retryable: true } }] } as never;
    }
  }
}

/** A failure without a code of the house tells how a context is built: its text stays inside, and so does every stack. */
function outward({ message, path, extensions: { stacktrace: _, exception: __, ...extensions } = {} }: GraphQLFormattedError) {
  const typed = typeof extensions['code'] === 'string' && extensions['code'] !== 'INTERNAL_SERVER_ERROR';
  const said = typed
    ? { message, extensions }
    : { message: 'Something went wrong on our side.', extensions: { code: 'INTERNAL_SERVER_ERROR' } };
  return path === undefined ? said : { ...said, path };
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
    const [, name, url] = /^([^=]+)=(https?:\/\/.+)$/.exec(pair) ?? [];
    if (name === undefined || url === undefined) throw new BadSetting(`SUBGRAPHS: ${pair} is not name=url`);
    found.set(name, overHttp(url));
  }
  return found;
}
