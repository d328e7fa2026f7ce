export * from './envelope';
export type { Promised } from './promise';
export * from './public-events';
export * from './topics';
