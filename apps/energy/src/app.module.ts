import { Module } from '@nestjs/common';
import { context, graphql, tell, views } from '@hospital/service';
import liveTypes from './api/live.graphql';
import { meterResolvers } from './api/meter.resolver';
import types from './api/energy.graphql';
import { meter } from './domain/meter';
import { history } from './history';
import { tells } from './integration/tells';
import { meters } from './views/meters';

/** What the context decides and shows, apart from any machine. */
export const energy = { name: 'energy', aggregates: [meter], views: [meters], history, tells } as const;

/** Meters of water, electricity and gas. 计量 */
@Module({
  imports: [context(energy), views(...energy.views), graphql(types + liveTypes, meterResolvers), tell(tells)],
})
export class EnergyModule {}
