import { personal } from '@hospital/kernel';
import { answers, dateTime, entity, historyOf, id, mutation, type RequestContext, text, type Tools } from '@hospital/service';
import { z } from 'zod';
import { type CostKind, type OrderKnown, type Signature, type Thing, workLog } from '../domain/work-log';
import { type CostRow, type DowntimeRow, type LabourRow, workLogs, type WorkLogRow } from '../views/work-logs';
import { workOrders } from '../views/work-orders';

const order = z.object({ id });
const ofOrder = ({ id: orderId }: { id: string }): string => orderId;
const ownId = ({ id: within }: LabourRow | CostRow | DowntimeRow): string => within;
const reason = text(500);
const enumOf = (value: string): string => value.toUpperCase().replaceAll('-', '_');
const costKind = z
  .enum(['MATERIAL', 'OUTSIDE_LABOUR', 'TRANSPORT', 'EQUIPMENT_HIRE', 'OTHER'])
  .transform((value) => value.toLowerCase().replaceAll('_', '-') as CostKind);
const digest = z.string().regex(/^[0-9a-f]{64}$/, 'is not a SHA-256 in hex');
/** Exactly one of the two. */
const thing = ({ assetId, placeId }: { assetId?: string | null | undefined; placeId?: string | null | undefined }): Thing | null => {
  if (assetId && placeId) return null;
  if (assetId) return { kind: 'asset', id: assetId };
  return placeId ? { kind: 'place', id: placeId } : null;
};
const told = (occurredAt: string | null | undefined) => (occurredAt ? { at: occurredAt } : {});

export function workLogResolvers({ context, journal, views }: Tools) {
  const found = (orderId: string, request: RequestContext) => entity(views, workLogs, orderId, request) as Promise<WorkLogRow | null>;
  const common = { aggregate: workLog, view: workLogs, of: ofOrder };

  async function knownOrder(orderId: string): Promise<OrderKnown> {
    const row = (await views.query(workOrders.name, { key: orderId }))[0]?.row;
    const status = row?.['status'];
    return row ? { takenBack: status === 'cancelled' || status === 'merged' ? status : null } : null;
  }

  return {
    Mutation: {
      startLabour: mutation(context, journal, {
        ...common,
        input: order.extend({ occurredAt: dateTime.nullish() }),
        to: async ({ id: orderId, occurredAt }) => ({
          type: 'StartLabour',
          data: { order: await knownOrder(orderId) },
          ...told(occurredAt),
        }),
      }),
      stopLabour: mutation(context, journal, {
        ...common,
        input: order.extend({ occurredAt: dateTime.nullish() }),
        to: ({ occurredAt }) => ({ type: 'StopLabour', data: {}, ...told(occurredAt) }),
      }),
      correctLabour: mutation(context, journal, {
        ...common,
        input: order.extend({ labourId: id, from: dateTime, until: dateTime, reason }),
        to: ({ labourId, from, until, reason }) => ({ type: 'CorrectLabour', data: { labourId, from, until, reason } }),
      }),
      bookExtraCost: mutation(context, journal, {
        ...common,
        input: order.extend({ amountFen: z.number(), kind: costKind, note: text(500).nullish() }),
        to: async ({ id: orderId, amountFen, kind, note }) => ({
          type: 'BookExtraCost',
          data: { order: await knownOrder(orderId), amountFen, kind, note: note ?? null },
        }),
      }),
      reverseCost: mutation(context, journal, {
        ...common,
        input: order.extend({ costId: id, reason }),
        to: ({ costId, reason }) => ({ type: 'ReverseCost', data: { costId, reason } }),
      }),
      signOff: mutation(context, journal, {
        ...common,
        input: order.extend({ signerId: id.nullish(), photo: digest.nullish(), name: text(100).nullish() }),
        async to({ id: orderId, signerId: told, photo, name }, { by }) {
          const signerId = told ?? by.id;
          const typed: Signature | null = name ? { kind: 'name', name: personal(signerId, name) } : null;
          const signature: Signature | null = photo ? { kind: 'photo', sha256: photo } : typed;
          return { type: 'SignOff', data: { order: await knownOrder(orderId), signerId, signature } };
        },
      }),
      recordDowntime: mutation(context, journal, {
        ...common,
        input: order.extend({ assetId: id.nullish(), placeId: id.nullish(), from: dateTime, until: dateTime.nullish(), reason }),
        to: async ({ id: orderId, from, until, reason, ...of }) => ({
          type: 'RecordDowntime',
          data: { order: await knownOrder(orderId), thing: thing(of), from, until: until ?? null, reason },
        }),
      }),
      endDowntime: mutation(context, journal, {
        ...common,
        input: order.extend({ downtimeId: id, until: dateTime.nullish() }),
        to: ({ downtimeId, until }) => ({ type: 'EndDowntime', data: { downtimeId, until: until ?? null } }),
      }),
    },

    WorkLogAnswer: answers('WorkLog'),

    WorkLog: {
      orderId: ofOrder,
      ...historyOf(journal, workLog.category),
    },
    Labour: { labourId: ownId, person: ({ personId }: LabourRow) => ({ __typename: 'Person', id: personId }) },
    ExtraCost: { costId: ownId, kind: ({ kind }: CostRow) => enumOf(kind) },
    WorkSignature: {
      photo: ({ signature }: SignatureRow) => (signature.kind === 'photo' ? signature.sha256 : null),
      name: ({ signature }: SignatureRow) => (signature.kind === 'name' ? journal.vault.open(signature.name) : null),
    },
    Downtime: {
      downtimeId: ownId,
      thing: ({ thing }: DowntimeRow) => ({ __typename: 'Asset', id: thing.id }),
      kind: ({ thing }: DowntimeRow) => enumOf(thing.kind),
    },

    WorkOrder: {
      workLog: ({ id: orderId }: { id: string }, _: unknown, request: RequestContext) => found(orderId, request),
      labourMinutes: async ({ id: orderId }: { id: string }, _: unknown, request: RequestContext) =>
        (await found(orderId, request))?.labourMinutes ?? 0,
      extraCostFen: async ({ id: orderId }: { id: string }, _: unknown, request: RequestContext) =>
        (await found(orderId, request))?.extraCostFen ?? 0,
      signature: async ({ id: orderId }: { id: string }, _: unknown, request: RequestContext) => (await found(orderId, request))?.signature,
      downtime: async ({ id: orderId }: { id: string }, _: unknown, request: RequestContext) =>
        (await found(orderId, request))?.downtime ?? [],
    },
  };
}

type SignatureRow = NonNullable<WorkLogRow['signature']>;
