import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DynamicModule, Module } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import {
  ANONYMOUS,
  BadSetting,
  type Problem,
  serveHealth,
  type Settings,
  type Surroundings,
  SURROUNDINGS,
  type Verify,
} from '@hospital/service';
import type { FastifyInstance } from 'fastify';
import { type Ask, contextsFrom } from './contexts';
import { allowOrigins } from './cors';
import { Gateway, type Guards } from './gateway';
import { servePages } from './graphiql/serve';
import { identityRate } from './identity-rate';
import { intakeLimits } from './intake-limits';
import { LIMITS, LIMITS_ELSEWHERE, limitsFrom } from './limits';
import { type Feed, feedsFrom } from './live/feed';
import { Live } from './live/live';
import { serveLive } from './live/serve';
import { planBeside, planHere, type Planning } from './plan/planning';
import { type Passage, passageFrom, servePhotos } from './photo-passage';
import { serveGraph } from './serve-graph';
import committed from './supergraph.graphql';
import { documentsIn } from './trusted-documents';

/** The federated graph of all contexts. 统一入口 */
@Module({})
export class GatewayModule {
  /**
   * `neighbours`: contexts in this same process, `photos`: who keeps them there, `feeds`: what they record, `problems`: what does not
   * work there; the others are found by the setting SUBGRAPHS. `planning`: see {@link planningFor}, when it has begun already.
   */
  static with(
    neighbours: ReadonlyMap<string, Ask>,
    photos?: Passage,
    feeds: ReadonlyMap<string, Feed> = new Map(),
    planning?: Planning,
    problems: () => readonly Problem[] = () => [],
  ): DynamicModule {
    return {
      module: GatewayModule,
      providers: [
        {
          provide: Gateway,
          inject: [SURROUNDINGS, HttpAdapterHost],
          useFactory: async ({ settings, verify: verifyOurs, clock, log }: Surroundings, { httpAdapter }: HttpAdapterHost) => {
            const contexts = new Map([...contextsFrom(settings.SUBGRAPHS ?? []), ...neighbours]);
            const http = httpAdapter.getInstance() as FastifyInstance;
            const supergraph = supergraphOf(settings);
            const verify = settings.SUPERGRAPH_FILE === undefined ? verifyOurs : elsewhere(verifyOurs);
            if (settings.CORS_ORIGINS) allowOrigins(http, settings.CORS_ORIGINS);
            const admit = await intakeLimits(http, settings);
            const plan = planning ?? planningFor(settings);
            const gateway = new Gateway(plan, contexts, verify, clock, log, admit, guardsOf(settings));
            const passage = photos ?? passageFrom(settings.SUBGRAPHS ?? []);
            if (passage) servePhotos(http, passage, admit);
            await serveGraph(http, gateway);
            if (settings.NODE_ENV !== 'production') servePages(http, supergraph, clock);
            serveHealth(http, () => [...problems(), ...gateway.health.problems]);
            const live = new Live(gateway, new Map([...feedsFrom(settings.SUBGRAPHS ?? []), ...feeds]), verify, log);
            gateway.endLive = serveLive(http, live, verify);
            return gateway;
          },
        },
      ],
    };
  }
}

/** A bundle beside ours; the sources plan in their own thread. */
const PLANNER = join(__dirname, 'planner.js');

/** Begun before everything else, it is ready by then. */
export function planningFor(settings: Settings): Planning {
  const graph = {
    supergraph: supergraphOf(settings),
    introspection: settings.NODE_ENV !== 'production',
    composed: settings.SUPERGRAPH_FILE === undefined,
  };
  return existsSync(PLANNER) ? planBeside(PLANNER, graph) : planHere(graph);
}

/** How often one identity may ask in a minute, in production. */
const PER_MINUTE = 600;

const guardsOf = ({ NODE_ENV, QUERY_LIMITS, RATE_PER_IDENTITY, SUPERGRAPH_FILE, TRUSTED_DOCUMENTS }: Settings): Guards => ({
  limits: limitsFrom(QUERY_LIMITS ?? [], SUPERGRAPH_FILE === undefined ? LIMITS : LIMITS_ELSEWHERE),
  admitIdentity: identityRate(RATE_PER_IDENTITY ?? (NODE_ENV === 'production' ? PER_MINUTE : 0)),
  documents: TRUSTED_DOCUMENTS === undefined ? undefined : documentsIn(TRUSTED_DOCUMENTS),
});

/** The committed graph; for audits of the federation any other one, though never in production. */
function supergraphOf({ NODE_ENV, SUPERGRAPH_FILE }: Settings): string {
  if (SUPERGRAPH_FILE === undefined) return committed;
  if (NODE_ENV === 'production') throw new BadSetting('SUPERGRAPH_FILE: production serves the graph it was built with');
  try {
    return readFileSync(SUPERGRAPH_FILE, 'utf8');
  } catch (error) {
    throw new BadSetting(`SUPERGRAPH_FILE: ${(error as Error).message}`);
  }
}

/** Whoever asks another graph needs no token: its contexts know none of ours. */
const elsewhere =
  (verify: Verify): Verify =>
  async (authorization) =>
    authorization === undefined ? ANONYMOUS : verify(authorization);
