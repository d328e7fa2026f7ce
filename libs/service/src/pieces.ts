import type { DynamicModule, FactoryProvider } from '@nestjs/common';
import type { Deadline, Decider, History, Journal, Policy, AnyView } from '@hospital/kernel';
import { Vault } from '@hospital/kernel';
import { type Engines, openEngines } from '@hospital/engines';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import type { Solo } from './following';
import { Forget } from './forgetting';
import { Subgraph } from './graphql';
import { engineLog } from './log';
import { viewsReady, serveHealth } from './health';
import { Hear, type Hears } from './hearing';
import { serveGraphql } from './http';
import { Deadlines, Policies } from './reacting';
import { type Surroundings, SURROUNDINGS } from './start';
import { Tell, type Tells } from './telling';
import { Views } from './views';

/** What a context is, apart from its rules: the names its pieces need. */
export interface ContextDefinition {
  readonly name: string;
  readonly aggregates: readonly { readonly category: Decider<never, never, never>['category'] }[];
  readonly history: History;
}

const CONTEXT = Symbol('context');
const ENGINES = Symbol('engines');
const JOURNAL = Symbol('journal');

/** What resolvers are made of. */
export interface Tools {
  readonly context: string;
  readonly journal: Journal;
  readonly views: Views;
}

const categoriesOf = ({ aggregates }: ContextDefinition): readonly string[] => aggregates.map(({ category }) => category);

class Piece {}
const piece = (...providers: FactoryProvider[]): DynamicModule => ({
  module: class extends Piece {},
  global: true,
  providers,
  exports: providers.map(({ provide }) => provide),
});
const made = <T>(
  provide: FactoryProvider['provide'],
  inject: NonNullable<FactoryProvider['inject']>,
  useFactory: (...given: never[]) => T | Promise<T>,
): FactoryProvider => ({
  provide,
  inject,
  useFactory: useFactory as FactoryProvider['useFactory'],
});

const solo = ({ store }: Engines, { clock, log, settings }: Surroundings): Solo => ({ store, clock, log, owner: settings.INSTANCE });

/** The context itself: its engines and the journal it writes with. */
export const context = (definition: ContextDefinition): DynamicModule =>
  piece(
    made(CONTEXT, [], () => definition),
    made(ENGINES, [SURROUNDINGS], async ({ settings, log, bus }: Surroundings) => {
      const engines = await openEngines(definition.name, settings, engineLog(log), bus);
      return Object.assign(engines, { onApplicationShutdown: () => engines.close() });
    }),
    made(JOURNAL, [ENGINES, SURROUNDINGS], ({ store }: Engines, { clock, masterKey }: Surroundings): Journal => ({
      store,
      clock,
      history: definition.history,
      vault: new Vault(store, clock, masterKey),
    })),
  );

/** Read models. */
export const views = (...definitions: readonly AnyView[]): DynamicModule =>
  piece(
    made(
      Views,
      [CONTEXT, ENGINES, SURROUNDINGS],
      (own: ContextDefinition, engines: Engines, { log }: Surroundings) =>
        new Views(definitions, categoriesOf(own), engines.store, engines.views, own.history, log),
    ),
  );

/** Resolvers by type and field; what several of them say of one type is joined. */
export type Resolvers = (tools: Tools) => Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** GraphQL at POST /graphql. */
export const graphql = (types: string, ...resolvers: readonly Resolvers[]): DynamicModule =>
  piece(
    made(
      Subgraph,
      [CONTEXT, JOURNAL, Views, SURROUNDINGS, HttpAdapterHost],
      async (
        { name }: ContextDefinition,
        journal: Journal,
        ownViews: Views,
        { verify, clock, log, settings }: Surroundings,
        { httpAdapter }: HttpAdapterHost,
      ) => {
        const subgraph = new Subgraph(
          name,
          types,
          joined(resolvers.map((of) => of({ context: name, journal, views: ownViews }))),
          ownViews,
          verify,
          clock,
          log,
          settings.NODE_ENV === 'production',
        );
        const http = httpAdapter.getInstance() as FastifyInstance;
        await serveGraphql(http, subgraph.server, subgraph.contextOf);
        serveHealth(http, viewsReady(ownViews));
        return subgraph;
      },
    ),
  );

const joined = (parts: readonly ReturnType<Resolvers>[]): ReturnType<Resolvers> => {
  const all: Record<string, Record<string, unknown>> = {};
  for (const part of parts) for (const [type, fields] of Object.entries(part)) all[type] = { ...all[type], ...fields };
  return all;
};

/** Public messages out. */
export const tell = (tells: Tells): DynamicModule =>
  piece(
    made(
      Tell,
      [CONTEXT, ENGINES, SURROUNDINGS],
      (own: ContextDefinition, engines: Engines, surroundings: Surroundings) =>
        new Tell(own.name, categoriesOf(own), tells, own.history, engines.bus, solo(engines, surroundings)),
    ),
  );

/** Public messages of others in. */
export const hear = (topics: readonly string[], hears: Hears): DynamicModule =>
  piece(
    made(
      Hear,
      [CONTEXT, JOURNAL, ENGINES, SURROUNDINGS],
      ({ name }: ContextDefinition, journal: Journal, { bus }: Engines, { log }: Surroundings) =>
        new Hear(name, topics, hears, journal, bus, log),
    ),
  );

/** What the context does by itself when something has happened. */
export const policies = (...all: readonly Policy[]): DynamicModule =>
  piece(
    made(
      Policies,
      [CONTEXT, JOURNAL, Views, ENGINES, SURROUNDINGS],
      ({ name }: ContextDefinition, journal: Journal, ownViews: Views, engines: Engines, surroundings: Surroundings) =>
        new Policies(name, all, journal, ownViews, solo(engines, surroundings)),
    ),
  );

/** What the context does when an instant has come. */
export const deadlines = (...all: readonly Deadline[]): DynamicModule =>
  piece(
    made(
      Deadlines,
      [CONTEXT, JOURNAL, Views, ENGINES, SURROUNDINGS],
      ({ name }: ContextDefinition, journal: Journal, ownViews: Views, engines: Engines, surroundings: Surroundings) =>
        new Deadlines(name, all, journal, ownViews, solo(engines, surroundings)),
    ),
  );

/** Personal data of whoever this event of this category is about becomes unreadable for good. */
export const forget = (category: string, eventType: string): DynamicModule =>
  piece(
    made(
      Forget,
      [CONTEXT, JOURNAL, ENGINES, SURROUNDINGS],
      ({ name }: ContextDefinition, journal: Journal, engines: Engines, surroundings: Surroundings) =>
        new Forget(name, category, eventType, journal, solo(engines, surroundings)),
    ),
  );
