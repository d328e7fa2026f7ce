import { idOf, isRejection, type JsonObject, type Recorded, type View } from '@hospital/kernel';
import { answers, checked, historyOf, idempotencyKey, mutation, type Parked, parking, type Tools } from '@hospital/service';
import { z } from 'zod';

type Lot = JsonObject & { readonly id: string; readonly letters: readonly (Parked & JsonObject)[] };

/** Answered from the lot's own stream; nobody asks for it often enough to keep it. */
const lots: View<Lot> = {
  name: 'parked',
  version: 1,
  categories: [parking.category],
  columns: [],
  project: (row, event: Recorded) => ({
    id: idOf(event.stream),
    letters: parking.evolve(row?.letters ?? [], event as never) as Lot['letters'],
  }),
};

const lotId = z.string().regex(/^workorders\.hear\.[0-9a-f]{32}$/, 'is not a lot');

/** What the other contexts told and could not be handled: seen, tried again, skipped. */
export function parkedResolvers({ context, journal, hear }: Tools) {
  const lotOf = async (id: string) => ({ id, letters: (await hear?.waiting(id)) ?? [] });
  return {
    Query: {
      parkedLots: async () => (await Promise.all(((await hear?.lots()) ?? []).map(lotOf))).filter(({ letters }) => letters.length > 0),
    },

    Mutation: {
      retryParkedLot: async (_: unknown, args: Record<string, unknown>) => {
        const sent = checked(z.object({ idempotencyKey, input: z.object({ lotId }) }), args);
        if (isRejection(sent)) return sent;
        await hear?.retry(sent.value.input.lotId);
        return lotOf(sent.value.input.lotId);
      },
      skipParkedLetter: mutation(context, journal, {
        aggregate: parking,
        view: lots,
        input: z.object({ lotId, letterId: z.guid() }),
        of: (input) => input.lotId,
        to: ({ letterId }) => ({ type: 'SkipLetter', data: { id: letterId } }),
      }),
    },

    ParkedLotAnswer: answers('ParkedLot'),
    ParkedLot: { lotId: ({ id }: Lot) => id, ...historyOf(journal, parking.category) },
    ParkedLetter: {
      letterId: ({ id }: Parked) => id,
      topic: ({ letter }: Parked) => letter.topic,
      key: ({ letter }: Parked) => letter.key,
      type: ({ letter }: Parked) => letter.headers['ce_type'],
      eventId: ({ letter }: Parked) => letter.headers['ce_id'],
      data: ({ letter }: Parked) => letter.value,
    },
  };
}
