import { type Journal, readStream, type Recorded, verifyChain } from '@hospital/kernel';
import type { RequestContext } from './request';

/** Fields every entity has, read from its stream: its events, and the proof that they are what was written. */
export const historyOf = (journal: Journal, category: string) => ({
  async history({ id }: { id: string }, _: unknown, request: RequestContext) {
    const events = seen(await readStream(journal, `${category}-${id}`), request);
    return Promise.all(events.map(async (event) => ({ ...event.metadata, ...event, data: await journal.vault.open(event.data) })));
  },

  async evidence({ id }: { id: string }, _: unknown, request: RequestContext) {
    // As stored: upcasting would change what the hashes were taken of.
    const events = seen(await journal.store.read(`${category}-${id}`), request);
    const broken = verifyChain(events);
    return { intact: !broken, events: events.length, headHash: events.at(-1)?.metadata.hash ?? null, firstBreak: broken?.revision ?? null };
  },
});

/** Those that had been recorded at the instant asked for. */
const seen = (events: readonly Recorded[], { asOf }: RequestContext) =>
  events.filter(({ metadata }) => asOf === undefined || metadata.recordedAt <= asOf);
