import { type Ask, fold, type Instant, personal, readStream } from '@hospital/kernel';
import {
  answers,
  connection,
  dateTime,
  entity,
  historyOf,
  id,
  type Mutation,
  mutation,
  type PageArguments,
  type RequestContext,
  text,
  type Tools,
} from '@hospital/service';
import { z } from 'zod';
import { choose, judge, type Judgement } from '../domain/dispatch-rule';
import { isThere, registered, ruleOf, technicianOf, techniciansOf } from '../domain/escalation';
import { type Channel, isUnnamed, type ReporterKind, type Severity, termsOf } from '../domain/intake';
import { NEVER, ROUND_THE_CLOCK } from '../domain/business-time';
import { registeredAt } from '../domain/location-code';
import { type Clock, dueAt, elapsed, pauseOf, spent } from '../domain/service-level';
import { type WorkOrder, workOrder, type WorkOrderCommand, type WorkOrderEvent } from '../domain/work-order';
import { withKnownPhotos } from '../photos/known-photos';
import { photoStore } from '../photos/photos.module';
import { categories, technicians } from '../views/reference';
import { details } from './details';
import { fromEnum, toEnum } from './enums';
import { canBeRated, knownOf, latestChoice, rateUntilOf, type WorkOrderRow, workOrders } from '../views/work-orders';

const severity = z.enum(['LOW', 'NORMAL', 'HIGH', 'CRITICAL']).transform((value) => fromEnum<Severity>(value));
const order = z.object({ id });
const ofOrder = ({ id: orderId }: { id: string }): string => orderId;
const longText = text(2_000);
const reason = text(500);
const withReason = order.extend({ reason });
const photos = z.array(z.string().regex(/^[0-9a-f]{64}$/, 'is not a SHA-256 in hex')).nullish();
const kindOf = (roles: readonly string[]): ReporterKind =>
  roles.includes('clinician') ? 'clinician' : roles.includes('integrator') ? 'system' : 'staff';
const channels = ['WEB', 'APP', 'MINI_PROGRAM', 'PHONE', 'PAPER'] as const;

export function workOrderResolvers({ context, journal, views, surroundings }: Tools) {
  const photosKnown = <Row>(resolve: Parameters<typeof withKnownPhotos<Row>>[1]) =>
    withKnownPhotos(() => photoStore(surroundings.settings), resolve);
  const ask: Ask = (view, query) => views.query(view, query);
  const rowOf = async (orderId: string) => (await ask(workOrders.name, { key: orderId }))[0]?.row as WorkOrderRow | undefined;
  const eventsOf = async ({ id: orderId, revision }: WorkOrderRow) =>
    (await readStream(journal, `${workOrder.category}-${orderId}`)).slice(0, revision + 1);
  const technician = async (personId: string, at: Instant) => {
    const [known] = await ask(technicians.name, { key: personId });
    return known && isThere(known.row, at) ? technicianOf(personId, known.row, undefined, null, at) : null;
  };
  /** Counted up to the instant that is asked for. */
  const until = ({ asOf }: RequestContext): Instant => asOf ?? journal.clock.now();
  /** A mutation of an order that is there. */
  const change = <Input extends { id: string }>(
    input: z.ZodType<Input>,
    to: Mutation<WorkOrder, WorkOrderCommand, WorkOrderEvent, WorkOrderRow, Input>['to'],
  ) => mutation(context, journal, { aggregate: workOrder, view: workOrders, input, of: ofOrder, to });

  return {
    Query: {
      workOrder: (_: unknown, { id: orderId }: { id: string }, request: RequestContext) => entity(views, workOrders, orderId, request),
      workOrders: (_: unknown, page: PageArguments, request: RequestContext) =>
        connection(views, workOrders, page, { orderBy: 'REPORTED_DESC' }, request),
      previewDispatch: async (_: unknown, { id: orderId, ruleId }: { id: string; ruleId?: string | null }) => {
        const row = await rowOf(orderId);
        if (!row) return null;
        const { job } = knownOf(row);
        const at = journal.clock.now();
        return choose(job, await techniciansOf(ask, job.trade, at), at, await ruleOf(ask, ruleId ?? row.ruleId));
      },
    },

    Mutation: {
      reportFault: photosKnown(
        mutation(context, journal, {
          aggregate: workOrder,
          view: workOrders,
          input: z
            .object({
              categoryId: id,
              placeId: id.nullish(),
              locationCode: id.nullish(),
              spot: text(100).nullish(),
              description: longText,
              details,
              photos,
              severity: severity.nullish(),
              channel: z
                .enum(channels)
                .nullish()
                .transform((value) => fromEnum<Channel>(value ?? 'WEB')),
              reporterKind: z
                .enum(['PATIENT', 'CLINICIAN', 'STAFF', 'SYSTEM'])
                .nullish()
                .transform((value) => (value ? fromEnum<ReporterKind>(value) : null)),
              reporterId: z
                .string()
                .regex(/^[A-Za-z0-9_.:-]{1,100}$/, 'is not an account')
                .nullish(),
              contact: text(200).nullish(),
              parentId: id.nullish(),
              incomplete: z.boolean().nullish(),
              occurredAt: dateTime.nullish(),
            })
            .refine(({ placeId, locationCode }) => placeId || locationCode, { path: ['placeId'], error: 'or locationCode must be given' })
            .refine(({ placeId, locationCode }) => !(placeId && locationCode), { path: ['locationCode'], error: 'or placeId, not both' }),
          of: { makes: 'wo' },
          async to({ categoryId, contact, occurredAt, ...fault }, { by, id: orderId }) {
            const reporterId = fault.reporterId ?? null;
            const reporterKind = fault.reporterKind ?? kindOf(by.roles);
            const nobodyKnown = reporterKind === 'patient' || isUnnamed({ reporterId, channel: fault.channel, reporterKind }, by);
            return {
              type: 'ReportFault',
              data: {
                ...(await registeredAt(ask, categoryId, fault)),
                spot: fault.spot ?? null,
                description: fault.description,
                details: fault.details,
                photos: fault.photos ?? [],
                severity: fault.severity ?? 'normal',
                channel: fault.channel,
                ...{ reporterKind, reporterId },
                // Of a patient, or whoever called, nothing is known but the request.
                contact: contact ? personal(nobodyKnown ? orderId : (reporterId ?? by.id), contact) : null,
                parentId: fault.parentId ?? null,
                incomplete: fault.incomplete ?? ['phone', 'paper'].includes(fault.channel),
              },
              ...(occurredAt ? { at: occurredAt } : {}),
            };
          },
        }),
      ),

      provideInformation: photosKnown(
        change(order.extend({ details, photos }), ({ details: said, photos: sent }) => ({
          type: 'ProvideInformation',
          data: { details: said, photos: sent ?? [] },
        })),
      ),

      dispatchWorkOrder: change(order, async ({ id: orderId }) => {
        const row = await rowOf(orderId);
        const now = journal.clock.now();
        return {
          type: 'DispatchWorkOrder',
          data: { technicians: row ? await techniciansOf(ask, row.trade, now) : [], rule: await ruleOf(ask, row?.ruleId) },
        };
      }),

      assignWorkOrder: change(withReason.extend({ technicianId: id }), async ({ technicianId, reason: why }) => ({
        type: 'AssignWorkOrder',
        data: { technicianId, technician: await technician(technicianId, journal.clock.now()), reason: why },
      })),

      grabWorkOrder: change(order, async (_, { by }) => ({
        type: 'GrabWorkOrder',
        data: { technician: await technician(by.id, journal.clock.now()) },
      })),

      acceptWorkOrder: change(order, () => ({ type: 'AcceptWorkOrder', data: {} })),

      declineWorkOrder: change(withReason, ({ reason: why }) => ({ type: 'DeclineWorkOrder', data: { reason: why } })),

      handWorkOrderToTeam: change(withReason.extend({ trade: text(50) }), ({ trade, reason: why }) => ({
        type: 'HandWorkOrderToTeam',
        data: { trade, reason: why },
      })),

      pauseWorkOrder: change(
        order.extend({
          reason: z.enum(['WAITING_PARTS', 'NO_ACCESS', 'VENDOR', 'CLINICAL_USE', 'OTHER']),
          note: text(500).nullish(),
        }),
        ({ reason: why, note }) => ({ type: 'PauseWorkOrder', data: { reason: fromEnum(why), note: note ?? null } }),
      ),

      resumeWorkOrder: change(order, () => ({ type: 'ResumeWorkOrder', data: {} })),

      reprioritiseWorkOrder: change(withReason.extend({ severity }), ({ severity: bad, reason: why }) => ({
        type: 'ReprioritiseWorkOrder',
        data: { severity: bad, reason: why },
      })),

      rebaselineWorkOrder: change(withReason, async ({ id: orderId, reason: why }) => {
        const row = await rowOf(orderId);
        const { category, calendar } = row ? await registered(ask, row.categoryId, row.placeId) : { category: null, calendar: null };
        return { type: 'RebaselineWorkOrder', data: { terms: category && termsOf(category, calendar ?? ROUND_THE_CLOCK), reason: why } };
      }),

      completeWorkOrder: change(
        order.extend({ resolution: longText, restoredAt: dateTime.nullish(), remaining: longText.nullish() }),
        ({ resolution, restoredAt, remaining }) => ({
          type: 'CompleteWorkOrder',
          data: { resolution, restoredAt: restoredAt ?? null, remaining: remaining ?? null },
        }),
      ),

      rateWorkOrder: change(
        order.extend({ stars: z.number().int().min(1, 'must be 1 to 5').max(5, 'must be 1 to 5'), comment: longText.nullish() }),
        ({ stars, comment }) => ({ type: 'RateWorkOrder', data: { stars, comment: comment ?? null } }),
      ),

      reopenWorkOrder: change(withReason, ({ reason: why }) => ({ type: 'ReopenWorkOrder', data: { reason: why } })),

      cancelWorkOrder: change(withReason, ({ reason: why }) => ({ type: 'CancelWorkOrder', data: { reason: why } })),
    },

    WorkOrderAnswer: answers('WorkOrder'),

    WorkOrder: {
      __resolveReference: ({ id: orderId }: { id: string }, request: RequestContext) => entity(views, workOrders, orderId, request),
      status: ({ status }: WorkOrderRow) => toEnum(status),
      severity: (row: WorkOrderRow) => toEnum(row.severity),
      channel: ({ channel }: WorkOrderRow) => toEnum(channel),
      reporterKind: ({ reporterKind }: WorkOrderRow) => toEnum(reporterKind),
      details: ({ details: said }: WorkOrderRow) => Object.entries(said).map(([key, value]) => ({ key, value })),
      category: ({ categoryId }: WorkOrderRow, _: unknown, request: RequestContext) => entity(views, categories, categoryId, request),
      fields: async (row: WorkOrderRow) => (fold(workOrder, await eventsOf(row)) as ReturnType<typeof knownOf>).fields,
      place: ({ placeId }: WorkOrderRow) => ({ __typename: 'Asset', id: placeId }),
      technician: ({ technicianId }: WorkOrderRow) => person(technicianId),
      reporter: ({ reporterId }: WorkOrderRow) => colleague(reporterId),
      receiver: ({ receiverId }: WorkOrderRow) => colleague(receiverId),
      dueAt: (row: WorkOrderRow) => (row.dueAt === NEVER ? null : row.dueAt),
      pause(row: WorkOrderRow) {
        const pause = row.paused ? pauseOf(knownOf(row).level) : undefined;
        return pause ? { reason: toEnum(pause.reason), note: pause.note, since: pause.from } : null;
      },
      rateUntil: rateUntilOf,
      canBeRated: (row: WorkOrderRow, _: unknown, request: RequestContext) => canBeRated(row, until(request)),
      dispatch: async (row: WorkOrderRow) => {
        const choice = latestChoice(await eventsOf(row));
        if (choice === null) return null;
        const { job, rule, at } = choice;
        return { ...choice, considered: choice.considered.map((one) => ({ ...one, judgements: judge(one, job, at, rule) })) };
      },
      contact: ({ contact }: WorkOrderRow) => journal.vault.open(contact),
      clocks: (row: WorkOrderRow, _: unknown, request: RequestContext) => {
        const { level } = knownOf(row);
        return (['own', 'resolve'] as const).map((clock: Clock) => ({
          clock: toEnum(clock),
          limitMinutes: level.terms[clock][level.priority],
          elapsed: elapsed(level, clock, until(request)),
          dueAt: dueAt(level, clock),
          stoppedAt: level.stopped[clock],
          breachedAt: clock === 'own' ? row.ownBreachedAt : row.resolveBreachedAt,
        }));
      },
      spent: (row: WorkOrderRow, _: unknown, request: RequestContext) => {
        const { level } = knownOf(row);
        const end = row.closedAt ?? until(request);
        return Object.entries(spent(level, end)).map(([stage, milliseconds]) => ({ stage, milliseconds }));
      },
      ...historyOf(journal, workOrder.category),
    },

    JobNeeds: { minimumLevel: ({ minimumLevel }: { minimumLevel: string | null }) => minimumLevel && toEnum(minimumLevel) },
    RequestField: { kind: ({ kind }: { kind: string }) => toEnum(kind) },
    Judgement: {
      about: ({ about }: Judgement) => toEnum(about),
      found: ({ about, found }: Judgement) => (found !== null && ['level', 'on-call'].includes(about) ? toEnum(found) : found),
      needed: ({ about, needed }: Judgement) => (needed !== null && about === 'level' ? toEnum(needed) : needed),
    },
    Candidate: { technician: ({ id: personId }: { id: string }) => person(personId) },
  };
}

/** An account need be nobody of the staff: a patient's pseudonym, a name the desk uses for callers, a system. */
const colleague = (accountId: string | null) => person(accountId?.startsWith('pn_') ? accountId : null);
const person = (personId: string | null) => (personId === null ? null : { __typename: 'Person', id: personId });
