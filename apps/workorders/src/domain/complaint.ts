import {
  type Actor,
  type Command,
  type Decider,
  idFrom,
  type Instant,
  type Personal,
  personal,
  type Policy,
  reject,
  type Rejection,
  to,
} from '@hospital/kernel';
import { localTime } from './month';
import { POOR } from './work-order';

export type ComplaintKind = 'delay' | 'quality' | 'attitude' | 'cost' | 'low-rating' | 'other';
export type Cause = 'workmanship' | 'parts' | 'staffing' | 'communication' | 'process' | 'equipment' | 'other';

export type ComplaintCommand =
  | Command<
      'FileComplaint',
      {
        /** What the complaint is about, and whether there is such an order; null: about no order. */
        order: { id: string; known: boolean } | null;
        kind: ComplaintKind;
        text: Personal | null;
        complainantId: string;
        byPatient: boolean;
      }
    >
  | Command<'InvestigateComplaint', { cause: Cause; note: string | null }>
  | Command<'SetCorrectiveAction', { action: string; ownerId: string; dueOn: string }>
  | Command<'CloseComplaint', Record<string, never>>
  | Command<'RejectComplaint', { reason: string }>;

export type ComplaintEvent =
  | {
      type: 'ComplaintFiled';
      data: { orderId: string | null; kind: ComplaintKind; text: Personal | null; complainantId: string; byPatient: boolean; at: Instant };
    }
  | { type: 'ComplaintInvestigated'; data: { cause: Cause; note: string | null; at: Instant } }
  | { type: 'CorrectiveActionSet'; data: { action: string; ownerId: string; dueOn: string; at: Instant } }
  | { type: 'ComplaintClosed'; data: { at: Instant } }
  | { type: 'ComplaintRejected'; data: { reason: string; at: Instant } };

type Found = { readonly cause: Cause; readonly note: string | null };
type Action = { readonly action: string; readonly ownerId: string; readonly dueOn: string };

export type Complaint =
  | { readonly status: 'unknown' }
  | { readonly status: 'open'; readonly found: Found | null; readonly action: Action | null }
  | { readonly status: 'closed' | 'rejected' };

function decide(command: ComplaintCommand, complaint: Complaint): readonly ComplaintEvent[] | Rejection {
  if (command.type === 'FileComplaint') return file(command, complaint);
  if (complaint.status === 'unknown') return reject('UNKNOWN_COMPLAINT', 'There is no such complaint.', 'input.id');
  const { at } = command;
  if (complaint.status !== 'open') {
    const done = { CloseComplaint: 'closed', RejectComplaint: 'rejected', InvestigateComplaint: '', SetCorrectiveAction: '' }[command.type];
    return done === complaint.status ? [] : reject('WRONG_STATUS', `This complaint is ${complaint.status}.`, 'input.id');
  }
  switch (command.type) {
    case 'InvestigateComplaint': {
      const { cause, note } = command.data;
      const same = complaint.found?.cause === cause && complaint.found.note === note;
      return same ? [] : [{ type: 'ComplaintInvestigated', data: { cause, note, at } }];
    }
    case 'SetCorrectiveAction': {
      const { action, ownerId, dueOn } = command.data;
      const known = complaint.action;
      if (known?.action === action && known.ownerId === ownerId && known.dueOn === dueOn) return [];
      if (dueOn < localTime(at).day) return reject('DUE_IN_PAST', 'A corrective action is to be done by a day to come.', 'input.dueOn');
      return [{ type: 'CorrectiveActionSet', data: { action, ownerId, dueOn, at } }];
    }
    case 'CloseComplaint':
      if (complaint.found === null) return reject('CAUSE_MISSING', 'A complaint is closed once its cause is known.', 'cause');
      if (complaint.action === null)
        return reject('CORRECTIVE_ACTION_MISSING', 'A complaint is closed once a corrective action is set.', 'correctiveAction');
      return [{ type: 'ComplaintClosed', data: { at } }];
    case 'RejectComplaint':
      return [{ type: 'ComplaintRejected', data: { reason: command.data.reason, at } }];
  }
}

function file(
  { data: { order, ...said }, at }: Extract<ComplaintCommand, { type: 'FileComplaint' }>,
  complaint: Complaint,
): readonly ComplaintEvent[] | Rejection {
  if (complaint.status !== 'unknown') return reject('ALREADY_FILED', 'This complaint exists.', 'idempotencyKey');
  if (order?.known === false) return reject('UNKNOWN_WORK_ORDER', 'There is no such work order.', 'input.orderId');
  return [{ type: 'ComplaintFiled', data: { orderId: order?.id ?? null, ...said, at } }];
}

function evolve(complaint: Complaint, event: ComplaintEvent): Complaint {
  if (event.type === 'ComplaintFiled') return { status: 'open', found: null, action: null };
  if (complaint.status !== 'open') return complaint;
  switch (event.type) {
    case 'ComplaintInvestigated':
      return { ...complaint, found: { cause: event.data.cause, note: event.data.note } };
    case 'CorrectiveActionSet': {
      const { action, ownerId, dueOn } = event.data;
      return { ...complaint, action: { action, ownerId, dueOn } };
    }
    case 'ComplaintClosed':
      return { status: 'closed' };
    case 'ComplaintRejected':
      return { status: 'rejected' };
  }
}

export const complaint: Decider<Complaint, ComplaintCommand, ComplaintEvent> = {
  category: 'complaint',
  initial: { status: 'unknown' },
  decide,
  evolve,
};

/** Who rated, when the order had been reopened before and this rating did not reopen it; else null. */
type Dissatisfied = { readonly orderId: string; readonly reporterId: string; readonly byPatient: boolean } | null;

/** The first poor rating sends somebody again; when the next is poor too, somebody has to ask why. */
export const complainOfRating: Policy<Dissatisfied> = {
  name: 'complain-of-rating',
  categories: ['workOrder'],
  on: ['WorkOrderRated'],
  async facts({ stream, revision, data }, ask) {
    if (Number(data['stars']) > POOR) return null;
    const orderId = stream.slice('workOrder-'.length);
    const [order] = await ask('timeline', { key: orderId });
    const reopened = (order?.row['reopenedBy'] ?? []) as readonly number[];
    // What a rating leads to is the event after it.
    if (!order || reopened.includes(revision + 1) || !reopened.some((before) => before < revision)) return null;
    return { orderId, reporterId: String(order.row['reporterId']), byPatient: order.row['byPatient'] === true };
  },
  react({ id, data }, dissatisfied) {
    if (dissatisfied === null) return [];
    const { orderId, reporterId, byPatient } = dissatisfied;
    const said = data['comment'];
    const text = typeof said === 'string' ? personal(reporterId, said) : null;
    const filed = { order: { id: orderId, known: true }, kind: 'low-rating' as const, text, complainantId: reporterId, byPatient };
    return [to(complaint, idFrom('cp', id, id), 'FileComplaint', filed)];
  },
};

/** Those who answer for complaints read all of them, others their own. */
export const readsAllComplaints = ({ roles }: Actor): boolean =>
  ['dispatcher', 'director', 'auditor', 'administrator'].some((role) => roles.includes(role));
