import type { Instant } from './clock';
import { canonicalText, sha256, type JsonObject } from './json';
import type { Metadata, Proposed, Recorded } from './messages';

/** The named members of the metadata but the hashes; `Omit` would see its index signature alone. */
type Unsealed = {
  [K in keyof Metadata as string extends K ? never : number extends K ? never : Exclude<K, 'hash' | 'previousHash'>]: Metadata[K];
};

const hashOf = (stream: string, revision: number, event: Pick<Proposed, 'id' | 'type' | 'data'>, metadata: JsonObject): string => {
  const { hash: _, ...rest } = metadata;
  return sha256(canonicalText({ stream, revision, id: event.id, type: event.type, data: event.data, metadata: rest }));
};

/** Metadata of an event that no command led to: a key, a lease. */
export const technical = (id: string, at: Instant): Unsealed => ({
  correlationId: id,
  commandId: id,
  causationId: id,
  actor: { id: 'system', kind: 'system', roles: [] },
  occurredAt: at,
  recordedAt: at,
  schemaVersion: 1,
  fingerprint: '',
});

/** Links an event to the one before it in its stream. */
export function link(
  stream: string,
  revision: number,
  previousHash: string,
  event: Pick<Proposed, 'id' | 'type' | 'data'>,
  metadata: Unsealed,
): Proposed {
  const linked = { ...metadata, previousHash };
  return { ...event, metadata: { ...linked, hash: hashOf(stream, revision, event, linked as unknown as JsonObject) } as Metadata };
}

/** The first place at which a stream's events are not what was once written. */
export interface Break {
  readonly stream: string;
  readonly revision: number;
  readonly reason: 'content changed' | 'chain broken' | 'event missing';
}

/** Checks a whole stream, from revision 0 on; pass a kept head hash to notice a cut tail as well. */
export function verifyChain(events: readonly Recorded[], head?: { readonly revision: number; readonly hash: string }): Break | undefined {
  let previousHash = '';
  for (const [index, event] of events.entries()) {
    const broken = (reason: Break['reason']): Break => ({ stream: event.stream, revision: index, reason });
    if (event.revision !== index) return broken('event missing');
    if (event.metadata.previousHash !== previousHash) return broken('chain broken');
    if (hashOf(event.stream, event.revision, event, event.metadata) !== event.metadata.hash) return broken('content changed');
    previousHash = event.metadata.hash;
  }
  if (head && (events.length <= head.revision || events[head.revision]?.metadata.hash !== head.hash))
    return { stream: events[0]?.stream ?? '', revision: Math.min(events.length, head.revision), reason: 'event missing' };
  return undefined;
}
