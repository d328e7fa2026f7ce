import type { Instant } from '@hospital/kernel';
import { BadSetting, refuse } from '@hospital/service';

/** One recorded event, as far as a feed tells. */
export interface Change {
  /** Of the aggregate. */
  readonly id: string;
  readonly type: string;
  readonly position: bigint;
  /** Absent where a context does not tell. */
  readonly recordedAt?: Instant | undefined;
}

/** Everything up to `position` has been told with this. */
export interface News {
  readonly position: bigint;
  readonly changes: readonly Change[];
}

/** What one context records after a position (absent: from now on), in order. The first news tells where it begins. */
export type Feed = (after: bigint | undefined, authorization: string, signal: AbortSignal) => AsyncIterable<News>;

/** The lines of a context's GET /changes, in pieces of any size. */
export type Open = (after: bigint | undefined, authorization: string, signal: AbortSignal) => AsyncIterable<Uint8Array | string>;

interface Line {
  readonly code?: string;
  readonly position: string;
  readonly changes: readonly { readonly stream: string; readonly type: string; readonly position: string; readonly recordedAt?: Instant }[];
}

export const feedOf = (open: Open): Feed =>
  async function* (after, authorization, signal) {
    const decoder = new TextDecoder();
    let rest = '';
    for await (const chunk of open(after, authorization, signal)) {
      const lines = `${rest}${typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true })}`.split('\n');
      rest = lines.pop()!;
      for (const line of lines) yield newsIn(JSON.parse(line) as Line);
    }
    throw new Error('the feed has ended');
  };

function newsIn({ code, position, changes }: Line): News {
  if (code !== undefined) throw refuse(code, 'Nothing has been recorded at this position yet.', 'after');
  return {
    position: BigInt(position),
    changes: changes.map(({ stream, type, position: at, recordedAt }) => ({
      id: stream.slice(stream.indexOf('-') + 1),
      type,
      position: BigInt(at),
      recordedAt,
    })),
  };
}

const overHttp = (graph: string): Open =>
  async function* (after, authorization, signal) {
    const url = new URL(`/changes${after === undefined ? '' : `?after=${after}`}`, graph);
    const { status, body } = await fetch(url, { headers: { authorization }, signal, redirect: 'error' });
    if (status !== 200 || !body) throw new Error(`${url} answered ${status}`);
    yield* body as unknown as AsyncIterable<Uint8Array>;
  };

/** The feeds beside the graphs of `name=url` pairs. */
export const feedsFrom = (pairs: readonly string[]): ReadonlyMap<string, Feed> =>
  new Map(
    pairs.map((pair) => {
      const [name, url] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
      if (!URL.canParse(url)) throw new BadSetting(`SUBGRAPHS: ${url} is no address`);
      return [name, feedOf(overHttp(url))];
    }),
  );
