export { GatewayModule, planningFor } from './app.module';
export type { Ask } from './contexts';
export { type Feed, feedOf } from './live/feed';
export type { Passage } from './photo-passage';
