import {
  type Command,
  type Deadline,
  type Decider,
  idOf,
  type Instant,
  MINUTE,
  type Personal,
  plus,
  type Policy,
  reject,
  type Rejection,
  sha256,
  to,
} from '@hospital/kernel';
import { type Coordinates, distanceBetween, faultIn, type Located } from './place';
import { type Agreement, agreementAt, isMinutes } from './vendor';
import { isAmount, notAnAmount } from './work-log';

/**
 * One call of a maintenance firm for a work order, of which an order may have several. 外委维修
 *
 * Arrival is proved with a code of six digits, made for this one call, that only the house can read: whoever receives the firm
 * on site tells it. A code printed at the place could be photographed on an earlier visit. The code is stored sealed, to be shown,
 * and as a digest, to be compared without opening anything. Where nobody can tell it, a position does.
 */
export type VendorJobCommand =
  | Command<
      'HandToVendor',
      {
        /** `ended`: its status, when it is one of {@link ENDED}. */
        order: { id: string; ended: string | null; trade: string; placeId: string; vendorArrivalMinutes: number | null } | null;
        vendor: { id: string; agreements: readonly Agreement[] } | null;
        reason: string;
        /** Somebody is shut in, as in a lift. */
        trapped: boolean;
        code: Personal;
      }
    >
  /** `place`: where the fault is, when that is known. */
  | Command<'CheckInArrival', { proof: Proof | null; place: Located | null }>
  | Command<'NoteVendorArrivalOverdue', { dueAt: Instant }>
  | Command<'FinishVendorJob', { result: string; costs: readonly VendorCost[] }>
  | Command<'SettleVendorJob', { amountFen: number; invoiceNumber: string }>
  | Command<'WithdrawVendorJob', { reason: string }>;

export type Proof = { readonly kind: 'code'; readonly code: string } | Position;
type Position = Coordinates & { readonly kind: 'position'; readonly accuracyMetres: number };
export type VendorCost = { readonly kind: string; readonly amountFen: number };

/** What each later event repeats, so that nobody who hears it has to look anything up. */
type Of = { orderId: string; vendorId: string };
type Opened = Of & {
  placeId: string;
  reason: string;
  trapped: boolean;
  arriveWithinMinutes: number;
  arriveDueAt: Instant;
  code: Personal;
  codeDigest: string;
  at: Instant;
};

export type VendorJobEvent =
  | { type: 'VendorJobOpened'; data: Opened }
  /** `verified` false: the position could not be compared with anything. */
  | {
      type: 'VendorArrivalCheckedIn';
      data: Of & { proof: { kind: 'code' } | (Position & { distanceMetres: number | null }); verified: boolean; at: Instant };
    }
  | { type: 'VendorArrivalBreached'; data: Of & { dueAt: Instant } }
  | { type: 'VendorEscalated'; data: Of & { to: 'dispatcher' | 'director'; because: 'arrival'; dueAt: Instant } }
  | { type: 'VendorJobFinished'; data: Of & { result: string; costs: readonly VendorCost[]; at: Instant } }
  | { type: 'VendorJobSettled'; data: Of & { amountFen: number; invoiceNumber: string; at: Instant } }
  | { type: 'VendorJobWithdrawn'; data: Of & { reason: string; at: Instant } };

export type VendorJob =
  | { readonly status: 'unknown' }
  | { readonly status: 'awaited'; readonly opened: Opened; readonly breached: boolean }
  | { readonly status: 'arrived' | 'finished' | 'settled' | 'withdrawn'; readonly opened: Opened };

type Answer = readonly VendorJobEvent[] | Rejection;
type Sent<T extends VendorJobCommand['type']> = Extract<VendorJobCommand, { type: T }>;
type Known = Exclude<VendorJob, { status: 'unknown' }>;
type Awaited = Extract<VendorJob, { status: 'awaited' }>;

/** A position is worth nothing when it is known to more than this. */
const VAGUE_METRES = 200;
/** Nobody is called any more for an order of such a status. */
export const ENDED = ['completed', 'closed', 'cancelled', 'merged'];

function decide(command: VendorJobCommand, job: VendorJob): Answer {
  if (command.type === 'HandToVendor') return open(command, job);
  if (job.status === 'unknown') return reject('UNKNOWN_VENDOR_JOB', 'There is no such vendor job.', 'input.id');
  const { orderId, vendorId } = job.opened;
  const of: Of = { orderId, vendorId };
  const { at } = command;
  switch (command.type) {
    case 'CheckInArrival':
      return checkIn(command, job, of);
    case 'NoteVendorArrivalOverdue':
      return job.status === 'awaited' && job.opened.arriveDueAt === command.data.dueAt ? overdue(job, of) : [];
    case 'FinishVendorJob':
      if (job.status !== 'arrived') return wrongStatus('has arrived', job);
      if (!command.data.costs.every(({ amountFen }) => isAmount(amountFen))) return notAnAmount('input.costs');
      return [{ type: 'VendorJobFinished', data: { ...of, ...command.data, at } }];
    case 'SettleVendorJob':
      if (job.status !== 'finished') return wrongStatus('is finished and not settled', job);
      if (!isAmount(command.data.amountFen)) return notAnAmount('input.amountFen');
      return [{ type: 'VendorJobSettled', data: { ...of, ...command.data, at } }];
    case 'WithdrawVendorJob': {
      if (job.status === 'withdrawn') return [];
      if (job.status !== 'awaited' && job.status !== 'arrived') return wrongStatus('is not finished', job);
      const missed = job.status === 'awaited' && at > job.opened.arriveDueAt ? overdue(job, of) : [];
      return [...missed, { type: 'VendorJobWithdrawn', data: { ...of, reason: command.data.reason, at } }];
    }
  }
}

function open({ data, at }: Sent<'HandToVendor'>, job: VendorJob): Answer {
  const { order, vendor, reason, trapped, code } = data;
  if (job.status !== 'unknown') return reject('ALREADY_OPENED', 'This vendor job exists.', 'idempotencyKey');
  if (order === null) return reject('UNKNOWN_WORK_ORDER', 'There is no such work order.', 'input.orderId');
  if (order.ended !== null) return reject('WRONG_STATUS', `This work order is ${order.ended}.`, 'input.orderId');
  if (vendor === null) return reject('UNKNOWN_VENDOR', 'There is no such vendor.', 'input.vendorId');
  const agreement = agreementAt(vendor.agreements, at);
  if (!agreement) return reject('NO_AGREEMENT', 'No agreement with this vendor is in force.', 'input.vendorId');
  if (!agreement.trades.includes(order.trade))
    return reject('WRONG_TRADE', `This takes the trade ${order.trade}, which this vendor does not serve.`, 'input.vendorId');
  // What the order promises and what the vendor owes: the tighter holds.
  const owed = trapped ? agreement.entrapmentMinutes : agreement.arrivalMinutes;
  const arriveWithinMinutes = Math.min(owed, order.vendorArrivalMinutes ?? owed);
  if (!isMinutes(arriveWithinMinutes)) return reject('INVALID_MINUTES', 'No limit of whole minutes is agreed.', 'input.vendorId');
  const arriveDueAt = plus(at, arriveWithinMinutes * MINUTE);
  const of: Of = { orderId: order.id, vendorId: vendor.id };
  const codeDigest = digestOf({ ...of, at }, code.value ?? '');
  return [
    {
      type: 'VendorJobOpened',
      data: { ...of, placeId: order.placeId, reason, trapped, arriveWithinMinutes, arriveDueAt, code, codeDigest, at },
    },
  ];
}

const digestOf = ({ orderId, vendorId, at }: Of & { at: Instant }, code: string): string => sha256(`${orderId}/${vendorId}/${at}/${code}`);

function checkIn({ data: { proof, place }, at }: Sent<'CheckInArrival'>, job: Known, of: Of): Answer {
  if (job.status === 'arrived') return [];
  if (job.status !== 'awaited') return wrongStatus('is awaited', job);
  if (proof === null) return reject('ARRIVAL_PROOF_MISSING', 'Arrival is proved with the arrival code or a position.', 'input.proof');
  const missed = at > job.opened.arriveDueAt ? overdue(job, of) : [];
  if (proof.kind === 'code') {
    if (digestOf(job.opened, proof.code) !== job.opened.codeDigest) return wrongProof('This is not the arrival code of this vendor job.');
    return [...missed, { type: 'VendorArrivalCheckedIn', data: { ...of, proof: { kind: 'code' }, verified: true, at } }];
  }
  const fault = faultIn(proof, 'input.proof.position');
  if (fault) return fault;
  const near = place?.radiusMetres ?? VAGUE_METRES;
  if (!(proof.accuracyMetres >= 0 && proof.accuracyMetres <= near))
    return wrongProof(`A position proves something here when it is known to ${near} m.`, 'input.proof.position.accuracyMetres');
  const distanceMetres = place && distanceBetween(proof, place);
  if (distanceMetres !== null && distanceMetres > near)
    return wrongProof(`This is ${distanceMetres} m away from the place; ${near} m count.`);
  return [
    ...missed,
    { type: 'VendorArrivalCheckedIn', data: { ...of, proof: { ...proof, distanceMetres }, verified: distanceMetres !== null, at } },
  ];
}

const wrongProof = (message: string, field = 'input.proof'): Rejection => reject('ARRIVAL_PROOF_WRONG', message, field);

/** A limit that has passed is recorded once, before whatever comes later, with the instant it passed. */
function overdue({ breached, opened: { arriveDueAt: dueAt, trapped } }: Awaited, of: Of): readonly VendorJobEvent[] {
  if (breached) return [];
  return [
    { type: 'VendorArrivalBreached', data: { ...of, dueAt } },
    { type: 'VendorEscalated', data: { ...of, to: trapped ? 'director' : 'dispatcher', because: 'arrival', dueAt } },
  ];
}

const wrongStatus = (needed: string, { status }: VendorJob): Rejection =>
  reject('WRONG_STATUS', `This takes a vendor job that ${needed}; this one is ${status}.`, 'input.id');

function evolve(job: VendorJob, event: VendorJobEvent): VendorJob {
  if (event.type === 'VendorJobOpened') return { status: 'awaited', opened: event.data, breached: false };
  if (job.status === 'unknown') return job;
  const { opened } = job;
  switch (event.type) {
    case 'VendorArrivalBreached':
      return job.status === 'awaited' ? { ...job, breached: true } : job;
    case 'VendorEscalated':
      return job;
    case 'VendorArrivalCheckedIn':
      return { status: 'arrived', opened };
    case 'VendorJobFinished':
      return { status: 'finished', opened };
    case 'VendorJobSettled':
      return { status: 'settled', opened };
    case 'VendorJobWithdrawn':
      return { status: 'withdrawn', opened };
  }
}

export const vendorJob: Decider<VendorJob, VendorJobCommand, VendorJobEvent> = {
  category: 'vendorJob',
  initial: { status: 'unknown' },
  decide,
  evolve,
};

/** The clock of the vendor; those of the order run on beside it. */
export const vendorArrivalDue: Deadline = {
  name: 'vendor-arrival-due',
  view: 'vendor-jobs',
  column: 'nextDueAt',
  correlation: 'correlationId',
  whenDue: (id, dueAt) => to(vendorJob, id, 'NoteVendorArrivalOverdue', { dueAt }),
};

/** Nobody need come any more for an order that was cancelled or merged into another; who is on site already is settled with. */
export const withdrawVendorJobs: Policy<readonly string[]> = {
  name: 'withdraw-vendor-jobs',
  categories: ['workOrder'],
  on: ['WorkOrderCancelled', 'WorkOrderMerged'],
  facts: async ({ stream }, ask) =>
    (await ask('vendor-jobs', { where: { orderId: idOf(stream), status: 'awaited' } })).map(({ key }) => key),
  react: ({ type }, jobs) =>
    jobs.map((id) =>
      to(vendorJob, id, 'WithdrawVendorJob', { reason: type === 'WorkOrderMerged' ? 'work order merged' : 'work order cancelled' }),
    ),
};
