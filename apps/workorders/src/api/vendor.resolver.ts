import { randomInt, randomUUID } from 'node:crypto';
import { type Condition, type JsonObject, personal } from '@hospital/kernel';
import {
  answers,
  connection,
  dateTime,
  entity,
  historyOf,
  id,
  mutation,
  type PageArguments,
  type RequestContext,
  text,
  told,
  type Tools,
} from '@hospital/service';
import type { GraphQLResolveInfo } from 'graphql';
import { z } from 'zod';
import { type Agreement, vendor } from '../domain/vendor';
import { ENDED, type Proof, vendorJob } from '../domain/vendor-job';
import { type PlaceRow, places } from '../views/reference';
import { responsibilities } from '../views/responsibilities';
import { scoreOf, vendorJobs, type VendorJobRow, type VendorRow, vendors } from '../views/vendors';
import { workOrders } from '../views/work-orders';

const agreement = z
  .object({
    trades: z.array(text(50)),
    arrivalMinutes: z.number().nullish(),
    entrapmentMinutes: z.number().nullish(),
    from: dateTime,
    until: dateTime.nullish(),
  })
  .transform(({ arrivalMinutes, entrapmentMinutes, until, ...told }): Agreement => ({
    ...told,
    arrivalMinutes: arrivalMinutes ?? 120,
    entrapmentMinutes: entrapmentMinutes ?? 30,
    until: until ?? null,
  }));
const position = z.object({ latitude: z.number(), longitude: z.number(), accuracyMetres: z.number() });
const proof = z
  .object({ code: text(20).nullish(), position: position.nullish() })
  .nullish()
  .transform((given): Proof | null => {
    if (given?.code) return { kind: 'code', code: given.code };
    return given?.position ? { kind: 'position', ...given.position } : null;
  });
const fen = z.number().int('must be whole fen');
const job = z.object({ id });
const ofJob = ({ id: jobId }: { id: string }): string => jobId;
/** Sealed for itself: whoever follows is another person, and is not forgotten with this one. */
const contactOf = (vendorId: string, contact: string) => personal(`${vendorId}.${randomUUID()}`, contact);
const counted = (ids: readonly string[]) => ({ count: ids.length, ids });

export function vendorResolvers({ context, journal, views }: Tools) {
  const found = async (view: string, key: string): Promise<JsonObject | undefined> => (await views.query(view, { key }))[0]?.row;
  const jobsWhere = async (where: Record<string, Condition>, request: RequestContext): Promise<readonly VendorJobRow[]> =>
    (await views.query(vendorJobs.name, { where, orderBy: { column: 'openedAt' } }, request)).map(({ row }) => row as VendorJobRow);
  const ofJobs = { aggregate: vendorJob, view: vendorJobs };
  const recorded = historyOf(journal, vendorJob.category);

  /** The house reads the code: who called the vendor, the owner of record, and who directs. */
  async function mayReadCode({ code, orderId }: VendorJobRow, { identity }: RequestContext): Promise<boolean> {
    if (identity.id === code.personal || identity.roles.some((role) => role === 'dispatcher' || role === 'administrator')) return true;
    return (await found(responsibilities.name, orderId))?.['ownerId'] === identity.id;
  }

  return {
    Query: {
      vendor: (_: unknown, { id: vendorId }: { id: string }, request: RequestContext) => entity(views, vendors, vendorId, request),
      vendors: (_: unknown, page: PageArguments, request: RequestContext) =>
        connection(views, vendors, page, { orderBy: 'NAME_ASC' }, request),
      vendorJob: (_: unknown, { id: jobId }: { id: string }, request: RequestContext) => entity(views, vendorJobs, jobId, request),
      vendorJobs: (_: unknown, page: PageArguments, request: RequestContext) =>
        connection(views, vendorJobs, page, { orderBy: 'OPENED_DESC' }, request),
    },

    Mutation: {
      registerVendor: mutation(context, journal, {
        aggregate: vendor,
        view: vendors,
        input: z.object({ name: text(100), contact: text(200).nullish(), agreement }),
        of: { makes: 'vn' },
        to: ({ name, contact, agreement }, { id: vendorId }) => ({
          type: 'RegisterVendor',
          data: { name, contact: contact ? contactOf(vendorId, contact) : null, agreement },
        }),
      }),
      agreeVendorTerms: mutation(context, journal, {
        aggregate: vendor,
        view: vendors,
        input: job.extend({ agreement }),
        of: ofJob,
        to: ({ agreement }) => ({ type: 'AgreeVendorTerms', data: { agreement } }),
      }),
      replaceVendorContact: mutation(context, journal, {
        aggregate: vendor,
        view: vendors,
        input: job.extend({ contact: text(200).nullish() }),
        of: ofJob,
        to: ({ id: vendorId, contact }) => ({
          type: 'ReplaceVendorContact',
          data: { contact: contact ? contactOf(vendorId, contact) : null },
        }),
      }),
      forgetVendorContact: mutation(context, journal, {
        aggregate: vendor,
        view: vendors,
        input: job,
        of: ofJob,
        to: () => ({ type: 'ForgetVendorContact', data: {} }),
      }),

      handToVendor: mutation(context, journal, {
        ...ofJobs,
        input: z.object({ orderId: id, vendorId: id, reason: text(500), trapped: z.boolean().nullish() }),
        of: { makes: 'vj' },
        async to({ orderId, vendorId, reason, trapped }, { by }) {
          const order = await found(workOrders.name, orderId);
          const called = (await found(vendors.name, vendorId)) as VendorRow | undefined;
          const promised = order?.['vendorArrivalMinutes'];
          return {
            type: 'HandToVendor',
            data: {
              order: order
                ? {
                    id: orderId,
                    ended: ENDED.find((status) => status === order['status']) ?? null,
                    trade: String(order['trade']),
                    placeId: String(order['placeId']),
                    vendorArrivalMinutes: typeof promised === 'number' ? promised : null,
                  }
                : null,
              vendor: called ? { id: vendorId, agreements: called.agreements } : null,
              reason,
              trapped: trapped ?? false,
              code: personal(by.id, String(randomInt(1_000_000)).padStart(6, '0')),
            },
          };
        },
      }),
      checkInArrival: mutation(context, journal, {
        ...ofJobs,
        input: job.extend({ proof }),
        of: ofJob,
        async to({ id: jobId, proof }) {
          const placeId = (await found(vendorJobs.name, jobId))?.['placeId'];
          const place = typeof placeId === 'string' ? ((await found(places.name, placeId)) as PlaceRow | undefined) : undefined;
          return { type: 'CheckInArrival', data: { proof, place: place?.position ?? null } };
        },
      }),
      finishVendorJob: mutation(context, journal, {
        ...ofJobs,
        input: job.extend({
          result: text(2_000),
          costs: z
            .array(z.object({ kind: text(50), amountFen: fen }))
            .max(50)
            .nullish(),
        }),
        of: ofJob,
        to: ({ result, costs }) => ({ type: 'FinishVendorJob', data: { result, costs: costs ?? [] } }),
      }),
      settleVendorJob: mutation(context, journal, {
        ...ofJobs,
        input: job.extend({ amountFen: fen, invoiceNumber: text(50) }),
        of: ofJob,
        to: ({ amountFen, invoiceNumber }) => ({ type: 'SettleVendorJob', data: { amountFen, invoiceNumber } }),
      }),
      withdrawVendorJob: mutation(context, journal, {
        ...ofJobs,
        input: job.extend({ reason: text(500) }),
        of: ofJob,
        to: ({ reason }) => ({ type: 'WithdrawVendorJob', data: { reason } }),
      }),
    },

    VendorAnswer: answers('Vendor'),
    VendorJobAnswer: answers('VendorJob'),

    Vendor: {
      __resolveReference: ({ id: vendorId }: { id: string }, request: RequestContext) => entity(views, vendors, vendorId, request),
      contact: ({ contact }: VendorRow) => journal.vault.open(contact),
      async score({ id: vendorId }: VendorRow, { from, to }: { from?: string | null; to?: string | null }, request: RequestContext) {
        const openedAt = { ...(from ? { from: told(dateTime, from, 'from') } : {}), ...(to ? { to: told(dateTime, to, 'to') } : {}) };
        const { onTimeRate, ...lists } = scoreOf(await jobsWhere({ vendorId, openedAt }, request));
        return { onTimeRate, ...Object.fromEntries(Object.entries(lists).map(([name, ids]) => [name, counted(ids)])) };
      },
      ...historyOf(journal, vendor.category),
    },

    VendorJob: {
      __resolveReference: ({ id: jobId }: { id: string }, request: RequestContext) => entity(views, vendorJobs, jobId, request),
      status: ({ status }: VendorJobRow) => status.toUpperCase(),
      proof: (row: VendorJobRow) => row.proof?.toUpperCase(),
      order: ({ orderId }: VendorJobRow, _: unknown, request: RequestContext) => entity(views, workOrders, orderId, request),
      vendor: ({ vendorId }: VendorJobRow, _: unknown, request: RequestContext) => entity(views, vendors, vendorId, request),
      place: ({ placeId }: VendorJobRow) => ({ __typename: 'Asset', id: placeId }),
      arrivalCode: async (row: VendorJobRow, _: unknown, request: RequestContext) =>
        (await mayReadCode(row, request)) ? journal.vault.open(row.code) : null,
      evidence: recorded.evidence,
      /** Whoever may read what happened may not for that reason prove that somebody came. */
      history: async (row: VendorJobRow, _: unknown, request: RequestContext, info: GraphQLResolveInfo) =>
        (await recorded.history(row, _, request, info)).map((event) => {
          const { codeDigest: _, ...data } = event.data;
          return { ...event, data };
        }),
    },

    WorkOrder: {
      vendorJobs: ({ id: orderId }: { id: string }, _: unknown, request: RequestContext) => jobsWhere({ orderId }, request),
      vendorSettledFen: async ({ id: orderId }: { id: string }, _: unknown, request: RequestContext) =>
        (await jobsWhere({ orderId }, request)).reduce((sum, { settlement }) => sum + (settlement?.amountFen ?? 0), 0),
    },
  };
}
