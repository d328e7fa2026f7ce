import { z } from 'zod';
import { code, idOf, instant, personId, promise } from './promise';

const workOrder = promise('workOrder', { orderId: idOf('wo', 'The work order 工单') });
const technicianId = personId.describe('Pseudonym of the technician');
const stars = z.int().min(1).max(5).describe('1 is worst');

const priority = z.enum(['P1', 'P2', 'P3', 'P4']).describe('P1 is the most urgent 优先级');
const severity = z.enum(['low', 'normal', 'high', 'critical']);
const clock = z.enum(['own', 'resolve']).describe('Until the first acceptance, or until the repair');
const dueAt = instant('The limit that passed');
const from = technicianId.nullable().describe('Who had it until then');

export const workorders = {
  WorkOrderReported: workOrder('A fault was reported 报修.', {
    categoryId: code('Kind of fault'),
    trade: code('Trade the repair takes 工种'),
    placeId: code('Where'),
    severity,
    priority: priority.optional(),
    complete: z.boolean().optional().describe('False: something required is missing and is waited for'),
  }),
  WorkOrderInformationProvided: workOrder('What was missing was given, or some of it 补充信息.', {
    complete: z.boolean().describe('Nothing is missing any more'),
  }),
  WorkOrderDispatched: workOrder('A rule chose a technician 派单.', {
    technicianId,
    ruleId: code('The rule that chose'),
    ruleVersion: z.int().min(1),
    onCall: z.boolean().optional().describe('Nobody on shift would do: it went to whoever is on call'),
    responseDueAt: instant('Until then the technician has to accept'),
  }),
  WorkOrderAssigned: workOrder('Somebody was sent by hand, or it was handed over 指派.', {
    technicianId,
    fromTechnicianId: from,
    responseDueAt: instant('Until then the technician has to accept'),
  }),
  WorkOrderGrabbed: workOrder('A technician took it 抢单.', { technicianId, fromTechnicianId: from }),
  WorkOrderAccepted: workOrder('The technician accepted 接单.', { technicianId }),
  WorkOrderDeclined: workOrder('The technician declined 拒单.', { technicianId }),
  WorkOrderHandedToTeam: workOrder('It takes another trade 转派班组.', { trade: code('Trade 工种'), fromTechnicianId: from }),
  WorkOrderPaused: workOrder('Its clocks stand still 暂停.', {
    reason: z.enum(['waiting-parts', 'no-access', 'vendor', 'clinical-use', 'other']),
  }),
  WorkOrderResumed: workOrder('Its clocks go on 恢复.', {}),
  WorkOrderReprioritised: workOrder('Its severity was judged anew 调整优先级.', { severity, priority }),
  WorkOrderResponseBreached: workOrder('Nobody had accepted when the response was due 响应超时.', { technicianId, dueAt }),
  WorkOrderLimitPassed: workOrder('A limit of its agreement has passed 超时.', {
    ...{ clock, dueAt, stage: code('Where most of the time went') },
  }),
  WorkOrderLimitKept: workOrder('A limit that had passed was kept after all: it worked again before 未超时.', { clock, dueAt }),
  WorkOrderEscalated: workOrder('Somebody above has to look after it 升级.', {
    to: z.enum(['dispatcher', 'director']),
    because: z.enum(['response', 'own', 'resolve']),
    dueAt,
  }),
  WorkOrderCompleted: workOrder('The technician reported the repair done 完工.', {
    technicianId,
    restoredAt: instant('When it worked again').optional(),
  }),
  WorkOrderRated: workOrder('Who had reported it rated the repair 评价.', { stars }),
  WorkOrderLeftUnrated: workOrder('Nobody rated it in time, which is no rating 未评价.', {}),
  WorkOrderReopened: workOrder('It is open again, by a poor rating or by hand 返修.', {
    stars: stars.optional().describe('Absent: by hand'),
  }),
  WorkOrderCancelled: workOrder('It was given up 取消.', {}),
  WorkOrderMerged: workOrder('It is the same fault as another order 合并.', { into: idOf('wo', 'The order that goes on') }),
} as const;
