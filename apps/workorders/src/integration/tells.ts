import { idOf, type JsonObject, type Recorded } from '@hospital/kernel';
import type { WorkOrderEvent } from '../domain/work-order';

/** What the others hear of our events; never what the reporter wrote. */
export function tells(recorded: Recorded): { readonly type: string; readonly data: JsonObject } | undefined {
  const event = recorded as unknown as WorkOrderEvent;
  const orderId = idOf(recorded.stream);
  switch (event.type) {
    case 'WorkOrderReported': {
      const { categoryId, trade, placeId, severity } = event.data;
      return { type: event.type, data: { orderId, categoryId, trade, placeId, severity } };
    }
    case 'WorkOrderDispatched': {
      const { technicianId, ruleId, ruleVersion, responseDueAt } = event.data;
      return { type: event.type, data: { orderId, technicianId, ruleId, ruleVersion, responseDueAt } };
    }
    case 'WorkOrderAccepted':
    case 'WorkOrderResponseBreached':
    case 'WorkOrderReopened':
      return { type: event.type, data: { orderId, ...event.data } };
    case 'WorkOrderCompleted':
      return { type: event.type, data: { orderId, technicianId: event.data.technicianId } };
    case 'WorkOrderRated':
      return { type: event.type, data: { orderId, stars: event.data.stars } };
    default:
      return undefined;
  }
}
