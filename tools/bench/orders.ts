import { DAY, HOUR, instant, link, MINUTE, type Proposed, technical, uuidV5, NAMESPACE, versionOf } from '@hospital/kernel';
import { ROUND_THE_CLOCK } from '../../apps/workorders/src/domain/business-time';
import { NO_NEEDS, USUAL_AGREEMENT } from '../../apps/workorders/src/domain/category';
import { choose } from '../../apps/workorders/src/domain/dispatch-rule';
import { termsOf } from '../../apps/workorders/src/domain/intake';
import type { WorkOrderEvent } from '../../apps/workorders/src/domain/work-order';
import { history } from '../../apps/workorders/src/history';

const START = Date.UTC(2026, 0, 1);
const at = instant(START);
const category = {
  ...{ id: 'ct_2m4k6n8p0q1r', version: 1, retired: false, name: '空调', nameEn: 'Air conditioning', trade: 'hvac-technician' },
  ...{ requires: NO_NEEDS, fields: [], openToPatients: true, agreement: USUAL_AGREEMENT, ruleId: null },
};
const { technicianId: chosen, ...choice } = choose(
  { trade: category.trade, zone: null, requires: NO_NEEDS, declinedBy: [] },
  [
    {
      ...{ id: 'pn_1sbhv53nyn9m', trades: [category.trade], zones: [], onShiftFrom: at, onShiftUntil: instant(START + 8 * HOUR) },
      ...{ onCall: null, certificates: [], levels: [], openOrders: 2, lastDispatchedAt: null },
    },
  ],
  at,
);
const technicianId = chosen!;

/** A repair that was rated poorly: after these, the same again from the dispatch on. */
const LIFE: readonly WorkOrderEvent[] = [
  {
    type: 'WorkOrderReported',
    data: {
      ...{ categoryId: category.id, categoryVersion: 1, trade: category.trade, requires: NO_NEEDS, fields: [], ruleId: null },
      ...{ placeId: 'as_3k5m7p9r1t3v', zone: null, locationCodeId: null, spot: null, details: {}, photos: [] },
      description: '三楼手术室空调不制冷，温度已升至 27 度，请尽快处理',
      ...{ channel: 'web', reporterKind: 'clinician', severity: 'high', criticality: 1, priority: 'P3' },
      ...{ reporterId: 'demo-clinician', receiverId: null, contact: null, parentId: null },
      ...{ terms: termsOf(category, ROUND_THE_CLOCK), missing: [], at },
    },
  },
  { type: 'WorkOrderDispatched', data: { ...choice, technicianId, responseDueAt: instant(START + 30 * MINUTE), at } },
  { type: 'WorkOrderAccepted', data: { technicianId, requires: NO_NEEDS, at } },
  {
    type: 'WorkOrderCompleted',
    data: {
      ...{ technicianId, resolution: '已更换压缩机启动电容', restoredAt: at, remaining: null },
      ...{ rateUntil: instant(START + 7 * DAY), at },
    },
  },
  { type: 'WorkOrderRated', data: { stars: 2, comment: null } },
  { type: 'WorkOrderReopened', data: { stars: 2, reason: null, at } },
];

/** The event at this place in the life of a work order. */
const eventAt = (revision: number): WorkOrderEvent => LIFE[revision < LIFE.length ? revision : 1 + ((revision - 1) % (LIFE.length - 1))]!;

export interface Place {
  readonly stream: string;
  readonly expected: number;
  readonly events: readonly Proposed[];
}

/** The next `count` events of a work order, linked, ready for an append; a minute between any two. */
export function nextOf(stream: string, expected: number, count: number, previousHash = ''): Place {
  const events: Proposed[] = [];
  for (let revision = expected + 1; revision <= expected + count; revision += 1) {
    const id = uuidV5(NAMESPACE, `${stream}@${revision}`);
    const hash = events.at(-1)?.metadata.hash ?? previousHash;
    const event = eventAt(revision);
    const metadata = { ...technical(id, instant(START + revision * MINUTE)), schemaVersion: versionOf(history, event.type) };
    events.push(link(stream, revision, hash, { id, ...event }, metadata));
  }
  return { stream, expected, events };
}
