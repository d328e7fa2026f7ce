export { AssetsModule } from './app.module';
