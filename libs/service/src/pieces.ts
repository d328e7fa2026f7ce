import type { DynamicModule, FactoryProvider, InjectionToken } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { KeyVault, openEngines } from '@hospital/engines';
import {
  type AnyView,
  type Deadline,
  type Decider,
  type History,
  type Journal,
  personal,
  type Policy,
  type Recorded,
} from '@hospital/kernel';
import type { FastifyInstance } from 'fastify';
import { BadSetting } from './config';
import type { Context } from './context';
import type { SoleTask } from './following';
import { forgetting } from './forgetting';
import { Subgraph } from './graphql';
import type { Fields } from './subgraph-schema';
import { Health, problemsOf, serveHealth, watchEngines } from './health';
import { Hear, type Hears } from './hearing';
import { serveChanges } from './live';
import { keeping, reacting } from './reacting';
import { type Surroundings, SURROUNDINGS } from './start';
import { telling, type Tells } from './telling';
import { Views } from './views';

/** What a context is, apart from its rules: the names its pieces need. */
export interface ContextDefinition {
  readonly name: string;
  readonly aggregates: readonly { readonly category: Decider<never, never, never>['category'] }[];
  readonly history: History;
}

/** What resolvers are made of. */
export interface Tools {
  readonly context: string;
  readonly journal: Journal;
  readonly views: Views;
  /** Asked when they are needed, not when resolvers are made. */
  readonly surroundings: Surroundings;
  /** Where other contexts are listened to. */
  readonly hear: Hear | undefined;
}

export const CONTEXT = Symbol('context');

/** Providers that every piece of the app may ask for; what they are made of is named, since the bundle knows no types. */
const piece = (...providers: FactoryProvider[]): DynamicModule => ({
  module: class Piece {},
  global: true,
  providers,
  exports: providers.map(({ provide }) => provide),
});
type Made = Required<FactoryProvider>;
const made = (provide: InjectionToken, inject: Made['inject'], useFactory: Made['useFactory']): FactoryProvider => ({
  provide,
  inject,
  useFactory,
});

/** The context itself: its engines and what it writes with. */
export const context = ({ name, aggregates, history }: ContextDefinition): DynamicModule =>
  piece(
    made(CONTEXT, [SURROUNDINGS], async ({ settings, log, bus, clock, masterKey }: Surroundings): Promise<Context> => {
      if (masterKey === undefined) throw new BadSetting('MASTER_KEY: 32 bytes in base64');
      const { views: rows, close, ...engines } = await openEngines(name, settings, log, bus);
      const vault = new KeyVault(engines.store, clock, masterKey, name);
      // With another key everything would seem well until somebody is read, and what is sealed meanwhile would need that one.
      await vault.seal({ proof: personal('proof', '') }).catch(async (error: Error) => {
        await close();
        throw error instanceof RangeError ? new BadSetting(`MASTER_KEY: ${error.message}`) : error;
      });
      const categories = aggregates.map(({ category }) => category);
      const health = new Health(log);
      const watched = watchEngines(engines, health);
      const own = { name, categories, history, rows, ...watched, vault, clock, log, health, instance: settings.INSTANCE };
      return Object.assign(own, { onApplicationShutdown: close });
    }),
  );

/** Read models. */
export const views = (...definitions: readonly AnyView[]): DynamicModule =>
  piece(made(Views, [CONTEXT], (own: Context) => new Views(definitions, own)));

/** Resolvers by type and field; several may speak of one type. */
export type Resolvers = (tools: Tools) => Fields;

/** GraphQL at POST /graphql. */
export const graphql = (types: string, ...resolvers: readonly Resolvers[]): DynamicModule =>
  piece(
    made(
      Subgraph,
      [CONTEXT, Views, SURROUNDINGS, HttpAdapterHost, { token: Hear, optional: true }],
      async (own: Context, ownViews: Views, surroundings: Surroundings, { httpAdapter }: HttpAdapterHost, hear?: Hear) => {
        const { verify, settings } = surroundings;
        const tools: Tools = { context: own.name, journal: own, views: ownViews, surroundings, hear };
        const subgraph = new Subgraph(
          own,
          types,
          resolvers.map((of) => of(tools)),
          ownViews,
          verify,
          settings.NODE_ENV === 'production',
        );
        const http = httpAdapter.getInstance() as FastifyInstance;
        await subgraph.serve(http);
        subgraph.problems = () => [...problemsOf(ownViews), ...own.health.problems];
        serveHealth(http, subgraph.problems);
        subgraph.changes = serveChanges(http, own, verify);
        return subgraph;
      },
    ),
  );

/** What the context does by itself while it runs, one replica at a time. */
export const tasks = (...all: readonly ((own: Context, its: Views, surroundings: Surroundings) => SoleTask)[]): DynamicModule =>
  piece(...all.map((task) => made(Symbol('task'), [CONTEXT, Views, SURROUNDINGS], task)));

/** Public messages out. */
export const tell = (tells: Tells): DynamicModule => tasks((own) => telling(own, tells));

/** What follows when something has happened. */
export const policies = (...all: readonly Policy[]): DynamicModule =>
  tasks(...all.map((policy) => (own: Context, its: Views) => reacting(own, its, policy)));

/** What follows when an instant has come. */
export const deadlines = (...all: readonly Deadline[]): DynamicModule =>
  tasks(...all.map((deadline) => (own: Context, its: Views) => keeping(own, its, deadline)));

/** Personal data of whoever this event of this category is about, or of the subjects it names, becomes unreadable for good. */
export const forget = (category: string, eventType: string, subjects?: (event: Recorded) => string[]): DynamicModule =>
  tasks((own) => forgetting(own, category, eventType, subjects));

/** Public messages of others in. */
export const hear = (topics: readonly string[], hears: Hears): DynamicModule =>
  piece(made(Hear, [CONTEXT], (own: Context) => new Hear(own, topics, hears)));
