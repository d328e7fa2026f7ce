import { fold } from '@hospital/kernel';
import { rulesOf } from '@hospital/kernel/testing';
import { elapsed, isPaused } from './service-level';
import { accepted, at, chen, completed, dispatched, dispatcher, INPATIENT, reported, TERMS } from '../testing/an-order';
import { nextDueAt, type WorkOrder, workOrder, type WorkOrderEvent } from './work-order';

const { given } = rulesOf(workOrder);
const stateOf = (...events: readonly WorkOrderEvent[]) => fold(workOrder, events) as Exclude<WorkOrder, { status: 'unknown' }>;
const held = [reported(), dispatched(), accepted(5)];
const paused: WorkOrderEvent = {
  type: 'WorkOrderPaused',
  data: { technicianId: 'pn_chen', reason: 'waiting-parts', note: '等灯管到货', at: at(60) },
};
const resumed: WorkOrderEvent = { type: 'WorkOrderResumed', data: { technicianId: 'pn_chen', at: at(180) } };

describe('WO-10 whoever works on an order pauses it', () => {
  const pause = (minutes: number) => chen('PauseWorkOrder', { reason: 'waiting-parts' as const, note: '等灯管到货' }, at(minutes));

  it('given it is accepted, then its clocks stand still from then until it is resumed', () => {
    given(...held)
      .when(pause(60))
      .then(paused);
    given(...held, paused)
      .when(chen('ResumeWorkOrder', {}, at(180)))
      .then(resumed);
    const { level } = stateOf(...held, paused, resumed);
    expect([elapsed(level, 'resolve', at(180)), elapsed(level, 'resolve', at(240))]).toEqual([60 * 60_000, 120 * 60_000]);
    expect([nextDueAt(stateOf(...held)), nextDueAt(stateOf(...held, paused, resumed))]).toEqual([at(1_152), at(1_152 + 120)]);
  });

  it('given it is paused, then pausing again changes nothing; given it is not, then nothing is resumed', () => {
    given(...held, paused)
      .when(pause(70))
      .then();
    given(...held, paused, resumed)
      .when(pause(190))
      .then({ ...paused, data: { ...paused.data, at: at(190) } } as WorkOrderEvent);
    given(...held)
      .when(chen('ResumeWorkOrder', {}, at(70)))
      .then();
  });

  it('given it is paused, when another reason or another note is said, then that is refused: nothing said is lost unheard', () => {
    given(...held, paused)
      .when(chen('PauseWorkOrder', { reason: 'vendor' as const, note: '等灯管到货' }, at(70)))
      .thenRejected('ALREADY_PAUSED', 'input.reason');
    given(...held, paused)
      .when(chen('PauseWorkOrder', { reason: 'waiting-parts' as const, note: '等减压阀' }, at(70)))
      .thenRejected('ALREADY_PAUSED', 'input.reason');
  });

  it('given another reason than the named ones, then a note says which', () => {
    const other = (note: string | null) => chen('PauseWorkOrder', { reason: 'other' as const, note }, at(60));
    given(...held)
      .when(other(null))
      .thenRejected('NOTE_NEEDED', 'input.note');
    given(...held)
      .when(other('病区封闭消毒'))
      .then({ type: 'WorkOrderPaused', data: { technicianId: 'pn_chen', reason: 'other', note: '病区封闭消毒', at: at(60) } });
  });

  it('given a dispatcher, then they may; given nobody accepted it or it has ended, then nobody may', () => {
    given(...held, paused)
      .when(dispatcher('ResumeWorkOrder', {}, at(180)))
      .then(resumed);
    given(reported(), dispatched()).when(pause(1)).thenRejected('WRONG_STATUS', 'input.id');
    given(...held, completed(20))
      .when(pause(60))
      .thenRejected('WRONG_STATUS', 'input.id');
  });

  it('given a limit had passed unnoted, when it is paused, then that is noted before', () => {
    const decided = workOrder.decide(pause(1_441), stateOf(...held)) as readonly WorkOrderEvent[];
    expect(decided.map(({ type, data }) => [type, 'dueAt' in data ? data.dueAt : undefined])).toEqual([
      ['WorkOrderLimitPassed', at(1_440)],
      ['WorkOrderEscalated', at(1_440)],
      ['WorkOrderPaused', undefined],
    ]);
    expect(isPaused(stateOf(...held, ...decided).level)).toBe(true);
  });
});

describe('an order is judged anew', () => {
  const reprioritise = (severity: 'low' | 'normal' | 'high' | 'critical', minutes = 60) =>
    dispatcher('ReprioritiseWorkOrder', { severity, reason: '影响抢救' }, at(minutes));
  const vital = reported({ place: { ...INPATIENT, criticality: 3 } });

  it('given it is worse than thought, then it has the priority of its place and that severity, and the limits of that priority', () => {
    given(vital, dispatched(), accepted(5))
      .when(reprioritise('critical'))
      .then({ type: 'WorkOrderReprioritised', data: { severity: 'critical', priority: 'P1', reason: '影响抢救', at: at(60) } });
    const { level } = stateOf(vital, dispatched(), accepted(5), {
      type: 'WorkOrderReprioritised',
      data: { severity: 'critical', priority: 'P1', reason: '影响抢救', at: at(60) },
    });
    // What has elapsed stays: 60 of now 120 minutes; it warns at 96.
    expect(nextDueAt({ ...stateOf(vital, dispatched(), accepted(5)), level })).toBe(at(96));
  });

  it('given its limit under the new priority has passed already, then it is due when it was judged anew, not before', () => {
    const judged: WorkOrderEvent = {
      type: 'WorkOrderReprioritised',
      data: { severity: 'critical', priority: 'P1', reason: '影响抢救', at: at(200) },
    };
    expect(nextDueAt(stateOf(vital, dispatched(), accepted(5), judged))).toBe(at(200));
  });

  it('given the same severity, then that is refused: no reason is lost unheard; another of the same priority is kept, and moves no limit', () => {
    given(...held)
      .when(reprioritise('normal'))
      .thenRejected('SAME_SEVERITY', 'input.severity');
    const low: WorkOrderEvent = {
      type: 'WorkOrderReprioritised',
      data: { severity: 'low', priority: 'P4', reason: '影响抢救', at: at(60) },
    };
    given(...held)
      .when(reprioritise('low'))
      .then(low);
    expect(stateOf(...held, low).level).toEqual(stateOf(...held).level);
    given(...held, low)
      .when(reprioritise('low', 61))
      .thenRejected('SAME_SEVERITY', 'input.severity');
    given(...held, paused)
      .when(reprioritise('normal', 70))
      .thenRejected('SAME_SEVERITY', 'input.severity');
  });
});

describe('GW-09 an order is put under the agreement as it is now', () => {
  const terms = { ...TERMS, version: 4, respondMinutes: 10, resolve: { P1: 60, P2: 60, P3: 60, P4: 60 } };
  const rebaseline = (to: typeof terms | null) => dispatcher('RebaselineWorkOrder', { terms: to, reason: '协议已改' }, at(100));

  it('given a dispatcher asks for it, then its limits are those, and what was overdue before may be again, never before that instant', () => {
    given(...held)
      .when(rebaseline(terms))
      .then({ type: 'WorkOrderRebaselined', data: { terms, reason: '协议已改', at: at(100) } });
    const order = stateOf(...held, { type: 'WorkOrderRebaselined', data: { terms, reason: '协议已改', at: at(100) } });
    expect([order.level.terms.version, order.respondMinutes, nextDueAt(order)]).toEqual([4, 10, at(100)]);
  });

  it('given the category is gone, or the order has ended, then it is refused', () => {
    given(...held)
      .when(rebaseline(null))
      .thenRejected('UNKNOWN_CATEGORY', 'input.categoryId');
    given(...held, completed(50))
      .when(rebaseline(terms))
      .thenRejected('WRONG_STATUS', 'input.id');
  });
});
