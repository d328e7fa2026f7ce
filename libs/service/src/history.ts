import { type Journal, type JsonObject, type Metadata, readStream, type Recorded, verifyChain } from '@hospital/kernel';
import type { GraphQLResolveInfo } from 'graphql';
import type { RequestContext } from './request';
import { shownOf } from './scopes';

/** Fields every entity has, read from its stream: its events, and the proof that they are what was written. */
export const historyOf = (journal: Journal, category: string) => ({
  async history(row: { id: string }, _: unknown, request: RequestContext, { parentType }: Pick<GraphQLResolveInfo, 'parentType'>) {
    const events = seen(await readStream(journal, `${category}-${row.id}`), request);
    const opened = (data: JsonObject) => journal.vault.open(shownOf(data, parentType, row, request));
    return Promise.all(
      events.map(async ({ metadata, data, ...event }) => ({ ...metadata, ...event, actor: actorOf(metadata), data: await opened(data) })),
    );
  },

  async evidence({ id }: { id: string }, _: unknown, request: RequestContext) {
    // As stored: upcasting would change what the hashes were taken of.
    const events = seen(await journal.store.read(`${category}-${id}`), request);
    const broken = verifyChain(events);
    return { intact: !broken, events: events.length, headHash: events.at(-1)?.metadata.hash ?? null, firstBreak: broken?.revision ?? null };
  },
});

/** Who acted; of the staff, somebody of the graph. */
const actorOf = ({ actor: { id: actorId, ...how } }: Metadata) => ({
  ...how,
  actorId,
  person: actorId.startsWith('pn_') ? { id: actorId } : null,
});

/** Those that had been recorded at the instant asked for. */
const seen = (events: readonly Recorded[], { asOf }: RequestContext) =>
  events.filter(({ metadata }) => asOf === undefined || metadata.recordedAt <= asOf);
