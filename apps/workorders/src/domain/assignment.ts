import { type Actor, type Command, type Instant, MINUTE, plus, reject, type Rejection } from '@hospital/kernel';
import { NO_NEEDS } from './category';
import { type Choice, choose, inWords, type Job, type Needs, qualifications, type Rule, type Technician } from './dispatch-rule';
import type { Asked } from './intake';

/** Who does a work order that is under way: a part of the order, in the same stream. */
export type Assignment =
  | { readonly status: 'waiting' }
  | (Held & { readonly status: 'dispatched'; readonly responseDueAt: Instant; readonly breached: boolean })
  | (Held & { readonly status: 'accepted' });
/** By whom, and why them when somebody said so. */
type Held = { readonly technicianId: string; readonly reason: string | null };

/** What is to be assigned. */
export interface Task {
  readonly job: Job;
  /** What the category asks, and of which trade. */
  readonly ofCategory: Asked;
  /** From dispatch to acceptance. */
  readonly respondMinutes: number;
  readonly assignment: Assignment;
}

export type AssignmentCommand =
  | Command<'DispatchWorkOrder', { technicians: readonly Technician[]; rule: Rule }>
  | Command<'AssignWorkOrder', { technicianId: string; technician: Technician | null; reason: string }>
  | Command<'GrabWorkOrder', { technician: Technician | null }>
  | Command<'AcceptWorkOrder', Record<string, never>>
  | Command<'DeclineWorkOrder', { reason: string }>
  | Command<'HandWorkOrderToTeam', { trade: string; reason: string }>;

export type AssignmentEvent =
  | { type: 'WorkOrderDispatched'; data: Choice & { technicianId: string; responseDueAt: Instant; at: Instant } }
  | { type: 'WorkOrderLeftWaiting'; data: Choice & { at: Instant } }
  | {
      type: 'WorkOrderAssigned';
      data: { technicianId: string; fromTechnicianId: string | null; reason: string; responseDueAt: Instant; at: Instant };
    }
  | { type: 'WorkOrderGrabbed'; data: { technicianId: string; fromTechnicianId: string | null; requires: Needs; at: Instant } }
  | { type: 'WorkOrderAccepted'; data: { technicianId: string; requires: Needs; at: Instant } }
  | { type: 'WorkOrderDeclined'; data: { technicianId: string; reason: string; at: Instant } }
  | { type: 'WorkOrderHandedToTeam'; data: { trade: string; fromTechnicianId: string | null; reason: string; at: Instant } }
  | { type: 'WorkOrderResponseBreached'; data: { technicianId: string; dueAt: Instant } };

type Decided = readonly AssignmentEvent[] | Rejection;

/** Dispatchers, administrators and the suite itself. */
export const mayDirect = ({ kind, roles }: Actor): boolean =>
  kind === 'system' || roles.includes('dispatcher') || roles.includes('administrator');

export const holderOf = (assignment: Assignment): string | null => (assignment.status === 'waiting' ? null : assignment.technicianId);

export function decideAssignment(command: AssignmentCommand, task: Task): Decided {
  const { at, by } = command;
  const { assignment, job } = task;
  const holder = holderOf(assignment);
  switch (command.type) {
    case 'DispatchWorkOrder': {
      if (assignment.status !== 'waiting')
        return assignment.status === 'dispatched' ? [] : wrongStatus('waits for a technician', assignment);
      const { technicianId, ...choice } = choose(job, command.data.technicians, at, command.data.rule);
      return technicianId === null
        ? [{ type: 'WorkOrderLeftWaiting', data: { technicianId, ...choice, at } }]
        : [{ type: 'WorkOrderDispatched', data: { technicianId, ...choice, responseDueAt: respondBy(task, at), at } }];
    }
    case 'AssignWorkOrder': {
      const { technicianId, technician, reason } = command.data;
      if (holder !== by.id && !mayDirect(by))
        return reject('NOT_YOURS', 'Whoever has the order hands it over, or a dispatcher assigns it.');
      if (assignment.status !== 'waiting' && holder === technicianId)
        return reason === assignment.reason ? [] : reject('ALREADY_ASSIGNED', 'They have this work order already.', 'input.technicianId');
      const assigned: AssignmentEvent = {
        type: 'WorkOrderAssigned',
        data: { technicianId, fromTechnicianId: holder, reason, responseDueAt: respondBy(task, at), at },
      };
      return unfit(technician, job, at, 'input.technicianId') ?? [assigned];
    }
    case 'GrabWorkOrder': {
      if (assignment.status === 'accepted')
        return holder === by.id ? [] : wrongStatus('waits for a technician or was not accepted in time', assignment);
      if (assignment.status === 'dispatched' && holder !== by.id && !assignment.breached && at <= assignment.responseDueAt)
        return reject('NOT_LATE', `Somebody else was sent and has until ${assignment.responseDueAt} to accept.`, 'input.id');
      return (
        unfit(command.data.technician, job, at, 'input.id') ?? [
          { type: 'WorkOrderGrabbed', data: { technicianId: by.id, fromTechnicianId: holder, requires: job.requires, at } },
        ]
      );
    }
    case 'AcceptWorkOrder':
      if (assignment.status === 'accepted' && holder === by.id) return [];
      return notSent(assignment, by) ?? [{ type: 'WorkOrderAccepted', data: { technicianId: by.id, requires: job.requires, at } }];
    case 'DeclineWorkOrder':
      return notSent(assignment, by) ?? [{ type: 'WorkOrderDeclined', data: { technicianId: by.id, reason: command.data.reason, at } }];
    case 'HandWorkOrderToTeam':
      if (holder !== by.id && !mayDirect(by)) return reject('NOT_YOURS', 'Whoever has the order hands it on, or a dispatcher.');
      if (command.data.trade === job.trade) return reject('SAME_TRADE', 'It is with that team already.', 'input.trade');
      return [{ type: 'WorkOrderHandedToTeam', data: { ...command.data, fromTechnicianId: holder, at } }];
  }
}

/** Whom the answer is waited for, and until when, if that instant has passed and was not noted yet. */
export const unanswered = (assignment: Assignment, passed: (due: Instant) => boolean) =>
  assignment.status === 'dispatched' && !assignment.breached && passed(assignment.responseDueAt)
    ? { technicianId: assignment.technicianId, dueAt: assignment.responseDueAt }
    : undefined;

export function evolveAssignment(task: Task, event: AssignmentEvent): Task {
  const { job, assignment } = task;
  switch (event.type) {
    case 'WorkOrderDispatched':
    case 'WorkOrderAssigned': {
      const { technicianId, responseDueAt } = event.data;
      const reason = event.type === 'WorkOrderAssigned' ? event.data.reason : null;
      return { ...task, assignment: { status: 'dispatched', technicianId, responseDueAt, breached: false, reason } };
    }
    case 'WorkOrderLeftWaiting':
      return { ...task, assignment: { status: 'waiting' } };
    case 'WorkOrderGrabbed':
    case 'WorkOrderAccepted': {
      const reason = event.type === 'WorkOrderAccepted' && assignment.status === 'dispatched' ? assignment.reason : null;
      return { ...task, assignment: { status: 'accepted', technicianId: event.data.technicianId, reason } };
    }
    case 'WorkOrderDeclined':
      return { ...task, job: { ...job, declinedBy: [...job.declinedBy, event.data.technicianId] }, assignment: { status: 'waiting' } };
    case 'WorkOrderHandedToTeam': {
      const { trade } = event.data;
      // What the category asks of its own trade's people binds no others.
      const requires = trade === task.ofCategory.trade ? task.ofCategory.requires : NO_NEEDS;
      return { ...task, job: { ...job, trade, requires, declinedBy: [] }, assignment: { status: 'waiting' } };
    }
    case 'WorkOrderResponseBreached':
      return assignment.status === 'dispatched' ? { ...task, assignment: { ...assignment, breached: true } } : task;
  }
}

const respondBy = ({ respondMinutes }: Task, at: Instant): Instant => plus(at, respondMinutes * MINUTE);

function notSent(assignment: Assignment, by: Actor): Rejection | undefined {
  if (assignment.status !== 'dispatched') return wrongStatus('was dispatched and waits to be accepted', assignment);
  return assignment.technicianId === by.id ? undefined : reject('NOT_YOURS', 'This work order was dispatched to somebody else.');
}

function unfit(technician: Technician | null, job: Job, at: Instant, field: string): Rejection | undefined {
  if (technician === null) return reject('UNKNOWN_TECHNICIAN', 'Work orders know no such technician.', field);
  const judged = qualifications(technician, job, at);
  return judged.every(({ holds }) => holds)
    ? undefined
    : reject('NOT_QUALIFIED', `Not for this job: ${inWords(judged).join('; ')}.`, field);
}

export const wrongStatus = (needed: string, { status }: { readonly status: string }): Rejection =>
  reject('WRONG_STATUS', `This takes a work order that ${needed}; this one is ${status}.`, 'input.id');
