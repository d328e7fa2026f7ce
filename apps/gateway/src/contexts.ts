import type { Answer, Health, Identity, Operation } from '@hospital/service';
import { BadSetting } from '@hospital/service';
import type { GraphQLFormattedError } from 'graphql';
import type { Dispatcher, Pool } from 'undici';

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
  /** Fields that contexts answered null because of who asks. */
  readonly withheld?: Set<string>;
}

export interface Denied {
  readonly field: string;
  readonly code: string;
}

export const FORWARDED = ['authorization', 'x-as-of', 'x-wait-for', 'x-correlation-id', 'traceparent'];

/** Asks a context by its name, for one request. */
export type AskContext = (name: string, operation: Operation, context: GatewayContext) => Promise<Answer>;

/** One that does not answer is named in the errors, and by the health until it does; the rest of the answer stands. */
export const askedOf =
  (contexts: ReadonlyMap<string, Ask>, health: Health): AskContext =>
  async (name, operation, context) => {
    try {
      const { data, errors, extensions } = await contexts.get(name)!(operation, context.forwarded);
      health.works(`asking ${name}`);
      Object.assign(context.positions, extensions?.['positions']);
      context.denied?.push(...((extensions?.['denied'] ?? []) as Denied[]));
      for (const field of (extensions?.['withheld'] ?? []) as string[]) context.withheld?.add(field);
      return { ...(data === undefined ? {} : { data }), ...(errors && { errors: errors.map(outward) }) };
    } catch (error) {
      health.fails(`asking ${name}`, error);
      const message = `The ${name} context does not answer; its part is missing.`;
      return { errors: [{ message, extensions: { code: 'CONTEXT_UNAVAILABLE', context: name, retryable: true } }] };
    }
  };

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
/** To one context; whatever is asked beyond waits for one of them. */
const CONNECTIONS = 128;

/** @throws when there is no answer in GraphQL's shape */
export function overHttp(url: string): Ask {
  const { origin, pathname, search } = new URL(url);
  // Time is counted below, from the asking.
  const pool = import('undici').then(({ Pool }) => new Pool(origin, { connections: CONNECTIONS, headersTimeout: 0, bodyTimeout: 0 }));
  return async (operation, headers) => {
    const { status, text } = await send(await pool, {
      method: 'POST',
      path: `${pathname}${search}`,
      headers: { ...Object.fromEntries(headers), 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(operation),
    });
    const answer = JSON.parse(text) as Answer;
    if (answer.data === undefined && answer.errors === undefined) throw new Error(`${url} answered ${status} without data or errors`);
    return answer;
  };
}

/** Half of what a request costs by the more convenient ways of the library, which make streams. */
function send(pool: Pool, request: Dispatcher.DispatchOptions): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let status = 0;
    let sent: Dispatcher.DispatchController | undefined;
    const patience = setTimeout(() => {
      const late = new Error('no answer in time');
      sent?.abort(late);
      reject(late);
    }, PATIENCE);
    pool.dispatch(request, {
      onRequestStart: (controller) => void (sent = controller),
      onResponseStart: (_, code) => void (status = code),
      onResponseData: (_, chunk) => void chunks.push(chunk),
      onResponseEnd: () => {
        clearTimeout(patience);
        resolve({ status, text: (chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)).toString() });
      },
      onResponseError: (_, error) => {
        clearTimeout(patience);
        reject(error);
      },
    });
  });
}

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
