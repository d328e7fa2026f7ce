export { GatewayModule } from './app.module';
export type { Ask } from './contexts';
