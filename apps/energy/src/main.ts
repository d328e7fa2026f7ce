import { main } from '@hospital/service';
import { EnergyModule } from './app.module';

void main(EnergyModule, 'energy');
