import { categoryOf, idOf, type Instant, type JsonObject, millis, type Recorded, type View } from '@hospital/kernel';
import type { Arrival, Stage, Timeline } from '../domain/timeline';

/** What became of an order and when: the clocks of its way, kept apart, for figures and for whoever decides about orders. */
export interface TimelineRow extends JsonObject, Timeline {
  readonly revision: number;
  readonly reporterId: string;
  readonly byPatient: boolean;
  readonly spent: Timeline['spent'] & JsonObject;
  readonly overdue: readonly { readonly clock: string; readonly stage: string; readonly dueAt: string }[];
  readonly onCallDispatches: readonly { readonly at: Instant; readonly acceptedAt: Instant | null }[];
  readonly ratings: Timeline['ratings'];
  /** Whose repair it was last. */
  readonly repairedBy: string | null;
  /** The stage it is in, and since when; null once it has ended. */
  readonly stage: Stage | null;
  readonly since: Instant;
  /** Whether who was sent last was on call. */
  readonly onCall: boolean;
  /** Revisions at which it was reopened. */
  readonly reopenedBy: readonly number[];
}

/** The stage an event leads to; null: it has ended. */
const STAGE: Readonly<Record<string, Exclude<Stage, 'needs-information'> | null>> = {
  WorkOrderDispatched: 'dispatched',
  WorkOrderAssigned: 'dispatched',
  WorkOrderGrabbed: 'accepted',
  WorkOrderAccepted: 'accepted',
  WorkOrderDeclined: 'waiting',
  WorkOrderHandedToTeam: 'waiting',
  WorkOrderPaused: 'paused',
  WorkOrderResumed: 'accepted',
  WorkOrderCompleted: 'completed',
  WorkOrderRated: null,
  WorkOrderLeftUnrated: null,
  WorkOrderReopened: 'waiting',
  WorkOrderCancelled: null,
  WorkOrderMerged: null,
};
const END: Readonly<Record<string, Timeline['status']>> = { WorkOrderCancelled: 'cancelled', WorkOrderMerged: 'merged' };

type Change = Partial<TimelineRow>;
type Told = Pick<Recorded, 'type' | 'data' | 'revision'>;

const textIn = (data: JsonObject, field: string): string | null => (typeof data[field] === 'string' ? data[field] : null);
const lacking = ({ missing }: JsonObject): boolean => Array.isArray(missing) && missing.length > 0;

/** Where the order is from now on. */
function moved(row: TimelineRow, { type, data }: Told, at: Instant): Change {
  const informed = type === 'WorkOrderInformationProvided' && row.stage === 'needs-information' && !lacking(data);
  const stage = informed ? 'waiting' : STAGE[type];
  if (stage === undefined) return {};
  const spent = row.stage === null ? row.spent : { ...row.spent, [row.stage]: row.spent[row.stage] + millis(at) - millis(row.since) };
  const status = stage === null ? (END[type] ?? 'closed') : stage === 'paused' ? 'accepted' : stage;
  return { stage, since: at, spent, status };
}

/** Whoever was sent goes. */
function taken(row: TimelineRow, at: Instant): Change {
  const acknowledgedAt = row.acknowledgedAt ?? at;
  const last = row.onCallDispatches.at(-1);
  if (!row.onCall || last === undefined) return { acknowledgedAt };
  return { acknowledgedAt, onCall: false, onCallDispatches: [...row.onCallDispatches.slice(0, -1), { ...last, acceptedAt: at }] };
}

/** What else the event says. */
function noted(row: TimelineRow, { type, data, revision }: Told, at: Instant): Change {
  const dispatchedAt = row.dispatchedAt ?? at;
  const acknowledgedAt = row.acknowledgedAt ?? at;
  const from = textIn(data, 'fromTechnicianId');
  const handOvers = row.handOvers + 1;
  switch (type) {
    case 'WorkOrderDispatched': {
      const onCall = data['onCall'] === true;
      const onCallDispatches = onCall ? [...row.onCallDispatches, { at, acceptedAt: null }] : row.onCallDispatches;
      return { dispatchedAt, onCall, onCallDispatches, responseDueAt: textIn(data, 'responseDueAt') };
    }
    case 'WorkOrderAssigned':
      return {
        ...{ dispatchedAt, onCall: false, responseDueAt: textIn(data, 'responseDueAt') },
        ...(from === null ? {} : { handOvers }),
      };
    case 'WorkOrderGrabbed':
      // Who was sent may also take it so.
      if (from !== null && from === textIn(data, 'technicianId')) return taken(row, at);
      return { dispatchedAt, acknowledgedAt, onCall: false, ...(from === null ? {} : { handOvers }) };
    case 'WorkOrderAccepted':
      return taken(row, at);
    case 'WorkOrderDeclined':
      return { handOvers, onCall: false };
    case 'WorkOrderHandedToTeam':
      return { handOvers, onCall: false, trade: textIn(data, 'trade') ?? row.trade };
    case 'WorkOrderResponseBreached':
      return { responseBreaches: row.responseBreaches + 1 };
    case 'WorkOrderLimitPassed':
      return { overdue: [...row.overdue, { clock: String(data['clock']), stage: String(data['stage']), dueAt: String(data['dueAt']) }] };
    case 'WorkOrderLimitKept':
      return { overdue: row.overdue.filter(({ clock, dueAt }) => clock !== data['clock'] || dueAt !== data['dueAt']) };
    case 'WorkOrderCompleted':
      return { restoredAt: textIn(data, 'restoredAt') ?? at, repairedBy: textIn(data, 'technicianId') };
    case 'WorkOrderRated': {
      const technicianId = textIn(data, 'technicianId') ?? row.repairedBy;
      return {
        closedAt: at,
        ratings: [...row.ratings, { stars: Number(data['stars']), technicianId, trade: row.trade }],
        leftUnrated: false,
      };
    }
    case 'WorkOrderLeftUnrated':
      return { closedAt: at, leftUnrated: true };
    case 'WorkOrderReopened':
      return { restoredAt: null, closedAt: null, leftUnrated: false, reopenedBy: [...row.reopenedBy, revision] };
    case 'WorkOrderCancelled':
      return { cancelReason: textIn(data, 'reason') };
    default:
      return {};
  }
}

function reported({ stream, revision, data, metadata }: Recorded, at: Instant): TimelineRow {
  const incompleteAtIntake = lacking(data);
  const stage = incompleteAtIntake ? 'needs-information' : 'waiting';
  const requires = (data['requires'] ?? {}) as JsonObject;
  return {
    ...{
      id: idOf(stream),
      revision,
      reportedAt: at,
      knownAt: metadata.recordedAt,
      countedIn: null,
      dispatchedAt: null,
      acknowledgedAt: null,
      restoredAt: null,
      closedAt: null,
    },
    ...{ status: stage, stage, since: at, cancelReason: null, handOvers: 0, incompleteAtIntake },
    spent: { 'needs-information': 0, waiting: 0, dispatched: 0, accepted: 0, paused: 0, completed: 0 },
    ...{ responseDueAt: null, responseBreaches: 0, overdue: [], ratings: [], repairedBy: null, leftUnrated: false, reopenedBy: [] },
    ...{ onCall: false, onCallDispatches: [], drill: metadata.drill === true },
    trade: String(data['trade']),
    categoryId: String(data['categoryId']),
    placeId: String(data['placeId']),
    reporterId: String(data['reporterId']),
    byPatient: data['reporterKind'] === 'patient',
    bySystem: data['reporterKind'] === 'system',
    minimumLevel: textIn(requires, 'minimumLevel'),
  };
}

export const timeline: View<TimelineRow> = {
  name: 'timeline',
  version: 2,
  categories: ['workOrder', 'month'],
  columns: ['countedIn', 'status', 'reportedAt'],
  keys: ({ stream, data }) => (categoryOf(stream) === 'workOrder' ? [idOf(stream)] : ((data['orderIds'] ?? []) as readonly string[])),
  project(row, event) {
    if (event.type === 'MonthClosed') return row && { ...row, countedIn: row.countedIn ?? textIn(event.data, 'month') };
    // What fell due is recorded with the command that found it; the event itself says when it was.
    const at = textIn(event.data, 'at') ?? event.metadata.occurredAt;
    if (event.type === 'WorkOrderReported') return reported(event, at);
    return row && { ...row, ...moved(row, event, at), ...noted(row, event, at), revision: event.revision };
  },
};

export interface ArrivalRow extends JsonObject, Arrival {}

/** Somebody on site for an order: one row a work log (its first labour) and one a call of a firm. */
export const arrivals: View<ArrivalRow> = {
  name: 'arrivals',
  version: 1,
  categories: ['workLog', 'vendorJob'],
  columns: ['orderId'],
  keys: ({ stream }) => [stream],
  project(row, { type, stream, data, metadata }) {
    const at = textIn(data, 'at') ?? metadata.occurredAt;
    switch (type) {
      case 'LabourStarted':
        return row ?? { orderId: idOf(stream), calledAt: null, arrivedAt: textIn(data, 'from') ?? at };
      case 'VendorJobOpened':
        return { orderId: String(data['orderId']), calledAt: at, arrivedAt: null };
      case 'VendorArrivalCheckedIn':
        return row && { ...row, arrivedAt: row.arrivedAt ?? at };
      case 'VendorJobWithdrawn':
        return row?.arrivedAt === null ? null : undefined;
      default:
        return undefined;
    }
  },
};
