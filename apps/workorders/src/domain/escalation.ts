import { type Ask, type Deadline, type Instant, type JsonObject, type Policy, to } from '@hospital/kernel';
import type { Technician } from './dispatch-rule';
import { workOrder } from './work-order';

interface Staffed {
  /** Orders to dispatch. */
  readonly orders: readonly string[];
  readonly technicians: readonly Technician[];
}

const instantIn = (row: JsonObject, column: string): Instant | null => (typeof row[column] === 'string' ? row[column] : null);

/** The orders, and everyone of their trade with what they have to do. */
export async function staffed(ask: Ask, trade: string, orders: readonly string[]): Promise<Staffed> {
  const ofTrade = await ask('technicians', { where: { trade } });
  const load = new Map(
    (await ask('technician-load', { key: ofTrade.map(({ key }) => key) })).map(({ key, row }) => [key, Number(row['openOrders'])]),
  );
  const technicians = ofTrade.map(({ key: id, row }) => ({
    id,
    trade,
    onShiftFrom: instantIn(row, 'onShiftFrom'),
    onShiftUntil: instantIn(row, 'onShiftUntil'),
    openOrders: load.get(id) ?? 0,
  }));
  return { orders, technicians };
}

const dispatchAll = (_: unknown, { orders, technicians: candidates }: Staffed) =>
  orders.map((id) => to(workOrder, id, 'DispatchWorkOrder', { technicians: candidates }));

/** A fault that was reported or reopened is dispatched at once. */
export const dispatchReported: Policy<Staffed> = {
  name: 'dispatch-reported',
  categories: ['workOrder'],
  on: ['WorkOrderReported', 'WorkOrderReopened'],
  async facts({ stream }, ask) {
    const id = stream.slice('workOrder-'.length);
    const [order] = await ask('work-orders', { key: id });
    return staffed(ask, String(order?.row['trade']), [id]);
  },
  react: dispatchAll,
};

/** Who comes on shift takes what waits for their trade. */
export const dispatchWaiting: Policy<Staffed> = {
  name: 'dispatch-waiting',
  categories: ['technician'],
  on: ['TechnicianShiftStarted'],
  async facts({ stream }, ask) {
    const [technician] = await ask('technicians', { key: stream.slice('technician-'.length) });
    const trade = String(technician?.row['trade']);
    const waiting = await ask('work-orders', { where: { status: 'waiting', trade }, orderBy: { column: 'reportedAt' } });
    return staffed(
      ask,
      trade,
      waiting.map(({ key }) => key),
    );
  },
  react: dispatchAll,
};

/** 30 minutes after dispatch without acceptance. */
export const responseDue: Deadline = {
  name: 'response-due',
  view: 'work-orders',
  column: 'nextDueAt',
  correlation: 'correlationId',
  whenDue: (id, dueAt) => to(workOrder, id, 'NoteResponseOverdue', { dueAt }),
};
