import { type Actor, type Command, type Decider, idOf, type Policy, reject, type Rejection, to } from '@hospital/kernel';

/**
 * Who follows one work order to its end, whoever repairs it 首问负责制. The owner is the person who received it by hand when
 * somebody did, else the first technician who took it on; from then on only a hand-over that was offered and accepted changes that.
 */
export type ResponsibilityCommand =
  | Command<'TakeResponsibility', { ownerId: string; because: Because }>
  | Command<'OfferHandOver', { toId: string; reason: string }>
  | Command<'AcceptHandOver', Record<string, never>>
  | Command<'DeclineHandOver', { reason: string }>
  | Command<'WithdrawHandOver', Record<string, never>>
  | Command<'CloseResponsibility', Record<string, never>>
  | Command<'ReopenResponsibility', Record<string, never>>;

/** Received it by hand, or took it on first. */
export type Because = 'received' | 'accepted';

export type ResponsibilityEvent =
  | { type: 'ResponsibilityTaken'; data: { ownerId: string; because: Because } }
  | { type: 'HandOverOffered'; data: { ownerId: string; toId: string; reason: string } }
  | { type: 'HandOverAccepted'; data: { fromId: string; toId: string } }
  | { type: 'HandOverDeclined'; data: { toId: string; reason: string } }
  | { type: 'HandOverWithdrawn'; data: { toId: string } }
  | { type: 'ResponsibilityClosed'; data: { ownerId: string } }
  | { type: 'ResponsibilityReopened'; data: { ownerId: string } };

export type Responsibility =
  | { readonly status: 'none' }
  | { readonly status: 'open'; readonly ownerId: string; readonly offeredTo: string | null }
  | { readonly status: 'closed'; readonly ownerId: string };

type Open = Extract<Responsibility, { status: 'open' }>;

function decide(command: ResponsibilityCommand, known: Responsibility): readonly ResponsibilityEvent[] | Rejection {
  switch (command.type) {
    case 'TakeResponsibility':
      return known.status === 'none' ? [{ type: 'ResponsibilityTaken', data: command.data }] : [];
    case 'CloseResponsibility':
      return known.status === 'open' ? [{ type: 'ResponsibilityClosed', data: { ownerId: known.ownerId } }] : [];
    case 'ReopenResponsibility':
      return known.status === 'closed' ? [{ type: 'ResponsibilityReopened', data: { ownerId: known.ownerId } }] : [];
    case 'OfferHandOver':
    case 'AcceptHandOver':
    case 'DeclineHandOver':
    case 'WithdrawHandOver':
      if (known.status === 'none') return reject('NO_OWNER', 'Nobody owns this work order, or there is none.', 'input.id');
      if (known.status === 'closed') return reject('RESPONSIBILITY_CLOSED', 'This work order has ended.', 'input.id');
      return handOver(command, known);
  }
}

function handOver(
  command: Extract<ResponsibilityCommand, { type: `${string}HandOver` }>,
  known: Open,
): readonly ResponsibilityEvent[] | Rejection {
  const { by } = command;
  const { ownerId, offeredTo } = known;
  switch (command.type) {
    case 'OfferHandOver': {
      const { toId, reason } = command.data;
      if (!speaksFor(by, ownerId)) return reject('NOT_YOURS', 'Only the owner of record hands over.', 'input.id');
      if (toId === ownerId) return reject('ALREADY_OWNER', 'This person is the owner of record.', 'input.toId');
      if (offeredTo === toId) return [];
      if (offeredTo !== null) return reject('OFFER_OPEN', `This is offered to ${offeredTo}; withdraw that first.`, 'input.toId');
      return [{ type: 'HandOverOffered', data: { ownerId, toId, reason } }];
    }
    case 'AcceptHandOver':
      if (offeredTo === null && ownerId === by.id) return [];
      return offeredTo === by.id ? [{ type: 'HandOverAccepted', data: { fromId: ownerId, toId: by.id } }] : notOffered(offeredTo);
    case 'DeclineHandOver':
      return offeredTo === by.id
        ? [{ type: 'HandOverDeclined', data: { toId: by.id, reason: command.data.reason } }]
        : notOffered(offeredTo);
    case 'WithdrawHandOver':
      if (!speaksFor(by, ownerId)) return reject('NOT_YOURS', 'Only the owner of record withdraws an offer.', 'input.id');
      return offeredTo === null ? [] : [{ type: 'HandOverWithdrawn', data: { toId: offeredTo } }];
  }
}

/** An owner who has left cannot hand over any more: the leadership does it; somebody must still accept. */
const speaksFor = (by: Actor, ownerId: string): boolean =>
  by.id === ownerId || by.roles.includes('director') || by.roles.includes('administrator');

const notOffered = (offeredTo: string | null): Rejection =>
  offeredTo === null
    ? reject('NO_OFFER', 'No hand-over is offered.', 'input.id')
    : reject('NOT_YOURS', 'This hand-over is offered to somebody else.', 'input.id');

function evolve(known: Responsibility, event: ResponsibilityEvent): Responsibility {
  switch (event.type) {
    case 'ResponsibilityTaken':
    case 'ResponsibilityReopened':
      return { status: 'open', ownerId: event.data.ownerId, offeredTo: null };
    case 'HandOverOffered':
      return known.status === 'open' ? { ...known, offeredTo: event.data.toId } : known;
    case 'HandOverAccepted':
      return { status: 'open', ownerId: event.data.toId, offeredTo: null };
    case 'HandOverDeclined':
    case 'HandOverWithdrawn':
      return known.status === 'open' ? { ...known, offeredTo: null } : known;
    case 'ResponsibilityClosed':
      // An offer nobody has answered ends with the order.
      return { status: 'closed', ownerId: event.data.ownerId };
  }
}

export const responsibility: Decider<Responsibility, ResponsibilityCommand, ResponsibilityEvent> = {
  category: 'responsibility',
  initial: { status: 'none' },
  decide,
  evolve,
};

/**
 * One policy, so that the events of an order are heard in their order. An assignment, a decline or another team is no reason to
 * change the owner, so those are not listened to.
 */
export const takeResponsibility: Policy = {
  name: 'take-responsibility',
  categories: ['workOrder'],
  on: [
    'WorkOrderReported',
    'WorkOrderGrabbed',
    'WorkOrderAccepted',
    'WorkOrderRated',
    'WorkOrderLeftUnrated',
    'WorkOrderCancelled',
    'WorkOrderMerged',
    'WorkOrderReopened',
  ],
  facts: async () => undefined,
  react({ type, stream, data }) {
    const orderId = idOf(stream);
    const take = (ownerId: unknown, because: Because) =>
      typeof ownerId === 'string' ? [to(responsibility, orderId, 'TakeResponsibility', { ownerId, because })] : [];
    switch (type) {
      case 'WorkOrderReported':
        return take(data['receiverId'], 'received');
      case 'WorkOrderGrabbed':
      case 'WorkOrderAccepted':
        return take(data['technicianId'], 'accepted');
      case 'WorkOrderReopened':
        return [to(responsibility, orderId, 'ReopenResponsibility', {})];
      default:
        return [to(responsibility, orderId, 'CloseResponsibility', {})];
    }
  },
};
