import { main } from '@hospital/service';
import { WorkordersModule } from './app.module';

void main(WorkordersModule, 'workorders');
