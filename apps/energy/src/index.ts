export { energy, EnergyModule } from './app.module';
