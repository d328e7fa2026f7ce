export { GatewayModule } from './app.module';
export type { Ask } from './contexts';
export type { Passage } from './photo-passage';
