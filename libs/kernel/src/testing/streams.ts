import { randomUUID } from 'node:crypto';
import { type Instant, type JsonObject, link, type Proposed, type Recorded, technical } from '../index';

export const AT: Instant = '2026-03-01T04:12:00.000Z';

/** A category no other test writes to, on a log that is not ours alone. */
export const someCategory = (): string => `t${randomUUID().replaceAll('-', '')}`;

export interface Proposal {
  readonly type?: string;
  readonly data?: JsonObject;
  readonly id?: string;
  readonly at?: Instant;
}

/** Events ready for an append at `expected`, one for each proposal, linked to the event before and to each other. */
export function proposedAt(stream: string, expected: number, proposals: readonly Proposal[], previousHash = ''): readonly Proposed[] {
  let hash = previousHash;
  return proposals.map(({ type = 'ThingHappened', data = {}, id = randomUUID(), at = AT }, n) => {
    const event = link(stream, expected + 1 + n, hash, { id, type, data }, technical(id, at));
    hash = event.metadata.hash;
    return event;
  });
}

/** As many events as asked for, told apart by `data.n`, which counts from the first one's revision. */
export const numbered = (stream: string, expected: number, count: number, previousHash = ''): readonly Proposed[] =>
  proposedAt(
    stream,
    expected,
    Array.from({ length: count }, (_, n) => ({ data: { n: expected + 1 + n } })),
    previousHash,
  );

/** What was appended, without what the store adds: comparable with what was proposed. */
export const proposedPart = ({ id, type, data, metadata }: Recorded): Proposed => ({ id, type, data, metadata });
