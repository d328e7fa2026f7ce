import { HOUR, instant, link, MINUTE, type Proposed, technical, uuidV5, NAMESPACE } from '@hospital/kernel';
import type { WorkOrderEvent } from '../../apps/workorders/src/domain/work-order';

const TECHNICIAN = 'pn_1sbhv53nyn9m';
const START = Date.UTC(2026, 0, 1);

/** A repair that was rated poorly: after these, the same again from the dispatch on. */
const LIFE: readonly WorkOrderEvent[] = [
  {
    type: 'WorkOrderReported',
    data: {
      categoryId: 'ct_2m4k6n8p0q1r',
      trade: 'hvac-technician',
      placeId: 'as_3k5m7p9r1t3v',
      description: '三楼手术室空调不制冷，温度已升至 27 度，请尽快处理',
      severity: 'high',
      reporterId: 'demo-clinician',
      contact: null,
    },
  },
  {
    type: 'WorkOrderDispatched',
    data: {
      technicianId: TECHNICIAN,
      ruleId: 'trade-and-load',
      ruleVersion: 1,
      considered: [
        {
          id: TECHNICIAN,
          trade: 'hvac-technician',
          onShiftFrom: instant(START),
          onShiftUntil: instant(START + 8 * HOUR),
          openOrders: 2,
          eligible: true,
          reasons: ['on shift', '2 open orders'],
        },
      ],
      responseDueAt: instant(START + 30 * MINUTE),
    },
  },
  { type: 'WorkOrderAccepted', data: { technicianId: TECHNICIAN } },
  { type: 'WorkOrderCompleted', data: { technicianId: TECHNICIAN, resolution: '已更换压缩机启动电容' } },
  { type: 'WorkOrderRated', data: { stars: 2, comment: null } },
  { type: 'WorkOrderReopened', data: { stars: 2 } },
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
    events.push(link(stream, revision, hash, { id, ...eventAt(revision) }, technical(id, instant(START + revision * MINUTE))));
  }
  return { stream, expected, events };
}
