import { Module } from '@nestjs/common';
import { context, graphql, tell, views } from '@hospital/service';
import { itemResolvers } from './api/item.resolver';
import types from './api/inventory.graphql';
import { item } from './domain/item';
import { history } from './history';
import { tells } from './integration/tells';
import { items } from './views/items';

/** The stores: what is kept, and how it is counted. 物资 */
@Module({
  imports: [context({ name: 'inventory', aggregates: [item], history }), views(items), graphql(types, itemResolvers), tell(tells)],
})
export class InventoryModule {}
