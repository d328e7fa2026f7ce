import { Module } from '@nestjs/common';
import { context, deadlines, forget, graphql, hear, policies, tell, views } from '@hospital/service';
import { categoryResolvers } from './api/category.resolver';
import { workOrderResolvers } from './api/work-order.resolver';
import types from './api/workorders.graphql';
import { category } from './domain/category';
import { dispatchReported, dispatchWaiting, responseDue } from './domain/escalation';
import { place } from './domain/place';
import { technician } from './domain/technician';
import { workOrder } from './domain/work-order';
import { history } from './history';
import { heardTopics, hears } from './integration/hears';
import { tells } from './integration/tells';
import { categories, places, technicians } from './views/reference';
import { technicianLoad, workOrders } from './views/work-orders';

/** Work orders: from a reported fault to a rated repair. 工单 */
@Module({
  imports: [
    context({ name: 'workorders', aggregates: [workOrder, category, technician, place], history }),
    views(workOrders, technicianLoad, categories, technicians, places),
    graphql(types, workOrderResolvers, categoryResolvers),
    policies(dispatchReported, dispatchWaiting),
    deadlines(responseDue),
    forget('technician', 'TechnicianForgotten'),
    tell(tells),
    hear(heardTopics, hears),
  ],
})
export class WorkordersModule {}
