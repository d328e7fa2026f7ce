export { WorkordersModule } from './app.module';
