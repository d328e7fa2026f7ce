import { type Instant, type Journal, readStream, verifyChain } from '@hospital/kernel';
import type { RequestContext } from './request';

/** Fields every entity has, read from its stream: its events, and the proof that they are what was written. */
export const historyOf = (journal: Journal, category: string) => ({
  async history({ id }: { id: string }, _: unknown, { asOf }: RequestContext) {
    const events = await readStream(journal, `${category}-${id}`);
    const seen = events.filter(recordedBy(asOf));
    return Promise.all(seen.map(async (event) => ({ ...event.metadata, ...event, data: await journal.vault.open(event.data) })));
  },

  async evidence({ id }: { id: string }, _: unknown, { asOf }: RequestContext) {
    // As stored: upcasting would change what the hashes were taken of.
    const events = (await journal.store.read(`${category}-${id}`)).filter(recordedBy(asOf));
    const broken = verifyChain(events);
    return { intact: !broken, events: events.length, headHash: events.at(-1)?.metadata.hash ?? null, firstBreak: broken?.revision ?? null };
  },
});

const recordedBy =
  (asOf: Instant | undefined) =>
  ({ metadata }: { metadata: { recordedAt: Instant } }): boolean =>
    asOf === undefined || metadata.recordedAt <= asOf;
