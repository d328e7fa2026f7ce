export { inventory, InventoryModule } from './app.module';
