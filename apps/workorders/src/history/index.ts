import type { History, JsonObject, Recorded } from '@hospital/kernel';

const told = ({ metadata }: Recorded): string => metadata.occurredAt;

/** Before agreements there was a limit to the response alone: nothing else shall become overdue afterwards. */
const NO_LIMIT = 10 * 366 * 24 * 60;
const LIMITS = { P1: NO_LIMIT, P2: NO_LIMIT, P3: NO_LIMIT, P4: NO_LIMIT };
const ALL_DAY = [['00:00', '24:00']];
const CALENDAR = {
  zone: 'Asia/Shanghai',
  week: Object.fromEntries(['1', '2', '3', '4', '5', '6', '7'].map((day) => [day, ALL_DAY])),
  exceptions: {},
};
const AGREEMENT = { respondMinutes: 30, own: LIMITS, resolve: LIMITS, warnAt: 1, vendorArrivalMinutes: 120, ratingDays: 3_660 };
/** Before it was agreed how long contacts are kept. */
const keeping = (data: JsonObject): JsonObject => ({ ...data, agreement: { ...(data['agreement'] as JsonObject), contactDays: 30 } });
const NEEDS = { minimumLevel: null, certificate: null };
const RULE_1 = {
  id: 'trade-on-shift-least-loaded',
  version: 1,
  zone: 'any',
  maxOpenOrders: null,
  mode: 'assign',
  order: ['open-orders', 'name'],
};
const PRIORITY: Readonly<Record<string, string>> = { low: 'P4', normal: 'P4', high: 'P3', critical: 'P3' };

const choice = ({ considered, ...data }: JsonObject, event: Recorded): JsonObject => {
  const candidates = (considered as readonly JsonObject[]).map(({ trade, ...one }) => ({
    ...one,
    trades: [trade],
    zones: [],
    onCall: null,
    certificates: [],
    levels: [],
    lastDispatchedAt: null,
  }));
  const job = { trade: (considered as readonly JsonObject[])[0]?.['trade'] ?? '', zone: null, requires: NEEDS, declinedBy: [] };
  return { technicianId: null, ...data, onCall: false, rule: RULE_1, job, considered: candidates as never, at: told(event) } as JsonObject;
};

/** Event types whose shape has changed since they were first written, and how to read the older shapes. */
export const history: History = {
  WorkOrderReported: {
    version: 2,
    up: {
      1: (data, event) => ({
        ...data,
        categoryVersion: 1,
        requires: NEEDS,
        fields: [],
        ruleId: null,
        zone: null,
        locationCodeId: null,
        spot: null,
        details: {},
        photos: [],
        channel: 'web',
        reporterKind: 'staff',
        criticality: 1,
        priority: PRIORITY[String(data['severity'])] ?? 'P4',
        receiverId: null,
        parentId: null,
        terms: { agreementId: String(data['categoryId']), version: 1, ...AGREEMENT, calendar: CALENDAR },
        missing: [],
        at: told(event),
      }),
    },
  },
  WorkOrderDispatched: { version: 2, up: { 1: choice } },
  WorkOrderLeftWaiting: { version: 2, up: { 1: choice } },
  WorkOrderAccepted: { version: 2, up: { 1: (data, event) => ({ ...data, requires: NEEDS, at: told(event) }) } },
  WorkOrderCompleted: {
    version: 2,
    up: {
      1: (data, event) => ({ ...data, restoredAt: told(event), remaining: null, rateUntil: '9999-12-31T23:59:59.999Z', at: told(event) }),
    },
  },
  WorkOrderLimitKept: { version: 2, up: { 1: (data) => ({ ...data, technicianId: null }) } },
  WorkOrderReopened: { version: 2, up: { 1: (data, event) => ({ ...data, reason: null, at: told(event) }) } },
  CategoryDefined: {
    version: 3,
    up: {
      1: (data) => ({
        ...data,
        requires: NEEDS,
        fields: [],
        openToPatients: true,
        agreement: { ...AGREEMENT, calendarId: null },
        ruleId: null,
      }),
      2: keeping,
    },
  },
  CategoryRevised: { version: 2, up: { 1: keeping } },
  NotificationRequested: { version: 2, up: { 1: (data) => ({ ...data, aboutId: String(data['orderId']) }) } },
  TechnicianLearned: { version: 2, up: { 1: (data) => ({ ...data, trades: [data['trade'] ?? ''] }) } },
  TechnicianShiftStarted: { version: 2, up: { 1: (data) => ({ ...data, zones: [] }) } },
};
