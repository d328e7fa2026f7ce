import { main } from '@hospital/service';
import { InventoryModule } from './app.module';

void main(InventoryModule, 'inventory');
