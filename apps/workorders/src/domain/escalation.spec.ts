import type { Ask, JsonObject, Query, Recorded } from '@hospital/kernel';
import { dispatchReported, dispatchWaiting, responseDue } from './escalation';
import { workOrder } from './work-order';

const T0 = '2026-03-01T00:00:00.000Z';
const T1 = '2026-03-01T08:00:00.000Z';
const rows: Record<string, readonly { key: string; row: JsonObject }[]> = {
  'work-orders': [
    { key: 'wo_1', row: { status: 'waiting', trade: 'plumber', technicianId: null } },
    { key: 'wo_2', row: { status: 'accepted', trade: 'plumber', technicianId: 'pn_a' } },
    { key: 'wo_3', row: { status: 'waiting', trade: 'electrician', technicianId: null } },
  ],
  'technician-load': [{ key: 'pn_a', row: { openOrders: 1 } }],
  technicians: [
    { key: 'pn_a', row: { trade: 'plumber', onShiftFrom: T0, onShiftUntil: T1 } },
    { key: 'pn_b', row: { trade: 'electrician', onShiftFrom: null, onShiftUntil: null } },
  ],
};
const holds = (row: JsonObject, where: NonNullable<Query['where']>): boolean =>
  Object.entries(where).every(([column, condition]) =>
    typeof condition === 'object' && condition !== null && 'in' in condition
      ? condition.in.includes(row[column] as string)
      : row[column] === condition,
  );
const ask: Ask = async (view, { key, where = {} }) =>
  rows[view]!.filter((found) => (key === undefined || [key].flat().includes(found.key)) && holds(found.row, where));
const event = (stream: string, type: string): Recorded => ({ stream, type }) as Recorded;
const plumber = { id: 'pn_a', trade: 'plumber', onShiftFrom: T0, onShiftUntil: T1, openOrders: 1 };

it('a reported or reopened fault is dispatched at once, with everyone of its trade and what they have to do', async () => {
  const reported = event('workOrder-wo_1', 'WorkOrderReported');
  expect(dispatchReported.on).toEqual(['WorkOrderReported', 'WorkOrderReopened']);
  expect(dispatchReported.react(reported, await dispatchReported.facts(reported, ask))).toEqual([
    { aggregate: workOrder, id: 'wo_1', type: 'DispatchWorkOrder', data: { technicians: [plumber] } },
  ]);
});

it('who comes on shift takes what waits for their trade, and nothing else', async () => {
  const started = event('technician-pn_a', 'TechnicianShiftStarted');
  expect(dispatchWaiting.react(started, await dispatchWaiting.facts(started, ask))).toEqual([
    { aggregate: workOrder, id: 'wo_1', type: 'DispatchWorkOrder', data: { technicians: [plumber] } },
  ]);
});

it('when a response is due, the order is told which limit has passed', () => {
  expect(responseDue.whenDue('wo_1', T1)).toEqual({ aggregate: workOrder, id: 'wo_1', type: 'NoteResponseOverdue', data: { dueAt: T1 } });
});
