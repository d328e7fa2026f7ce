export * from './envelope';
export * from './public-events';
export * from './topics';
