export * from './bus.contract';
export * from './given-when-then';
export * from './event-store.contract';
export * from './streams';
export * from './view-store.contract';
