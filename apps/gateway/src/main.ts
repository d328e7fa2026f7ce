import { main } from '@hospital/service';
import { GatewayModule } from './app.module';

void main(GatewayModule.with(new Map()), 'gateway', { hears: false });
