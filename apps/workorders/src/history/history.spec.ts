import { fold, foldRow, type Recorded, upcast } from '@hospital/kernel';
import { categories, technicians } from '../views/reference';
import { technicianLoad } from '../views/technician-load';
import { workOrders } from '../views/work-orders';
import { category } from '../domain/category';
import { choose, type Rule, type Technician } from '../domain/dispatch-rule';
import { fault, T0, at } from '../testing/an-order';
import { nextDueAt, statusOf, type WorkOrder, workOrder } from '../domain/work-order';
import { type Fault, type Opening, openingOf } from '../domain/intake';
import { ROUND_THE_CLOCK } from '../domain/business-time';
import { history } from './index';
import samples from './samples.json';

/** The first version of each kept event, a minute apart, as it is read today. */
const old = (stream: string, ...types: readonly string[]): readonly Recorded[] =>
  types.map((type, revision) => {
    const sample = samples.find((one) => one.type === type && one.schemaVersion === 1)!;
    const metadata = { schemaVersion: 1, occurredAt: at(revision), recordedAt: at(revision), correlationId: 'c' };
    return upcast(history, { type, data: sample.data, stream, revision, metadata } as unknown as Recorded);
  });
const stateOf = (...types: readonly string[]) =>
  fold(workOrder, old('workOrder-wo_1', ...types)) as Exclude<WorkOrder, { status: 'unknown' }>;
const NINE_YEARS = '2035-01-01T00:00:00.000Z';
const noted = (order: WorkOrder) =>
  workOrder.decide(
    {
      ...{ id: '00000000-0000-4000-8000-000000000001', correlationId: 'c', type: 'NoteWhatIsDue', data: { dueAt: NINE_YEARS } },
      ...{ at: NINE_YEARS, by: { id: 'system', kind: 'system', roles: [] } },
    },
    order,
  );

describe('WO-10 an order that was opened before there were agreements', () => {
  it('given it waits or is being done, then it never becomes overdue by limits it never had', () => {
    for (const types of [
      ['WorkOrderReported'],
      ['WorkOrderReported', 'WorkOrderLeftWaiting'],
      ['WorkOrderReported', 'WorkOrderDispatched', 'WorkOrderAccepted'],
    ])
      expect(noted(stateOf(...types))).toEqual([]);
  });

  it('given it was dispatched, then its response is due when it was told, once', () => {
    const order = stateOf('WorkOrderReported', 'WorkOrderDispatched');
    expect([statusOf(order), nextDueAt(order)]).toEqual(['dispatched', '2026-03-01T03:42:00.000Z']);
    expect(noted(order)).toMatchObject([
      { type: 'WorkOrderResponseBreached' },
      { type: 'WorkOrderEscalated', data: { because: 'response' } },
    ]);
    expect(noted(stateOf('WorkOrderReported', 'WorkOrderDispatched', 'WorkOrderResponseBreached'))).toEqual([]);
  });

  it('given it was completed, then it can be rated for ever, as it could be then, and a poor rating reopened it', () => {
    const done = ['WorkOrderReported', 'WorkOrderDispatched', 'WorkOrderAccepted', 'WorkOrderCompleted'];
    expect(noted(stateOf(...done))).toEqual([]);
    expect(stateOf(...done)).toMatchObject({ status: 'completed' });
    const again = stateOf(...done, 'WorkOrderRated', 'WorkOrderReopened');
    expect([statusOf(again), again.timesReopened, noted(again)]).toEqual(['waiting', 1, []]);
  });
});

describe('WO-02 a dispatch that was decided before', () => {
  it.each(['WorkOrderDispatched', 'WorkOrderLeftWaiting'])(
    'given %s, when it is decided again over what was recorded, then as it was',
    (type) => {
      const [event] = old('workOrder-wo_1', type);
      const { job, rule, considered, ruleId, ruleVersion } = event!.data as unknown as ReturnType<typeof choose>;
      const again = choose(job, considered as readonly Technician[], T0, rule as Rule);
      expect([again.ruleId, again.ruleVersion, again.considered]).toEqual([ruleId, ruleVersion, considered]);
    },
  );
});

describe('what was kept before is read today', () => {
  it('given an order, then its row is whole', () => {
    const types = ['WorkOrderReported', 'WorkOrderDispatched', 'WorkOrderAccepted', 'WorkOrderCompleted'];
    const row = foldRow(workOrders, 'wo_1', old('workOrder-wo_1', ...types));
    const today = foldRow(workOrders, 'wo_1', [
      {
        type: 'WorkOrderReported',
        data: { ...(openingOf(fault, { id: 'pn_reporter', kind: 'person', roles: [] }, ROUND_THE_CLOCK) as Opening), at: T0 },
        stream: 'workOrder-wo_1',
        revision: 0,
        metadata: { occurredAt: T0 },
      } as unknown as Recorded,
    ]);
    expect(Object.keys(row!).sort()).toEqual(Object.keys(today!).sort());
    expect(row).toMatchObject({ status: 'completed', technicianId: 'pn_chen', channel: 'web', restoredAt: at(3), zone: null, missing: [] });
    expect(foldRow(technicianLoad, 'pn_chen', old('workOrder-wo_1', ...types))).toMatchObject({ openOrders: 0 });
  });

  it('given a category, then faults of it can be reported and revised, as version 1 of it', () => {
    const events = old('category-ct_1', 'CategoryDefined');
    const row = foldRow(categories, 'ct_1', events) as unknown as NonNullable<Fault['category']>;
    expect(openingOf({ ...fault, category: row }, { id: 'pn_reporter', kind: 'person', roles: [] }, ROUND_THE_CLOCK)).toMatchObject({
      ...{ categoryVersion: 1, trade: 'electrician', missing: [] },
    });
    expect(fold(category, events)).toEqual({ status: 'in use', version: 1 });
  });

  it('given a technician, then the one trade and presence are known', () =>
    expect(foldRow(technicians, 'pn_chen', old('technician-pn_chen', 'TechnicianLearned', 'TechnicianShiftStarted'))).toMatchObject({
      ...{ trade: 'electrician', trades: ['electrician'], manyTrades: false, zones: [], onShiftFrom: T0, shifts: [], certificates: [] },
    }));
});
