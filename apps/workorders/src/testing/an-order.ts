import { type Actor, instant, type JsonObject, MINUTE, personal, type Recorded } from '@hospital/kernel';
import { commandsBy } from '@hospital/kernel/testing';
import { ROUND_THE_CLOCK } from '../domain/business-time';
import { NO_NEEDS, USUAL_AGREEMENT } from '../domain/category';
import { choose, type Job, type Rule, SHIPPED, type Technician } from '../domain/dispatch-rule';
import { type Fault, type Opening, openingOf, termsOf } from '../domain/intake';
import type { WorkOrderEvent } from '../domain/work-order';

/** One repair that many tests begin with: a lamp in the inpatient building, and who has to do with it. */

export const T0 = '2026-03-01T03:12:00.000Z';
/** Minutes after T0. */
export const at = (minutes: number): string => instant(Date.parse(T0) + minutes * MINUTE);

const person = (id: string, ...roles: readonly string[]): Actor => ({ id, kind: 'person', roles });
export const REPORTER = person('pn_reporter', 'reporter');
export const reporter = commandsBy(REPORTER);
export const clerk = commandsBy(person('pn_clerk', 'dispatcher'));
export const dispatcher = commandsBy(person('pn_dispatcher', 'dispatcher'));
export const chen = commandsBy(person('pn_chen', 'technician'));
export const li = commandsBy(person('pn_li', 'technician'));
export const system = commandsBy({ id: 'system', kind: 'system', roles: [] });
export const patient = commandsBy({ id: 'pt_1', kind: 'patient', roles: ['reporter'] });

export const ELECTRICAL: NonNullable<Fault['category']> = {
  ...{ id: 'ct_electrical', version: 3, retired: false },
  ...{ name: '电气', nameEn: 'Electrical', trade: 'electrician', requires: NO_NEEDS },
  fields: [],
  openToPatients: true,
  agreement: USUAL_AGREEMENT,
  ruleId: null,
};
export const LAMP = { key: 'lamp', label: '灯具编号', labelEn: 'Lamp number', kind: 'text', required: true, options: [] } as const;
export const WITH_LAMP = { ...ELECTRICAL, fields: [LAMP] };
/** P4 at normal severity: 120 minutes to accept it, a day to repair it. */
export const INPATIENT = { id: 'as_inpatient', zone: 'inpatient', criticality: 1 } as const;

export const fault: Fault = {
  category: ELECTRICAL,
  calendar: null,
  place: INPATIENT,
  locationCode: null,
  description: '三楼走廊灯不亮',
  ...{ details: {}, photos: [], channel: 'web', reporterKind: 'staff', severity: 'normal' },
  reporterId: null,
  contact: personal('pn_reporter', '13800000000'),
  parentId: null,
  incomplete: false,
};

export const aFault = (more: Partial<Fault>): Fault => ({ ...fault, ...more });

/** On shift, of every zone. */
export const technician = (id: string, more: Partial<Technician> = {}): Technician => ({
  ...{ id, trades: ['electrician'], zones: [], onShiftFrom: at(-60), onShiftUntil: at(420), onCall: null },
  ...{ certificates: [], levels: [], openOrders: 0, lastDispatchedAt: null },
  ...more,
});
export const off = { onShiftFrom: null, onShiftUntil: null } as const;

export const JOB: Job = { trade: 'electrician', zone: 'inpatient', requires: NO_NEEDS, declinedBy: [] };
export const TERMS = termsOf(ELECTRICAL, ROUND_THE_CLOCK);

/** Reported at T0 by the reporter. */
export const reported = (more: Partial<Fault> = {}): WorkOrderEvent => ({
  type: 'WorkOrderReported',
  data: { ...(openingOf(aFault(more), REPORTER, ROUND_THE_CLOCK) as Opening), at: T0 },
});
export const dispatched = (
  minutes = 0,
  technicians: readonly Technician[] = [technician('pn_chen')],
  job: Job = JOB,
  rule: Rule = SHIPPED,
): WorkOrderEvent => {
  const { technicianId, ...choice } = choose(job, technicians, at(minutes), rule);
  if (technicianId === null) return { type: 'WorkOrderLeftWaiting', data: { technicianId, ...choice, at: at(minutes) } };
  return { type: 'WorkOrderDispatched', data: { technicianId, ...choice, responseDueAt: at(minutes + 30), at: at(minutes) } };
};
export const accepted = (minutes: number, technicianId = 'pn_chen'): WorkOrderEvent => ({
  type: 'WorkOrderAccepted',
  data: { technicianId, requires: NO_NEEDS, at: at(minutes) },
});
export const breached = (minutes: number, technicianId = 'pn_chen'): readonly WorkOrderEvent[] => [
  { type: 'WorkOrderResponseBreached', data: { technicianId, dueAt: at(minutes) } },
  { type: 'WorkOrderEscalated', data: { to: 'dispatcher', because: 'response', dueAt: at(minutes) } },
];
/** Seven days to rate it. */
export const completed = (minutes: number, technicianId = 'pn_chen', restored = minutes): WorkOrderEvent => ({
  type: 'WorkOrderCompleted',
  data: {
    ...{ technicianId, resolution: '已更换灯管', restoredAt: at(restored), remaining: null },
    ...{ rateUntil: at(minutes + 7 * 24 * 60), at: at(minutes) },
  },
});
export const rated = (stars: number, comment: string | null = null, technicianId = 'pn_chen'): WorkOrderEvent => ({
  type: 'WorkOrderRated',
  data: { stars, comment, technicianId },
});
export const reopened = (minutes: number, stars: number | null): WorkOrderEvent => ({
  type: 'WorkOrderReopened',
  data: { stars, reason: stars === null ? '又坏了' : null, at: at(minutes) },
});
export const assigned = (minutes: number, technicianId: string, fromTechnicianId: string | null): WorkOrderEvent => ({
  type: 'WorkOrderAssigned',
  data: { technicianId, fromTechnicianId, reason: '换班', responseDueAt: at(minutes + 30), at: at(minutes) },
});
export const grabbed = (minutes: number, technicianId: string, fromTechnicianId: string | null): WorkOrderEvent => ({
  type: 'WorkOrderGrabbed',
  data: { technicianId, fromTechnicianId, requires: JOB.requires, at: at(minutes) },
});
export const handed = (minutes: number, trade = 'plumber'): WorkOrderEvent => ({
  type: 'WorkOrderHandedToTeam',
  data: { trade, fromTechnicianId: 'pn_chen', reason: '实为漏水', at: at(minutes) },
});
export const declined = (minutes: number): WorkOrderEvent => ({
  type: 'WorkOrderDeclined',
  data: { technicianId: 'pn_chen', reason: '抢修中', at: at(minutes) },
});
export const cancelled = (minutes: number, fromTechnicianId: string | null): WorkOrderEvent => ({
  type: 'WorkOrderCancelled',
  data: { fromTechnicianId, reason: '误报', at: at(minutes) },
});
export const merged = (minutes: number, fromTechnicianId: string | null): WorkOrderEvent => ({
  type: 'WorkOrderMerged',
  data: { into: 'wo_2', fromTechnicianId, at: at(minutes) },
});

/** An event as it is told, of any kind. */
export type Told = { readonly type: string; readonly data: JsonObject };

/** Events as recorded: a minute apart, or when they say. */
export const recorded = (stream: string, events: readonly Told[]): readonly Recorded[] =>
  events.map((event, revision) => {
    const instant = typeof event.data['at'] === 'string' ? event.data['at'] : at(revision);
    return {
      ...event,
      stream,
      revision,
      metadata: { occurredAt: instant, recordedAt: instant, correlationId: 'c' },
    } as unknown as Recorded;
  });
