import { main } from '@hospital/service';
import { AssetsModule } from './app.module';

void main(AssetsModule, 'assets');
