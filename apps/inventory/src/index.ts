export { InventoryModule } from './app.module';
