import { Module } from '@nestjs/common';
import { context, graphql, tell, views } from '@hospital/service';
import { assetResolvers } from './api/asset.resolver';
import types from './api/assets.graphql';
import { asset } from './domain/asset';
import { history } from './history';
import { tells } from './integration/tells';
import { assets } from './views/assets';

/** The asset register: buildings and devices. 资产 */
@Module({
  imports: [context({ name: 'assets', aggregates: [asset], history }), views(assets), graphql(types, assetResolvers), tell(tells)],
})
export class AssetsModule {}
