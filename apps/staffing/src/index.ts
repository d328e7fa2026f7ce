export { StaffingModule } from './app.module';
