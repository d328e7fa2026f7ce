import { main } from '@hospital/service';
import { StaffingModule } from './app.module';

void main(StaffingModule, 'staffing');
