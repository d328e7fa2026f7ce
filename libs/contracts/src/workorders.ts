import { z } from 'zod';
import { code, idOf, instant, personId, promise } from './promise';

const workOrder = promise('workOrder');
const orderId = idOf('wo', 'The work order 工单');
const technicianId = personId.describe('Pseudonym of the technician');
const stars = z.int().min(1).max(5).describe('1 is worst');

export const workorders = {
  WorkOrderReported: workOrder(
    'A fault was reported 报修.',
    z.object({
      orderId,
      categoryId: code('Kind of fault'),
      trade: code('Trade the repair takes 工种'),
      placeId: code('Where'),
      severity: z.enum(['low', 'normal', 'high', 'critical']),
    }),
  ),
  WorkOrderDispatched: workOrder(
    'A rule chose a technician 派单.',
    z.object({
      orderId,
      technicianId,
      ruleId: code('The rule that chose'),
      ruleVersion: z.int().min(1),
      responseDueAt: instant('Until then the technician has to accept'),
    }),
  ),
  WorkOrderAccepted: workOrder('The technician accepted 接单.', z.object({ orderId, technicianId })),
  WorkOrderResponseBreached: workOrder(
    'Nobody had accepted when the response was due 响应超时.',
    z.object({ orderId, technicianId, dueAt: instant('The limit that passed') }),
  ),
  WorkOrderCompleted: workOrder('The technician reported the repair done 完工.', z.object({ orderId, technicianId })),
  WorkOrderRated: workOrder('Who had reported it rated the repair 评价.', z.object({ orderId, stars })),
  WorkOrderReopened: workOrder('A poor rating opened it again 返修.', z.object({ orderId, stars })),
} as const;
