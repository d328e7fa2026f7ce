export { EnergyModule } from './app.module';
