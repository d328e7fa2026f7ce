import {
  foldRow,
  idFrom,
  isRejection,
  isUuid,
  type JsonObject,
  NAMESPACE,
  personal,
  readStream,
  reject,
  type Rejection,
  uuidV5,
} from '@hospital/kernel';
import {
  ANONYMOUS,
  answers,
  connection,
  entity,
  historyOf,
  id,
  mutation,
  type PageArguments,
  type RequestContext,
  text,
  type Tools,
} from '@hospital/service';
import { z } from 'zod';
import type { FieldDefinition } from '../domain/category';
import { locationCode, registeredAt } from '../domain/location-code';
import { HAS_ACCOUNT, reporting } from '../domain/intake';
import { workOrder } from '../domain/work-order';
import { withKnownPhotos } from '../photos/known-photos';
import { photoStore } from '../photos/photos.module';
import { type LocationCodeRow, locationCodes } from '../views/location-codes';
import { categories, type CategoryRow, places, type PlaceRow } from '../views/reference';
import { canBeRated, type WorkOrderRow, workOrders } from '../views/work-orders';
import { details } from './details';
import { toEnum } from './enums';
import { followTokens } from './follow-token';

const NOTICE =
  '请描述设施故障，勿填写姓名、病情等个人健康信息；联系方式可不填。 Describe the fault only: no names, no health data; contact details are optional.';

const spot = z.object({
  placeId: id,
  spot: text(100),
  zone: text(50)
    .nullish()
    .transform((zone) => zone ?? null),
});
const code = z.object({ id });
const ofCode = ({ id: codeId }: { id: string }): string => codeId;

const photos = z
  .array(z.string().regex(/^[0-9a-f]{64}$/, 'is not the SHA-256 of a photo'))
  .nullish()
  .transform((given) => [...new Set(given)]);
const token = text(200);
const longText = text(2_000);
const stars = z.number().int().min(1, 'must be 1 to 5').max(5, 'must be 1 to 5');

type Resolve = (_: unknown, args: Record<string, unknown>, request: RequestContext) => Promise<WorkOrderRow | Rejection>;
/** What GraphQL has made sure of. */
interface Sent {
  readonly input: { readonly locationCode?: string; readonly token?: string };
  readonly idempotencyKey: string;
}

/** Whoever has no account shares one space of keys with all others who have none: keys must not meet, nor be guessed. */
const guessable = (key: unknown): Rejection | undefined =>
  isUuid(String(key).toLowerCase()) ? undefined : reject('INVALID_INPUT', 'idempotencyKey must be a UUID.', 'idempotencyKey');

/** Intake by anybody: location codes, and requests that are made and followed without an account. 扫码报修 */
export function locationCodeResolvers({ context, journal, views, surroundings }: Tools) {
  const found = async <Row extends JsonObject>(view: { readonly name: string }, key: string): Promise<Row | undefined> =>
    (await views.query(view.name, { key }))[0]?.row as Row | undefined;
  const tokens = () => followTokens(surroundings.masterKey!);
  const inUse = async (codeId: string, request?: RequestContext): Promise<LocationCodeRow | null> => {
    const row = request ? await entity(views, locationCodes, codeId, request) : await found<LocationCodeRow>(locationCodes, codeId);
    return row && (row as LocationCodeRow).withdrawnAt === null ? (row as LocationCodeRow) : null;
  };
  const eventsOf = (orderId: string) => readStream(journal, `${workOrder.category}-${orderId}`);
  const placeName = async ({ placeId }: { placeId: string }): Promise<string> => (await found<PlaceRow>(places, placeId))?.name ?? '';

  const categoryOf = async ({ categoryId }: WorkOrderRow, request: RequestContext) =>
    (await entity(views, categories, categoryId, request)) as CategoryRow | null;

  /** The patient a resolver acts as, under a pseudonym that nothing but this request knows. */
  const asPatient = (resolve: Resolve, patientOf: (sent: Sent, request: RequestContext) => Promise<string | Rejection>): Resolve => {
    const known = withKnownPhotos(() => photoStore(surroundings.settings), resolve);
    return async (_, args, request) => {
      const patient = await patientOf(args as unknown as Sent, request);
      if (isRejection(patient)) return patient;
      const theirs: RequestContext = { ...request, identity: { id: patient, kind: 'patient', roles: ['reporter'] } };
      const answer = await known(_, args, theirs);
      request.wrote = theirs.wrote;
      return answer;
    };
  };

  const follower = async ({ input }: Sent): Promise<string | Rejection> => {
    const orderId = tokens().orderOf(input.token ?? '');
    const order = orderId === undefined ? undefined : foldRow(workOrders, orderId, await eventsOf(orderId));
    return order?.reporterId ?? reject('UNKNOWN_REQUEST', 'There is no such request.', 'input.token');
  };
  const followed = { aggregate: workOrder, view: workOrders, of: ofToken } as const;
  function ofToken({ token: secret }: { token: string }): string {
    return tokens().orderOf(secret) ?? '';
  }

  const issue = mutation(context, journal, {
    aggregate: locationCode,
    view: locationCodes,
    input: spot,
    of: { makes: 'lc' },
    to: async ({ placeId, ...where }) => ({ type: 'IssueLocationCode', data: { place: await placeOf(placeId), ...where } }),
  });
  const placeOf = async (placeId: string) => ((await found(places, placeId)) ? { id: placeId } : null);

  const report = mutation(context, journal, {
    aggregate: workOrder,
    view: workOrders,
    input: z.object({
      locationCode: id,
      categoryId: id,
      description: longText,
      details,
      photos,
      contact: text(200).nullish(),
      incomplete: z.boolean().nullish(),
      channel: z.enum(['WEB', 'MINI_PROGRAM']).nullish(),
    }),
    of: { makes: 'wo' },
    async to({ locationCode: codeId, categoryId, channel, contact, incomplete, ...said }, { id: orderId }) {
      return reporting({
        ...said,
        ...(await registeredAt((view, query) => views.query(view, query), categoryId, { locationCode: codeId })),
        channel: channel === 'MINI_PROGRAM' ? 'mini-program' : 'web',
        reporterKind: 'patient',
        severity: 'normal',
        reporterId: null,
        contact: contact ? personal(orderId, contact) : null,
        parentId: null,
        incomplete: incomplete ?? false,
      });
    },
  });

  return {
    Query: {
      locationCode: (_: unknown, { id: codeId }: { id: string }, request: RequestContext) => inUse(codeId, request),
      locationCodes: (_: unknown, page: PageArguments, request: RequestContext) =>
        connection(views, locationCodes, page, { orderBy: 'ISSUED_DESC' }, request),
      requestForm: (_: unknown, { locationCode: codeId }: { locationCode: string }, request: RequestContext) => inUse(codeId, request),
      followedRequest: (_: unknown, { token: secret }: { token: string }, request: RequestContext) => {
        const orderId = tokens().orderOf(secret);
        return orderId === undefined ? null : entity(views, workOrders, orderId, request);
      },
    },

    Mutation: {
      issueLocationCode: async (_: unknown, args: Record<string, unknown>, request: RequestContext) =>
        guessable(args['idempotencyKey']) ?? issue(_, args, request),
      moveLocationCode: mutation(context, journal, {
        aggregate: locationCode,
        view: locationCodes,
        input: spot.extend({ id }),
        of: ofCode,
        to: async ({ placeId, spot: where, zone }) => ({
          type: 'MoveLocationCode',
          data: { place: await placeOf(placeId), spot: where, zone },
        }),
      }),
      withdrawLocationCode: mutation(context, journal, {
        aggregate: locationCode,
        view: locationCodes,
        input: code.extend({ reason: text(500) }),
        of: ofCode,
        to: ({ reason }) => ({ type: 'WithdrawLocationCode', data: { reason } }),
      }),
      reportFaultAtLocation: asPatient(report, async ({ input, idempotencyKey: key }, { identity }) => {
        const fault = guessable(key) ?? (identity === ANONYMOUS ? undefined : HAS_ACCOUNT);
        if (fault) return fault;
        if (!(await inUse(input.locationCode ?? '')))
          return reject('UNKNOWN_LOCATION_CODE', 'This location code is not in use.', 'input.locationCode');
        return idFrom('pt', key, uuidV5(NAMESPACE, `${context}/patient/${key}`));
      }),
      rateFollowedRequest: asPatient(
        mutation(context, journal, {
          ...followed,
          input: z.object({ token, stars, comment: longText.nullish() }),
          to: ({ stars: given, comment }) => ({ type: 'RateWorkOrder', data: { stars: given, comment: comment ?? null } }),
        }),
        follower,
      ),
      provideFollowedInformation: asPatient(
        mutation(context, journal, {
          ...followed,
          input: z.object({ token, details, photos }),
          to: ({ details: given, photos: shown }) => ({ type: 'ProvideInformation', data: { details: given, photos: shown } }),
        }),
        follower,
      ),
    },

    LocationCodeAnswer: answers('LocationCode'),
    FollowedRequestAnswer: answers('FollowedRequest'),

    LocationCode: {
      __resolveReference: ({ id: codeId }: { id: string }, request: RequestContext) => entity(views, locationCodes, codeId, request),
      place: ({ placeId }: LocationCodeRow) => ({ __typename: 'Asset', id: placeId }),
      ...historyOf(journal, locationCode.category),
    },
    CodedSpot: { placeName },
    RequestForm: {
      locationCode: ({ id: codeId }: LocationCodeRow) => codeId,
      placeName,
      notice: () => NOTICE,
      categories: async (_: unknown, __: unknown, request: RequestContext) =>
        (
          await views.query(categories.name, { where: { openToPatients: true, retired: false }, orderBy: { column: 'nameEn' } }, request)
        ).map(({ row }) => row),
    },
    RequestFormCategory: { categoryId: ({ id: named }: CategoryRow) => named },
    SurvivingRequest: { status: ({ status }: WorkOrderRow) => toEnum(status) },
    FollowedRequest: {
      followToken: ({ id: orderId }: WorkOrderRow) => tokens().tokenOf(orderId),
      status: ({ status }: WorkOrderRow) => toEnum(status),
      photos: ({ photos: shown }: WorkOrderRow) => shown.length,
      categoryName: async (row: WorkOrderRow, _: unknown, request: RequestContext) => (await categoryOf(row, request))?.name,
      categoryNameEn: async (row: WorkOrderRow, _: unknown, request: RequestContext) => (await categoryOf(row, request))?.nameEn,
      async goesOnAs(merged: WorkOrderRow, _: unknown, request: RequestContext) {
        const met = new Set([merged.id]);
        let row: WorkOrderRow | null = merged;
        for (let into = merged.mergedInto; into !== null && !met.has(into); into = row?.mergedInto ?? null) {
          met.add(into);
          row = (await entity(views, workOrders, into, request)) as WorkOrderRow | null;
        }
        return row === merged ? null : row;
      },
      canBeRated: (row: WorkOrderRow, _: unknown, { asOf }: RequestContext) => canBeRated(row, asOf ?? journal.clock.now()),
      /** As it was asked when the request was made. */
      async missing({ id: orderId, missing }: WorkOrderRow): Promise<readonly FieldDefinition[]> {
        if (missing.length === 0) return [];
        const [reported] = await eventsOf(orderId);
        return (reported!.data['fields'] as readonly FieldDefinition[]).filter(({ key }) => missing.includes(key));
      },
    },
  };
}
