import { Module } from '@nestjs/common';
import { context, graphql, tell, views } from '@hospital/service';
import { itemResolvers } from './api/item.resolver';
import types from './api/inventory.graphql';
import liveTypes from './api/live.graphql';
import { item } from './domain/item';
import { history } from './history';
import { tells } from './integration/tells';
import { items } from './views/items';

/** What the context decides and shows, apart from any machine. */
export const inventory = { name: 'inventory', aggregates: [item], views: [items], history, tells } as const;

/** The stores: what is kept, and how it is counted. 物资 */
@Module({
  imports: [context(inventory), views(...inventory.views), graphql(types + liveTypes, itemResolvers), tell(tells)],
})
export class InventoryModule {}
