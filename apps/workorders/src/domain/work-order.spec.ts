import { type Actor, personal } from '@hospital/kernel';
import { commandsBy, rulesOf } from '@hospital/kernel/testing';
import type { Technician } from './dispatch-rule';
import { workOrder, type WorkOrderEvent } from './work-order';

const person = (id: string): Actor => ({ id, kind: 'person', roles: [] });
const reporter = commandsBy(person('pn_reporter'));
const chen = commandsBy(person('pn_chen'));
const li = commandsBy(person('pn_li'));
const system = commandsBy({ id: 'system', kind: 'system', roles: [] });

const T0 = '2026-03-01T03:12:00.000Z';
const at = (minutes: number): string => new Date(Date.parse(T0) + minutes * 60_000).toISOString();

const fault = {
  category: { id: 'ct_electrical', trade: 'electrician' },
  place: { id: 'as_inpatient' },
  description: '三楼走廊灯不亮',
  severity: 'normal' as const,
  contact: personal('pn_reporter', '13800000000'),
};
const onShift = (id: string, openOrders = 0): Technician => ({
  id,
  trade: 'electrician',
  onShiftFrom: at(-60),
  onShiftUntil: at(420),
  openOrders,
});
const why = {
  ruleId: 'trade-on-shift-least-loaded',
  ruleVersion: 1,
  considered: [{ ...onShift('pn_chen'), eligible: true, reasons: ['trade is electrician', `on shift until ${at(420)}`, '0 open orders'] }],
};

const reported: WorkOrderEvent = {
  type: 'WorkOrderReported',
  data: {
    categoryId: 'ct_electrical',
    trade: 'electrician',
    placeId: 'as_inpatient',
    description: '三楼走廊灯不亮',
    severity: 'normal',
    reporterId: 'pn_reporter',
    contact: personal('pn_reporter', '13800000000'),
  },
};
const dispatched: WorkOrderEvent = { type: 'WorkOrderDispatched', data: { technicianId: 'pn_chen', ...why, responseDueAt: at(30) } };
const breached: WorkOrderEvent = { type: 'WorkOrderResponseBreached', data: { technicianId: 'pn_chen', dueAt: at(30) } };
const accepted: WorkOrderEvent = { type: 'WorkOrderAccepted', data: { technicianId: 'pn_chen' } };
const completed: WorkOrderEvent = { type: 'WorkOrderCompleted', data: { technicianId: 'pn_chen', resolution: '已更换灯管' } };
const rated = (stars: number): WorkOrderEvent => ({ type: 'WorkOrderRated', data: { stars, comment: null } });
const reopened: WorkOrderEvent = { type: 'WorkOrderReopened', data: { stars: 1 } };

const { given } = rulesOf(workOrder);

describe('a fault is reported', () => {
  it('given nothing, when a fault is reported, then the order holds what was said and who said it', () =>
    given()
      .when(reporter('ReportFault', fault, T0))
      .then(reported));

  it('given a category or a place nobody knows, then it is refused and the field is named', () => {
    given()
      .when(reporter('ReportFault', { ...fault, category: null }, T0))
      .thenRejected('UNKNOWN_CATEGORY', 'input.categoryId');
    given()
      .when(reporter('ReportFault', { ...fault, place: null }, T0))
      .thenRejected('UNKNOWN_PLACE', 'input.placeId');
  });

  it('given the order exists, when it is reported again by another command, then it is refused', () =>
    given(reported)
      .when(reporter('ReportFault', fault, T0))
      .thenRejected('ALREADY_REPORTED', 'idempotencyKey'));
});

describe('an order is dispatched by rule', () => {
  it('given one of the trade on shift, then that person is chosen, with the rule, the reasons and the limit of 30 minutes', () =>
    given(reported)
      .when(system('DispatchWorkOrder', { technicians: [onShift('pn_chen')] }, T0))
      .then(dispatched));

  it('given nobody on shift, then it is left waiting and the reasons are kept', () => {
    const off: Technician = { id: 'pn_li', trade: 'electrician', onShiftFrom: null, onShiftUntil: null, openOrders: 0 };
    given(reported)
      .when(system('DispatchWorkOrder', { technicians: [off] }, T0))
      .then({
        type: 'WorkOrderLeftWaiting',
        data: {
          ruleId: 'trade-on-shift-least-loaded',
          ruleVersion: 1,
          considered: [{ ...off, eligible: false, reasons: ['trade is electrician', 'not on shift', '0 open orders'] }],
        },
      });
  });

  it('given it is dispatched already, then nothing happens; given it is accepted, then it is refused', () => {
    given(reported, dispatched)
      .when(system('DispatchWorkOrder', { technicians: [onShift('pn_li')] }, at(1)))
      .then();
    given(reported, dispatched, accepted)
      .when(system('DispatchWorkOrder', { technicians: [] }, at(1)))
      .thenRejected('WRONG_STATUS', 'input.id');
  });
});

describe('a response is due 30 minutes after dispatch', () => {
  it('given no acceptance at T0+30, then the breach is recorded with that instant', () =>
    given(reported, dispatched)
      .when(system('NoteResponseOverdue', { dueAt: at(30) }, at(30)))
      .then(breached));

  it('given the breach is recorded, then never again', () =>
    given(reported, dispatched, breached)
      .when(system('NoteResponseOverdue', { dueAt: at(30) }, at(30)))
      .then());

  it('given acceptance at T0+29, then there is no breach, at 30 or later', () => {
    given(reported, dispatched)
      .when(chen('AcceptWorkOrder', {}, at(29)))
      .then(accepted);
    given(reported, dispatched, accepted)
      .when(system('NoteResponseOverdue', { dueAt: at(30) }, at(30)))
      .then();
  });

  it('given acceptance exactly at T0+30, then it is in time', () =>
    given(reported, dispatched)
      .when(chen('AcceptWorkOrder', {}, at(30)))
      .then(accepted));

  it('given acceptance after the limit before anybody noted it, then the breach is recorded first, with the due instant', () =>
    given(reported, dispatched)
      .when(chen('AcceptWorkOrder', {}, at(31)))
      .then(breached, accepted));

  it('given acceptance after the breach was recorded, then it is not recorded again', () =>
    given(reported, dispatched, breached)
      .when(chen('AcceptWorkOrder', {}, at(40)))
      .then(accepted));

  it('given it was dispatched anew meanwhile, then the limit of the earlier dispatch means nothing', () =>
    given(reported, dispatched, accepted, completed, rated(1), reopened, {
      ...dispatched,
      data: { ...dispatched.data, responseDueAt: at(90) },
    } as WorkOrderEvent)
      .when(system('NoteResponseOverdue', { dueAt: at(30) }, at(30)))
      .then());
});

describe('the technician it was dispatched to carries it out', () => {
  it('given somebody else, then acceptance and completion are refused', () => {
    given(reported, dispatched)
      .when(li('AcceptWorkOrder', {}, at(5)))
      .thenRejected('NOT_YOURS');
    given(reported, dispatched, accepted)
      .when(li('CompleteWorkOrder', { resolution: 'x' }, at(5)))
      .thenRejected('NOT_YOURS');
  });

  it('given it is accepted by the same person, when accepted again, then nothing happens', () =>
    given(reported, dispatched, accepted)
      .when(chen('AcceptWorkOrder', {}, at(6)))
      .then());

  it('given it is accepted, when completed, then what was done is recorded', () =>
    given(reported, dispatched, accepted)
      .when(chen('CompleteWorkOrder', { resolution: '已更换灯管' }, at(20)))
      .then(completed));

  it('given the wrong status, then each step is refused', () => {
    given(reported)
      .when(chen('AcceptWorkOrder', {}, T0))
      .thenRejected('WRONG_STATUS', 'input.id');
    given(reported, dispatched)
      .when(chen('CompleteWorkOrder', { resolution: 'x' }, T0))
      .thenRejected('WRONG_STATUS', 'input.id');
    given(reported, dispatched, accepted)
      .when(reporter('RateWorkOrder', { stars: 5, comment: null }, T0))
      .thenRejected('WRONG_STATUS', 'input.id');
  });
});

describe('the reporter rates the repair', () => {
  it('given 3 stars or more, then the order is closed', () => {
    given(reported, dispatched, accepted, completed)
      .when(reporter('RateWorkOrder', { stars: 3, comment: null }, at(60)))
      .then(rated(3));
    given(reported, dispatched, accepted, completed, rated(3))
      .when(reporter('RateWorkOrder', { stars: 1, comment: null }, at(61)))
      .thenRejected('WRONG_STATUS', 'input.id');
  });

  it('given 1 star, then the order is reopened and waits for a technician again', () => {
    given(reported, dispatched, accepted, completed)
      .when(reporter('RateWorkOrder', { stars: 1, comment: null }, at(60)))
      .then(rated(1), reopened);
    given(reported, dispatched, accepted, completed, rated(1), reopened)
      .when(system('DispatchWorkOrder', { technicians: [onShift('pn_chen')] }, T0))
      .then(dispatched);
  });

  it('given somebody who did not report it, then the rating is refused', () =>
    given(reported, dispatched, accepted, completed)
      .when(li('RateWorkOrder', { stars: 5, comment: null }, at(60)))
      .thenRejected('NOT_YOURS'));
});

it('given no such order, then every other command is refused and the field named', () => {
  given()
    .when(chen('AcceptWorkOrder', {}, T0))
    .thenRejected('UNKNOWN_WORK_ORDER', 'input.id');
  given()
    .when(chen('CompleteWorkOrder', { resolution: 'x' }, T0))
    .thenRejected('UNKNOWN_WORK_ORDER', 'input.id');
  given()
    .when(reporter('RateWorkOrder', { stars: 5, comment: null }, T0))
    .thenRejected('UNKNOWN_WORK_ORDER', 'input.id');
  given()
    .when(system('DispatchWorkOrder', { technicians: [] }, T0))
    .thenRejected('UNKNOWN_WORK_ORDER', 'input.id');
  given()
    .when(system('NoteResponseOverdue', { dueAt: at(30) }, at(30)))
    .thenRejected('UNKNOWN_WORK_ORDER', 'input.id');
});
