export { workorders, WorkordersModule } from './app.module';
export { category, type CategoryDefinition, NO_NEEDS, USUAL_AGREEMENT } from './domain/category';
export { dispatchRule, SHIPPED } from './domain/dispatch-rule';
export { registered, techniciansOf } from './domain/escalation';
export { locationCode } from './domain/location-code';
export { place } from './domain/place';
export { vendor } from './domain/vendor';
export { workOrder, type WorkOrderEvent } from './domain/work-order';
