import { fold, isRejection } from '@hospital/kernel';
import { rulesOf } from '@hospital/kernel/testing';
import { type Needs, SHIPPED, type Technician } from './dispatch-rule';
import {
  accepted,
  at,
  breached,
  chen,
  completed,
  dispatched,
  dispatcher,
  ELECTRICAL,
  JOB,
  li,
  off,
  reported,
  system,
  technician,
} from '../testing/an-order';
import { statusOf, type WorkOrder, workOrder, type WorkOrderCommand, type WorkOrderEvent } from './work-order';

const { given } = rulesOf(workOrder);
const stateOf = (...events: readonly WorkOrderEvent[]) => fold(workOrder, events) as Exclude<WorkOrder, { status: 'unknown' }>;
const decided = (command: WorkOrderCommand, ...events: readonly WorkOrderEvent[]): readonly WorkOrderEvent[] => {
  const answer = workOrder.decide(command, fold(workOrder, events));
  if (isRejection(answer)) throw new Error(answer.code);
  return answer;
};
const dispatch = (technicians: readonly Technician[], minutes = 0) =>
  system('DispatchWorkOrder', { technicians, rule: SHIPPED }, at(minutes));
const HIGH_VOLTAGE: Needs = { minimumLevel: null, certificate: 'high-voltage' };
const needing = (requires: Needs) => reported({ category: { ...ELECTRICAL, requires } });
const certified = (id: string, until: string, more: Partial<Technician> = {}): Technician =>
  technician(id, { certificates: [{ kind: 'high-voltage', from: at(-1_000), until }], ...more });
const reason = '换班交接';
const assigned = (minutes: number, technicianId: string, fromTechnicianId: string | null): WorkOrderEvent => ({
  type: 'WorkOrderAssigned',
  data: { technicianId, fromTechnicianId, reason, responseDueAt: at(minutes + 30), at: at(minutes) },
});
const declined = (minutes: number, technicianId = 'pn_chen'): WorkOrderEvent => ({
  type: 'WorkOrderDeclined',
  data: { technicianId, reason: '抢修中', at: at(minutes) },
});
const grabbed = (minutes: number, fromTechnicianId: string | null): WorkOrderEvent => ({
  type: 'WorkOrderGrabbed',
  data: { technicianId: 'pn_li', fromTechnicianId, requires: JOB.requires, at: at(minutes) },
});

describe('WO-02 an order is dispatched by rule', () => {
  it('given one of the trade on shift, then that person is sent, with the rule, its version, everyone considered and why', () => {
    const [event] = decided(dispatch([technician('pn_chen'), technician('pn_li', { ...off })]), reported());
    expect(event).toMatchObject({
      type: 'WorkOrderDispatched',
      data: {
        ...{ technicianId: 'pn_chen', onCall: false, ruleId: 'trade-on-shift-least-loaded', ruleVersion: 2, rule: SHIPPED },
        ...{ job: JOB, responseDueAt: at(30), at: at(0) },
        considered: [
          {
            ...{ id: 'pn_chen', eligible: true },
            reasons: ['trade is electrician', `on shift until ${at(420)}`, 'works in inpatient', '0 open orders'],
          },
          { id: 'pn_li', eligible: false, reasons: ['trade is electrician', 'not on shift', 'works in inpatient', '0 open orders'] },
        ],
      },
    });
  });

  it('given nobody on shift, then it goes to whoever is on call, and that is flagged', () => {
    const [event] = decided(
      dispatch([technician('pn_li', { ...off, onCall: 'backup' }), technician('pn_wang', { ...off, onCall: 'primary' })]),
      reported(),
    );
    expect(event).toMatchObject({ type: 'WorkOrderDispatched', data: { technicianId: 'pn_wang', onCall: true, responseDueAt: at(30) } });
    expect(
      (event!.data as { considered: readonly { id: string; reasons: readonly string[] }[] }).considered.find(({ id }) => id === 'pn_wang')!
        .reasons,
    ).toContain('on call as primary');
  });

  it('given whoever is on call lacks the certificate, then the backup who has it is called; when nobody has, it is left waiting with the reasons', () => {
    const primary = technician('pn_wang', { ...off, onCall: 'primary' });
    expect(decided(dispatch([primary, certified('pn_li', at(60), { ...off, onCall: 'backup' })]), needing(HIGH_VOLTAGE))).toMatchObject([
      { type: 'WorkOrderDispatched', data: { technicianId: 'pn_li', onCall: true } },
    ]);
    const [left] = decided(dispatch([primary, technician('pn_chen')]), needing(HIGH_VOLTAGE));
    expect(left).toMatchObject({ type: 'WorkOrderLeftWaiting', data: { technicianId: null, onCall: false, ruleVersion: 2 } });
    const { considered } = left!.data as { considered: readonly { reasons: readonly string[] }[] };
    for (const { reasons } of considered) expect(reasons).toContain('no valid certificate high-voltage');
    expect(statusOf(stateOf(needing(HIGH_VOLTAGE), left!))).toBe('waiting');
  });

  it('given it was left waiting, then it can be dispatched later', () =>
    given(reported(), dispatched(0, []))
      .when(dispatch([technician('pn_chen')], 9))
      .then(dispatched(9)));

  it('given it is dispatched already, then nothing happens; given it is accepted or ended, then it is refused', () => {
    given(reported(), dispatched())
      .when(dispatch([technician('pn_li')], 1))
      .then();
    for (const events of [[accepted(1)], [accepted(1), completed(2)]])
      given(reported(), dispatched(), ...events)
        .when(dispatch([technician('pn_li')], 3))
        .thenRejected('WRONG_STATUS', 'input.id');
  });
});

describe('whoever was sent accepts or declines', () => {
  it('given it was dispatched, then that person accepts, and doing so again changes nothing', () => {
    given(reported(), dispatched())
      .when(chen('AcceptWorkOrder', {}, at(3)))
      .then(accepted(3));
    given(reported(), dispatched(), accepted(3))
      .when(chen('AcceptWorkOrder', {}, at(4)))
      .then();
  });

  it('given nobody was sent, or somebody else accepted, then it is not accepted', () => {
    given(reported())
      .when(chen('AcceptWorkOrder', {}, at(3)))
      .thenRejected('WRONG_STATUS', 'input.id');
    given(reported(), dispatched(), accepted(3))
      .when(li('AcceptWorkOrder', {}, at(4)))
      .thenRejected('WRONG_STATUS', 'input.id');
  });

  it('given it is declined, then it waits, and that person is not sent again, neither on shift nor on call', () => {
    given(reported(), dispatched())
      .when(chen('DeclineWorkOrder', { reason: '抢修中' }, at(3)))
      .then(declined(3));
    for (const again of [technician('pn_chen'), technician('pn_chen', { ...off, onCall: 'primary' })])
      expect(decided(dispatch([again], 4), reported(), dispatched(), declined(3))).toMatchObject([
        { type: 'WorkOrderLeftWaiting', data: { job: { declinedBy: ['pn_chen'] } } },
      ]);
    expect(decided(dispatch([technician('pn_chen'), technician('pn_li')], 4), reported(), dispatched(), declined(3))).toMatchObject([
      { type: 'WorkOrderDispatched', data: { technicianId: 'pn_li' } },
    ]);
  });

  it('given it is accepted, then it is declined no more', () =>
    given(reported(), dispatched(), accepted(3))
      .when(chen('DeclineWorkOrder', { reason: '抢修中' }, at(4)))
      .thenRejected('WRONG_STATUS', 'input.id'));
});

describe('an order is grabbed', () => {
  const grab = (minutes: number, who: Technician | null = technician('pn_li')) => li('GrabWorkOrder', { technician: who }, at(minutes));

  it('given it waits, then whoever is qualified takes it and has accepted it', () => {
    given(reported()).when(grab(3)).then(grabbed(3, null));
    expect(statusOf(stateOf(reported(), grabbed(3, null)))).toBe('accepted');
  });

  it('given another was sent, then only once that one is late, and the breach stays theirs', () => {
    given(reported(), dispatched()).when(grab(30)).thenRejected('NOT_LATE', 'input.id');
    given(reported(), dispatched())
      .when(grab(31))
      .then(...breached(30), grabbed(31, 'pn_chen'));
    given(reported(), dispatched(), ...breached(30))
      .when(grab(31))
      .then(grabbed(31, 'pn_chen'));
  });

  it('given it is theirs, then sent or accepted, grabbing takes or changes nothing more', () => {
    given(reported(), dispatched(0, [technician('pn_li')]))
      .when(grab(3))
      .then(grabbed(3, 'pn_li'));
    given(reported(), grabbed(3, null)).when(grab(4)).then();
  });

  it('given somebody else accepted, or the person is unknown or not qualified, then it is refused', () => {
    given(reported(), dispatched(), accepted(3)).when(grab(40)).thenRejected('WRONG_STATUS', 'input.id');
    given(reported()).when(grab(3, null)).thenRejected('UNKNOWN_TECHNICIAN', 'input.id');
    given(reported())
      .when(grab(3, technician('pn_li', { trades: ['plumber'] })))
      .thenRejected('NOT_QUALIFIED', 'input.id');
  });
});

describe('WO-25 an order is assigned or handed over', () => {
  const assign = (minutes: number, to: Technician | null = technician('pn_li'), by = dispatcher) =>
    by('AssignWorkOrder', { technicianId: 'pn_li', technician: to, reason }, at(minutes));

  it('given a dispatcher, then whoever is named is sent, also off shift, from whomever had it, with 30 minutes of their own', () => {
    given(reported())
      .when(assign(3, technician('pn_li', { ...off })))
      .then(assigned(3, 'pn_li', null));
    given(reported(), dispatched())
      .when(assign(10))
      .then(assigned(10, 'pn_li', 'pn_chen'));
    given(reported(), dispatched(), accepted(5))
      .when(assign(10))
      .then(assigned(10, 'pn_li', 'pn_chen'));
  });

  it('given whoever has it, then they hand it over themselves; to whom it is already, nothing changes', () => {
    given(reported(), dispatched(), accepted(5))
      .when(assign(10, technician('pn_li'), chen))
      .then(assigned(10, 'pn_li', 'pn_chen'));
    given(reported(), assigned(3, 'pn_li', null))
      .when(assign(10))
      .then();
  });

  it('given it is theirs already, when another reason is said, or the first one, then that is refused: nothing said is lost unheard', () => {
    const again = (why: string) =>
      dispatcher('AssignWorkOrder', { technicianId: 'pn_li', technician: technician('pn_li'), reason: why }, at(10));
    const acceptedByLi = accepted(5, 'pn_li');
    for (const events of [[assigned(3, 'pn_li', null)], [assigned(3, 'pn_li', null), acceptedByLi]]) {
      given(reported(), ...events)
        .when(again(reason))
        .then();
      given(reported(), ...events)
        .when(again('熟悉该设备'))
        .thenRejected('ALREADY_ASSIGNED', 'input.technicianId');
    }
    given(reported(), dispatched(0, [technician('pn_li')]))
      .when(again(reason))
      .thenRejected('ALREADY_ASSIGNED', 'input.technicianId');
  });

  it('given it is paused, then with the next one its clocks go on, and only they pause it again', () => {
    const paused: WorkOrderEvent = {
      type: 'WorkOrderPaused',
      data: { technicianId: 'pn_chen', reason: 'waiting-parts', note: null, at: at(8) },
    };
    const resumed = (minutes: number): WorkOrderEvent => ({ type: 'WorkOrderResumed', data: { technicianId: 'pn_chen', at: at(minutes) } });
    given(reported(), dispatched(), accepted(5), paused)
      .when(assign(10))
      .then(resumed(10), assigned(10, 'pn_li', 'pn_chen'));
    expect(
      decided(dispatcher('HandWorkOrderToTeam', { trade: 'plumber', reason }, at(10)), reported(), dispatched(), accepted(5), paused).map(
        ({ type }) => type,
      ),
    ).toEqual(['WorkOrderResumed', 'WorkOrderHandedToTeam']);
    given(reported(), dispatched(), accepted(5), paused, resumed(10), assigned(10, 'pn_li', 'pn_chen'))
      .when(chen('PauseWorkOrder', { reason: 'other' as const, note: null }, at(11)))
      .thenRejected('WRONG_STATUS', 'input.id');
  });

  it('given somebody unknown or not qualified, then it is refused with the reason', () => {
    given(reported()).when(assign(3, null)).thenRejected('UNKNOWN_TECHNICIAN', 'input.technicianId');
    given(needing(HIGH_VOLTAGE)).when(assign(3)).thenRejected('NOT_QUALIFIED', 'input.technicianId');
  });

  it('given it has ended, then it is refused', () =>
    given(reported(), dispatched(), accepted(5), completed(9)).when(assign(10)).thenRejected('WRONG_STATUS', 'input.id'));
});

describe('WO-25 an order is handed to another team', () => {
  const handed = {
    type: 'WorkOrderHandedToTeam' as const,
    data: { trade: 'plumber', fromTechnicianId: 'pn_chen', reason: '实为漏水', at: at(10) },
  };
  const hand = (trade: string, by = chen) => by('HandWorkOrderToTeam', { trade, reason: '实为漏水' }, at(10));

  it('given whoever has it, or a dispatcher, then it waits for that trade, without what was asked of the first one', () => {
    for (const by of [chen, dispatcher]) given(needing(HIGH_VOLTAGE), dispatched(), accepted(5)).when(hand('plumber', by)).then(handed);
    expect(stateOf(needing(HIGH_VOLTAGE), dispatched(), accepted(5), handed)).toMatchObject({
      ...{
        assignment: { status: 'waiting' },
        job: { trade: 'plumber', requires: { minimumLevel: null, certificate: null }, declinedBy: [] },
      },
    });
    expect(
      decided(dispatch([technician('pn_chen'), technician('pn_wang', { trades: ['plumber'] })], 11), reported(), dispatched(), handed),
    ).toMatchObject([{ data: { technicianId: 'pn_wang' } }]);
  });

  it('ST-02 ST-03 given it comes back to the trade of its category, then what the category asks holds again', () => {
    const back: WorkOrderEvent = { type: 'WorkOrderHandedToTeam', data: { ...handed.data, trade: 'electrician', at: at(12) } };
    const needs: Needs = { minimumLevel: 'middle', certificate: 'high-voltage' };
    expect(stateOf(needing(needs), handed, back)).toMatchObject({ job: { trade: 'electrician', requires: needs } });
    expect(decided(dispatch([technician('pn_chen')], 13), needing(needs), handed, back)).toMatchObject([{ type: 'WorkOrderLeftWaiting' }]);
    given(needing(needs), handed, back)
      .when(dispatcher('AssignWorkOrder', { technicianId: 'pn_chen', technician: technician('pn_chen'), reason }, at(13)))
      .thenRejected('NOT_QUALIFIED', 'input.technicianId');
  });

  it("given it was opened for another trade than its category's, then it asks nothing; with its own trade, what the category asks", () => {
    const opened = reported({ category: { ...ELECTRICAL, requires: HIGH_VOLTAGE }, team: { trade: 'plumber', requires: JOB.requires } });
    const back: WorkOrderEvent = { type: 'WorkOrderHandedToTeam', data: { ...handed.data, trade: 'electrician', at: at(12) } };
    expect(stateOf(opened)).toMatchObject({ job: { trade: 'plumber', requires: JOB.requires } });
    expect(stateOf(opened, back)).toMatchObject({ job: { trade: 'electrician', requires: HIGH_VOLTAGE } });
  });

  it('given it is with that team already, then that is refused, whoever has it or nobody: no reason is lost unheard', () => {
    given(reported(), dispatched(), accepted(5)).when(hand('electrician')).thenRejected('SAME_TRADE', 'input.trade');
    given(reported()).when(hand('electrician', dispatcher)).thenRejected('SAME_TRADE', 'input.trade');
    given(reported(), dispatched(), accepted(5), handed).when(hand('plumber', dispatcher)).thenRejected('SAME_TRADE', 'input.trade');
    given(reported(), dispatched(), accepted(5)).when(hand('electrician', li)).thenRejected('NOT_YOURS');
  });
});

describe('ST-02 a certificate that expires', () => {
  const MIDNIGHT = at(60);
  it('given it is valid until midnight, then a moment before the person is sent, and at midnight never', () => {
    const before = new Date(Date.parse(MIDNIGHT) - 1).toISOString();
    const wish = (instant: string) =>
      system('DispatchWorkOrder', { technicians: [certified('pn_chen', MIDNIGHT)], rule: SHIPPED }, instant);
    expect(decided(wish(before), needing(HIGH_VOLTAGE))).toMatchObject([{ type: 'WorkOrderDispatched' }]);
    expect(decided(wish(MIDNIGHT), needing(HIGH_VOLTAGE))).toMatchObject([{ type: 'WorkOrderLeftWaiting' }]);
    given(needing(HIGH_VOLTAGE))
      .when(dispatcher('AssignWorkOrder', { technicianId: 'pn_chen', technician: certified('pn_chen', MIDNIGHT), reason }, MIDNIGHT))
      .thenRejected('NOT_QUALIFIED', 'input.technicianId');
    given(needing(HIGH_VOLTAGE))
      .when(chen('GrabWorkOrder', { technician: certified('pn_chen', MIDNIGHT) }, MIDNIGHT))
      .thenRejected('NOT_QUALIFIED', 'input.id');
  });
});
