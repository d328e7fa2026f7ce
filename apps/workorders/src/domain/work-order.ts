import { type Actor, type Command, DAY, type Decider, type Instant, isRejection, plus, reject, type Rejection } from '@hospital/kernel';
import { type AgreementCommand, type AgreementEvent, type Agreed, decideAgreement, evolveAgreement } from './agreement';
import {
  type AssignmentCommand,
  type AssignmentEvent,
  decideAssignment,
  evolveAssignment,
  holderOf,
  mayDirect,
  unanswered,
  wrongStatus,
} from './assignment';
import { ROUND_THE_CLOCK } from './business-time';
import { type FieldDefinition, missingIn } from './category';
import { type Fault, type Opening, openingOf, reporterOf, tooManyPhotos } from './intake';
import * as clocks from './service-level';

/** A rating of this many stars or fewer is poor: the first one reopens the order, a later one is for the complaints. */
export const POOR = 2;

type Said = { readonly details: Readonly<Record<string, string>>; readonly photos: readonly string[] };

export type WorkOrderCommand =
  | Command<'ReportFault', Fault>
  | Command<'ProvideInformation', Said>
  | AssignmentCommand
  | AgreementCommand
  | Command<'CompleteWorkOrder', { resolution: string; restoredAt: Instant | null; remaining: string | null }>
  | Command<'RateWorkOrder', { stars: number; comment: string | null }>
  | Command<'ReopenWorkOrder', { reason: string }>
  | Command<'CancelWorkOrder', { reason: string }>
  | Command<'MergeWorkOrder', { into: string }>
  | Command<'NoteWhatIsDue', { dueAt: Instant }>;

export type WorkOrderEvent =
  | { type: 'WorkOrderReported'; data: Opening & { at: Instant } }
  | { type: 'WorkOrderInformationProvided'; data: Said & { missing: readonly string[]; at: Instant } }
  | AssignmentEvent
  | AgreementEvent
  | clocks.ServiceLevelEvent
  | {
      type: 'WorkOrderCompleted';
      data: { technicianId: string; resolution: string; restoredAt: Instant; remaining: string | null; rateUntil: Instant; at: Instant };
    }
  | { type: 'WorkOrderRated'; data: { stars: number; comment: string | null; technicianId?: string | null } }
  | { type: 'WorkOrderLeftUnrated'; data: { at: Instant } }
  | { type: 'WorkOrderReopened'; data: { stars: number | null; reason: string | null; at: Instant } }
  | { type: 'WorkOrderCancelled'; data: { fromTechnicianId: string | null; reason: string; at: Instant } }
  | { type: 'WorkOrderMerged'; data: { into: string; fromTechnicianId: string | null; at: Instant } };

interface Known extends Agreed, Said {
  readonly fields: readonly FieldDefinition[];
  readonly reporterId: string;
  readonly timesReopened: number;
}
type Opened =
  | (Known & { readonly status: 'needs-information' | 'under-way' | 'closed' | 'merged' })
  | (Known & { readonly status: 'cancelled'; readonly reason: string })
  | (Known & { readonly status: 'completed'; readonly rateUntil: Instant });
export type WorkOrder = { readonly status: 'unknown' } | Opened;

/** What is said of an order: while it is under way, how far its assignment is. */
export const statusOf = (order: Opened) => (order.status === 'under-way' ? order.assignment.status : order.status);
export type Status = ReturnType<typeof statusOf>;

const STAYS_PAUSED = ['PauseWorkOrder', 'ResumeWorkOrder', 'ReprioritiseWorkOrder', 'RebaselineWorkOrder', 'ProvideInformation'];
type Of<T extends WorkOrderCommand['type']> = Extract<WorkOrderCommand, { type: T }>;
type Decided = readonly WorkOrderEvent[] | Rejection;

function decide(command: WorkOrderCommand, order: WorkOrder): Decided {
  if (command.type === 'ReportFault') {
    if (order.status !== 'unknown') return reject('ALREADY_REPORTED', 'This work order exists.', 'idempotencyKey');
    const opening = openingOf({ ...command.data, reporterId: reporterOf(command) }, command.by, ROUND_THE_CLOCK);
    return isRejection(opening) ? opening : [{ type: 'WorkOrderReported', data: { ...opening, at: command.at } }];
  }
  if (order.status === 'unknown') return reject('UNKNOWN_WORK_ORDER', 'There is no such work order.', 'input.id');
  if (command.type === 'NoteWhatIsDue') return dueBy(command.data.dueAt, order, true);
  const decided = decideOn(command, order);
  const at = (command.type === 'CompleteWorkOrder' ? command.data.restoredAt : null) ?? command.at;
  // What fell due before is recorded before, also when nothing was running to note it in time.
  return isRejection(decided) || decided.length === 0 ? decided : [...dueBy(at, order, false), ...resumedBy(command, order), ...decided];
}

/** Whatever moves a paused order on lets its clocks go on first. */
function resumedBy({ type, at }: WorkOrderCommand, { status, assignment, level }: Opened): readonly WorkOrderEvent[] {
  const technicianId = holderOf(assignment);
  if (status !== 'under-way' || technicianId === null || !clocks.isPaused(level) || STAYS_PAUSED.includes(type)) return [];
  return [{ type: 'WorkOrderResumed', data: { technicianId, at } }];
}

function decideOn(command: Exclude<WorkOrderCommand, Of<'ReportFault'> | Of<'NoteWhatIsDue'>>, order: Opened): Decided {
  const { at, by, type } = command;
  if (type === 'CompleteWorkOrder') return complete(command, order);
  if (type === 'RateWorkOrder') return rate(command, order);
  if (type === 'ReopenWorkOrder') return reopen(command, order);
  const saidSo = type === 'CancelWorkOrder' && order.status === 'cancelled' && command.data.reason === order.reason;
  if (saidSo || (type === 'MergeWorkOrder' && order.status === 'merged')) return [];
  if (order.status !== 'needs-information' && order.status !== 'under-way') return wrongStatus('is under way', shown(order));
  const fromTechnicianId = holderOf(order.assignment);
  switch (type) {
    case 'ProvideInformation':
      return inform(command, order);
    case 'CancelWorkOrder':
      if (!ofReporter(order, by) || (order.assignment.status === 'accepted' && !mayDirect(by)))
        return reject('NOT_YOURS', 'Whoever reported the fault cancels it until somebody has accepted, later a dispatcher.');
      return [{ type: 'WorkOrderCancelled', data: { ...command.data, fromTechnicianId, at } }];
    case 'MergeWorkOrder':
      return [{ type: 'WorkOrderMerged', data: { ...command.data, fromTechnicianId, at } }];
    case 'PauseWorkOrder':
    case 'ResumeWorkOrder':
    case 'ReprioritiseWorkOrder':
    case 'RebaselineWorkOrder':
      return decideAgreement(command, order);
    default:
      return order.status === 'under-way'
        ? decideAssignment(command, order)
        : wrongStatus('waits for a technician or has one', shown(order));
  }
}

function inform({ data, at }: Of<'ProvideInformation'>, order: Opened): Decided {
  const photos = [...order.photos, ...data.photos];
  const missing = tooManyPhotos(photos) ?? missingIn(order.fields, { ...order.details, ...data.details }, photos);
  return 'code' in missing ? missing : [{ type: 'WorkOrderInformationProvided', data: { ...data, missing, at } }];
}

function complete({ data, at, by }: Of<'CompleteWorkOrder'>, order: Opened): Decided {
  if (statusOf(order) !== 'accepted') return wrongStatus('is accepted', shown(order));
  if (holderOf(order.assignment) !== by.id) return reject('NOT_YOURS', 'Somebody else accepted this work order.');
  const restoredAt = data.restoredAt ?? at;
  const openSince = order.level.gaps.resolve.at(-1)?.until ?? order.level.openedAt;
  if (restoredAt > at || restoredAt < openSince)
    return reject('NOT_BETWEEN', 'It was restored after it was reported or reopened, and not in the future.', 'input.restoredAt');
  const done = { technicianId: by.id, ...data, restoredAt, rateUntil: plus(at, order.level.terms.ratingDays * DAY), at };
  return [...clocks.keptAfterAll(order.level, restoredAt, at), { type: 'WorkOrderCompleted', data: done }];
}

function reopen({ data, at, by }: Of<'ReopenWorkOrder'>, order: Opened): Decided {
  if (order.status !== 'completed' && order.status !== 'closed') return wrongStatus('is completed or closed', shown(order));
  if (!ofReporter(order, by)) return reject('NOT_YOURS', 'Whoever reported the fault reopens it, or a dispatcher.');
  return [{ type: 'WorkOrderReopened', data: { stars: null, reason: data.reason, at } }];
}

function rate({ data, at, by }: Of<'RateWorkOrder'>, order: Opened): Decided {
  if (order.status !== 'completed') return wrongStatus('is completed and not yet rated', shown(order));
  if (order.reporterId !== by.id) return reject('NOT_YOURS', 'Only the person who reported the fault rates the repair.');
  if (at > order.rateUntil) return reject('RATING_CLOSED', `It could be rated until ${order.rateUntil}.`, 'input.id');
  const rated: WorkOrderEvent = { type: 'WorkOrderRated', data: { ...data, technicianId: holderOf(order.assignment) } };
  const again = data.stars <= POOR && order.timesReopened === 0;
  return again ? [rated, { type: 'WorkOrderReopened', data: { stars: data.stars, reason: null, at } }] : [rated];
}

/** What fell due before `at` (`also`: or at that instant) and was not recorded, in the order of the limits. */
function dueBy(at: Instant, order: Opened, also: boolean): readonly WorkOrderEvent[] {
  const passed = (due: Instant): boolean => due < at || (also && due === at);
  if (order.status === 'completed') return passed(order.rateUntil) ? [{ type: 'WorkOrderLeftUnrated', data: { at: order.rateUntil } }] : [];
  if (order.status !== 'under-way') return [];
  const breach = unanswered(order.assignment, passed);
  const response: readonly (WorkOrderEvent & { readonly data: { readonly dueAt: Instant } })[] = breach
    ? [
        { type: 'WorkOrderResponseBreached', data: breach },
        { type: 'WorkOrderEscalated', data: { to: 'dispatcher', because: 'response', dueAt: breach.dueAt } },
      ]
    : [];
  return [...response, ...clocks.noticed(order.level, at, also)].sort(
    (a, b) => Number(a.data.dueAt > b.data.dueAt) - Number(a.data.dueAt < b.data.dueAt),
  );
}

/** When something will have to be noted next, if nothing happens before; null: never. */
export function nextDueAt(order: WorkOrder): Instant | null {
  if (order.status === 'completed') return order.rateUntil;
  if (order.status !== 'under-way') return null;
  const due = [unanswered(order.assignment, () => true)?.dueAt ?? null, clocks.nextAt(order.level)].filter((at) => at !== null);
  return due.sort()[0] ?? null;
}

const shown = (order: Opened) => ({ status: statusOf(order) });
const ofReporter = ({ reporterId }: Opened, by: Actor): boolean => reporterId === by.id || mayDirect(by);

function evolve(order: WorkOrder, event: WorkOrderEvent): WorkOrder {
  if (event.type === 'WorkOrderReported') return opening(event.data);
  if (order.status === 'unknown') return order;
  switch (event.type) {
    case 'WorkOrderInformationProvided': {
      const { details, photos, missing, at } = event.data;
      const informed = { ...order, details: { ...order.details, ...details }, photos: [...order.photos, ...photos] };
      if (order.status !== 'needs-information' || missing.length > 0) return informed;
      return { ...informed, status: 'under-way', level: clocks.entered(clocks.resumed(order.level, at), 'waiting', at) };
    }
    case 'WorkOrderPaused':
    case 'WorkOrderResumed':
    case 'WorkOrderReprioritised':
    case 'WorkOrderRebaselined':
      return { ...order, ...evolveAgreement(order, event) };
    case 'WorkOrderLimitWarned':
    case 'WorkOrderLimitPassed':
    case 'WorkOrderLimitKept':
    case 'WorkOrderEscalated':
      return { ...order, level: clocks.evolveLevel(order.level, event, holderOf(order.assignment)) };
    case 'WorkOrderCompleted': {
      const { restoredAt, rateUntil, at } = event.data;
      const level = clocks.entered(clocks.stopped(clocks.resumed(order.level, at), 'resolve', restoredAt), 'completed', at);
      return { ...order, status: 'completed', rateUntil, level };
    }
    case 'WorkOrderRated':
    case 'WorkOrderLeftUnrated':
      return { ...order, status: 'closed' };
    case 'WorkOrderReopened': {
      const level = clocks.entered(clocks.restarted(order.level, 'resolve', event.data.at), 'waiting', event.data.at);
      const job = { ...order.job, declinedBy: [] };
      return { ...order, status: 'under-way', assignment: { status: 'waiting' }, job, timesReopened: order.timesReopened + 1, level };
    }
    case 'WorkOrderCancelled':
    case 'WorkOrderMerged': {
      const level = clocks.stopped(clocks.stopped(order.level, 'own', event.data.at), 'resolve', event.data.at);
      return { ...order, ...('reason' in event.data ? { status: 'cancelled', reason: event.data.reason } : { status: 'merged' }), level };
    }
    default:
      return withTask(order, event);
  }
}

/** Who does it has changed, and with that the stage the order is in; nothing by an event of a newer version. */
function withTask(order: Opened, event: AssignmentEvent): Opened {
  const { job, assignment } = evolveAssignment(order, event) ?? order;
  const changed = { ...order, job, assignment };
  if (!('at' in event.data) || assignment.status === order.assignment.status) return changed;
  const level = clocks.entered(order.level, assignment.status, event.data.at);
  return { ...changed, level: assignment.status === 'accepted' ? clocks.stopped(level, 'own', event.data.at) : level };
}

function opening({ trade, zone, requires, terms, priority, missing, at, ...known }: Opening & { at: Instant }): WorkOrder {
  const { fields, details, photos, criticality, severity, reporterId } = known;
  const status = missing.length > 0 ? 'needs-information' : 'under-way';
  const level = clocks.opened(terms, priority, at, status === 'under-way' ? 'waiting' : status);
  return {
    ...{ status, fields, details, photos, criticality, severity, reporterId, timesReopened: 0, respondMinutes: terms.respondMinutes },
    ...{ job: { trade, zone, requires, declinedBy: [] }, ofCategory: known.ofCategory ?? { trade, requires } },
    assignment: { status: 'waiting' },
    level: missing.length > 0 ? clocks.paused(level, 'needs-information', at) : level,
  };
}

export const workOrder: Decider<WorkOrder, WorkOrderCommand, WorkOrderEvent> = {
  category: 'workOrder',
  initial: { status: 'unknown' },
  decide,
  evolve,
};
