export { assets, AssetsModule } from './app.module';
