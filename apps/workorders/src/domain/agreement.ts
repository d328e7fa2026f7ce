import { type Command, type Instant, reject, type Rejection } from '@hospital/kernel';
import { mayDirect, type Task, wrongStatus } from './assignment';
import { type Criticality, priorityOf, type Severity } from './intake';
import { paused, pauseOf, type Priority, resumed, retermed, type ServiceLevel, type Terms } from './service-level';

/** What moves the clocks of a work order, or its limits: a part of the order, in the same stream. */
export type AgreementCommand =
  | Command<'PauseWorkOrder', { reason: PauseReason; note: string | null }>
  | Command<'ResumeWorkOrder', Record<string, never>>
  | Command<'ReprioritiseWorkOrder', { severity: Severity; reason: string }>
  | Command<'RebaselineWorkOrder', { terms: Terms | null; reason: string }>;

export type AgreementEvent =
  | { type: 'WorkOrderPaused'; data: { technicianId: string; reason: PauseReason; note: string | null; at: Instant } }
  | { type: 'WorkOrderResumed'; data: { technicianId: string; at: Instant } }
  | { type: 'WorkOrderReprioritised'; data: { severity: Severity; priority: Priority; reason: string; at: Instant } }
  | { type: 'WorkOrderRebaselined'; data: { terms: Terms; reason: string; at: Instant } };

export type PauseReason = 'waiting-parts' | 'no-access' | 'vendor' | 'clinical-use' | 'other';

/** An order with its limits and clocks. */
export interface Agreed extends Task {
  readonly criticality: Criticality;
  readonly severity: Severity;
  readonly level: ServiceLevel;
}

export function decideAgreement({ type, data, at, by }: AgreementCommand, order: Agreed): readonly AgreementEvent[] | Rejection {
  switch (type) {
    case 'PauseWorkOrder':
    case 'ResumeWorkOrder': {
      if (order.assignment.status !== 'accepted') return wrongStatus('is accepted', order.assignment);
      const { technicianId } = order.assignment;
      if (technicianId !== by.id && !mayDirect(by)) return reject('NOT_YOURS', 'Somebody else accepted this work order.');
      const pause = pauseOf(order.level);
      if (type === 'ResumeWorkOrder') return pause ? [{ type: 'WorkOrderResumed', data: { technicianId, at } }] : [];
      if (data.reason === 'other' && data.note === null) return reject('NOTE_NEEDED', 'Another reason: say which.', 'input.note');
      if (!pause) return [{ type: 'WorkOrderPaused', data: { technicianId, ...data, at } }];
      if (pause.reason === data.reason && pause.note === data.note) return [];
      return reject('ALREADY_PAUSED', `It is paused for another reason (${pause.reason}); resume it first.`, 'input.reason');
    }
    case 'ReprioritiseWorkOrder': {
      if (data.severity === order.severity) return reject('SAME_SEVERITY', 'It is judged to be that severe already.', 'input.severity');
      const priority = priorityOf(order.criticality, data.severity);
      return [{ type: 'WorkOrderReprioritised', data: { ...data, priority, at } }];
    }
    case 'RebaselineWorkOrder': {
      const { terms, reason } = data;
      if (terms === null) return reject('UNKNOWN_CATEGORY', 'There is no such category.', 'input.categoryId');
      return [{ type: 'WorkOrderRebaselined', data: { terms, reason, at } }];
    }
  }
}

export function evolveAgreement(
  { level, respondMinutes, severity }: Agreed,
  { type, data }: AgreementEvent,
): Pick<Agreed, 'level' | 'respondMinutes' | 'severity'> {
  switch (type) {
    case 'WorkOrderPaused':
      return { level: paused(level, data.reason, data.at, data.note), respondMinutes, severity };
    case 'WorkOrderResumed':
      return { level: resumed(level, data.at), respondMinutes, severity };
    case 'WorkOrderReprioritised':
      return { level: retermed(level, { priority: data.priority }, data.at), respondMinutes, severity: data.severity };
    case 'WorkOrderRebaselined':
      return { level: retermed(level, { terms: data.terms }, data.at), respondMinutes: data.terms.respondMinutes, severity };
  }
}
