import { type Actor, type Command, type Decider, HOUR, type Instant, instant, millis, reject, type Rejection } from '@hospital/kernel';
import { type Colleague, unfit } from './colleague';

/** Nobody works again sooner than this after a shift (ms). */
export const REST = 10 * HOUR;

/** What must be known of whoever is to work a shift: who they are, and their other shifts around it. */
type Facts = {
  readonly person: Colleague | null;
  readonly others: readonly { readonly id: string; readonly from: Instant; readonly until: Instant }[];
};
type Hours = { readonly trade: string; readonly zones: readonly string[]; readonly from: Instant; readonly until: Instant };

export type ShiftCommand =
  | Command<'PlanShift', Hours & Facts & { personId: string }>
  /** `personId`: only while it is theirs; unless told, whoever has it. */
  | Command<'CancelShift', { reason: string; personId?: string }>
  /** `toPersonId` null: to whoever of the trade takes it. */
  | Command<'OfferSwap', { toPersonId: string | null; person: Colleague | null }>
  /** The facts are those of whoever takes it. */
  | Command<'AcceptSwap', Facts>
  | Command<'DeclineSwap', Record<string, never>>
  | Command<'WithdrawSwap', Record<string, never>>
  | Command<'ReassignShift', Facts & { personId: string; reason: string }>;

export type ShiftEvent =
  | { type: 'ShiftPlanned'; data: Hours & { personId: string } }
  | { type: 'ShiftCancelled'; data: { personId: string; reason: string } }
  | { type: 'ShiftSwapOffered'; data: { fromPersonId: string; toPersonId: string | null } }
  | { type: 'ShiftSwapAccepted'; data: { fromPersonId: string; toPersonId: string } }
  | { type: 'ShiftSwapDeclined'; data: { toPersonId: string } }
  | { type: 'ShiftSwapWithdrawn'; data: { toPersonId: string | null } }
  | { type: 'ShiftReassigned'; data: Hours & { fromPersonId: string; personId: string; reason: string | null } };

export type Shift =
  | { readonly status: 'unknown' }
  | { readonly status: 'cancelled' }
  | {
      readonly status: 'planned';
      readonly personId: string;
      readonly hours: Hours;
      /** One offer at a time, and of this very shift, whatever becomes of its hours. */
      readonly offer: { readonly toPersonId: string | null } | null;
    };
type Planned = Extract<Shift, { status: 'planned' }>;

/** The rule that forbids these hours to this person, if one does. */
function against(personId: string, { trade, from, until }: Hours, { person, others }: Facts, field: string): Rejection | undefined {
  const refusal = unfit(person?.id === personId ? person : null, trade, field);
  if (refusal) return refusal;
  const overlapping = others.find((other) => other.from < until && from < other.until);
  if (overlapping) return reject('SHIFT_OVERLAPS', `Overlaps ${overlapping.id}, ${overlapping.from} to ${overlapping.until}.`, field);
  const close = others.find((other) => other.from < shifted(until, REST) && shifted(from, -REST) < other.until);
  return close && reject('REST_TOO_SHORT', `Less than 10 hours of rest to ${close.id}, ${close.from} to ${close.until}.`, field);
}

/** Instants at the edge of what can be told stay there. */
const shifted = (at: Instant, by: number): Instant => {
  const ms = millis(at) + by;
  return ms > millis('9999-12-31T23:59:59.999Z') || Number.isNaN(ms) ? at : instant(ms);
};

const manages = ({ roles }: Actor): boolean => roles.includes('scheduler') || roles.includes('administrator');

function reassigned({ personId: fromPersonId, hours }: Planned, personId: string, reason: string | null): ShiftEvent {
  return { type: 'ShiftReassigned', data: { ...hours, fromPersonId, personId, reason } };
}

function decide(command: ShiftCommand, shift: Shift): readonly ShiftEvent[] | Rejection {
  const { at, by } = command;
  if (command.type === 'PlanShift') {
    if (shift.status !== 'unknown') return reject('ALREADY_PLANNED', 'This shift exists.', 'idempotencyKey');
    const { person, others, ...data } = command.data;
    if (data.until <= data.from) return reject('ENDS_BEFORE_IT_STARTS', 'A shift ends after it starts.', 'input.until');
    return against(data.personId, data, { person, others }, 'input.personId') ?? [{ type: 'ShiftPlanned', data }];
  }
  if (shift.status === 'unknown') return reject('UNKNOWN_SHIFT', 'There is no such shift.', 'input.id');
  if (shift.status === 'cancelled')
    return command.type === 'CancelShift' ? [] : reject('SHIFT_CANCELLED', 'This shift was cancelled.', 'input.id');
  const { personId, offer, hours } = shift;
  if (hours.until <= at) return reject('SHIFT_OVER', `This shift ended at ${hours.until}.`, 'input.id');
  switch (command.type) {
    case 'CancelShift': {
      const { reason, personId: whose = personId } = command.data;
      return whose === personId ? [{ type: 'ShiftCancelled', data: { personId, reason } }] : [];
    }
    case 'ReassignShift': {
      const { personId: to, reason, ...facts } = command.data;
      if (to === personId) return [];
      return against(to, hours, facts, 'input.personId') ?? [reassigned(shift, to, reason)];
    }
    case 'OfferSwap': {
      const { toPersonId, person } = command.data;
      if (by.id !== personId && !manages(by)) return reject('NOT_YOURS', 'Only whose shift it is, or a scheduler, offers it.', 'input.id');
      if (hours.from <= at) return reject('SHIFT_STARTED', 'It has begun; a scheduler can reassign it.', 'input.id');
      if (toPersonId === personId) return reject('SAME_PERSON', 'It is theirs already.', 'input.toPersonId');
      if (offer?.toPersonId === toPersonId) return [];
      if (offer) return reject('SWAP_OPEN', `It is offered to ${offer.toPersonId ?? 'anybody'}; withdraw that first.`, 'input.id');
      const refusal = toPersonId === null ? undefined : unfit(person?.id === toPersonId ? person : null, hours.trade, 'input.toPersonId');
      return refusal ?? [{ type: 'ShiftSwapOffered', data: { fromPersonId: personId, toPersonId } }];
    }
    case 'WithdrawSwap':
      if (by.id !== personId && !manages(by)) return reject('NOT_YOURS', 'Only whose shift it is, or a scheduler, withdraws.', 'input.id');
      return offer === null ? [] : [{ type: 'ShiftSwapWithdrawn', data: offer }];
    case 'AcceptSwap':
    case 'DeclineSwap': {
      if (offer === null) return reject('NO_SWAP_OPEN', 'Nobody is offered this shift.', 'input.id');
      const toPersonId = offer.toPersonId ?? by.id;
      if (by.id !== toPersonId && !manages(by)) return reject('NOT_YOURS', 'It is offered to somebody else.', 'input.id');
      if (command.type === 'DeclineSwap') return offer.toPersonId === null ? [] : [{ type: 'ShiftSwapDeclined', data: { toPersonId } }];
      if (toPersonId === personId) return reject('SAME_PERSON', 'It is theirs already.', 'input.id');
      if (hours.from <= at) return reject('SHIFT_STARTED', 'It has begun; a scheduler can reassign it.', 'input.id');
      const accepted: ShiftEvent = { type: 'ShiftSwapAccepted', data: { fromPersonId: personId, toPersonId } };
      return against(toPersonId, hours, command.data, 'input.id') ?? [accepted, reassigned(shift, toPersonId, null)];
    }
  }
}

function evolve(shift: Shift, event: ShiftEvent): Shift {
  if (event.type === 'ShiftPlanned') {
    const { personId, ...hours } = event.data;
    return { status: 'planned', personId, hours, offer: null };
  }
  if (shift.status !== 'planned') return shift;
  switch (event.type) {
    case 'ShiftCancelled':
      return { status: 'cancelled' };
    case 'ShiftSwapOffered':
      return { ...shift, offer: { toPersonId: event.data.toPersonId } };
    case 'ShiftSwapAccepted':
    case 'ShiftSwapDeclined':
    case 'ShiftSwapWithdrawn':
      return { ...shift, offer: null };
    case 'ShiftReassigned':
      return { ...shift, personId: event.data.personId, offer: null };
  }
}

export const shift: Decider<Shift, ShiftCommand, ShiftEvent> = { category: 'shift', initial: { status: 'unknown' }, decide, evolve };
