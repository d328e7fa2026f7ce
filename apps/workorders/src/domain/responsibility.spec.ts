import type { Actor, Recorded } from '@hospital/kernel';
import { commandsBy, rulesOf } from '@hospital/kernel/testing';
import { responsibility, type ResponsibilityEvent, takeResponsibility } from './responsibility';

const person = (id: string, ...roles: readonly string[]): Actor => ({ id, kind: 'person', roles });
const zhang = commandsBy(person('pn_zhang', 'dispatcher'));
const li = commandsBy(person('pn_li', 'technician'));
const wang = commandsBy(person('pn_wang', 'dispatcher'));
const director = commandsBy(person('pn_director', 'director'));
const system = commandsBy({ id: 'system', kind: 'system', roles: [] });

const T0 = '2026-03-01T03:12:00.000Z';
const reason = '下夜班';
const taken: ResponsibilityEvent = { type: 'ResponsibilityTaken', data: { ownerId: 'pn_zhang', because: 'received' } };
const offered: ResponsibilityEvent = { type: 'HandOverOffered', data: { ownerId: 'pn_zhang', toId: 'pn_li', reason } };
const accepted: ResponsibilityEvent = { type: 'HandOverAccepted', data: { fromId: 'pn_zhang', toId: 'pn_li' } };
const declined: ResponsibilityEvent = { type: 'HandOverDeclined', data: { toId: 'pn_li', reason: '正在抢修' } };
const withdrawn: ResponsibilityEvent = { type: 'HandOverWithdrawn', data: { toId: 'pn_li' } };
const closed: ResponsibilityEvent = { type: 'ResponsibilityClosed', data: { ownerId: 'pn_zhang' } };
const reopened: ResponsibilityEvent = { type: 'ResponsibilityReopened', data: { ownerId: 'pn_zhang' } };

const { given } = rulesOf(responsibility);

describe('WO-07 the first to receive a fault owns it', () => {
  it('given nobody, when somebody received it, then that person is the owner of record', () =>
    given()
      .when(system('TakeResponsibility', { ownerId: 'pn_zhang', because: 'received' }, T0))
      .then(taken));

  it('given an owner, when a technician takes the order on, then the owner stays', () =>
    given(taken)
      .when(system('TakeResponsibility', { ownerId: 'pn_chen', because: 'accepted' }, T0))
      .then());

  it('given an owner, when the order ends, then that is closed once, and an order without an owner closes nothing', () => {
    given(taken)
      .when(system('CloseResponsibility', {}, T0))
      .then(closed);
    given(taken, closed)
      .when(system('CloseResponsibility', {}, T0))
      .then();
    given()
      .when(system('CloseResponsibility', {}, T0))
      .then();
  });

  it('given it has ended, when it is reopened, then it goes on with the same owner, whoever accepts it then', () => {
    given(taken, closed)
      .when(system('ReopenResponsibility', {}, T0))
      .then(reopened);
    given(taken, closed, reopened)
      .when(system('TakeResponsibility', { ownerId: 'pn_chen', because: 'accepted' }, T0))
      .then();
    given(taken)
      .when(system('ReopenResponsibility', {}, T0))
      .then();
  });
});

describe('WO-07 ownership is handed over only by an offer that is accepted', () => {
  it('given an owner, when the owner offers it, then it waits for the answer', () =>
    given(taken)
      .when(zhang('OfferHandOver', { toId: 'pn_li', reason }, T0))
      .then(offered));

  it('given an offer, when the person it is made to accepts, then that person owns it, and only then', () => {
    given(taken, offered)
      .when(li('AcceptHandOver', {}, T0))
      .then(accepted);
    given(taken, offered, accepted)
      .when(li('OfferHandOver', { toId: 'pn_wang', reason }, T0))
      .then({ type: 'HandOverOffered', data: { ownerId: 'pn_li', toId: 'pn_wang', reason } });
    given(taken, offered)
      .when(li('OfferHandOver', { toId: 'pn_wang', reason }, T0))
      .thenRejected('NOT_YOURS', 'input.id');
  });

  it('given an offer, when somebody else answers it, then that is refused', () => {
    given(taken, offered)
      .when(wang('AcceptHandOver', {}, T0))
      .thenRejected('NOT_YOURS', 'input.id');
    given(taken, offered)
      .when(wang('DeclineHandOver', { reason }, T0))
      .thenRejected('NOT_YOURS', 'input.id');
  });

  it('given an offer, when it is declined or withdrawn, then the owner stays and may offer it anew', () => {
    given(taken, offered)
      .when(li('DeclineHandOver', { reason: '正在抢修' }, T0))
      .then(declined);
    given(taken, offered)
      .when(zhang('WithdrawHandOver', {}, T0))
      .then(withdrawn);
    for (const answer of [declined, withdrawn])
      given(taken, offered, answer)
        .when(zhang('OfferHandOver', { toId: 'pn_li', reason }, T0))
        .then(offered);
  });

  it('given no offer, when it is answered, then that is refused; withdrawn, then nothing happens', () => {
    given(taken)
      .when(li('AcceptHandOver', {}, T0))
      .thenRejected('NO_OFFER', 'input.id');
    given(taken)
      .when(li('DeclineHandOver', { reason }, T0))
      .thenRejected('NO_OFFER', 'input.id');
    given(taken)
      .when(zhang('WithdrawHandOver', {}, T0))
      .then();
    given(taken)
      .when(li('WithdrawHandOver', {}, T0))
      .thenRejected('NOT_YOURS', 'input.id');
  });

  it('given the answer was given already, when it is accepted again, then nothing happens', () =>
    given(taken, offered, accepted)
      .when(li('AcceptHandOver', {}, T0))
      .then());

  it('given an offer, when the same is made again, then nothing happens; another one, then that is refused', () => {
    given(taken, offered)
      .when(zhang('OfferHandOver', { toId: 'pn_li', reason }, T0))
      .then();
    given(taken, offered)
      .when(zhang('OfferHandOver', { toId: 'pn_wang', reason }, T0))
      .thenRejected('OFFER_OPEN', 'input.toId');
  });

  it('given an owner, when it is offered to that owner, then that is refused', () =>
    given(taken)
      .when(zhang('OfferHandOver', { toId: 'pn_zhang', reason }, T0))
      .thenRejected('ALREADY_OWNER', 'input.toId'));

  it('given an owner who cannot any more, when the leadership offers it, then it waits for the answer; a dispatcher may not', () => {
    given(taken)
      .when(director('OfferHandOver', { toId: 'pn_li', reason }, T0))
      .then(offered);
    given(taken)
      .when(wang('OfferHandOver', { toId: 'pn_li', reason }, T0))
      .thenRejected('NOT_YOURS', 'input.id');
  });

  it('given no owner, or an order that has ended, when it is handed over, then that is refused', () => {
    given()
      .when(zhang('OfferHandOver', { toId: 'pn_li', reason }, T0))
      .thenRejected('NO_OWNER', 'input.id');
    given(taken, offered, closed)
      .when(li('AcceptHandOver', {}, T0))
      .thenRejected('RESPONSIBILITY_CLOSED', 'input.id');
  });
});

describe('WO-07 what an order does to its ownership', () => {
  const reaction = (type: string, data: Recorded['data'] = {}) =>
    takeResponsibility
      .react({ stream: 'workOrder-wo_1', type, data } as Recorded, undefined)
      .map(({ id, type: sent, data: told }) => [id, sent, told]);

  it('received by hand: the receiver; by the reporter alone: nobody yet', () => {
    expect(reaction('WorkOrderReported', { receiverId: 'pn_zhang' })).toEqual([
      ['wo_1', 'TakeResponsibility', { ownerId: 'pn_zhang', because: 'received' }],
    ]);
    expect(reaction('WorkOrderReported', { receiverId: null, reporterId: 'pn_nurse' })).toEqual([]);
  });

  it.each(['WorkOrderAccepted', 'WorkOrderGrabbed'])('%s: the technician, when nobody owns it yet', (type) => {
    expect(reaction(type, { technicianId: 'pn_chen' })).toEqual([
      ['wo_1', 'TakeResponsibility', { ownerId: 'pn_chen', because: 'accepted' }],
    ]);
  });

  it.each(['WorkOrderRated', 'WorkOrderLeftUnrated', 'WorkOrderCancelled', 'WorkOrderMerged'])('%s: it ends', (type) => {
    expect(reaction(type)).toEqual([['wo_1', 'CloseResponsibility', {}]]);
  });

  it('reopened: it goes on', () => expect(reaction('WorkOrderReopened')).toEqual([['wo_1', 'ReopenResponsibility', {}]]));

  it.each(['WorkOrderAssigned', 'WorkOrderDispatched', 'WorkOrderDeclined', 'WorkOrderHandedToTeam'])('%s is not even heard', (type) => {
    expect(takeResponsibility.on).not.toContain(type);
  });
});
