import { type Ask, type Deadline, type JsonObject, type Policy, to } from '@hospital/kernel';
import type { Technician } from './dispatch-rule';
import { workOrder } from './work-order';

/** Rows this policy asks for; the views answer them. */
type Row = { readonly key: string; readonly row: JsonObject };

interface Staffed {
  /** Orders to dispatch. */
  readonly orders: readonly string[];
  readonly technicians: readonly Technician[];
}

const technicians = (rows: readonly Row[], open: readonly Row[]): readonly Technician[] => {
  const load = new Map<unknown, number>();
  for (const { row } of open) load.set(row['technicianId'], (load.get(row['technicianId']) ?? 0) + 1);
  return rows.map(({ key, row }) => ({
    id: key,
    trade: String(row['trade']),
    onShiftFrom: (row['onShiftFrom'] ?? null) as string | null,
    onShiftUntil: (row['onShiftUntil'] ?? null) as string | null,
    openOrders: load.get(key) ?? 0,
  }));
};

/** The orders, and everyone of their trade with what they have to do. */
export const staffed = async (ask: Ask, trade: string, orders: readonly string[]): Promise<Staffed> => ({
  orders,
  technicians: technicians(
    await ask('technicians', { where: { trade } }),
    await ask('work-orders', { where: { status: { in: ['dispatched', 'accepted'] } } }),
  ),
});

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
