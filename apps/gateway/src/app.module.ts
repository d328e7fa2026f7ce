import { type DynamicModule, Module } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { serveGraphql, serveHealth, type Surroundings, SURROUNDINGS } from '@hospital/service';
import type { FastifyInstance } from 'fastify';
import { type Ask, contextsFrom } from './contexts';
import { Gateway } from './gateway';
import { intakeLimits } from './intake-limits';
import { type Passage, passageFrom, servePhotos } from './photo-passage';
import supergraph from './supergraph.graphql';

/** The federated graph of all contexts. 统一入口 */
@Module({})
export class GatewayModule {
  /** `neighbours`: contexts in this same process, `photos`: who keeps them there; the others are found by the setting SUBGRAPHS. */
  static with(neighbours: ReadonlyMap<string, Ask>, photos?: Passage): DynamicModule {
    return {
      module: GatewayModule,
      providers: [
        {
          provide: Gateway,
          inject: [SURROUNDINGS, HttpAdapterHost],
          useFactory: async ({ settings, verify, clock, log }: Surroundings, { httpAdapter }: HttpAdapterHost) => {
            const contexts = new Map([...contextsFrom(settings.SUBGRAPHS ?? []), ...neighbours]);
            const http = httpAdapter.getInstance() as FastifyInstance;
            const admit = await intakeLimits(http, settings);
            const gateway = new Gateway(supergraph, contexts, verify, clock, log, settings.NODE_ENV === 'production', admit);
            const passage = photos ?? passageFrom(settings.SUBGRAPHS ?? []);
            if (passage) servePhotos(http, passage, admit);
            await serveGraphql(http, gateway.server, gateway.contextOf);
            serveHealth(http, async () => []);
            return gateway;
          },
        },
      ],
    };
  }
}
