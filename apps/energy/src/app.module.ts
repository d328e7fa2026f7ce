import { Module } from '@nestjs/common';
import { context, graphql, tell, views } from '@hospital/service';
import { meterResolvers } from './api/meter.resolver';
import types from './api/energy.graphql';
import { meter } from './domain/meter';
import { history } from './history';
import { tells } from './integration/tells';
import { meters } from './views/meters';

/** Meters of water, electricity and gas. 计量 */
@Module({
  imports: [context({ name: 'energy', aggregates: [meter], history }), views(meters), graphql(types, meterResolvers), tell(tells)],
})
export class EnergyModule {}
