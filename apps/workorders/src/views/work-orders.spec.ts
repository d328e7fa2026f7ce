import { foldRow, type Recorded } from '@hospital/kernel';
import samples from '../history/samples.json';
import { categories, places, technicians } from './reference';
import { latestChoice, technicianLoad, type WorkOrderRow, workOrders } from './work-orders';

const T0 = Date.parse('2026-03-01T03:12:00.000Z');
const at = (minutes: number): string => new Date(T0 + minutes * 60_000).toISOString();

/** The kept sample of each type, in this order, a minute apart. */
const history = (stream: string, ...types: readonly string[]): readonly Recorded[] =>
  types.map((type, revision) => {
    const { data } = samples.find((sample) => sample.type === type)!;
    return {
      stream,
      revision,
      type,
      data,
      metadata: { occurredAt: at(revision), recordedAt: at(revision), correlationId: '00000000-0000-4000-8000-0000000000c0' },
    } as unknown as Recorded;
  });
const row = (...types: readonly string[]): WorkOrderRow | undefined => foldRow(workOrders, 'wo_1', history('workOrder-wo_1', ...types));

describe('a work order as it is listed', () => {
  it('given it was reported, then it waits, and nothing is due', () =>
    expect(row('WorkOrderReported')).toMatchObject({
      id: 'wo_1',
      revision: 0,
      status: 'waiting',
      description: '三楼走廊灯不亮',
      technicianId: null,
      reportedAt: at(0),
      nextDueAt: null,
      correlationId: '00000000-0000-4000-8000-0000000000c0',
    }));

  it('given it was dispatched, then it says to whom and why, and the response is due', () =>
    expect(row('WorkOrderReported', 'WorkOrderDispatched')).toMatchObject({
      revision: 1,
      status: 'dispatched',
      technicianId: 'pn_chen',
      dispatchedAt: at(1),
      responseDueAt: at(30),
      nextDueAt: at(30),
    }));

  it('given nobody could be found, then it waits', () =>
    expect(row('WorkOrderReported', 'WorkOrderLeftWaiting')).toMatchObject({
      status: 'waiting',
      technicianId: null,
    }));

  it('given the limit passed, then the breach stands and nothing more is due, also after acceptance', () => {
    expect(row('WorkOrderReported', 'WorkOrderDispatched', 'WorkOrderResponseBreached')).toMatchObject({
      responseBreachedAt: at(30),
      nextDueAt: null,
    });
    expect(row('WorkOrderReported', 'WorkOrderDispatched', 'WorkOrderResponseBreached', 'WorkOrderAccepted')).toMatchObject({
      status: 'accepted',
      responseBreachedAt: at(30),
      acceptedAt: at(3),
    });
  });

  it('given it was accepted and completed, then nothing is due and what was done stands', () =>
    expect(row('WorkOrderReported', 'WorkOrderDispatched', 'WorkOrderAccepted', 'WorkOrderCompleted')).toMatchObject({
      status: 'completed',
      acceptedAt: at(2),
      completedAt: at(3),
      resolution: '已更换灯管',
      nextDueAt: null,
    }));

  it('given a poor rating, then it waits again as if nobody had been sent, and remembers that', () =>
    expect(
      row('WorkOrderReported', 'WorkOrderDispatched', 'WorkOrderAccepted', 'WorkOrderCompleted', 'WorkOrderRated', 'WorkOrderReopened'),
    ).toMatchObject({
      status: 'waiting',
      stars: 1,
      technicianId: null,
      dispatchedAt: null,
      responseDueAt: null,
      responseBreachedAt: null,
      acceptedAt: null,
      completedAt: null,
      timesReopened: 1,
    }));

  it('given events without the report they follow (a stream that was cut), then there is no row', () =>
    expect(row('WorkOrderAccepted')).toBeUndefined());
});

describe('why a technician was sent', () => {
  const choice = (...types: readonly string[]) => latestChoice(history('workOrder-wo_1', ...types));

  it('given a dispatch, or that nobody was found, then the latest decision stands, with its rule and candidates', () => {
    expect(choice('WorkOrderReported')).toBeNull();
    expect(choice('WorkOrderReported', 'WorkOrderDispatched', 'WorkOrderAccepted')).toMatchObject({
      ruleVersion: 1,
      considered: [{ id: 'pn_chen', eligible: true }],
    });
    expect(choice('WorkOrderReported', 'WorkOrderLeftWaiting')).toMatchObject({ ruleId: 'trade-on-shift-least-loaded' });
  });

  it('given it was reopened since, then none does', () =>
    expect(
      choice('WorkOrderReported', 'WorkOrderDispatched', 'WorkOrderAccepted', 'WorkOrderCompleted', 'WorkOrderRated', 'WorkOrderReopened'),
    ).toBeNull());
});

it('a technician has to do what was dispatched and is not completed', () => {
  const load = (...types: readonly string[]) => foldRow(technicianLoad, 'pn_chen', history('workOrder-wo_1', ...types))?.openOrders;
  expect(load('WorkOrderReported')).toBeUndefined();
  expect(load('WorkOrderReported', 'WorkOrderDispatched', 'WorkOrderAccepted')).toBe(1);
  expect(
    load('WorkOrderReported', 'WorkOrderDispatched', 'WorkOrderAccepted', 'WorkOrderCompleted', 'WorkOrderRated', 'WorkOrderReopened'),
  ).toBe(0);
});

describe('what work orders know of others', () => {
  it('a category and a place are listed as defined and learned', () => {
    expect(foldRow(categories, 'ct_1', history('category-ct_1', 'CategoryDefined'))).toEqual({
      id: 'ct_1',
      revision: 0,
      name: '电气',
      nameEn: 'Electrical',
      trade: 'electrician',
    });
    expect(foldRow(places, 'as_1', history('place-as_1', 'PlaceLearned'))).toEqual({
      id: 'as_1',
      name: '住院楼 Inpatient building',
      kind: 'building',
    });
  });

  it('a technician comes on shift and goes off; who is forgotten is listed no more', () => {
    const technician = (...types: readonly string[]) => foldRow(technicians, 'pn_chen', history('technician-pn_chen', ...types));
    const start = '2026-03-01T03:12:00.000Z';
    const end = '2026-03-01T11:12:00.000Z';
    expect(technician('TechnicianLearned')).toEqual({ id: 'pn_chen', trade: 'electrician', onShiftFrom: null, onShiftUntil: null });
    expect(technician('TechnicianLearned', 'TechnicianShiftStarted')).toMatchObject({ onShiftFrom: start, onShiftUntil: end });
    expect(technician('TechnicianLearned', 'TechnicianShiftStarted', 'TechnicianShiftEnded')).toMatchObject({ onShiftUntil: end });
    expect(technician('TechnicianLearned', 'TechnicianShiftStarted', 'TechnicianForgotten')).toBeUndefined();
  });
});
