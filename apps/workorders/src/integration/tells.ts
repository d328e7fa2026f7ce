import { idOf, type JsonObject, type Recorded } from '@hospital/kernel';
import type { WorkOrderEvent } from '../domain/work-order';

/** What the others hear of our events; never what somebody wrote, or who reported it. */
export function tells(recorded: Recorded): { readonly type: string; readonly data: JsonObject } | undefined {
  const event = recorded as unknown as WorkOrderEvent;
  const orderId = idOf(recorded.stream);
  const told = (data: JsonObject = {}) => ({ type: event.type, data: { orderId, ...data } });
  switch (event.type) {
    case 'WorkOrderReported': {
      const { categoryId, trade, placeId, severity, priority, missing } = event.data;
      return told({ categoryId, trade, placeId, severity, priority, complete: missing.length === 0 });
    }
    case 'WorkOrderInformationProvided':
      return told({ complete: event.data.missing.length === 0 });
    case 'WorkOrderDispatched': {
      const { technicianId, ruleId, ruleVersion, onCall, responseDueAt } = event.data;
      return told({ technicianId, ruleId, ruleVersion, onCall, responseDueAt });
    }
    case 'WorkOrderAssigned': {
      const { technicianId, fromTechnicianId, responseDueAt } = event.data;
      return told({ technicianId, fromTechnicianId, responseDueAt });
    }
    case 'WorkOrderGrabbed':
      return told({ technicianId: event.data.technicianId, fromTechnicianId: event.data.fromTechnicianId });
    case 'WorkOrderAccepted':
    case 'WorkOrderDeclined':
      return told({ technicianId: event.data.technicianId });
    case 'WorkOrderHandedToTeam':
      return told({ trade: event.data.trade, fromTechnicianId: event.data.fromTechnicianId });
    case 'WorkOrderPaused':
      return told({ reason: event.data.reason });
    case 'WorkOrderReprioritised':
      return told({ severity: event.data.severity, priority: event.data.priority });
    case 'WorkOrderLimitPassed': {
      const { clock, dueAt, stage } = event.data;
      return told({ clock, dueAt, stage });
    }
    case 'WorkOrderLimitKept':
      return told({ clock: event.data.clock, dueAt: event.data.dueAt });
    case 'WorkOrderResponseBreached':
    case 'WorkOrderEscalated':
      return told(event.data);
    case 'WorkOrderCompleted':
      return told({ technicianId: event.data.technicianId, restoredAt: event.data.restoredAt });
    case 'WorkOrderRated':
      return told({ stars: event.data.stars });
    case 'WorkOrderReopened':
      return told(event.data.stars === null ? {} : { stars: event.data.stars });
    case 'WorkOrderMerged':
      return told({ into: event.data.into });
    case 'WorkOrderResumed':
    case 'WorkOrderLeftUnrated':
    case 'WorkOrderCancelled':
      return told();
    default:
      return undefined;
  }
}
