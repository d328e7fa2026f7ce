export { staffing, StaffingModule } from './app.module';
export { certificate } from './domain/certificate';
export { person } from './domain/person';
export { rota } from './domain/rota';
export { shift } from './domain/shift';
