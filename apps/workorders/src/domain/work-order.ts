import {
  type Actor,
  type Command,
  type Decider,
  type Instant,
  MINUTE,
  type Personal,
  plus,
  reject,
  type Rejection,
} from '@hospital/kernel';
import { type Choice, type Considered, choose, type Technician } from './dispatch-rule';

/** From dispatch to acceptance. */
export const RESPONSE_LIMIT = 30 * MINUTE;
/** A rating of this many stars or fewer reopens the order. */
const POOR = 2;

export type Severity = 'low' | 'normal' | 'high' | 'critical';

export type WorkOrderCommand =
  | Command<
      'ReportFault',
      {
        /** What the catalogue said of the category and the place at that moment; null: it does not know them. */
        category: { id: string; trade: string } | null;
        place: { id: string } | null;
        description: string;
        severity: Severity;
        contact: Personal | null;
      }
    >
  | Command<'DispatchWorkOrder', { technicians: readonly Technician[] }>
  | Command<'AcceptWorkOrder', Record<string, never>>
  | Command<'CompleteWorkOrder', { resolution: string }>
  | Command<'RateWorkOrder', { stars: number; comment: string | null }>
  | Command<'NoteResponseOverdue', { dueAt: Instant }>;

export type WorkOrderEvent =
  | {
      type: 'WorkOrderReported';
      data: {
        categoryId: string;
        trade: string;
        placeId: string;
        description: string;
        severity: Severity;
        reporterId: string;
        contact: Personal | null;
      };
    }
  | {
      type: 'WorkOrderDispatched';
      data: { technicianId: string; ruleId: string; ruleVersion: number; considered: readonly Considered[]; responseDueAt: Instant };
    }
  | { type: 'WorkOrderLeftWaiting'; data: { ruleId: string; ruleVersion: number; considered: readonly Considered[] } }
  | { type: 'WorkOrderAccepted'; data: { technicianId: string } }
  | { type: 'WorkOrderResponseBreached'; data: { technicianId: string; dueAt: Instant } }
  | { type: 'WorkOrderCompleted'; data: { technicianId: string; resolution: string } }
  | { type: 'WorkOrderRated'; data: { stars: number; comment: string | null } }
  | { type: 'WorkOrderReopened'; data: { stars: number } };

interface Known {
  readonly trade: string;
  readonly reporterId: string;
}

export type WorkOrder =
  | { readonly status: 'unknown' }
  | (Known & { readonly status: 'waiting' })
  | (Known & { readonly status: 'dispatched'; readonly technicianId: string; readonly responseDueAt: Instant; readonly breached: boolean })
  | (Known & { readonly status: 'accepted'; readonly technicianId: string })
  | (Known & { readonly status: 'completed'; readonly technicianId: string })
  | (Known & { readonly status: 'closed' });

const isSystem = (by: Actor): boolean => by.kind === 'system';

function decide(command: WorkOrderCommand, order: WorkOrder): readonly WorkOrderEvent[] | Rejection {
  if (command.type === 'ReportFault') return report(command, order);
  if (order.status === 'unknown') return reject('UNKNOWN_WORK_ORDER', 'There is no such work order.', 'input.id');
  switch (command.type) {
    case 'DispatchWorkOrder':
      return dispatch(command, order);
    case 'AcceptWorkOrder':
      return accept(command, order);
    case 'CompleteWorkOrder':
      return complete(command, order);
    case 'RateWorkOrder':
      return rate(command, order);
    case 'NoteResponseOverdue':
      // Accepted meanwhile, dispatched anew, or noted already: nothing to note.
      return order.status === 'dispatched' && order.responseDueAt === command.data.dueAt ? overdue(order) : [];
  }
}

type Of<T extends WorkOrderCommand['type']> = Extract<WorkOrderCommand, { type: T }>;
type Dispatched = Extract<WorkOrder, { status: 'dispatched' }>;

function report({ data, by }: Of<'ReportFault'>, order: WorkOrder): readonly WorkOrderEvent[] | Rejection {
  if (order.status !== 'unknown') return reject('ALREADY_REPORTED', 'This work order exists.', 'idempotencyKey');
  if (data.category === null) return reject('UNKNOWN_CATEGORY', 'There is no such category.', 'input.categoryId');
  if (data.place === null) return reject('UNKNOWN_PLACE', 'There is no such place.', 'input.placeId');
  const { description, severity, contact } = data;
  return [
    {
      type: 'WorkOrderReported',
      data: {
        categoryId: data.category.id,
        trade: data.category.trade,
        placeId: data.place.id,
        description,
        severity,
        reporterId: by.id,
        contact,
      },
    },
  ];
}

function dispatch(
  { data, at }: Of<'DispatchWorkOrder'>,
  order: Exclude<WorkOrder, { status: 'unknown' }>,
): readonly WorkOrderEvent[] | Rejection {
  if (order.status !== 'waiting') return order.status === 'dispatched' ? [] : wrongStatus('waits for a technician', order);
  const choice: Choice = choose(order.trade, data.technicians, at);
  const { technicianId, ...why } = choice;
  return technicianId === null
    ? [{ type: 'WorkOrderLeftWaiting', data: why }]
    : [{ type: 'WorkOrderDispatched', data: { technicianId, ...why, responseDueAt: plus(at, RESPONSE_LIMIT) } }];
}

function accept(
  { at, by }: Of<'AcceptWorkOrder'>,
  order: Exclude<WorkOrder, { status: 'unknown' }>,
): readonly WorkOrderEvent[] | Rejection {
  if (order.status === 'accepted' && order.technicianId === by.id) return [];
  if (order.status !== 'dispatched') return wrongStatus('was dispatched and waits to be accepted', order);
  if (order.technicianId !== by.id) return reject('NOT_YOURS', 'This work order was dispatched to somebody else.');
  return [...overdueBy(at, order), { type: 'WorkOrderAccepted', data: { technicianId: by.id } }];
}

function complete(
  { data, by }: Of<'CompleteWorkOrder'>,
  order: Exclude<WorkOrder, { status: 'unknown' }>,
): readonly WorkOrderEvent[] | Rejection {
  if (order.status !== 'accepted') return wrongStatus('is accepted', order);
  if (order.technicianId !== by.id) return reject('NOT_YOURS', 'Somebody else accepted this work order.');
  return [{ type: 'WorkOrderCompleted', data: { technicianId: by.id, resolution: data.resolution } }];
}

function rate({ data, by }: Of<'RateWorkOrder'>, order: Exclude<WorkOrder, { status: 'unknown' }>): readonly WorkOrderEvent[] | Rejection {
  if (order.status !== 'completed') return wrongStatus('is completed and not yet rated', order);
  if (order.reporterId !== by.id && !isSystem(by)) return reject('NOT_YOURS', 'Only the person who reported the fault rates the repair.');
  const rated: WorkOrderEvent = { type: 'WorkOrderRated', data };
  return data.stars <= POOR ? [rated, { type: 'WorkOrderReopened', data: { stars: data.stars } }] : [rated];
}

/** A limit that has passed is recorded before whatever comes later, also when nothing was running to note it in time. */
const overdueBy = (at: Instant, order: Dispatched): readonly WorkOrderEvent[] => (at > order.responseDueAt ? overdue(order) : []);

const overdue = ({ breached, technicianId, responseDueAt }: Dispatched): readonly WorkOrderEvent[] =>
  breached ? [] : [{ type: 'WorkOrderResponseBreached', data: { technicianId, dueAt: responseDueAt } }];

const wrongStatus = (needed: string, { status }: WorkOrder): Rejection =>
  reject('WRONG_STATUS', `This takes a work order that ${needed}; this one is ${status}.`, 'input.id');

function evolve(order: WorkOrder, event: WorkOrderEvent): WorkOrder {
  if (event.type === 'WorkOrderReported') return { status: 'waiting', trade: event.data.trade, reporterId: event.data.reporterId };
  if (order.status === 'unknown') return order;
  const known: Known = { trade: order.trade, reporterId: order.reporterId };
  switch (event.type) {
    case 'WorkOrderDispatched':
      return {
        ...known,
        status: 'dispatched',
        technicianId: event.data.technicianId,
        responseDueAt: event.data.responseDueAt,
        breached: false,
      };
    case 'WorkOrderResponseBreached':
      return order.status === 'dispatched' ? { ...order, breached: true } : order;
    case 'WorkOrderAccepted':
      return { ...known, status: 'accepted', technicianId: event.data.technicianId };
    case 'WorkOrderCompleted':
      return { ...known, status: 'completed', technicianId: event.data.technicianId };
    case 'WorkOrderRated':
      return { ...known, status: 'closed' };
    case 'WorkOrderReopened':
    case 'WorkOrderLeftWaiting':
      return { ...known, status: 'waiting' };
  }
}

export const workOrder: Decider<WorkOrder, WorkOrderCommand, WorkOrderEvent> = {
  category: 'workOrder',
  initial: { status: 'unknown' },
  decide,
  evolve,
};
