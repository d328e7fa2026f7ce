import { DAY, plus } from '@hospital/kernel';
import { answers, dateTime, entity, historyOf, id, mutation, type RequestContext, text, type Tools } from '@hospital/service';
import type { GraphQLResolveInfo } from 'graphql';
import { z } from 'zod';
import { HOME_ZONE } from '../domain/local-time';
import { type DeclaredGap, gapsIn, onCallAt, type OnCallPlan, qualityOf } from '../domain/on-call-plan';
import { type Post, rota } from '../domain/rota';
import { onCallSlots, rotas, type RotaRow, type SlotRow } from '../views/on-call';
import { people } from '../views/people';
import { factsOf, instantOfArgument, periodOf } from './facts';

/** A code that may be part of a stream's name. */
const trade = z.string().regex(/^[A-Za-z0-9_.:-]{1,50}$/, 'is not the code of a trade (letters, digits and - _ . :)');
const ofTrade = ({ trade: code }: { trade: string }): string => code;
const post = z.enum(['PRIMARY', 'BACKUP']).transform((value) => value.toLowerCase() as Post);
const slot = z.object({ trade, slotId: id });
const days = z.number().int();
const reason = text(500);
const WEEK = 7 * DAY;

type Period = { readonly from: string; readonly until: string };

export const rotaResolvers = (tools: Tools) => {
  const { context, journal, views } = tools;
  const { plan, staff } = factsOf(tools);
  const answering = { aggregate: rota, view: rotas, of: ofTrade } as const;
  const personOf = (personId: string | undefined, request: RequestContext) =>
    personId === undefined ? null : entity(views, people, personId, request);
  const { history, evidence } = historyOf(journal, rota.category);
  const slotsOf = (of: OnCallPlan) => of.slots.map((one) => ({ ...one, id: one.slotId }));
  const gapsOf = (code: string, of: OnCallPlan, period: Period) =>
    gapsIn(of, period).map(({ from, until, gap }) => ({ trade: code, from, until, ...toldOf(gap) }));

  return {
    Query: {
      async onCall(_: unknown, { trade: code, at: said }: { trade: string; at?: unknown }, request: RequestContext) {
        const at = instantOfArgument('at', said) ?? request.asOf ?? journal.clock.now();
        const ahead = { from: at, until: plus(at, 31 * DAY) };
        const planned = await plan(code, ahead, request);
        const { slot: found } = onCallAt(planned, at);
        return { trade: code, at, slot: found && { ...found, id: found.slotId }, gap: found ? null : gapsOf(code, planned, ahead)[0] };
      },
      async onCallGaps(_: unknown, args: { from: unknown; until: unknown; trade?: string | null }, request: RequestContext) {
        const period = periodOf(args);
        const trades = await views.query(rotas.name, args.trade ? { key: args.trade } : {}, request);
        const found = trades.map(async ({ key }) => gapsOf(key, await plan(key, period, request), period));
        return (await Promise.all(found)).flat();
      },
      rota: async (_: unknown, args: { trade: string; from: unknown; until: unknown }, request: RequestContext) =>
        slotsOf(await plan(args.trade, periodOf(args), request)),
      async scheduleQuality(_: unknown, { trade: code }: { trade: string }, request: RequestContext) {
        const from = request.asOf ?? journal.clock.now();
        const period = { from, until: plus(from, 52 * WEEK) };
        return { trade: code, ...period, ...qualityOf(await plan(code, period, request), period) };
      },
    },

    Mutation: {
      publishOnCall: mutation(context, journal, {
        ...answering,
        input: z.object({
          ...{ trade, zone: text(61).nullish(), firstDay: text(10), handOverTime: text(5) },
          ...{ days, slotDays: days.nullish(), people: z.array(id).min(1, 'are at least two').max(100, 'are at most 100') },
        }),
        to: async ({ zone, slotDays, people: turns, ...rest }) => ({
          type: 'PublishOnCall',
          data: { ...rest, zone: zone ?? HOME_ZONE, slotDays: slotDays ?? 1, people: turns, staff: await staff(turns) },
        }),
      }),

      withdrawOnCall: mutation(context, journal, {
        ...answering,
        input: z.object({ trade, from: dateTime, until: dateTime, reason }),
        to: ({ trade: _, ...data }) => ({ type: 'WithdrawOnCall', data }),
      }),

      overrideOnCall: mutation(context, journal, {
        ...answering,
        input: slot.extend({ post, personId: id, from: dateTime, until: dateTime, reason }),
        to: async ({ trade: _, ...data }) => ({ type: 'OverrideOnCall', data: { ...data, staff: await staff([data.personId]) } }),
      }),

      // Whose post it is, is a rule: the aggregate knows.
      offerOnCallSwap: mutation(context, journal, {
        ...answering,
        input: slot.extend({ post, toPersonId: id }),
        to: async ({ trade: _, ...data }) => ({ type: 'OfferOnCallSwap', data: { ...data, staff: await staff([data.toPersonId]) } }),
      }),

      acceptOnCallSwap: mutation(context, journal, {
        ...answering,
        input: slot,
        async to({ slotId }, { by }) {
          const waitFor = await journal.store.head([rota.category], views.position);
          const [found] = await views.query(onCallSlots.name, { key: slotId }, { waitFor });
          const { offer = null } = (found?.row ?? {}) as Partial<SlotRow>;
          return { type: 'AcceptOnCallSwap', data: { slotId, staff: await staff([offer?.toPersonId ?? by.id]) } };
        },
      }),

      declineOnCallSwap: mutation(context, journal, {
        ...answering,
        input: slot,
        to: ({ slotId }) => ({ type: 'DeclineOnCallSwap', data: { slotId } }),
      }),

      withdrawOnCallSwap: mutation(context, journal, {
        ...answering,
        input: slot,
        to: ({ slotId }) => ({ type: 'WithdrawOnCallSwap', data: { slotId } }),
      }),

      declareGap: mutation(context, journal, {
        ...answering,
        input: z.object({ trade, from: dateTime, until: dateTime, reason }),
        to: (data) => ({ type: 'DeclareGap', data }),
      }),

      withdrawGap: mutation(context, journal, {
        ...answering,
        input: z.object({ trade, gapId: id }),
        to: ({ gapId }) => ({ type: 'WithdrawGap', data: { gapId } }),
      }),
    },

    RotaAnswer: answers('Rota'),

    Rota: {
      trade: ({ id: code }: RotaRow) => code,
      slots: async ({ id: code }: RotaRow, args: { from: unknown; until: unknown }, request: RequestContext) =>
        slotsOf(await plan(code, periodOf(args), request)),
      history,
      evidence,
    },

    OnCall: {
      primary: ({ slot: found }: { slot: SlotRow | null }, _: unknown, request: RequestContext) => personOf(found?.primaryId, request),
      backup: ({ slot: found }: { slot: SlotRow | null }, _: unknown, request: RequestContext) => personOf(found?.backupId, request),
    },

    OnCallSlot: {
      __resolveReference: ({ id: slotId }: { id: string }, request: RequestContext) => entity(views, onCallSlots, slotId, request),
      primary: ({ primaryId }: SlotRow, _: unknown, request: RequestContext) => personOf(primaryId, request),
      backup: ({ backupId }: SlotRow, _: unknown, request: RequestContext) => personOf(backupId, request),
      history: async ({ id: slotId, trade: code }: SlotRow, _: unknown, request: RequestContext, info: GraphQLResolveInfo) =>
        (await history({ id: code }, _, request, info)).filter(({ data }) => (data as { slotId?: string }).slotId === slotId),
      evidence: ({ trade: code }: SlotRow, _: unknown, request: RequestContext) => evidence({ id: code }, _, request),
    },

    OnCallOffer: {
      post: ({ post: which }: { post: Post }) => which.toUpperCase(),
      to: ({ toPersonId }: { toPersonId: string }, _: unknown, request: RequestContext) => personOf(toPersonId, request),
    },

    OnCallLoad: {
      person: ({ personId }: { personId: string }, _: unknown, request: RequestContext) => personOf(personId, request),
    },
  };
};

const toldOf = (gap: DeclaredGap | null) => ({
  declared: gap !== null,
  reason: gap?.reason ?? 'not planned',
  declarationId: gap?.gapId ?? null,
});
