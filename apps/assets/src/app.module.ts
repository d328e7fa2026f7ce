import { Module } from '@nestjs/common';
import { context, graphql, tell, views } from '@hospital/service';
import { assetResolvers } from './api/asset.resolver';
import types from './api/assets.graphql';
import liveTypes from './api/live.graphql';
import { asset } from './domain/asset';
import { history } from './history';
import { tells } from './integration/tells';
import { assets as register } from './views/assets';

/** What the context decides and shows, apart from any machine. */
export const assets = { name: 'assets', aggregates: [asset], views: [register], history, tells } as const;

/** The asset register: buildings and devices. 资产 */
@Module({
  imports: [context(assets), views(...assets.views), graphql(types + liveTypes, assetResolvers), tell(tells)],
})
export class AssetsModule {}
